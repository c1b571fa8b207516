#!/bin/sh
# Puts Swagger UI, with its licence, into api/static/swagger-ui, so that /docs needs no other server.
set -eu
version=5.35.0
target=$(cd "$(dirname "$0")/.." && pwd)/api/static/swagger-ui
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent "swagger-ui-dist@$version"
tar xzf "swagger-ui-dist-$version.tgz"
mkdir -p "$target"
cp package/swagger-ui-bundle.js package/swagger-ui.css package/LICENSE package/NOTICE \
  package/swagger-ui-bundle.js.LICENSE.txt "$target"
echo "$version" > "$target/VERSION"
