#!/usr/bin/env python3
"""One network out of several checkpoints that come from one another: the weighted mean of their weights.

    average.py runs/third/final.pt=0.6 runs/third/halfway.pt=0.4 --shift 0 -0.3 --out runs/average.pt

A checkpoint of a running training (last.pt) counts with its moving average. `--shift` is added to
the logits of each: final.pt is calibrated, last.pt is not (`shift` in report.json).
"""
import argparse
import sys
from pathlib import Path

import torch

import common


def weighted(word: str) -> tuple[str, float]:
    """FILE=SHARE as file and share."""
    file, _, share = word.rpartition("=")
    if not file:
        raise argparse.ArgumentTypeError(f"'{word}' is not FILE=SHARE")
    return file, float(share)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoints", nargs="+", metavar="FILE=SHARE", type=weighted)
    parser.add_argument("--shift", type=float, nargs="+", help="one a checkpoint")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    shifts = args.shift or [0.0] * len(args.checkpoints)
    if len(shifts) != len(args.checkpoints):
        parser.error("--shift needs one number a checkpoint")
    total = sum(share for _, share in args.checkpoints)
    if abs(total - 1) > 1e-6:
        parser.error(f"the shares add up to {total}, not to 1")
    mean: dict[str, torch.Tensor] = {}
    for (file, share), shift in zip(args.checkpoints, shifts):
        state = torch.load(file, map_location="cpu", weights_only=True)
        net = dict(state.get("average", state["net"]))
        net["head.bias"] = net["head.bias"] + shift
        for name, value in net.items():
            value = value.double() * share
            mean[name] = mean[name] + value if name in mean else value
    common.save(args.out, net={name: value.float() for name, value in mean.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
