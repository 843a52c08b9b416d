"""Turns a network into what each engine reads: a folder with model.onnx, model.nest, ncnn.param,
ncnn.bin and input.npy."""
import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import onnx

import networks
from nest_to_onnx import nest_to_onnx


class Failure(Exception):
    """One line: what, why, what to do."""


def run(command, what, cwd=None):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()
        raise Failure(f"{what}: {lines[-1]}")
    return done.stdout


def bench_input(shape):
    """The numbers that `swiftlet bench` fills an input of `shape` (NCHW) with, which it draws in NHWC."""
    n, c, h, w = shape
    factor, step = 6364136223846793005, 1442695040888963407
    count = 4 * n * c * h * w
    with np.errstate(over="ignore"):
        powers = np.cumprod(np.full(count, factor, np.uint64))
        before = np.concatenate([np.ones(1, np.uint64), powers[:-1]])
        states = powers + np.uint64(step) * np.cumsum(before)
    sums = np.zeros(count // 4, np.float32)
    for part in (states >> np.uint64(40)).astype(np.float32).reshape(-1, 4).T:
        sums += part * np.float32(2**-24)
    values = (sums - np.float32(2)) * np.float32(1.732)
    return np.ascontiguousarray(values.reshape(n, h, w, c).transpose(0, 3, 1, 2))


def input_shape(model):
    constants = {tensor.name for tensor in model.graph.initializer}
    (x,) = [value for value in model.graph.input if value.name not in constants]
    return [d.dim_value or 1 for d in x.type.tensor_type.shape.dim]


def split_asymmetric_transposed(model):
    """Gives transposed convolutions that crop unevenly a slice instead, which pnnx can express."""
    nodes = []
    for node in model.graph.node:
        pads = next((a for a in node.attribute if a.name == "pads"), None)
        if node.op_type == "ConvTranspose" and pads and pads.ints[:2] == [0, 0] and any(pads.ints):
            ends = [-v if v else 2**31 - 1 for v in pads.ints[2:]]
            pads.ints[:] = [0] * 4
            output = node.output[0]
            node.output[0] = f"{output}_uncropped"
            nodes.append(node)
            nodes.append(onnx.helper.make_node(
                "Slice", [node.output[0]], [output], axes=[2, 3], starts=[0, 0], ends=ends))
        else:
            nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def merge_crops(param):
    """Lets a deconvolution crop its output itself where a Crop layer of the last rows and columns follows."""
    lines = param.splitlines()
    kept, index, merged = lines[:2], 2, 0
    while index < len(lines):
        parts = lines[index].split()
        crop = lines[index + 1].split() if index + 1 < len(lines) else [""]
        pads = {}
        if parts[0] == "Deconvolution" and crop[0] == "Crop" and crop[4] == parts[5]:
            fields = {k: v.split(",")[1:] for k, _, v in (p.partition("=") for p in crop[6:])}
            if all(v == "0" for v in fields["-23309"]):
                pads = {{"1": 16, "2": 15}[axis]: -int(end)
                        for axis, end in zip(fields["-23311"], fields["-23310"]) if int(end) < 0}
                parts[5] = crop[5]
                index, merged = index + 1, merged + 1
        kept.append(" ".join(parts + [f"{k}={v}" for k, v in pads.items()]))
        index += 1
    layers, blobs = map(int, kept[1].split())
    kept[1] = f"{layers - merged} {blobs - merged}"
    return "\n".join(kept) + "\n"


def to_ncnn(folder, shape):
    """Writes ncnn.param and ncnn.bin with pnnx; leaves model_pnnx.py and its weights for PyTorch."""
    model = onnx.load(folder / "model.onnx")
    work = folder / "pnnx"
    work.mkdir()
    source = folder / "model.onnx"
    if model.opset_import[0].version < 10:
        source = work / "model.onnx"
        onnx.save(split_asymmetric_transposed(model), source)
    program = Path(importlib.util.find_spec("pnnx").origin).parent / "pnnx"
    if source.parent != work:
        shutil.copy(source, work / "model.onnx")
    run([str(program), "model.onnx", f"inputshape=[{','.join(map(str, shape))}]", "fp16=0"], "pnnx",
        cwd=work)
    param = (work / "model.ncnn.param").read_text()
    (folder / "ncnn.param").write_text(merge_crops(param))
    (work / "model.ncnn.bin").rename(folder / "ncnn.bin")
    for name in ("model_pnnx.py", "model.pnnx.bin"):
        if (work / name).exists():
            (work / name).rename(folder / name)
    shutil.rmtree(work)
    unknown = set(re.findall(r"^((?:aten::|nn\.|F\.|pnnx\.)\S+|ConvTranspose)\s", param, re.M))
    if unknown:
        raise Failure(f"ncnn: it has no layer {', '.join(sorted(unknown))}")


def fingerprint(source):
    """What the folder of a network depends on: the file it comes from and the programs that make it."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in (source, *(here / f"{name}.py" for name in
                           ("graphs", "networks", "convert", "nest_to_onnx"))):
        if path:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def prepare(name, folder, swiftlet, source):
    """Makes the folder of a network, whose ONNX and ncnn files are kept from run to run."""
    record, key = folder / "done.json", fingerprint(source)
    facts = json.loads(record.read_text()) if record.exists() else {}
    path, nest = folder / "model.onnx", folder / "model.nest"
    if facts.get("key") != key:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if source is None:
            onnx.save(networks.OWN[name](), path)
        elif source.suffix == ".nest":
            onnx.save(nest_to_onnx(source), path)
        else:
            shutil.copyfile(source, path)
        model = onnx.load(path)
        shape = input_shape(model)
        np.save(folder / "input.npy", bench_input(shape))
        facts = {"key": key, "shape": shape, "excluded": {},
                 "outputs": [value.name for value in model.graph.output]}
        try:
            to_ncnn(folder, shape)
        except Failure as failure:
            facts["excluded"]["ncnn"] = str(failure)
        record.write_text(json.dumps(facts))
    if source and source.suffix == ".nest":
        shutil.copyfile(source, nest)
    else:
        run([str(swiftlet), "convert", str(path), "-o", str(nest)], "swiftlet convert")
    inspected = json.loads(run([str(swiftlet), "inspect", str(nest), "--json"], "swiftlet inspect"))
    return facts | {"macs": inspected["macs"], "parameters": inspected["parameters"]}


def source_of(name, public, weights):
    """The file a network comes from, or None for one that is generated here."""
    if name in networks.ROOT_MODELS:
        return public / networks.ROOT_MODELS[name]
    return weights / f"{name}.nest" if name in networks.SHIPPED else None
