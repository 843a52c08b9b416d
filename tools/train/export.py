#!/usr/bin/env python3
"""ONNX files and metadata from trained networks.

    export.py segment --checkpoint runs/segment/final.pt --out build/export
    export.py tag     --checkpoint runs/tag/final.pt     --out build/export
    export.py segment --out build/export            (random decoder, for development)

`--golden DIR` also writes the network's outputs for a fixed pattern, for tests:
x[c,h,w] = ((31 h + 17 w + 71 c) mod 256) as RGB 0...255, normalised as the metadata says.

The graph is written by a walk over torch.fx's trace, in the few operators that the engine
names: batch norms stay separate, paddings become attributes of their convolution.
"""
import argparse
import operator
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import yaml
from torch import fx, nn

import nets

OPSET = 13
VERSIONS = {"segment": "0.7.0", "tag": "0.4.0"}


class Writer:
    """Builds an ONNX graph from a traced module, node by node."""

    def __init__(self):
        self.nodes, self.tensors = [], []

    def tensor(self, name: str, value) -> str:
        from onnx import numpy_helper
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, op: str, inputs: list[str], output: str, **attributes) -> str:
        from onnx import helper
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def conv(self, m: nn.Conv2d, x: str, out: str, name: str, pad) -> str:
        inputs = [x, self.tensor(f"{name}.weight", m.weight.detach().numpy())]
        if m.bias is not None:
            inputs.append(self.tensor(f"{name}.bias", m.bias.detach().numpy()))
        ph, pw = m.padding
        left, right, top, bottom = pad
        return self.node("Conv", inputs, out, kernel_shape=list(m.kernel_size), strides=list(m.stride), group=m.groups,
                         dilations=list(m.dilation), pads=[ph + top, pw + left, ph + bottom, pw + right])

    def module(self, m: nn.Module, x: str, out: str, name: str, pad) -> str:
        if isinstance(m, nn.Conv2d):
            return self.conv(m, x, out, name, pad)
        if isinstance(m, nn.BatchNorm2d):
            parts = [("scale", m.weight), ("offset", m.bias), ("mean", m.running_mean), ("var", m.running_var)]
            inputs = [x] + [self.tensor(f"{name}.{n}", t.detach().numpy()) for n, t in parts]
            return self.node("BatchNormalization", inputs, out, epsilon=m.eps)
        if isinstance(m, nn.ReLU6):
            if not any(t.name == "six" for t in self.tensors):
                self.tensor("zero", np.float32(0)), self.tensor("six", np.float32(6))
            return self.node("Clip", [x, "zero", "six"], out)
        if isinstance(m, nn.ReLU):
            return self.node("Relu", [x], out)
        if isinstance(m, nn.AdaptiveAvgPool2d):
            return self.node("GlobalAveragePool", [x], out)
        if isinstance(m, nn.Linear):
            return self.node("Gemm", [x, self.tensor(f"{name}.weight", m.weight.detach().numpy()),
                                      self.tensor(f"{name}.bias", m.bias.detach().numpy())], out, transB=1)
        if isinstance(m, nn.Sigmoid):
            return self.node("Sigmoid", [x], out)
        if isinstance(m, nn.Softmax):
            return self.node("Softmax", [x], out, axis=1)
        raise NotImplementedError(f"{name}: no ONNX form for {type(m).__name__}")

    def function(self, node: fx.Node, inputs, out: str) -> str:
        if node.target in (operator.add, torch.add):
            return self.node("Add", inputs, out)
        if node.target is torch.cat:
            return self.node("Concat", inputs, out, axis=1)
        if node.target is F.interpolate:
            if not any(t.name == "twice" for t in self.tensors):
                self.tensor("twice", np.array([1, 1, 2, 2], np.float32))
            return self.node("Resize", [inputs[0], "", "twice"], out, mode="linear", coordinate_transformation_mode="half_pixel")
        if node.target == "mean":
            return self.node("Flatten", [self.node("GlobalAveragePool", inputs[:1], f"{out}_pool")], out, axis=1)
        raise NotImplementedError(f"no ONNX form for {node.target}")


def to_onnx(net: nn.Module, size: int, outputs: list[str], file: Path) -> None:
    """Writes a network whose outputs are named `outputs`, input `image` [1,3,size,size]."""
    import onnx
    from onnx import TensorProto, helper

    net = net.eval()
    traced = fx.symbolic_trace(net)
    modules = dict(traced.named_modules())
    writer, names, pads = Writer(), {}, {}
    results: list[str] = []
    for node in traced.graph.nodes:
        arguments = [a for arg in node.args for a in (arg if isinstance(arg, (list, tuple)) else [arg]) if isinstance(a, fx.Node)]
        inputs = [names[a] for a in arguments]
        if node.op == "placeholder":
            names[node] = "image"
        elif node.op == "call_module":
            m = modules[node.target]
            if isinstance(m, nn.Dropout):
                names[node] = inputs[0]
            elif isinstance(m, nn.ZeroPad2d):  # becomes the next convolution's own padding
                names[node], pads[node] = inputs[0], m.padding
            else:
                names[node] = writer.module(m, inputs[0], node.name, node.target, pads.get(arguments[0], (0, 0, 0, 0)))
        elif node.op in ("call_function", "call_method"):
            names[node] = writer.function(node, inputs, node.name)
        elif node.op == "output":
            results = inputs
    for old, new in zip(results, outputs, strict=True):
        for n in writer.nodes:
            n.output[:] = [new if o == old else o for o in n.output]
            n.input[:] = [new if i == old else i for i in n.input]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, size, size])
    with torch.no_grad():
        values = net(torch.zeros(1, 3, size, size))
    shapes = [list(v.shape) for v in (values if isinstance(values, tuple) else (values,))]
    infos = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in zip(outputs, shapes)]
    graph = helper.make_graph(writer.nodes, file.stem, [image], infos, writer.tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="swiftlet tools/train")
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(file))


def verify(net: nn.Module, size: int, file: Path) -> None:
    """Compares the file with the network on noise, where ONNX Runtime is installed."""
    try:
        import onnxruntime
    except ImportError:
        print(f"{file}: not compared, no onnxruntime")
        return
    x = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(7))
    with torch.no_grad():
        ours = net(x)
    ours = [t.numpy() for t in (ours if isinstance(ours, tuple) else (ours,))]
    theirs = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"]).run(None, {"image": x.numpy()})
    worst = max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True))
    print(f"{file}: largest difference to ONNX Runtime {worst:.1e}")
    assert worst < 1e-3, f"the exported file differs by {worst}"


class Masked(nn.Module):
    """SegmentNet with its sigmoid: what is exported."""

    def __init__(self, net):
        super().__init__()
        self.net, self.sigmoid = net, nn.Sigmoid()

    def forward(self, x):
        return self.sigmoid(self.net(x))


class Tagged(nn.Module):
    """TagNet with its softmax: probabilities [1,Nc] and [1,Nm]."""

    def __init__(self, net):
        super().__init__()
        self.net, self.softmax_c, self.softmax_m = net, nn.Softmax(1), nn.Softmax(1)

    def forward(self, x):
        category, material = self.net(x)
        return self.softmax_c(category), self.softmax_m(material)


def write_metadata(file: Path, name: str, task: str, size: int, outputs: list[dict], provenance: str) -> None:
    data = {
        "schema": "swiftlet.model/1", "name": name, "task": task, "version": VERSIONS[task],
        "input": {"name": "image", "width": size, "height": size, "resize": "stretch", "color": "rgb", "scale": 1 / 255,
                  "mean": [nets.MEAN] * 3, "std": [nets.STD] * 3},
        "outputs": outputs, "license": "Apache-2.0", "provenance": provenance,
    }
    file.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None))


def write_segment(net: nn.Module, out: Path, size: int = 320, provenance: str = "untrained decoder, for development only") -> nn.Module:
    out.mkdir(parents=True, exist_ok=True)
    wrapped = Masked(net).eval()
    to_onnx(wrapped, size, ["mask"], out / "segment-fast.onnx")
    verify(wrapped, size, out / "segment-fast.onnx")
    write_metadata(out / "segment-fast.yaml", "segment-fast", "segment", size,
                   [{"name": "mask", "kind": "mask", "activation": "none", "labels": []}], provenance)
    return wrapped


def write_tag(net: nn.Module, out: Path, categories: list[str], materials: list[str], size: int = 224,
              provenance: str = "untrained heads, for development only") -> nn.Module:
    out.mkdir(parents=True, exist_ok=True)
    wrapped = Tagged(net).eval()
    to_onnx(wrapped, size, ["category", "material"], out / "tag-mobilenet.onnx")
    verify(wrapped, size, out / "tag-mobilenet.onnx")
    write_metadata(out / "tag-mobilenet.yaml", "tag-mobilenet", "tag", size,
                   [{"name": "category", "kind": "categories", "activation": "none", "labels": categories},
                    {"name": "material", "kind": "materials", "activation": "none", "labels": materials}], provenance)
    return wrapped


def pattern(size: int) -> torch.Tensor:
    """The golden input, normalised, [1,3,size,size]."""
    c, h, w = np.ogrid[0:3, 0:size, 0:size]
    raw = ((h * 31 + w * 17 + c * 71) % 256).astype(np.float64)
    return torch.from_numpy(((raw / 255 - nets.MEAN) / nets.STD).astype(np.float32))[None]


def write_golden(file: Path, size: int, out: Path) -> None:
    """ONNX Runtime's outputs for `pattern`, float32; masks at every fifth row and column."""
    import onnxruntime
    out.mkdir(parents=True, exist_ok=True)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]
    for name, value in zip(names, session.run(None, {"image": pattern(size).numpy()})):
        np.save(out / f"pattern_{name}.npy", value[:, :, ::5, ::5].copy() if value.ndim == 4 else value)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("task", choices=["segment", "tag"])
    parser.add_argument("--checkpoint", type=Path, help="final.pt of a training; without it the new layers are random")
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="for the encoder of an untrained network")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--golden", type=Path, help="also write golden outputs here")
    parser.add_argument("--provenance", default=None)
    args = parser.parse_args()
    torch.manual_seed(1)
    state = torch.load(args.checkpoint, map_location="cpu", weights_only=True) if args.checkpoint else None
    if args.task == "tag":
        import common  # noqa: F401  (puts tools/data on the path)
        import sets
        categories = state["categories"] if state else sets.category_names()
        materials = state["materials"] if state else sets.MATERIALS
        net, size = nets.TagNet(len(categories), len(materials)), 224
    else:
        net, size = nets.SegmentNet(), 320
    if state:
        net.load_state_dict(state["net"])
    else:
        nets.load_imagenet(net, args.shared / "models/mobilenet_v2_1.0_224.onnx", torch.randn(8, 3, 224, 224))
    extra = {"provenance": args.provenance or (state or {}).get("provenance")}
    extra = {k: v for k, v in extra.items() if v}
    if args.task == "tag":
        write_tag(net, args.out, categories, materials, size, **extra)
    else:
        write_segment(net, args.out, size, **extra)
    if args.golden:
        write_golden(args.out / ("tag-mobilenet.onnx" if args.task == "tag" else "segment-fast.onnx"), size, args.golden)
    return 0


if __name__ == "__main__":
    sys.exit(main())
