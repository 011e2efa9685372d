#!/bin/sh
# Puts the release's artifact in place, once: fetch MANIFEST
# Runs as root before each start of the unit, so that a failure is tried again with the unit and a reboot needs nothing.
set -eu
# The unit's own umask would shut the component's user out of what root makes here.
umask 022

manifest=$1
field() {
    /usr/bin/python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$manifest" "$1"
}

# cloud-init writes files before it makes users.
chgrp app "$manifest"
# What applies migrations.
for package in $(field clients); do
    rpm --query --quiet "$package" || dnf --assumeyes --quiet install "$package"
done
source=$(field source)
folder=$(field folder)
if [ -d "$folder" ]; then
    exit 0
fi

AWS_REGION=$(field region)
export AWS_REGION AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=8
releases=$(dirname "$folder")
mkdir -p "$releases"
# Complete or not there at all: unpacked beside, then renamed.
part=$(mktemp -d "$releases/.fetch-XXXXXX")
trap 'rm -rf "$part"' EXIT
mkdir "$part/tree"
aws s3 cp --only-show-errors "$source" "$part/artifact"
tar --extract --gzip --no-same-owner --file "$part/artifact" --directory "$part/tree"
# The component reads its code and cannot change it.
chgrp -R app "$part/tree"
chmod -R u=rwX,g=rX,o= "$part/tree"
mv "$part/tree" "$folder"
