#!/usr/bin/env python3
"""Trains the product-mask network, from the photo sets to the ONNX file.

    segment.py --shared ../shared --store build/train-data --out runs/segment

The store comes from tools/data/prepare.py, which is run first (it resumes, and returns at
once where the store is complete); renders (optional) from tools/render. An interrupted run started again with the same
command resumes at its last checkpoint. OUT holds log.csv, curves.png, last.pt, final.pt,
segment-fast.onnx, segment-fast.yaml and report.json.

`--small` is a smoke run of about a minute: tiny synthetic pictures, no other file needed.
"""
import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

try:
    import numpy as np
    import torch
    import torch.nn.functional as F

    import common
    import export
    import nets
    from scenes import Photos, Scenes, synthetic_photos
except ModuleNotFoundError as error:
    sys.exit(f"segment.py: {error}; install tools/train/requirements.txt, see tools/train/README.md")


def band(target: torch.Tensor, k: int) -> torch.Tensor:
    """Where a mask changes within a window of k pixels: local maximum - local minimum."""
    pooled = torch.cat([target, -target], 1)
    pooled = F.max_pool2d(F.max_pool2d(pooled, (k, 1), 1, (k // 2, 0)), (1, k), 1, (0, k // 2))
    return (pooled[:, :1] + pooled[:, 1:]).clamp(0, 1)


def loss_of(logits: torch.Tensor, target: torch.Tensor, edge: float = 0) -> torch.Tensor:
    """Edge-weighted BCE + half a weighted soft IoU, over a batch [N,1,H,W].

    The weight is 1, 3 more near the contour (a 24th of the side) and `edge` more at it (5 pixels).
    """
    weight = 1 + 3 * band(target, max(3, target.shape[-1] // 24) | 1)
    if edge:
        weight = weight + edge * band(target, 5)
    bce = (F.binary_cross_entropy_with_logits(logits, target, reduction="none") * weight).sum() / weight.sum()
    p = logits.sigmoid()
    both = (p * target * weight).sum((1, 2, 3))
    either = ((p + target - p * target) * weight).sum((1, 2, 3))
    present = (target.sum((1, 2, 3)) > 8).float()  # an empty scene has no IoU
    iou = ((1 - (both + 1) / (either + 1)) * present).sum() / present.sum().clamp(min=1)
    return bce + 0.5 * iou


def total_loss(outputs, target: torch.Tensor, edge: float = 0) -> torch.Tensor:
    logits, quarter, eighth = (o.float() for o in outputs)
    return (loss_of(logits, target, edge) + 0.3 * loss_of(quarter, F.avg_pool2d(target, 4))
            + 0.3 * loss_of(eighth, F.avg_pool2d(target, 8)))


def normalise(x: torch.Tensor) -> torch.Tensor:
    return (x - nets.MEAN) / nets.STD


@torch.no_grad()
def predict(net: torch.nn.Module, images: torch.Tensor, device, batch: int = 8) -> torch.Tensor:
    """Logits [N,1,H,W] for pictures in 0...1."""
    net.eval()
    out = []
    for x in images.split(batch):
        x = normalise(x).to(device).contiguous(memory_format=torch.channels_last)
        with common.autocast(device):
            out.append(net(x).float().cpu())
    return torch.cat(out)


def scores(probability: torch.Tensor, truth: torch.Tensor) -> dict[str, float]:
    """Mean per-image IoU at 0.5, MAE and the maximum F (beta^2 = 0.3) of masks [N,1,H,W]."""
    on = truth > 0.5
    ious, maes = [], []
    precision, recall = np.zeros(255), np.zeros(255)
    thresholds = torch.arange(1, 256) / 256
    for p, t in zip(probability, on):
        hit = p > 0.5
        ious.append(((hit & t).sum() / (hit | t).sum().clamp(min=1)).item())
        maes.append((p - t.float()).abs().mean().item())
        inside = torch.histc(p[t], 256, 0, 1).flip(0).cumsum(0).flip(0)[1:].numpy()
        every = torch.histc(p, 256, 0, 1).flip(0).cumsum(0).flip(0)[1:].numpy()
        precision += inside / np.maximum(every, 1)
        recall += inside / max(1, t.sum().item())
    precision, recall = precision / len(on), recall / len(on)
    f = 1.3 * precision * recall / np.maximum(0.3 * precision + recall, 1e-9)
    return {"miou": float(np.mean(ious)), "mae": float(np.mean(maes)), "max_f": float(f.max()),
            "f_threshold": float(thresholds[f.argmax()]), "iou_below_half": float(np.mean(np.array(ious) < 0.5))}


def heldout_pictures(data: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """The held-out ccp photos and masks at the network's size."""
    import sets
    from prepare import load_mask, load_rgb
    photos = [p for p in sets.with_masks(data, "ccp") if p.heldout]
    images = torch.from_numpy(np.stack([load_rgb(p.file) for p in photos])).permute(0, 3, 1, 2).float() / 255
    masks = torch.from_numpy(np.stack([load_mask(p) for p in photos]))[:, None].float() / 255
    return images, masks


def calibrate(net, photos: Photos, device, count: int = 300) -> float:
    """The logit at which training masks that are exact agree best with the network's.

    Exported masks are shifted by it, so that 0.5 is the best threshold.
    """
    chosen = np.random.default_rng(0).permutation(photos.exact)[:count].tolist()
    x = photos.tensor(chosen)
    logits, truth = predict(net, x[:, :3], device), x[:, 3:] > 0.5
    best = (0.0, 0.0)
    for logit in np.arange(-1.0, 2.51, 0.1):
        hit = logits > logit
        iou = ((hit & truth).sum((1, 2, 3)) / (hit | truth).sum((1, 2, 3)).clamp(min=1)).mean().item()
        best = max(best, (iou, float(logit)))
    return best[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], formatter_class=common.Help)
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder with data/ and models/")
    parser.add_argument("--store", type=Path, default=Path("build/train-data"), help="what prepare.py wrote, or will")
    parser.add_argument("--renders", type=Path, help="folder of NAME.jpg, NAME_alpha.png, NAME.json")
    parser.add_argument("--partial", action="store_true", help="train on what the store has; prepare.py may be filling it")
    parser.add_argument("--out", type=Path, default=Path("runs/segment"), help="folder of what is written")
    parser.add_argument("--sizes", type=int, nargs="+", default=(160, 256, 320), help="picture size of each phase")
    parser.add_argument("--batches", type=int, nargs="+", default=(24, 12, 8), help="pictures a step, of each phase")
    parser.add_argument("--samples", type=int, nargs="+", default=(24_000, 8_000, 6_000), help="pictures seen in each phase")
    parser.add_argument("--minutes", type=float, help="time limit: the schedule is shortened to fit")
    parser.add_argument("--lr", type=float, default=1.5e-3, help="of the decoder; the encoder has a quarter of it")
    parser.add_argument("--edge", type=float, default=3, help="extra weight of the loss within two pixels of the contour")
    parser.add_argument("--as-is", type=float, default=0.5, help="share of photos that are shown whole and not warped")
    parser.add_argument("--init", type=Path, help="final.pt of an earlier training to go on from")
    parser.add_argument("--freeze", type=int, default=3, help="encoder blocks that keep their ImageNet weights")
    parser.add_argument("--seed", type=int, default=1, help="of every random choice")
    parser.add_argument("--threads", type=int, help="CPU threads (default: torch's own)")
    parser.add_argument("--small", action="store_true", help="smoke run on synthetic pictures")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    common.keep_memory()
    common.seed_all(args.seed)
    if not len(args.sizes) == len(args.batches) == len(args.samples):
        parser.error("--sizes, --batches and --samples need one number a phase each")
    device = common.pick_device()
    args.out.mkdir(parents=True, exist_ok=True)
    if args.small:
        args.sizes, args.batches, args.samples, args.lr = (64,), (16,), (1600,), 4e-3
        photos = synthetic_photos(200)
        held = synthetic_photos(40, 64, seed=2).tensor(list(range(40)))
        held = held[:, :3], held[:, 3:]
    else:
        if not args.partial:  # starts, resumes or finds everything done
            subprocess.run([sys.executable, Path(__file__).parents[1] / "data/prepare.py",
                            "--shared", args.shared, "--out", args.store], check=True)
        photos = Photos(args.store, args.renders)
        held = heldout_pictures(args.shared / "data")
    scenes = Scenes(photos, args.seed, args.as_is)
    print({g: len(v) for g, v in photos.groups.items()}, flush=True)

    net = nets.SegmentNet()
    encoder_file = args.shared / "models/mobilenet_v2_1.0_224.onnx"
    if not args.small:
        nets.load_imagenet(net, encoder_file, normalise(scenes.batch(32, 224)[0]))
    if args.init:
        net.load_state_dict(torch.load(args.init, map_location="cpu", weights_only=True)["net"])
    net = net.to(device, memory_format=torch.channels_last)
    if args.small:  # a random encoder and few steps: statistics must follow faster
        for norm in net.modules():
            if isinstance(norm, torch.nn.BatchNorm2d):
                norm.momentum = 0.2
    elif args.freeze:
        net.freeze(args.freeze, norms=args.init is not None)
    encoder = [p for p in net.encoder.parameters() if p.requires_grad]
    decoder = [p for n, p in net.named_parameters() if not n.startswith("encoder.")]
    optimizer = torch.optim.AdamW([{"params": decoder, "scale": 1.0}, {"params": encoder, "scale": 0.25}],
                                  lr=args.lr, weight_decay=1e-2)
    average = common.Average(net, 0.9 if args.small else 0.997)
    work = [n * s * s for n, s in zip(args.samples, args.sizes)]
    progress = common.Progress(sum(work), args.minutes)
    step = seen = 0
    last = args.out / "last.pt"
    resume = last.exists() and not args.small
    if resume:
        state = torch.load(last, map_location="cpu", weights_only=True)
        net.load_state_dict(state["net"])
        average.net.load_state_dict(state["average"])
        average.steps = step = state["step"]
        seen = state["seen"]
        optimizer.load_state_dict(state["optimizer"])
        progress.load_state_dict(state["progress"])
        scenes = Scenes(photos, args.seed + step, args.as_is)
        print(f"resumed at step {step}")
    log = common.Log(args.out / "log.csv", ["step", "samples", "minutes", "size", "lr", "loss", "miou", "mae", "max_f"], resume)

    ends = np.cumsum(work) / sum(work)
    recent, saved, measured = [], time.monotonic(), time.monotonic()
    while (fraction := progress.fraction) < 1:
        phase = int(np.searchsorted(ends, fraction, side="right"))
        size, batch = args.sizes[phase], args.batches[phase]
        factor = common.one_cycle(fraction)
        for group in optimizer.param_groups:
            group["lr"] = args.lr * factor * group["scale"]
        image, mask = scenes.batch(batch, size)
        image = normalise(image).to(device).contiguous(memory_format=torch.channels_last)
        net.train()
        with common.autocast(device):
            outputs = net(image)
        loss = total_loss(outputs, mask.to(device), args.edge)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 3.0)
        optimizer.step()
        average.update(net)
        recent.append(loss.item())
        step, seen = step + 1, seen + batch
        progress.done += batch * size * size
        now = time.monotonic()
        if step % 20 == 0:
            values = {}
            if now - measured > (10 if args.small else 1200):
                result = scores(predict(average.net, held[0], device).sigmoid(), held[1])
                values = {k: result[k] for k in ("miou", "mae", "max_f")}
                measured = time.monotonic()
            log.write(step=step, samples=seen, minutes=progress.seconds / 60, size=size, lr=args.lr * factor,
                      loss=float(np.mean(recent)), **values)
            recent.clear()
        if step % 50 == 0:
            photos.refresh()
        if now - saved > 180:
            common.save(last, net=net.state_dict(), average=average.net.state_dict(), step=step, seen=seen,
                        optimizer=optimizer.state_dict(), progress=progress.state_dict())
            saved = now

    final = average.net.cpu().eval()
    cpu = torch.device("cpu")
    shift = calibrate(final, photos, cpu)
    with torch.no_grad():
        final.head.bias -= shift
    result = scores(predict(final, held[0], cpu).sigmoid(), held[1])
    common.save(args.out / "final.pt", net=final.state_dict())
    log.write(step=step, samples=seen, minutes=progress.seconds / 60, size=args.sizes[-1], **{k: result[k] for k in ("miou", "mae", "max_f")})
    log.draw([["loss"], ["miou", "max_f"], ["mae"]], "segment-fast")
    size = 64 if args.small else 320
    provenance = (f"MobileNetV2 encoder (google-coral ImageNet weights, Apache-2.0) and separable U-Net decoder; {seen} pictures "
                  f"(human masks, exact mattes, teacher masks by U2-Net-p, renders, composites), seed {args.seed}, "
                  f"{time.strftime('%Y-%m-%d')}; see the card")
    export.write_segment(final, args.out, size, "synthetic smoke run" if args.small else provenance)
    report = {"samples": seen, "steps": step, "minutes": progress.seconds / 60, "seed": args.seed, "shift": shift,
              "photos": {g: len(v) for g, v in photos.groups.items()}, "gmac": nets.macs(final, size) / 1e9, "heldout": result}
    (args.out / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=1))
    if args.small and result["miou"] < 0.6:
        print(f"segment: the smoke run reached mIoU {result['miou']:.2f}, expected 0.6", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
