#!/bin/sh
# Puts the browser libraries, with their licences, where the pages and their tests take them from, so that no page needs
# another server. Versions are pinned in scripts/vendor/package.json, contents by the hashes in package-lock.json.
#
#   vendor.sh          writes api/static/swagger-ui, api/static/vendor and tests/pages/axe-core
#   vendor.sh --check  writes nothing, and fails when what is there is not what it would write
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$top"/scripts/vendor/* "$work"
cd "$work"
npm ci --silent --no-audit --no-fund --ignore-scripts

swagger=out/api/static/swagger-ui vendor=out/api/static/vendor axe=out/tests/pages/axe-core
mkdir -p "$swagger" "$vendor" "$axe"
(cd node_modules/swagger-ui-dist && cp swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt swagger-ui.css LICENSE NOTICE "$work/$swagger")
node -p 'require("swagger-ui-dist/package.json").version' > "$swagger/VERSION"
(cd node_modules/axe-core && cp axe.min.js LICENSE LICENSE-3RD-PARTY.txt "$work/$axe")
cp node_modules/cytoscape/dist/cytoscape.esm.min.mjs "$vendor/cytoscape.js"
npx --no-install esbuild codemirror.js --bundle --minify --format=esm --target=es2022 --legal-comments=none \
  --log-level=warning --metafile=bundle.json --outfile="$vendor/codemirror.js"
node licences.js > "$vendor/LICENSES.txt"

cd out
if [ "${1:-}" = --check ]; then
  find . -type f | while read -r file; do cmp "$file" "$top/$file"; done
else
  cp -R . "$top"
fi
