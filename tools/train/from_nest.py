#!/usr/bin/env python3
"""A checkpoint for `segment.py --init` from the file that ships, so that a training can go on from it.

    from_nest.py --nest weights/segment-fast.nest --store build/train-data --out runs/shipped.pt

The batch norms, which the file has folded into its convolutions, are put back without
changing the function; their statistics are measured over photos of the store. The auxiliary
heads, which the file lacks, are drawn anew.
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
from segment import normalise

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "nest"))
import read_nest  # noqa: E402


def folded(file: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Weight [out,in,height,width] and bias of each convolution, by node name."""
    _, graph = read_nest.load(file)
    layers = {}
    for name, op, reads, _ in graph["nodes"]:
        if op[0] == "convolution":
            weight, bias = (graph["constants"][i].astype(np.float32) for i in reads[1:3])
            layers[name] = np.ascontiguousarray(weight.transpose(0, 3, 1, 2)), bias
    return layers


@torch.no_grad()
def fill(net: nn.Module, layers: dict, photos: torch.Tensor) -> None:
    """Sets the network's convolutions; all but the auxiliary heads are in the file, and nothing else is."""
    layers = dict(layers)
    owners = {unit.conv: unit for unit in net.modules() if isinstance(unit, nets.ConvBN)}
    units = []
    for path, module in net.named_modules():
        if not isinstance(module, nn.Conv2d) or path.startswith("aux."):
            continue
        name = "net_" + path.replace(".", "_")
        if name not in layers:
            raise SystemExit(f"from_nest: the file has no layer {name}: it is of another network")
        weight, bias = layers.pop(name)
        if module in owners:
            units.append((owners[module], weight, bias))
        else:
            module.weight.copy_(torch.from_numpy(weight))
            module.bias.copy_(torch.from_numpy(bias))
    if layers:
        raise SystemExit(f"from_nest: layers that the network does not have: {', '.join(layers)}")
    before = []
    nets.unfold(net, units, lambda: before.append(net(photos)))  # as measured: the file's own function
    difference = (net(photos) - before[0]).abs().max().item()
    if difference > 1e-2:
        raise SystemExit(f"from_nest: the logits changed by {difference}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--nest", type=Path, default=Path("weights/segment-fast.nest"))
    parser.add_argument("--store", type=Path, default=Path("build/train-data"), help="what prepare.py wrote")
    parser.add_argument("--renders", type=Path, help="as for segment.py")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    common.seed_all(1)
    photos = normalise(Scenes(Photos(args.store, args.renders), 1).batch(32, 320)[0])
    net = nets.SegmentNet()
    fill(net, folded(args.nest), photos)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    common.save(args.out, net=net.state_dict())
    return 0


if __name__ == "__main__":
    sys.exit(main())
