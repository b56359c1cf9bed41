#!/bin/sh
# Builds the typed Python client and the TypeScript types into a folder, beside copies of the examples that use them:
#     sh openapi/clients/build.sh FOLDER
# Needs openapi-python-client (pip install openapi-python-client) and npm. What is built is made anew, and not checked in.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"
cp -R "$here/python" "$here/typescript" .
openapi-python-client generate --path "$here/../openapi.json" --output-path python/referral_router_client --meta none \
    --overwrite --fail-on-warning
cd typescript
npm install --no-audit --no-fund --no-update-notifier
npx openapi-typescript "$here/../openapi.json" --output schema.d.ts
npx tsc
