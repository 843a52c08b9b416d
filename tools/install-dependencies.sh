#!/bin/sh
# Makes sure that Swift is there and that the system libraries are installed; installs those with apt.
# Needs no terminal. Says in one line what is missing where it cannot help.
set -eu

fail() {
  echo "swiftlet: $1" >&2
  exit 4
}

command -v swift >/dev/null 2>&1 ||
  fail "swift: it is not installed; get version 6.2 or later from https://www.swift.org/install"

missing=""
have() { command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$1" 2>/dev/null; }
command -v pkg-config >/dev/null 2>&1 || missing="$missing pkg-config"
have openblas || missing="$missing libopenblas-dev"
have libpng || missing="$missing libpng-dev"
have libjpeg || missing="$missing libjpeg-dev"
have lcms2 || missing="$missing liblcms2-dev"
have sqlite3 || missing="$missing libsqlite3-dev"
command -v nm >/dev/null 2>&1 || command -v llvm-nm >/dev/null 2>&1 || missing="$missing binutils"
[ -n "$missing" ] || exit 0

command -v apt-get >/dev/null 2>&1 ||
  fail "system libraries:$missing are missing; install them with this system's package manager"
as_root=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 ||
    fail "system libraries:$missing are missing; run as root: apt-get install$missing"
  as_root="sudo"
fi

echo "installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# An index that is old, or a source that does not answer, need not keep the packages from being found.
$as_root apt-get update -qq </dev/null >&2 || true
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  $missing </dev/null >&2 ||
  fail "system libraries: apt-get could not install$missing; install them by hand"
