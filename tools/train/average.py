#!/usr/bin/env python3
"""One network out of several checkpoints that come from one another: the weighted mean of their weights.

    average.py runs/third/final.pt=0.6 runs/third/halfway.pt=0.4 --shift 0 -0.3 --out runs/average.pt

A checkpoint of a running training (last.pt) counts with its moving average. `--shift` is added to
the logits of each: final.pt is calibrated, last.pt is not (`shift` in report.json).

Of taggers only final.pt, which names its classes, can be averaged; `--calibrate` finds the temperatures of the mean by
the calibration photos whose features a training left:

    average.py runs/tag-fourth/final.pt=0.6 runs/tag/final.pt=0.4 --calibrate runs/tag-fourth/features --out runs/tag-average.pt
"""
import argparse
import sys
from pathlib import Path

import torch

import common


NAMES = ("categories", "materials")  # of a tagger's classes


def weighted(word: str) -> tuple[str, float]:
    """FILE=SHARE as file and share."""
    file, _, share = word.rpartition("=")
    if not file:
        raise argparse.ArgumentTypeError(f"'{word}' is not FILE=SHARE")
    return file, float(share)


def calibrated(mean: dict, names: dict[str, list[str]], folder: Path) -> dict:
    """The weights of a tagger with the temperatures that the calibration photos of a training ask for."""
    import nets
    import tag
    net = nets.TagNet(*(len(names[head]) for head in NAMES))
    net.load_state_dict(mean)
    features = tag.Features.stored(folder, "calibration")
    index = [{n: i for i, n in enumerate(names[head])} for head in NAMES]
    print(tag.calibrate(net.eval(), features, features.blocks, index))
    return net.state_dict()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoints", nargs="+", metavar="FILE=SHARE", type=weighted)
    parser.add_argument("--shift", type=float, nargs="+", help="one a checkpoint")
    parser.add_argument("--calibrate", type=Path, metavar="FEATURES", help="for taggers")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    shifts = args.shift or [0.0] * len(args.checkpoints)
    if len(shifts) != len(args.checkpoints):
        parser.error("--shift needs one number a checkpoint")
    total = sum(share for _, share in args.checkpoints)
    if abs(total - 1) > 1e-6:
        parser.error(f"the shares add up to {total}, not to 1")
    mean: dict[str, torch.Tensor] = {}
    names: dict[str, list[str]] | None = None
    for (file, share), shift in zip(args.checkpoints, shifts):
        state = torch.load(file, map_location="cpu", weights_only=True)
        net = dict(state.get("average", state["net"]))
        known = {head: state[head] for head in NAMES if head in state}
        if names is not None and known != names:
            parser.error(f"the classes of {file} are not those of {args.checkpoints[0][0]}")
        names = known
        if shift:
            if "head.bias" not in net:
                parser.error("--shift is for mask networks")
            net["head.bias"] = net["head.bias"] + shift
        for name, value in net.items():
            value = value.double() * share
            mean[name] = mean[name] + value if name in mean else value
    mean = {name: value.float() for name, value in mean.items()}
    if args.calibrate:
        if not names:
            parser.error("--calibrate is for taggers: final.pt of tag.py")
        mean = calibrated(mean, names, args.calibrate)
    common.save(args.out, net=mean, **names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
