"""The networks of the comparison: own definitions after the published tables, weights random from a
fixed seed; public files and the shipped models where they are at hand."""
from graphs import Graph

ROOT_MODELS = {  # name -> file in the folder of public models
    "u2netp-320": "u2netp.onnx",
    "mobilenetv2-public": "mobilenet_v2_1.0_224.onnx",
    "portrait-deeplab-513": "deeplabv3_mnv2_portrait_513.onnx",
    "portrait-unet-256": "prisma_portrait_256.onnx",
}
SHIPPED = ("segment-fast", "tag-mobilenet")


def mobilenet_v2():
    """Sandler et al. 2018, width 1.0."""
    g = Graph("mobilenetv2-224", 224, 224)
    x = g.conv(g.input, 32, 3, 2, act="relu6")
    table = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
             (6, 160, 3, 2), (6, 320, 1, 1)]
    for expansion, channels, repeats, first_stride in table:
        for index in range(repeats):
            stride, inner = first_stride if index == 0 else 1, x.channels * expansion
            y = x if expansion == 1 else g.conv(x, inner, act="relu6")
            y = g.conv(y, inner, 3, stride, groups=inner, act="relu6")
            shortcut = stride == 1 and x.channels == channels
            y = g.conv(y, channels, gain=0.5 if shortcut else 1)
            x = g.add(x, y) if shortcut else y
    return g.model(g.classify(g.conv(x, 1280, act="relu6"), 1000))


# Kernel, expanded and output channels, squeeze-and-excite, activation, stride.
MOBILENET_V3 = [
    (3, 16, 16, False, "relu", 1), (3, 64, 24, False, "relu", 2), (3, 72, 24, False, "relu", 1),
    (5, 72, 40, True, "relu", 2), (5, 120, 40, True, "relu", 1), (5, 120, 40, True, "relu", 1),
    (3, 240, 80, False, "hswish", 2), (3, 200, 80, False, "hswish", 1),
    (3, 184, 80, False, "hswish", 1), (3, 184, 80, False, "hswish", 1),
    (3, 480, 112, True, "hswish", 1), (3, 672, 112, True, "hswish", 1),
    (5, 672, 160, True, "hswish", 2), (5, 960, 160, True, "hswish", 1),
    (5, 960, 160, True, "hswish", 1)]


def mobilenet_v3_features(g, dilated=False):
    """The layers before the head; `dilated` keeps the last stage at 1/16 of the extents."""
    x = g.conv(g.input, 16, 3, 2, act="hswish")
    for index, (kernel, inner, channels, excite, act, stride) in enumerate(MOBILENET_V3):
        dilation = 2 if dilated and index >= 12 else 1
        stride = 1 if dilation > 1 else stride
        shortcut = stride == 1 and x.channels == channels
        y = x if inner == x.channels else g.conv(x, inner, act=act)
        y = g.conv(y, inner, kernel, stride, groups=inner, dilation=dilation, act=act)
        if excite:
            y = g.excite(y, (inner // 4 + 4) // 8 * 8, "relu", "hsigmoid")
        y = g.conv(y, channels, gain=0.5 if shortcut else 1)
        x = g.add(x, y) if shortcut else y
    return g.conv(x, 960, act="hswish")


def mobilenet_v3():
    """Howard et al. 2019, Large, width 1.0."""
    g = Graph("mobilenetv3-large-224", 224, 224)
    return g.model(g.classify(mobilenet_v3_features(g), 1280, 1000, act="hswish"))


def unet():
    """Ronneberger et al. 2015 with padded convolutions: 32 to 512 channels."""
    g = Graph("unet32-256", 256, 256)

    def double(x, channels):
        return g.conv(g.conv(x, channels, 3, act="relu"), channels, 3, act="relu")

    x, skips = double(g.input, 32), []
    for channels in (64, 128, 256, 512):
        skips.append(x)
        x = double(g.max_pool(x, 2, 2), channels)
    for skip in reversed(skips):
        x = double(g.concat([skip, g.up(x, skip.channels)]), skip.channels)
    return g.model(g.activate(g.conv(x, 1), "sigmoid"))


def resnet(name, counts, bottleneck):
    """He et al. 2015; bottlenecks with the stride in the 3x3 layer."""
    g = Graph(name, 224, 224)
    x = g.max_pool(g.conv(g.input, 64, 7, 2, act="relu"), 3, 2, 1)
    for stage, count in enumerate(counts):
        inner = 64 << stage
        channels = inner * 4 if bottleneck else inner
        for index in range(count):
            stride = 2 if stage > 0 and index == 0 else 1
            if bottleneck:
                y = g.conv(g.conv(x, inner, act="relu"), inner, 3, stride, act="relu")
                y = g.conv(y, channels, gain=0.5)
            else:
                y = g.conv(g.conv(x, inner, 3, stride, act="relu"), inner, 3, gain=0.5)
            if stride != 1 or x.channels != channels:
                x = g.conv(x, channels, stride=stride)
            x = g.add(x, y, act="relu")
    return g.model(g.classify(x, 1000))


def efficientnet_b0():
    """Tan and Le 2019."""
    g = Graph("efficientnet-b0-224", 224, 224)
    x = g.conv(g.input, 32, 3, 2, act="silu")
    table = [(1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3),
             (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)]
    for expansion, channels, repeats, first_stride, kernel in table:
        for index in range(repeats):
            stride, inner = first_stride if index == 0 else 1, x.channels * expansion
            y = x if expansion == 1 else g.conv(x, inner, act="silu")
            y = g.conv(y, inner, kernel, stride, groups=inner, act="silu")
            y = g.excite(y, max(1, x.channels // 4), "silu", "sigmoid")
            shortcut = stride == 1 and x.channels == channels
            y = g.conv(y, channels, gain=0.5 if shortcut else 1)
            x = g.add(x, y) if shortcut else y
    return g.model(g.classify(g.conv(x, 1280, act="silu"), 1000))


def deeplab_v3():
    """Chen et al. 2017 on MobileNetV3-Large at output stride 16, 21 classes."""
    g = Graph("deeplabv3-mobilenet-513", 513, 513)
    x = mobilenet_v3_features(g, dilated=True)
    branches = [g.conv(x, 256, act="relu")]
    branches += [g.conv(x, 256, 3, dilation=d, act="relu") for d in (12, 24, 36)]
    branches.append(g.resize(g.conv(g.pool(x), 256, act="relu"), x.height, x.width))
    y = g.conv(g.conv(g.concat(branches), 256, act="relu"), 256, 3, act="relu")
    return g.model(g.resize(g.conv(y, 21), 513, 513))


OWN = {
    "mobilenetv2-224": mobilenet_v2,
    "mobilenetv3-large-224": mobilenet_v3,
    "unet32-256": unet,
    "resnet18-224": lambda: resnet("resnet18-224", (2, 2, 2, 2), False),
    "resnet50-224": lambda: resnet("resnet50-224", (3, 4, 6, 3), True),
    "efficientnet-b0-224": efficientnet_b0,
    "deeplabv3-mobilenet-513": deeplab_v3,
}
ALL = [*OWN, *ROOT_MODELS, *SHIPPED]
