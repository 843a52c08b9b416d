#!/bin/sh
# Compiles the kernels and their parity tests for arm64 and runs them under an emulator: Embedded Swift,
# which needs no Swift library for arm64, with the C library of Debian's cross packages. Says nothing about
# speed. The tests are those of Tests/SwiftletTests/KernelParity*Tests.swift, so these files and what they
# use keep to Embedded Swift: no existentials, no reflection.
#
# usage: tools/test-arm64.sh [BUILD_FOLDER]    default: build/arm64
set -eu
cd "$(dirname "$0")/.."

build=${1:-build/arm64}

fail() {
  echo "swiftlet: $1" >&2
  exit 4
}

case $(uname -s)-$(uname -m) in
  Linux-x86_64) ;;
  *)
    echo "arm64: the emulated tests are for x86-64 Linux; make test runs them natively on arm64"
    exit 0
    ;;
esac

libc=/usr/aarch64-linux-gnu/lib
find_libgcc() { find /usr/lib/gcc-cross/aarch64-linux-gnu -name libgcc_eh.a 2>/dev/null | sort | tail -n 1; }
if [ -z "$(find_libgcc)" ] || [ ! -e $libc/libc.a ] || ! command -v qemu-aarch64-static >/dev/null; then
  packages="gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static"
  command -v apt-get >/dev/null 2>&1 ||
    fail "arm64: a C library for it and qemu-aarch64-static are missing; install them"
  as_root=""
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || fail "arm64: run as root: apt-get install $packages"
    as_root="sudo"
  fi
  echo "installing $packages" >&2
  $as_root apt-get update -qq </dev/null >&2 || true
  # shellcheck disable=SC2086
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    $packages </dev/null >&2 ||
    fail "arm64: apt-get could not install $packages; install them by hand"
fi
libgcc=$(dirname "$(find_libgcc)")

swiftc=$(command -v swiftc) || fail "swiftc: it is not installed; get version 6.2 or later"
toolchain=$(dirname "$(readlink -f "$swiftc")")/..
embedded=$toolchain/lib/swift/embedded/aarch64-none-none-elf
[ -d "$embedded" ] || fail "$embedded: this toolchain has no Embedded Swift; get another"

rm -rf "$build"
mkdir -p "$build"
flags="-target aarch64-none-none-elf -swift-version 6 -wmo -parse-as-library -package-name swiftlet
  -enable-experimental-feature Embedded -enable-experimental-feature Extern -enable-experimental-feature BuiltinModule
  -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature MemberImportVisibility
  -suppress-warnings -I $build"

# module NAME FLAG SOURCE...: compiles a module that others import.
module() {
  name=$1
  level=$2
  shift 2
  # shellcheck disable=SC2086
  "$swiftc" $flags "$level" -module-name "$name" -emit-module -emit-module-path \
    "$build/$name.swiftmodule" -c -o "$build/$name.o" "$@"
}

module KernelTemplates -Ounchecked Sources/KernelTemplates/*.swift
module KernelsPortable -Ounchecked Sources/KernelsPortable/*.swift &
portable=$!
module KernelsNEON -Ounchecked Sources/KernelsNEON/*.swift
wait $portable
engine=Sources/Swiftlet
module Swiftlet -Onone tools/arm64/Environment.swift $engine/Kernels/Kernel.swift \
  $engine/Kernels/Kernel+Portable.swift $engine/Kernels/Kernel+NEON.swift \
  $engine/Kernels/KernelSet.swift $engine/Kernels/PictureKernels.swift \
  $engine/Threads/ISA.swift $engine/Threads/CPU.swift \
  $engine/Plan/WinogradPoints.swift $engine/Tensor/EngineError.swift
# Key paths become closures, which Embedded Swift has.
sed -E 's/\(\\\.([A-Za-z.]+)\)/({ $0.\1 })/g' Tests/SwiftletTests/KernelParity*Tests.swift |
  awk -f tools/arm64/embed-tests.awk >"$build/Tests.swift"
module Tests -Onone "$build/Tests.swift" tools/arm64/Checks.swift Tests/SwiftletTests/Support.swift

"$toolchain/bin/ld.lld" -static -o "$build/tests" $libc/crt1.o $libc/crti.o "$build"/*.o \
  --start-group "$embedded/libswiftUnicodeDataTables.a" $libc/libc.a $libc/libm.a \
  "$libgcc/libgcc.a" "$libgcc/libgcc_eh.a" --end-group $libc/crtn.o
qemu-aarch64-static "$build/tests"
