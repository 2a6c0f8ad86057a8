#!/usr/bin/env bash
# Packs the npm package, web/dist-package/retrystream-VERSION.tgz, from what
# `make web` has built: what is tested is what is packed. It is run from the
# project's root.
set -euo pipefail
out=web/dist-package
stage=$out/package
rm -rf "$out"
mkdir -p "$stage"

cp LICENSE web/README.md web/package.json "$stage"
cp -R web/dist "$stage"

# The declarations, without those that nothing public leads to. They name their
# neighbours as .ts; older resolutions know only .js.
web/node_modules/.bin/tsc -p web/tsconfig.types.json --outDir "$stage/dist/types"
cp web/src/module/wasm.d.ts "$stage/dist/types"
(
  cd "$stage/dist/types"
  find . -name '*.d.ts' -exec perl -pi -e 's#(from|import\() ?"(\.\.?/[^"]+)\.ts"#$1 "$2.js"#' {} +
  public=$("$OLDPWD"/web/node_modules/.bin/tsc --ignoreConfig --listFilesOnly index.d.ts banner/banner.d.ts wasm.d.ts)
  find * -name '*.d.ts' | while read -r file; do
    grep -q "/types/$file$" <<<"$public" || rm "$file"
  done
  find . -type d -empty -delete
)

# The module holds code of others, whose licences ask to be shown with it.
{
  echo "The Go standard library and runtime|$(go env GOROOT)"
  GOOS=js GOARCH=wasm go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}}|{{.Dir}}{{end}}{{end}}' ./wasm | sort -u
} | while IFS='|' read -r name dir; do
  [ -n "$name" ] || continue
  printf '%s\n\n%s\n\n' "$name" "$(cat "$dir/LICENSE")"
done >"$stage/THIRD_PARTY_LICENSES"

# Where it comes from: the commit, and the name that the script and the module
# of one build share.
commit=$(git rev-parse HEAD 2>/dev/null || echo unknown)
[ -z "$(git status --porcelain 2>/dev/null)" ] || commit+=" with changes"
cd "$stage"
npm pkg delete devDependencies
npm pkg set sideEffects='["./dist/banner.js"]' --json
npm pkg set build.commit="$commit" build.id="$(cat dist/build-id)" build.go="$(go env GOVERSION)"
npm pack --silent --pack-destination ..
