#!/bin/sh
# Regenerates Sources/SwiftletONNX/Generated/onnx.pb.swift from the .proto beside it.
#
# Needs protoc (apt install protobuf-compiler). protoc-gen-swift is taken from the PATH or from
# PROTOC_GEN_SWIFT; where neither is there, it is built from the swift-protobuf checkout that
# `swift package resolve` puts under .build, which takes a few minutes.
set -eu
cd "$(dirname "$0")/.."

generator="${PROTOC_GEN_SWIFT:-$(command -v protoc-gen-swift || true)}"
if [ -z "$generator" ]; then
  swift package resolve
  scratch="$PWD/.build/protoc-gen-swift"
  swift build -c release --package-path .build/checkouts/swift-protobuf --scratch-path "$scratch" \
    --product protoc-gen-swift
  generator="$scratch/release/protoc-gen-swift"
fi

directory=Sources/SwiftletONNX/Generated
protoc --plugin=protoc-gen-swift="$generator" --proto_path="$directory" --swift_out="$directory" \
  --swift_opt=Visibility=Package --swift_opt=UseAccessLevelOnImports=true onnx.proto
