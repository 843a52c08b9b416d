"""A builder of ONNX graphs with seeded random weights.

Weights are scaled so that every layer's output has a variance of about 1, whatever the activations in
between: each value carries an estimate of its second moment, and a convolution divides by it."""
from typing import NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# The second moment of f(x) for x of N(0, 1).
MOMENTS = {None: 1.0, "relu": 0.5, "relu6": 0.5, "hswish": 0.33, "silu": 0.36,
           "hsigmoid": 0.28, "sigmoid": 0.29}


class Value(NamedTuple):
    name: str
    channels: int
    height: int
    width: int
    moment: float


class Graph:
    """A network under construction; its methods add layers and give the value they make."""

    def __init__(self, name, height, width, channels=3, seed=1):
        self.name, self.random = name, np.random.default_rng(seed)
        self.nodes, self.weights, self.count = [], [], 0
        self.input = Value("input", channels, height, width, 1.0)

    def node(self, op, inputs, **attributes):
        self.count += 1
        name = f"{op.lower()}_{self.count}"
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def constant(self, array, label):
        name = f"{label}_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def normal(self, shape, deviation, label):
        return self.constant(
            self.random.standard_normal(shape, dtype=np.float32) * np.float32(deviation), label)

    def activate(self, x, act):
        if act is None:
            return x
        if act == "relu6":
            bounds = [self.constant(np.float32(v), "bound") for v in (0, 6)]
            name = self.node("Clip", [x.name, *bounds])
        elif act == "silu":
            name = self.node("Mul", [x.name, self.node("Sigmoid", [x.name])])
        elif act == "hsigmoid":
            name = self.node("HardSigmoid", [x.name], alpha=1 / 6, beta=0.5)
        else:
            name = self.node({"relu": "Relu", "hswish": "HardSwish", "sigmoid": "Sigmoid"}[act],
                             [x.name])
        return x._replace(name=name, moment=MOMENTS[act])

    def conv(self, x, channels, kernel=1, stride=1, groups=1, dilation=1, act=None, gain=1.0):
        pad = dilation * (kernel - 1) // 2
        fan = x.channels // groups * kernel * kernel
        weight = self.normal((channels, x.channels // groups, kernel, kernel),
                             gain * (1 / (fan * x.moment)) ** 0.5, "weight")
        bias = self.normal((channels,), 0.1 * gain, "bias")
        name = self.node("Conv", [x.name, weight, bias], kernel_shape=[kernel] * 2,
                         strides=[stride] * 2, pads=[pad] * 4, group=groups,
                         dilations=[dilation] * 2)
        extent = [(v + 2 * pad - dilation * (kernel - 1) - 1) // stride + 1
                  for v in (x.height, x.width)]
        return self.activate(Value(name, channels, *extent, gain * gain), act)

    def up(self, x, channels):
        """A transposed convolution of 2x2 taps at stride 2."""
        weight = self.normal((x.channels, channels, 2, 2), (1 / (x.channels * x.moment)) ** 0.5,
                             "weight")
        bias = self.normal((channels,), 0.1, "bias")
        name = self.node("ConvTranspose", [x.name, weight, bias], kernel_shape=[2, 2],
                         strides=[2, 2], pads=[0] * 4)
        return Value(name, channels, 2 * x.height, 2 * x.width, 1.0)

    def add(self, x, y, act=None):
        total = x._replace(name=self.node("Add", [x.name, y.name]), moment=x.moment + y.moment)
        if act is None:
            return total
        scaled = self.activate(total, act)
        return scaled._replace(moment=total.moment * MOMENTS[act])

    def concat(self, values):
        channels = sum(v.channels for v in values)
        moment = sum(v.moment * v.channels for v in values) / channels
        name = self.node("Concat", [v.name for v in values], axis=1)
        return values[0]._replace(name=name, channels=channels, moment=moment)

    def max_pool(self, x, kernel, stride, pad=0):
        name = self.node("MaxPool", [x.name], kernel_shape=[kernel] * 2, strides=[stride] * 2,
                         pads=[pad] * 4)
        extent = [(v + 2 * pad - kernel) // stride + 1 for v in (x.height, x.width)]
        return Value(name, x.channels, *extent, 2 * x.moment)

    def pool(self, x):
        """The mean of each channel."""
        return Value(self.node("GlobalAveragePool", [x.name]), x.channels, 1, 1, 0.4 * x.moment)

    def excite(self, x, squeezed, act, gate):
        """Squeeze-and-excite: channels scaled by a small network of their means."""
        scale = self.conv(self.conv(self.pool(x), squeezed, act=act), x.channels, act=gate)
        name = self.node("Mul", [x.name, scale.name])
        return x._replace(name=name, moment=x.moment * scale.moment)

    def resize(self, x, height, width):
        """Bilinear, half-pixel centres."""
        sizes = self.constant(np.array([1, x.channels, height, width], np.int64), "sizes")
        name = self.node("Resize", [x.name, "", "", sizes], mode="linear",
                         coordinate_transformation_mode="pytorch_half_pixel")
        return x._replace(name=name, height=height, width=width)

    def classify(self, x, *widths, act=None):
        """The means of the channels through fully connected layers, `act` between them."""
        name, channels, moment = self.pool(x).name, x.channels, 0.4 * x.moment
        name = self.node("Flatten", [name], axis=1)
        for index, width in enumerate(widths):
            weight = self.normal((width, channels), (1 / (channels * moment)) ** 0.5, "weight")
            bias = self.normal((width,), 0.1, "bias")
            name = self.node("Gemm", [name, weight, bias], transB=1)
            last = index == len(widths) - 1
            step = self.activate(Value(name, width, 1, 1, 1.0), None if last else act)
            name, channels, moment = step.name, width, step.moment
        return Value(name, channels, 0, 0, 1.0)

    def model(self, output):
        """The finished model, checked."""
        shape = [1, output.channels] + ([output.height, output.width] if output.height else [])
        self.nodes[-1].output[0] = "output"
        x = self.input
        graph = helper.make_graph(
            self.nodes, self.name,
            [helper.make_tensor_value_info("input", TensorProto.FLOAT,
                                           [1, x.channels, x.height, x.width])],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT, shape)], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)],
                                  producer_name="swiftlet-peers", ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model
