#!/usr/bin/env python3
"""Reads a .nest model file as docs/format.md specifies it; shares no code with the engine.

With --dump DIR it also writes each constant to DIR/<index of the value>.npy."""
import argparse
import pathlib
import struct

import numpy as np

M = 2**64 - 1
P1, P2, P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P4, P5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
TYPES = {1: np.dtype("<f4"), 2: np.dtype("<f2"), 3: np.dtype("<i8")}
ACTIVATIONS = "none,clip ff,leakyRelu f,sigmoid,hardSigmoid ff,hardSwish,silu,tanh,exp,sqrt".split(",")
# Attribute codes: w window, i int, I ints, f f32, b bool, B u8, a activation.
OPS = [None, "convolution wia", "transposedConvolution wiiia", "batchNormalization f",
       "activation a", "prelu", "binary Ba", "softmax i", "maxPool wb", "averagePool wbb",
       "globalAveragePool", "globalMaxPool", "resize BBBff", "concat i", "gemm ffbba", "matmul",
       "reshape", "transpose I", "pad IIf", "slice III", "reduceMean Ib"]


def rotl(x, n): return (x << n | x >> 64 - n) & M
def mix(a, w): return rotl(a + w * P2 & M, 31) * P1 & M


def xxh64(data):
    n, at, h = len(data), 0, P5
    if n >= 32:
        a, b, c, d = P1 + P2 & M, P2, 0, -P1 & M
        at = n // 32 * 32
        for w, x, y, z in struct.iter_unpack("<4Q", data[:at]):
            a, b, c, d = mix(a, w), mix(b, x), mix(c, y), mix(d, z)
        h = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18) & M
        for x in (a, b, c, d):
            h = (h ^ mix(0, x)) * P1 + P4 & M
    h = h + n & M
    while n - at >= 8:
        h = rotl(h ^ mix(0, struct.unpack_from("<Q", data, at)[0]), 27) * P1 + P4 & M
        at += 8
    if n - at >= 4:
        h = rotl(h ^ struct.unpack_from("<I", data, at)[0] * P1 & M, 23) * P2 + P3 & M
        at += 4
    for w in data[at:]:
        h = rotl(h ^ w * P5 & M, 11) * P1 & M
    h = (h ^ h >> 33) * P2 & M
    h = (h ^ h >> 29) * P3 & M
    return h ^ h >> 32


def check(condition, why):
    if not condition:
        raise SystemExit(f"error: {why}")


def need(value, accepts):
    check(accepts(value), f"{value} is not allowed")
    return value


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def get(self, form):
        start, self.at = self.at, self.at + struct.calcsize("<" + form)
        check(self.at <= len(self.data), "section too short")
        return struct.unpack_from("<" + form, self.data, start)[0]

    def u8(self): return self.get("B")
    def u32(self): return self.get("I")
    def u64(self): return self.get("Q")
    def int(self): return need(self.get("q"), lambda v: abs(v) <= 2**31)
    def f32(self): return need(self.get("f"), lambda v: v == v)
    def bool(self): return need(self.u8(), lambda v: v < 2) == 1
    def string(self): return self.get(f"{self.u32()}s").decode()
    def list(self, element): return [element() for _ in range(self.u32())]
    def ints(self): return self.list(self.int)
    def value(self): return self.string(), self.ints()
    def output(self): return self.string(), self.string(), self.string(), self.list(self.string)

    def attributes(self, table):
        name, _, codes = table[need(self.u8(), lambda v: v < len(table) and table[v])].partition(" ")
        read = {"w": lambda: [self.int() for _ in range(10)], "i": self.int, "I": self.ints,
                "f": self.f32, "b": self.bool, "B": self.u8,
                "a": lambda: self.attributes(ACTIVATIONS)}
        return (name, *(read[code]() for code in codes))

    def node(self):
        return self.string(), self.attributes(OPS), self.list(self.u32), self.u32()

    def image(self):
        head = self.string(), self.int(), self.int(), self.string(), self.string(), self.f32()
        return *head, self.list(self.f32), self.list(self.f32)


def sections(data):
    head = Reader(data)
    check(head.get("8s") == b"\x89NEST\r\n\x1a", "not a model file")
    check((head.u32(), head.u32(), head.u64()) == (1, 0, len(data)), "version, flags or length")
    check((head.u32(), head.u32()) == (4, 0), "section count")
    check(struct.unpack_from("<Q", data, 160)[0] == xxh64(data[:160]), "header checksum")
    end = 168
    for kind in range(1, 5):
        step = 4096 if kind == 4 else 64
        start = -(-end // step) * step
        check((head.u32(), head.u32(), head.u64()) == (kind, 0, start), "section table")
        check(not any(data[end:start]), "padding")
        end = start + head.u64()
        check(end <= len(data) and head.u64() == xxh64(data[start:end]), f"checksum {kind}")
        yield data[start:end]
    check(end == len(data), "bytes after the payload")


def load(path):
    """The parts of a file: a dict of its metadata, and of the graph's values, constants, nodes, inputs
    and outputs."""
    graph, table, metadata, payload = map(Reader, sections(path.read_bytes()))
    model = {label: field() for label, field in [
        ("name", metadata.string), ("task", metadata.string), ("version", metadata.string),
        ("image", lambda: metadata.image() if metadata.bool() else None),
        ("outputs", lambda: metadata.list(metadata.output)), ("license", metadata.string),
        ("provenance", metadata.string), ("passes", lambda: metadata.list(metadata.string))]}
    check(graph.u8() == 1, "layout")
    values, nodes = graph.list(graph.value), graph.list(graph.node)
    inputs, outputs = graph.list(graph.u32), graph.list(graph.u32)
    constants, end = {}, 0
    while table.at < len(table.data):
        index, kind, start, length = table.u32(), table.u32(), table.u64(), table.u64()
        check(start == -(-end // 64) * 64 and not any(payload.data[end:start]), "tensor offset")
        end = start + length
        constants[index] = np.frombuffer(payload.data[start:end], TYPES[kind]).reshape(values[index][1])
    check(end == len(payload.data), "payload length")
    check(all(r.at == len(r.data) for r in (graph, metadata)), "bytes after a section")
    return model, {"values": values, "constants": constants, "nodes": nodes, "inputs": inputs,
                   "outputs": outputs}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--dump", type=pathlib.Path, help="an existing folder for .npy files")
    options = parser.parse_args()
    metadata, graph = load(options.model)
    values = graph["values"]
    for label, field in metadata.items():
        print(f"{label}: {field!r}")
    print("inputs:", *(f"%{i} {values[i]}" for i in graph["inputs"]))
    for name, op, reads, result in graph["nodes"]:
        arguments = ", ".join("-" if i == 2**32 - 1 else f"%{i}" for i in reads)
        print(f"%{result} {values[result]} = {op[0]}{op[1:]} ({arguments})  # {name}")
    print("outputs:", *(f"%{i} {values[i]}" for i in graph["outputs"]))
    for index, array in graph["constants"].items():
        name, shape = values[index]
        print(f"%{index} {name!r} {array.dtype} {shape} sum {array.sum(dtype='f8'):.6g}")
        if options.dump:
            np.save(options.dump / f"{index}.npy", array)


if __name__ == "__main__":
    main()
