#!/usr/bin/env bash
# Makes sure that there is a Chromium for the browser tests.
set -euo pipefail
[ -n "${CHROME:-}" ] && exit 0
for name in chromium chromium-browser google-chrome google-chrome-stable; do
  command -v "$name" >/dev/null && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing chromium for the browser tests"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update && apt-get install -y --no-install-recommends chromium; } >/tmp/chromium-install.log 2>&1 || {
    tail -n 20 /tmp/chromium-install.log >&2
    exit 1
  }
  exit 0
fi
echo "The browser tests need Chromium: install it (Debian: sudo apt-get install chromium), or set CHROME to its path." >&2
exit 1
