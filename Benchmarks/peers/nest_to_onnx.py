"""Writes a .nest file's graph as ONNX, so that other engines can run the shipped networks."""
import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "nest"))
import read_nest  # noqa: E402

ABSENT = 2**32 - 1
TO_NCHW = (0, 3, 1, 2)
AXIS = (0, 2, 3, 1)  # the place of an NHWC axis in NCHW
BINARY = ("Add", "Sub", "Mul", "Div", "Max", "Min", "Pow")
COORDINATES = ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric",
               "tf_half_pixel_for_nn", "half_pixel_symmetric")
ROUNDING = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")


class Exporter:
    def __init__(self, graph):
        self.values, self.constants = graph["values"], graph["constants"]
        self.nodes, self.weights, self.count = [], {}, 0

    def name(self, index):
        return f"v{index}"

    def shape(self, index):
        shape = self.values[index][1]
        return [shape[i] for i in TO_NCHW] if len(shape) == 4 else shape

    def constant(self, array, label=None):
        self.count += 1
        name = label or f"c{self.count}"
        self.weights[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def operand(self, index, rank=0):
        """The ONNX name of a value; a constant is written in NCHW order, padded to `rank` dimensions."""
        if index not in self.constants:
            return self.name(index)
        array = self.constants[index]
        array = array.astype(np.float32) if array.dtype == np.float16 else array
        array = array.reshape((1,) * (rank - array.ndim) + array.shape)
        if array.ndim == 4:
            array = array.transpose(TO_NCHW)
        return self.constant(array, f"{self.name(index)}_{rank}")

    def emit(self, op, inputs, output, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))

    def activated(self, op, inputs, output, activation, **attributes):
        """A node and, behind it, the activation that was fused into it."""
        if activation == ("none",):
            self.emit(op, inputs, output, **attributes)
            return
        self.emit(op, inputs, output + "_linear", **attributes)
        self.activation(output + "_linear", output, *activation)

    def activation(self, x, output, kind, *parameters):
        if kind == "clip":
            lower, upper = parameters
            if (lower, upper) == (0, np.inf):
                self.emit("Relu", [x], output)
            else:
                bounds = [self.constant(np.float32(v)) if np.isfinite(v) else "" for v in parameters]
                self.emit("Clip", [x, *bounds], output)
        elif kind == "silu":
            self.emit("Sigmoid", [x], output + "_gate")
            self.emit("Mul", [x, output + "_gate"], output)
        elif kind == "leakyRelu":
            self.emit("LeakyRelu", [x], output, alpha=parameters[0])
        elif kind == "hardSigmoid":
            self.emit("HardSigmoid", [x], output, alpha=parameters[0], beta=parameters[1])
        else:
            names = {"sigmoid": "Sigmoid", "hardSwish": "HardSwish", "tanh": "Tanh", "exp": "Exp",
                     "sqrt": "Sqrt"}
            self.emit(names[kind], [x], output)

    def weight(self, index, order):
        return self.constant(self.constants[index].astype(np.float32).transpose(order),
                             f"{self.name(index)}_weight")

    def node(self, op, reads, output):
        kind, *rest = op
        reads = [None if i == ABSENT else i for i in reads] + [None] * 4
        x, rank = reads[0], len(self.values[reads[0]][1])
        name = self.operand(x)
        if kind in ("convolution", "transposedConvolution"):
            window, *more, activation = rest
            transposed = kind != "convolution"
            inputs = [name, self.weight(reads[1], (0, 3, 1, 2))]
            if reads[2] is not None:
                inputs.append(self.operand(reads[2]))
            attributes = {"kernel_shape": window[:2], "strides": window[2:4],
                          "dilations": window[4:6], "pads": window[6:], "group": more[-1]}
            if transposed:
                attributes["output_padding"] = more[:2]
            residual = None if transposed else reads[3]
            if residual is None:
                self.activated("ConvTranspose" if transposed else "Conv", inputs, output, activation,
                               **attributes)
            else:
                self.emit("Conv", inputs, output + "_sum", **attributes)
                self.activated("Add", [output + "_sum", self.operand(residual)], output, activation)
        elif kind == "activation":
            self.activation(name, output, *rest[0])
        elif kind == "prelu":
            self.emit("PRelu", [name, self.operand(reads[1], rank)], output)
        elif kind == "binary":
            rank = max(rank, len(self.values[reads[1]][1]))
            self.activated(BINARY[rest[0]], [self.operand(i, rank) for i in reads[:2]], output, rest[1])
        elif kind == "softmax":
            self.emit("Softmax", [name], output, axis=AXIS[rest[0]] if rank == 4 else rest[0])
        elif kind in ("maxPool", "averagePool"):
            window, ceil, *count = rest
            attributes = {"kernel_shape": window[:2], "strides": window[2:4], "pads": window[6:],
                          "ceil_mode": int(ceil)}
            if count:
                attributes["count_include_pad"] = int(count[0])
            self.emit("MaxPool" if kind == "maxPool" else "AveragePool", [name], output, **attributes)
        elif kind in ("globalAveragePool", "globalMaxPool"):
            self.emit(kind[0].upper() + kind[1:], [name], output)
        elif kind == "resize":
            mode, rounding, coordinates, *scales = rest
            scale = self.constant(np.array([1, 1, *scales], np.float32))
            nearest = {"nearest_mode": ROUNDING[rounding]} if mode == 1 else {}
            self.emit("Resize", [name, "", scale], output, mode=("linear", "nearest")[mode],
                      coordinate_transformation_mode=COORDINATES[coordinates], **nearest)
        elif kind == "concat":
            reads = [i for i in reads if i is not None]
            self.emit("Concat", [self.operand(i) for i in reads], output,
                      axis=AXIS[rest[0]] if rank == 4 else rest[0])
        elif kind == "gemm":
            alpha, beta, a, b, activation = rest
            inputs = [self.operand(i) for i in reads[:3] if i is not None]
            self.activated("Gemm", inputs, output, activation, alpha=alpha, beta=beta, transA=int(a),
                           transB=int(b))
        elif kind == "reshape" and all(len(s) != 4 or s[1] * s[2] == 1
                                       for s in (self.values[x][1], self.values[int(output[1:])][1])):
            shape = self.constant(np.array(self.shape(int(output[1:])), np.int64))
            self.emit("Reshape", [name, shape], output)
        else:
            raise SystemExit(f"swiftlet: {kind}: nest_to_onnx.py does not translate it; add it there")


def nest_to_onnx(path):
    """The graph of a .nest file as an ONNX model; values of rank 4 in NCHW order."""
    metadata, graph = read_nest.load(Path(path))
    exporter = Exporter(graph)
    for _, op, reads, result in graph["nodes"]:
        exporter.node(op, reads, exporter.name(result))
    names = {index: graph["values"][index][0] for index in graph["inputs"] + graph["outputs"]}
    renamed = {exporter.name(index): name for index, name in names.items()}
    for node in exporter.nodes:
        node.input[:] = [renamed.get(name, name) for name in node.input]
        node.output[:] = [renamed.get(name, name) for name in node.output]
    inputs, outputs = ([helper.make_tensor_value_info(names[i], TensorProto.FLOAT, exporter.shape(i))
                        for i in graph[end]] for end in ("inputs", "outputs"))
    body = helper.make_graph(exporter.nodes, metadata["name"], inputs, outputs,
                             list(exporter.weights.values()))
    return helper.make_model(body, opset_imports=[helper.make_opsetid("", 14)],
                             producer_name="swiftlet-peers", ir_version=8)
