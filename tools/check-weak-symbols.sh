#!/bin/sh
# Fails where an object of a kernel module that is compiled for a raised instruction set defines a weak
# function. The linker keeps one copy of a weak function for the whole program: if it keeps the one from
# such an object, a CPU without those instructions executes them.
#
# usage: tools/check-weak-symbols.sh [BUILD_FOLDER]    default: .build/release
set -eu

build=${1:-.build/release}
case $(uname -m) in
  x86_64 | amd64) ;;
  *)
    echo "weak symbols: no kernel module is compiled for a raised instruction set here"
    exit 0
    ;;
esac

nm=$(command -v nm || command -v llvm-nm || true)
[ -n "$nm" ] || {
  echo "swiftlet: nm: it is not installed; install binutils" >&2
  exit 4
}

status=0
for module in KernelsAVX2 KernelsAVX512; do
  objects=$(find -L "$build/$module.build" -name '*.o' 2>/dev/null || true)
  if [ -z "$objects" ]; then
    echo "swiftlet: weak symbols: no object of $module in $build; build first" >&2
    exit 1
  fi
  count=0
  for object in $objects; do
    count=$((count + 1))
    # Columns: name, value, class, type, size, line, section. Weak classes are W, w, V and v; what counts
    # is executable: functions and whatever lies in a text section.
    weak=$("$nm" --format=sysv --defined-only "$object" |
      awk -F'|' '{
        for (i = 1; i <= NF; i++) gsub(/^ +| +$/, "", $i)
        if ($3 ~ /^[WwVv]$/ && ($4 ~ /FUNC/ || $7 ~ /^\.text/)) print "  " $1
      }')
    if [ -n "$weak" ]; then
      echo "swiftlet: weak symbols: $object defines functions that other objects may get:" >&2
      echo "$weak" >&2
      status=1
    fi
  done
  echo "weak symbols: $module, $count objects examined"
done
exit $status
