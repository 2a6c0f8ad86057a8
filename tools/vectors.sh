#!/usr/bin/env bash
# Prints for each provider how many of its vectors pass natively, as WebAssembly
# in Node, and in the browser. Fails where one does not pass.
set -euo pipefail
node="$(go env GOROOT)/lib/wasm/go_js_wasm_exec"
packages=(./core/failure ./core/provider ./core/stream)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

run() { # name, command...
  local name=$1
  shift
  "$@" >"$out/$name" 2>&1 || { cat "$out/$name"; echo "vectors fail: $name" >&2; exit 1; }
}
run native go test -count=1 -v -run '^Test(Attempt)?Vectors$' "${packages[@]}"
run node env GOOS=js GOARCH=wasm go test -count=1 -v -exec="$node" -run '^Test(Attempt)?Vectors$' "${packages[@]}"
run browser env WASM_RUN='^Test(Attempt)?Vectors$' go test -count=1 -v -run '^TestGoTests$' ./e2e/gotest

cd "$out"
{
  printf '%-16s %-20s %7s %7s %7s\n' file provider native node browser
  awk '
    $1 == "vectors" { split($4, n, "/"); key = $2 " " $3; total[key] += (FILENAME == "native") * n[2]; passed[key, FILENAME] = n[1] }
    END {
      for (key in total) {
        split(key, k, " ")
        printf "%-16s %-20s %7d %7d %7d of %d\n", k[1], k[2], passed[key, "native"], passed[key, "node"], passed[key, "browser"], total[key]
      }
    }' native node browser | sort
}
