#!/usr/bin/env python3
"""A checkpoint for `--init` from a file that ships, so that a training can go on from it.

    from_nest.py segment --nest weights/segment-fast.nest --store build/train-data --out runs/shipped.pt

The batch norms, which the file has folded into its convolutions, are put back without
changing the function; their statistics are measured over photos of the store. What the file
lacks (auxiliary heads) is drawn anew.
"""
import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

import common
import nets
from scenes import Photos, Scenes

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "nest"))
import read_nest  # noqa: E402


def folded(file: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Weight [out,in,height,width] and bias of each convolution and linear layer, by node name."""
    _, graph = read_nest.load(file)
    layers = {}
    for name, op, reads, _ in graph["nodes"]:
        if op[0] in ("convolution", "gemm"):
            weight, bias = (graph["constants"][i].astype(np.float32) for i in reads[1:3])
            layers[name] = weight.transpose(0, 3, 1, 2) if weight.ndim == 4 else weight, bias
    return layers


@torch.no_grad()
def fill(net: nn.Module, layers: dict, photos: torch.Tensor) -> list[str]:
    """Sets the network's layers; returns the names of those that the file does not have."""
    norms = {}
    for unit in net.modules():
        if isinstance(unit, nets.ConvBN):
            norms[unit.conv] = unit.bn
    handles, missing = [], []
    for path, module in net.named_modules():
        if not isinstance(module, (nn.Conv2d, nn.Linear)):
            continue
        name = "net_" + path.replace(".", "_")
        if name not in layers:
            missing.append(path)
            continue
        weight, bias = (torch.from_numpy(np.ascontiguousarray(a)) for a in layers[name])
        module.weight.copy_(weight.view_as(module.weight))
        if module not in norms:
            module.bias.copy_(bias)
            continue

        def measure(bn, inputs, bias=bias):
            mean, variance = inputs[0].mean((0, 2, 3)), inputs[0].var((0, 2, 3), unbiased=False)
            bn.running_mean.copy_(mean)
            bn.running_var.copy_(variance)
            bn.weight.copy_((variance + bn.eps).sqrt())
            bn.bias.copy_(mean + bias)

        handles.append(norms[module].register_forward_pre_hook(measure))
    net.eval()
    net(photos)
    for handle in handles:
        handle.remove()
    return missing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("task", choices=["segment"])
    parser.add_argument("--nest", type=Path, required=True)
    parser.add_argument("--store", type=Path, default=Path("build/train-data"))
    parser.add_argument("--renders", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    common.seed_all(1)
    photos = Scenes(Photos(args.store, args.renders), 1).batch(32, 320)[0]
    net = nets.SegmentNet()
    missing = fill(net, folded(args.nest), (photos - nets.MEAN) / nets.STD)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    common.save(args.out, net=net.state_dict())
    print(f"{args.out}: drawn anew: {', '.join(missing) or 'nothing'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
