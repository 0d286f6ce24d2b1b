#!/usr/bin/env bash
# Print the path of a Python 3.13, or say plainly that there is none.
set -u
for name in "${PYTHON:-}" python3.13 python3 python; do
  [ -n "$name" ] || continue
  path=$("$name" -c 'import sys; print(sys.executable) if sys.version_info[:2] == (3, 13) else sys.exit(1)' 2>/dev/null) || continue
  printf '%s\n' "$path"
  exit 0
done
echo "setup: Hubwarden needs Python 3.13 and found none on the PATH (python3.13, python3, python)." >&2
echo "setup: install it, or name one: make PYTHON=/path/to/python3.13 setup" >&2
exit 1
