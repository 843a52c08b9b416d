#!/bin/sh
# Makes the Python environment of the comparison, once for each version of the requirement files.
#
# usage: Benchmarks/peers/setup.sh FOLDER
set -eu

here=$(cd "$(dirname "$0")" && pwd)
target=${1:?"usage: setup.sh FOLDER"}

fail() {
  echo "swiftlet: $1" >&2
  exit 4
}

python=${PYTHON:-python3}
command -v "$python" >/dev/null 2>&1 ||
  fail "$python: it is not installed; install Python 3.10 or later, or set PYTHON"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
  fail "$python: it is older than 3.10; set PYTHON to a newer one"

stamp=$(cat "$here/requirements.txt" "$here/requirements-tools.txt" | cksum)
[ "$(cat "$target/stamp" 2>/dev/null || true)" = "$stamp" ] && exit 0

echo "installing the peers into $target" >&2
rm -rf "$target"
"$python" -m venv "$target" >&2 ||
  fail "$target: no virtual environment can be made; install python3-venv"
pip="$target/bin/python -m pip --quiet --disable-pip-version-check install"
$pip -r "$here/requirements.txt" >&2 &&
  $pip --no-deps -r "$here/requirements-tools.txt" >&2 ||
  fail "peers: pip could not install them; see the lines above"
printf '%s\n' "$stamp" >"$target/stamp"
