#!/bin/sh
# Makes the certificate by which the database proves that it is the one, and its key, once:
#     sh database-certificate.sh FOLDER [NAME]
# NAME is the host in REFERRAL_ROUTER_DATABASE. The certificate signs itself and clients trust it alone, so no key of an
# authority is left that could sign another.
set -eu
name=${2:-database}
cd "$1"
if [ -e database.key ]; then
    echo "database.key exists. To replace it, move it away first." >&2
    exit 1
fi
umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj "/CN=$name" -addext "subjectAltName=DNS:$name" -keyout database.key -out database.pem
chmod 0444 database.pem
