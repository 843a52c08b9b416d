"""The two networks: a MobileNetV2 1.0 encoder under a separable U-Net decoder (`SegmentNet`)
and under two linear heads (`TagNet`).

Both take [N,3,H,W], RGB, y = (x / 255 - 127/255) / 0.5, the preprocessing of the encoder's
ImageNet weights. Stride-2 convolutions pad at the bottom and the right only, as those
weights expect.
"""
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

MEAN, STD = 127 / 255, 0.5
MOMENTUM = 0.03

# (expansion, output channels, stride) of the 17 inverted residual blocks.
BLOCKS = (
    [(1, 16, 1)] + [(6, 24, 2), (6, 24, 1)] + [(6, 32, 2)] + [(6, 32, 1)] * 2 + [(6, 64, 2)] + [(6, 64, 1)] * 3
    + [(6, 96, 1)] * 3 + [(6, 160, 2)] + [(6, 160, 1)] * 2 + [(6, 320, 1)]
)
TAPS = (0, 2, 5, 12, 16)  # the last blocks at 1/2, 1/4, 1/8, 1/16 and 1/32
TAP_CHANNELS = (16, 24, 32, 96, 320)


class ConvBN(nn.Sequential):
    """Convolution, batch norm and, if asked for, an activation."""

    def __init__(self, cin, cout, kernel=1, stride=1, groups=1, act=None):
        pad = [nn.ZeroPad2d((0, 1, 0, 1))] if stride == 2 else []
        conv = nn.Conv2d(cin, cout, kernel, stride, 0 if stride == 2 else kernel // 2, groups=groups, bias=False)
        super().__init__(*pad, conv, nn.BatchNorm2d(cout, momentum=MOMENTUM), *([act()] if act else []))

    @property
    def conv(self):
        return next(m for m in self if isinstance(m, nn.Conv2d))

    @property
    def bn(self):
        return next(m for m in self if isinstance(m, nn.BatchNorm2d))


class InvertedResidual(nn.Module):
    def __init__(self, cin, cout, stride, expansion):
        super().__init__()
        mid = cin * expansion
        expand = [ConvBN(cin, mid, act=nn.ReLU6)] if expansion > 1 else []
        self.body = nn.Sequential(*expand, ConvBN(mid, mid, 3, stride, mid, nn.ReLU6), ConvBN(mid, cout))
        self.residual = stride == 1 and cin == cout

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


class Encoder(nn.Module):
    """MobileNetV2 1.0; returns the features of TAPS, finest first."""

    def __init__(self):
        super().__init__()
        self.stem = ConvBN(3, 32, 3, 2, act=nn.ReLU6)
        blocks, cin = [], 32
        for expansion, cout, stride in BLOCKS:
            blocks.append(InvertedResidual(cin, cout, stride, expansion))
            cin = cout
        self.blocks = nn.ModuleList(blocks)

    def forward(self, x):
        features = []
        x = self.stem(x)
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i in TAPS:
                features.append(x)
        return features


class Separable(nn.Module):
    """Depthwise then 1x1 convolution, with a shortcut where the shapes allow it."""

    def __init__(self, cin, cout, kernel=3):
        super().__init__()
        self.depthwise = ConvBN(cin, cin, kernel, groups=cin, act=nn.ReLU)
        self.pointwise = ConvBN(cin, cout, act=nn.ReLU)
        self.residual = cin == cout

    def forward(self, x):
        y = self.pointwise(self.depthwise(x))
        return x + y if self.residual else y


class SegmentNet(nn.Module):
    """[N,3,H,W] -> logits [N,1,H,W]; H and W multiples of 32. 0.77 GMAC at 320x320.

    In training mode it also returns the logits of two auxiliary heads, at 1/4 and 1/8.
    """

    WIDTHS = (128, 96, 64, 48, 24)  # at 1/32 ... 1/2
    SKIPS = (64, 32, 24, 16)        # projections of the taps at 1/16 ... 1/2
    DEPTHS = (2, 2, 3, 2)           # separable blocks at 1/16 ... 1/2

    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        wide = self.WIDTHS[0]
        self.reduce = ConvBN(TAP_CHANNELS[-1], wide, act=nn.ReLU)
        self.context = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(wide, wide, 1))
        self.bottom = Separable(wide, wide, 5)
        self.skips = nn.ModuleList(ConvBN(c, s, act=nn.ReLU) for c, s in zip(TAP_CHANNELS[-2::-1], self.SKIPS))
        self.levels = nn.ModuleList()
        for cin, skip, cout, depth in zip(self.WIDTHS, self.SKIPS, self.WIDTHS[1:], self.DEPTHS):
            self.levels.append(nn.Sequential(Separable(cin + skip, cout), *[Separable(cout, cout) for _ in range(depth - 1)]))
        self.head = nn.Conv2d(self.WIDTHS[-1], 1, 3, padding=1)
        self.aux = nn.ModuleList([nn.Conv2d(self.WIDTHS[3], 1, 1), nn.Conv2d(self.WIDTHS[2], 1, 1)])

    def freeze(self, blocks: int, norms: bool = False) -> None:
        """Keeps the stem and the first blocks as they are, statistics included: half of a step's time.

        `norms` keeps the statistics of the whole encoder, for a network that is trained already.
        """
        self.frozen = [self.encoder.stem, *self.encoder.blocks[:blocks]]
        for module in self.frozen:
            module.requires_grad_(False)
        if norms:
            self.frozen += [m for m in self.encoder.modules() if isinstance(m, nn.BatchNorm2d)]
        self.train(self.training)

    def train(self, mode: bool = True):
        super().train(mode)
        for module in getattr(self, "frozen", []):
            module.eval()
        return self

    def forward(self, x):
        *taps, x = self.encoder(x)
        x = self.reduce(x)
        x = self.bottom(x + self.context(x))
        outputs = []
        for tap, skip, level in zip(reversed(taps), self.skips, self.levels):
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = level(torch.cat([x, skip(tap)], 1))
            outputs.append(x)
        logits = F.interpolate(self.head(x), scale_factor=2, mode="bilinear", align_corners=False)
        if not self.training:
            return logits
        return logits, self.aux[0](outputs[2]), self.aux[1](outputs[1])


class TagNet(nn.Module):
    """[N,3,H,W] -> logits of the categories [N,Nc] and of the materials [N,Nm]. 0.30 GMAC at 224x224."""

    def __init__(self, categories: int, materials: int, dropout: float = 0.2):
        super().__init__()
        self.encoder = Encoder()
        self.last = ConvBN(320, 1280, act=nn.ReLU6)
        self.dropout = nn.Dropout(dropout)
        self.category = nn.Linear(1280, categories)
        self.material = nn.Linear(1280, materials)

    def trunk(self, x, blocks: int):
        """The features after the first blocks; with `tail` it makes the whole network."""
        x = self.encoder.stem(x)
        for block in self.encoder.blocks[:blocks]:
            x = block(x)
        return x

    def tail(self, x, blocks: int):
        for block in self.encoder.blocks[blocks:]:
            x = block(x)
        x = self.dropout(self.last(x).mean((2, 3)))
        return self.category(x), self.material(x)

    def forward(self, x):
        return self.tail(self.trunk(x, 0), 0)


@torch.no_grad()
def unfold(net: nn.Module, units: list[tuple[ConvBN, np.ndarray, np.ndarray]], run) -> None:
    """Gives convolutions with folded batch norms, weight [out,in,height,width] and bias each, their norms back.

    The function stays: statistics are measured while `run()` computes the network, scale and
    offset are set to undo them.
    """
    handles = []
    for unit, weight, bias in units:
        assert unit.conv.weight.shape == weight.shape, f"{unit.conv.weight.shape} != {weight.shape}"
        unit.conv.weight.copy_(torch.from_numpy(weight.copy()))

        def measure(bn, inputs, bias=torch.from_numpy(bias.copy())):
            mean, var = inputs[0].mean((0, 2, 3)), inputs[0].var((0, 2, 3), unbiased=False)
            bn.running_mean.copy_(mean)
            bn.running_var.copy_(var)
            bn.weight.copy_((var + bn.eps).sqrt())
            bn.bias.copy_(mean + bias)

        handles.append(unit.bn.register_forward_pre_hook(measure))
    net.eval()
    run()
    for handle in handles:
        handle.remove()


def load_imagenet(net: nn.Module, model: Path, photos: torch.Tensor) -> list[np.ndarray]:
    """Fills the encoder (and TagNet's last convolution) from the BN-folded ONNX MobileNetV2.

    Statistics are measured over `photos` [N,3,H,W]. Returns the ImageNet classifier's weight
    [1001,1280,1,1] and bias, for whoever wants them.
    """
    import onnx
    from onnx import numpy_helper

    tensors = {t.name: numpy_helper.to_array(t) for t in onnx.load(str(model)).graph.initializer}
    units = [m for m in net.encoder.modules() if isinstance(m, ConvBN)]
    if hasattr(net, "last"):
        units.append(net.last)

    def run():
        features = net.encoder(photos)[-1]
        if hasattr(net, "last"):
            net.last(features)

    unfold(net, [(u, tensors[f"conv{i:02d}.weight"], tensors[f"conv{i:02d}.bias"]) for i, u in enumerate(units)], run)
    return [tensors["conv52.weight"], tensors["conv52.bias"]]


def measure_norms(net: nn.Module, photos: torch.Tensor) -> None:
    """Sets the batch norms' statistics from one batch: a random encoder that stays frozen needs it."""
    norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    net.train()
    with torch.no_grad():
        net(photos)
    for norm in norms:
        norm.momentum = MOMENTUM


def macs(net: nn.Module, size: int) -> int:
    """Multiply-accumulates of the convolutions and linear layers at size x size."""
    total = 0

    def count(module, _, output):
        nonlocal total
        if isinstance(module, nn.Conv2d):
            total += module.weight[0].numel() * output.shape[1] * output.shape[2] * output.shape[3]
        elif isinstance(module, nn.Linear):
            total += module.weight.numel()

    handles = [m.register_forward_hook(count) for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    net.eval()
    with torch.no_grad():
        net(torch.zeros(1, 3, size, size))
    for handle in handles:
        handle.remove()
    return total
