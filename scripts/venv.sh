#!/usr/bin/env bash
# Make the virtual environment from the lock file.  venv.sh FOLDER
set -euo pipefail
folder=$1
python=${PYTHON3:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "kmcp needs Python 3.11 or newer, and $("$python" --version) is what \`$python\` runs." >&2
  echo "Name another one: make dev PYTHON3=python3.13" >&2
  exit 1
fi

if ! "$python" -c 'import ensurepip' 2>/dev/null; then  # Debian ships it apart
  echo "installing python3-venv" >&2
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update --quiet
  $sudo apt-get install --yes --no-install-recommends python3-venv
fi

rm -rf "$folder"
"$python" -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile --require-hashes --requirement locks/dev.txt
"$folder/bin/pip" install --quiet --no-deps --no-build-isolation --editable .
# Tests start thousands of programs, and some machines forbid Python to keep what it compiles then.
"$folder/bin/python" -m compileall -q -j 0 "$folder/lib"
