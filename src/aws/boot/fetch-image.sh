#!/bin/sh
# Puts the release's image in place, once: fetch MANIFEST
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
for package in docker $(field clients); do
    rpm --query --quiet "$package" || dnf --assumeyes --quiet install "$package"
done
# Docker writes a container's environment to disk beside its state. In memory it is gone with the machine.
containers=/var/lib/docker/containers
if ! mountpoint --quiet "$containers"; then
    mkdir -p "$containers"
    mount -t tmpfs -o mode=0710 tmpfs "$containers"
fi
# The container runs under the component's own user in the host's network, where ports below 1024 are root's.
sysctl --quiet --write net.ipv4.ip_unprivileged_port_start=0
systemctl start docker.service

image=$(field source)
if docker image inspect "$image" >/dev/null 2>&1; then
    exit 0
fi

# The registry's password is never an argument, and leaves no file behind.
DOCKER_CONFIG=$(mktemp -d /run/envctl-docker-XXXXXX)
export DOCKER_CONFIG
trap 'rm -rf "$DOCKER_CONFIG"' EXIT
registry=${image%%/*}
case $registry in
*.dkr.ecr.*.amazonaws.com | *.dkr.ecr.*.amazonaws.com.cn | *.dkr.ecr-fips.*.amazonaws.com)
    region=$(echo "$registry" | cut -d . -f 4)
    aws ecr get-login-password --region "$region" |
        docker login --username AWS --password-stdin "$registry" >/dev/null
    ;;
esac
docker pull --quiet "$image"
