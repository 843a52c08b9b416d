#!/usr/bin/env python3
"""Trains the category and material network, from the photo sets to the ONNX file.

    tag.py --shared ../shared --out runs/tag

The network is shown what `swiftlet tag` shows it: the product's box with a margin, found by the
program (`--swiftlet`, OUT/boxes.json, resumable). Photos in which it finds no product are seen whole.

The first blocks of the encoder keep their ImageNet weights. Their features are computed
once for several augmented views of each photo (OUT/features, resumable), and the rest of
the network is trained on them: minutes on a CPU instead of hours. With `--freeze 1` nearly
everything is trained, which wants a GPU and room for the features of early layers.

A photo counts for the heads whose label it has. One that no category fits (`sets.others`)
teaches the category head to have no opinion: its target is the same probability for every
class, so that the tagger abstains. Clothing without a material teaches the material head that
it is of one of `sets.CLOTHING_MATERIALS`, nobody knows which, and not of glass or paper.
Bucket 1 of the held-out rule's ten (tools/data/heldout.py) is kept for calibration: temperatures,
folded into the last layers, so that the exported probabilities mean what they say. The renders in it
are measured on and not trained on. (A training that `--init` goes on from may have seen them: up to version 0.3.0
all were trained on.) Classes with fewer than `--least` training photos are left out of the
exported heads.

OUT holds log.csv, curves.png, last.pt, final.pt, tag-mobilenet.onnx, tag-mobilenet.yaml and
report.json. `--small` is a smoke run of about a minute on synthetic pictures.
"""
import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

try:
    import numpy as np
    import torch
    import torch.nn.functional as F

    import common
    import export
    import nets
    from scenes import Scenes, synthetic_photos
    from segment import normalise

    import boxes
    import sets
    from prepare import load_rgb
except ModuleNotFoundError as error:
    sys.exit(f"tag.py: {error}; install tools/train/requirements.txt, see tools/train/README.md")

SIZE = 224
CHUNK = 64
CLOTHING_WEIGHT = 0.5  # of the material loss of clothing, of which a few materials are possible and none is named
TRAIN_MARGIN = 0.2  # of the box's longer side, twice what the program shows: crops come off it


def chunks_of(photos: list) -> list[tuple[str, list]]:
    """Photos in named groups of one set and one part each: (name, photos)."""
    parts: dict[str, list] = {}
    for photo in photos:
        part = {0: "heldout", 1: "calibration"}.get(photo.bucket, "train")
        name = sets.OTHER if photo.category == sets.OTHER else photo.set
        parts.setdefault(f"{part}-{name}", []).append(photo)
    return [(f"{name}-{i // CHUNK:04d}", group[i:i + CHUNK]) for name, group in parts.items() for i in range(0, len(group), CHUNK)]


class Features:
    """Features of the frozen blocks on disk, one file a chunk of photos, and all of them in memory."""

    def __init__(self, folder: Path, net: nets.TagNet, blocks: int, views: int, seed: int, size: int = SIZE,
                 find_boxes: Callable[[list], dict] = lambda photos: {}, made_of: dict | None = None):
        folder.mkdir(parents=True, exist_ok=True)
        stamp, made_of = folder / "made-of.json", {"blocks": blocks, "views": views, "seed": seed, **(made_of or {})}
        if any(folder.glob("*.npy")) and (not stamp.exists() or json.loads(stamp.read_text()) != made_of):
            sys.exit(f"tag.py: {folder} holds features of other options or boxes; remove it, or name another --out")
        stamp.write_text(json.dumps(made_of))
        self.find_boxes = find_boxes  # photos to the box of each file
        self.folder, self.net, self.blocks, self.views, self.size = folder, net.eval(), blocks, views, size
        self.scenes = Scenes(None, seed)
        self.labels: dict[str, list] = {}                          # of a chunk's photos
        self.chunks: dict[str, tuple[np.ndarray, list]] = {}       # features and labels of its views

    @classmethod
    def stored(cls, folder: Path, part: str) -> "Features":
        """The chunks of one part as a training left them, to be read only."""
        features = cls.__new__(cls)
        features.blocks, features.labels, features.chunks = json.loads((folder / "made-of.json").read_text())["blocks"], {}, {}
        for array in sorted(folder.glob(f"{part}-*.npy")):
            features.labels[array.stem] = labels = [row[1:] for row in json.loads(array.with_suffix(".json").read_text())]
            features.chunks[array.stem] = np.load(array), labels
        return features

    def add(self, name: str, photos: list, pictures: torch.Tensor | None = None) -> None:
        """Computes a chunk, or reads it where it was computed before. [len*views, C, H, W] float16."""
        views = self.views if name.startswith("train") else 1
        rows = [[p.path, p.category, p.material] for p in photos]
        array, labels = self.folder / f"{name}.npy", self.folder / f"{name}.json"
        if not labels.exists():
            if pictures is None:
                found, margin = self.find_boxes(photos), TRAIN_MARGIN if name.startswith("train") else boxes.margin()
                pictures = [load_rgb(p.file, 256, found.get(str(p.file)), margin) for p in photos]
                pictures = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
            batches = [self.features(self.view(pictures, name.startswith("train"))) for _ in range(views)]
            np.save(array, np.concatenate(batches))
            labels.write_text(json.dumps(rows))
        elif json.loads(labels.read_text()) != rows:
            sys.exit(f"tag.py: {array} holds features of other photos; remove {self.folder}, or name another --out")
        x, known = np.load(array), [row[1:] for row in rows]
        self.labels[name] = known
        self.chunks[name] = x, known * (len(x) // len(known))

    def view(self, pictures: torch.Tensor, augment: bool) -> torch.Tensor:
        if not augment:
            return F.interpolate(pictures, (self.size, self.size), mode="bilinear", antialias=True)
        return self.scenes.colour(self.scenes.crops(pictures, self.size))

    @torch.no_grad()
    def features(self, pictures: torch.Tensor) -> np.ndarray:
        out = []
        device = next(self.net.parameters()).device
        training = self.net.training  # renders may come while the network is trained
        self.net.eval()
        for x in pictures.split(16):
            x = normalise(x).to(device).contiguous(memory_format=torch.channels_last)
            with common.autocast(device):
                out.append(self.net.trunk(x, self.blocks).half().cpu().numpy())
        self.net.train(training)
        return np.concatenate(out)

    def names(self, part: str) -> list[str]:
        return [n for n in self.chunks if n.startswith(part)]


# Share of the views that each set has; what an absent one leaves is shared by the others.
SHARES = {"clothing": 0.36, "grocery": 0.09, "caltech101": 0.09, "trashnet": 0.13, "renders": 0.28, sets.OTHER: 0.05}


class Sampler:
    """Draws training rows: a set by its share, in it rarer classes more often (weight 1 / sqrt(count))."""

    def __init__(self, features: Features, seed: int):
        self.features, self.rng = features, random.Random(seed)
        self.rows: dict[tuple, list] = {}
        for name in features.names("train"):
            for i, label in enumerate(features.chunks[name][1]):
                self.rows.setdefault((name.split("-")[1], *label), []).append((name, i))
        self.keys = list(self.rows)
        roots = [len(self.rows[k]) ** 0.5 for k in self.keys]
        whole = Counter()
        for key, root in zip(self.keys, roots):
            whole[key[0]] += root
        self.weights = [SHARES.get(key[0], 1) * root / whole[key[0]] for key, root in zip(self.keys, roots)]

    def batch(self, count: int):
        drawn = [self.rng.choice(self.rows[k]) for k in self.rng.choices(self.keys, self.weights, k=count)]
        x = np.stack([self.features.chunks[n][0][i] for n, i in drawn])
        mirrored = [i for i in range(count) if self.rng.random() < 0.5]  # features of a mirrored photo, nearly
        x[mirrored] = x[mirrored][..., ::-1]
        return torch.from_numpy(x), [self.features.chunks[n][1][i] for n, i in drawn]


def targets(labels: list, index: list[dict[str, int]]) -> list[torch.Tensor]:
    """Class indices of each head, -100 where the label is not known."""
    return [torch.tensor([index[h].get(label[h], -100) for label in labels]) for h in (0, 1)]


def loss_of(outputs, labels: list, index, device) -> torch.Tensor:
    """Cross entropy of the heads whose label a photo has; the labels are noisy: smoothing. Photos of no category pull its
    head to the uniform distribution, clothing of unknown material the other head to the materials that it may have."""
    loss = torch.zeros((), device=device)
    for y, t in zip(outputs, targets(labels, index)):
        if (t >= 0).any():
            loss = loss + F.cross_entropy(y.float(), t.to(device), label_smoothing=0.1, reduction="sum")
    other = [i for i, label in enumerate(labels) if label[0] == sets.OTHER]
    if other:  # to the uniform distribution
        loss = loss - outputs[0][other].float().log_softmax(1).mean(1).sum()
    clothing = [i for i, label in enumerate(labels) if label[1] is None and label[0] in sets.OF_CLOTHING_MATERIALS]
    if clothing:  # to the same probability for each of its materials
        allowed = [index[1][name] for name in sets.CLOTHING_MATERIALS]
        loss = loss - CLOTHING_WEIGHT * outputs[1][clothing].float().log_softmax(1)[:, allowed].mean(1).sum()
    return loss / len(labels)


@torch.no_grad()
def logits_of(net, features: Features, names: list[str], blocks: int, index) -> tuple[list, list]:
    """Logits of both heads and their targets over chunks, on the CPU."""
    device = next(net.parameters()).device
    outputs, truth = [[], []], [[], []]
    for name in names:
        x, labels = features.chunks[name]
        x = torch.from_numpy(x).float().to(device)
        for h, (y, t) in enumerate(zip(net.tail(x, blocks), targets(labels, index))):
            outputs[h].append(y.float().cpu())
            truth[h].append(t)
    return [torch.cat(y) for y in outputs], [torch.cat(t) for t in truth]


def measure(logits: torch.Tensor, truth: torch.Tensor) -> dict[str, float]:
    """Top-1, top-5 and expected calibration error (15 bins) where the label is known."""
    known = truth >= 0
    if not known.any():
        return {}
    p, t = logits[known].softmax(1), truth[known]
    confidence, guess = p.max(1)
    right = (guess == t).float()
    top5 = (p.topk(min(5, p.shape[1]), 1).indices == t[:, None]).any(1).float()
    bins = (confidence * 15).long().clamp(max=14)
    ece = sum((right[bins == b].mean() - confidence[bins == b].mean()).abs().item() * (bins == b).float().mean().item()
              for b in range(15) if (bins == b).any())
    return {"top1": right.mean().item(), "top5": top5.mean().item(), "ece": ece, "photos": int(known.sum())}


def temperature(divided: Callable[[float], torch.Tensor], truth: torch.Tensor) -> float:
    """The temperature whose logits `divided(t)` have the least negative log likelihood."""
    known = truth >= 0
    if not known.any():
        return 1.0
    return float(min(np.arange(0.4, 3.01, 0.02), key=lambda t: F.cross_entropy(divided(float(t))[known], truth[known]).item()))


def calibrate(net: nets.TagNet, features: Features, blocks: int, index: list[dict[str, int]]) -> dict[str, float]:
    """Divides the heads by the temperatures that the calibration photos ask for, and names these.

    A head has one of all its photos, then the categories of each set, in the order of SHARES and but for those that a
    set before it has, one of that set's photos, since sets differ in how noisy their labels are (a vector scaling by
    groups; Guo et al., ICML 2017). Renders do not count: what people send are photos, on which the network may be surer.
    """
    def divide(linear: torch.nn.Linear, rows, t: float) -> None:
        linear.weight.data[rows] /= t
        linear.bias.data[rows] /= t

    calibration = [n for n in features.names("calibration") if n.split("-")[1] != "renders"]
    heat = {}
    for (head, linear), y, t in zip((("category", net.category), ("material", net.material)), *logits_of(net, features, calibration, blocks, index)):
        heat[head] = temperature(lambda by: y / by, t)
        divide(linear, slice(None), heat[head])
    done: set[int] = set()
    present = {n.split("-")[1] for n in calibration} - {sets.OTHER}
    for name in [*(n for n in SHARES if n in present), *sorted(present - SHARES.keys())]:
        (y, _), (t, _) = logits_of(net, features, features.names(f"calibration-{name}-"), blocks, index)
        rows = sorted(set(t[t >= 0].tolist()) - done)
        done.update(rows)
        if rows:
            heat[name] = temperature(lambda by: y.index_copy(1, torch.tensor(rows), y[:, rows] / by), t)
            divide(net.category, rows, heat[name])
    return heat


def shrink(linear: torch.nn.Linear, keep: list[int]) -> torch.nn.Linear:
    """The head with only the classes to keep."""
    out = torch.nn.Linear(linear.in_features, len(keep))
    out.weight.data.copy_(linear.weight.data[keep])
    out.bias.data.copy_(linear.bias.data[keep])
    return out


def warm_start(net: nets.TagNet, file: Path, categories: list[str], materials: list[str]) -> None:
    """Fills the network from an earlier training whose classes may be others."""
    state = torch.load(file, map_location="cpu", weights_only=True)
    for head, names, known in (("category", categories, state["categories"]), ("material", materials, state["materials"])):
        for part in ("weight", "bias"):
            old, new = state["net"].pop(f"{head}.{part}"), getattr(getattr(net, head), part).data
            for row, name in enumerate(known):
                new[names.index(name)] = old[row]
    net.load_state_dict(state["net"], strict=False)


def small_sets():
    """Three shapes as categories, two colours as materials, every fifth without one: [photo, picture] pairs."""
    rng = np.random.default_rng(3)
    shapes = synthetic_photos(300, 128)
    pictures, photos = [], []
    for i, (image, mask) in enumerate(zip(shapes.images, shapes.masks)):
        wide = (mask > 0).any(0).sum() > 1.15 * (mask > 0).any(1).sum()
        tint = rng.random() < 0.5
        image = np.where(mask[..., None] > 0, (image.max(2, keepdims=True) * ([1, 0.3, 0.3] if tint else [0.3, 0.3, 1])).astype(np.uint8), image)
        pictures.append(image)
        photos.append(sets.Photo("synthetic", f"{i}.png", Path(), None, "dress" if wide else "shirt",
                                  None if i % 5 == 4 else "denim" if tint else "knit/wool"))
    pictures = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
    return photos, pictures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], formatter_class=common.Help)
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder with data/ and models/")
    parser.add_argument("--renders", type=Path, help="folder of NAME.jpg, NAME_alpha.png, NAME.json")
    parser.add_argument("--heldout-renders", type=Path, help="the same, of unseen seeds, to report on")
    parser.add_argument("--out", type=Path, default=Path("runs/tag"), help="folder of what is written")
    parser.add_argument("--swiftlet", type=Path, default=boxes.PROGRAM, help="the program, which finds the products' boxes")
    parser.add_argument("--init", type=Path, help="final.pt of an earlier training to go on from")
    parser.add_argument("--freeze", type=int, default=10, help="encoder blocks that keep their ImageNet weights, 1...16")
    parser.add_argument("--views", type=int, default=3, help="augmented views a photo")
    parser.add_argument("--batch", type=int, default=64, help="views a step")
    parser.add_argument("--samples", type=int, default=120_000, help="views seen")
    parser.add_argument("--minutes", type=float, help="time limit of the training proper: the schedule is shortened to fit")
    parser.add_argument("--lr", type=float, default=1e-3, help="of the heads; the encoder has a third of it")
    parser.add_argument("--least", type=int, default=12, help="training photos that a class needs")
    parser.add_argument("--seed", type=int, default=1, help="of every random choice")
    parser.add_argument("--threads", type=int, help="CPU threads (default: torch's own)")
    parser.add_argument("--extract-only", action="store_true", help="stop after the features")
    parser.add_argument("--small", action="store_true", help="smoke run on synthetic pictures")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    common.keep_memory()
    common.seed_all(args.seed)
    device = common.pick_device()
    args.out.mkdir(parents=True, exist_ok=True)
    categories, materials = sets.category_names(), sets.MATERIALS
    index = [{n: i for i, n in enumerate(names)} for names in (categories, materials)]
    net = nets.TagNet(len(categories), len(materials))

    if args.small:
        args.freeze, args.views, args.samples, args.batch, args.least, args.lr = 1, 1, 3200, 16, 1, 3e-3
        photos, pictures = small_sets()
        nets.measure_norms(net, normalise(F.interpolate(pictures[:16], (96, 96))))
        numbers = {p.path: i for i, p in enumerate(photos)}
        scratch = tempfile.TemporaryDirectory()
        features = Features(Path(scratch.name), net.to(device), args.freeze, args.views, args.seed, 96)
        for name, group in chunks_of(photos):
            features.add(name, group, pictures[[numbers[p.path] for p in group]])
    else:
        photos = [*sets.with_labels(args.shared / "data"), *sets.others(args.shared / "data")]

        def find_boxes(some: list) -> dict:
            return boxes.find(some, args.out / "boxes.json", args.swiftlet, args.threads)

        found = find_boxes(photos)
        first = [load_rgb(p.file, SIZE, found.get(str(p.file)), boxes.margin()) for p in photos[::max(1, len(photos) // 64)]]
        nets.load_imagenet(net, args.shared / "models/mobilenet_v2_1.0_224.onnx",
                           normalise(torch.from_numpy(np.stack(first)).permute(0, 3, 1, 2).float() / 255))
        features = Features(args.out / "features", net.to(device), args.freeze, args.views, args.seed, find_boxes=find_boxes,
                            made_of={"boxes": boxes.mask_weights(), "margins": [TRAIN_MARGIN, boxes.margin()]})
        work, started = chunks_of(photos), time.monotonic()
        random.Random(args.seed).shuffle(work)
        for i, (name, group) in enumerate(work):
            features.add(name, group)
            if i % 10 == 0:
                print(f"features {i}/{len(work)} {time.monotonic() - started:.0f} s", flush=True)
    if args.init:
        warm_start(net, args.init, categories, materials)
    add_renders(features, args.renders, "train")
    add_renders(features, args.heldout_renders, "heldout")
    if args.extract_only:
        return 0

    sampler = Sampler(features, args.seed)
    net.to(device)
    trained = [*net.encoder.blocks[args.freeze:].parameters(), *net.last.parameters()]
    heads = [*net.category.parameters(), *net.material.parameters()]
    optimizer = torch.optim.AdamW([{"params": heads, "scale": 1.0}, {"params": trained, "scale": 1 / 3}], lr=args.lr, weight_decay=0.03)
    if args.small:  # few steps: statistics must follow faster
        for norm in net.modules():
            if isinstance(norm, torch.nn.BatchNorm2d):
                norm.momentum = 0.2
    average = common.Average(net, 0.9 if args.small else 0.998)
    progress = common.Progress(args.samples, args.minutes)
    step, last = 0, args.out / "last.pt"
    resume = last.exists() and not args.small
    if resume:
        state = torch.load(last, map_location="cpu", weights_only=True)
        net.load_state_dict(state["net"])
        average.net.load_state_dict(state["average"])
        average.steps = step = state["step"]
        optimizer.load_state_dict(state["optimizer"])
        progress.load_state_dict(state["progress"])
        sampler.rng.seed(args.seed + step)
    log = common.Log(args.out / "log.csv", ["step", "samples", "minutes", "lr", "loss", "category_top1", "category_top5", "material_top1"], resume)
    recent, saved, measured = [], time.monotonic(), time.monotonic()
    calibration = features.names("calibration")
    while (fraction := progress.fraction) < 1:
        factor = common.one_cycle(fraction)
        for group in optimizer.param_groups:
            group["lr"] = args.lr * factor * group["scale"]
        x, labels = sampler.batch(args.batch)
        x = x.to(device).float().contiguous(memory_format=torch.channels_last)
        net.train()
        with common.autocast(device):
            outputs = net.tail(x, args.freeze)
        loss = loss_of(outputs, labels, index, device)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained + heads, 3.0)
        optimizer.step()
        average.update(net)
        recent.append(loss.item())
        step += 1
        progress.done += args.batch
        if step % 20 == 0:
            values = {}
            if time.monotonic() - measured > (10 if args.small else 240):
                (c, m), (tc, tm) = logits_of(average.net, features, calibration, args.freeze, index)
                category, material = measure(c, tc), measure(m, tm)
                values = {"category_top1": category.get("top1", ""), "category_top5": category.get("top5", ""), "material_top1": material.get("top1", "")}
                measured = time.monotonic()
                names = len(features.chunks)
                add_renders(features, args.renders, "train")
                if len(features.chunks) > names:
                    sampler = Sampler(features, args.seed + step)
            log.write(step=step, samples=int(progress.done), minutes=progress.seconds / 60, lr=args.lr * factor, loss=float(np.mean(recent)), **values)
            recent.clear()
        if time.monotonic() - saved > 180:
            common.save(last, net=net.state_dict(), average=average.net.state_dict(), step=step,
                        optimizer=optimizer.state_dict(), progress=progress.state_dict())
            saved = time.monotonic()

    final = average.net.cpu().eval()
    add_renders(features, args.heldout_renders, "heldout")
    counts = [Counter(), Counter()]
    for name in features.names("train"):
        for label in features.labels[name]:
            counts[0][label[0]] += 1
            counts[1][label[1]] += 1
    keep = [[i for i, n in enumerate(names) if counts[h][n] >= args.least] for h, names in enumerate((categories, materials))]
    categories, materials = [categories[i] for i in keep[0]], [materials[i] for i in keep[1]]
    index = [{n: i for i, n in enumerate(names)} for names in (categories, materials)]
    final.category, final.material = shrink(final.category, keep[0]), shrink(final.material, keep[1])
    heat = calibrate(final, features, args.freeze, index)
    heldout = {}
    for name in sorted({n.split("-")[1] for n in features.names("heldout")}):
        logits, truth = logits_of(final, features, features.names(f"heldout-{name}-"), args.freeze, index)
        heldout[name] = {head: r for head, y, t in zip(("category", "material"), logits, truth) if (r := measure(y, t))}
    log.write(step=step, samples=int(progress.done), minutes=progress.seconds / 60)
    log.draw([["loss"], ["category_top1", "category_top5", "material_top1"]], "tag-mobilenet")
    provenance = (f"MobileNetV2 1.0 (google-coral ImageNet weights, Apache-2.0), blocks from {args.freeze + 1} on fine-tuned on labelled "
                  f"photos and renders, {int(progress.done)} views, seed {args.seed}, {time.strftime('%Y-%m-%d')}; "
                  "temperatures folded in; see the card")
    common.save(args.out / "final.pt", net=final.state_dict(), categories=categories, materials=materials, provenance=provenance)
    export.write_tag(final, args.out, categories, materials, SIZE, "synthetic smoke run" if args.small else provenance)
    report = {"samples": int(progress.done), "steps": step, "minutes": progress.seconds / 60, "seed": args.seed, "temperatures": heat,
              "categories": len(categories), "materials": materials, "heldout": heldout,
              "train_photos": {"category": dict(counts[0].most_common()), "material": dict(counts[1].most_common())}}
    (args.out / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report["heldout"], indent=1))
    if args.small and (reached := heldout["synthetic"]["material"]["top1"]) < 0.8:
        print(f"tag: the smoke run tells the two colours apart in {reached:.2f} of the cases, expected 0.8", file=sys.stderr)
        return 1
    return 0


def add_renders(features: Features, folder: Path | None, part: str) -> None:
    """Adds rendered scenes in whole chunks, as they come; what is left over waits for more."""
    if not (folder and folder.is_dir()):
        return
    parts: dict[str, list] = {}
    for photo in sets.renders(folder):
        if photo.category or photo.material:
            parts.setdefault("calibration" if part == "train" and photo.bucket == 1 else part, []).append(photo)
    for name, photos in parts.items():
        new, size = {p.path: p for p in photos}, CHUNK if name == "train" else 16
        done = sorted(features.folder.glob(f"{name}-renders-*.json"))
        for labels in done:  # chunks keep their scenes, whatever came between these since
            group = [new.pop(row[0]) for row in json.loads(labels.read_text()) if row[0] in new]
            if labels.stem not in features.chunks:
                features.add(labels.stem, group)
        rest = list(new.values())
        for i in range(0, len(rest) - size + 1, size):
            features.add(f"{name}-renders-{len(done) + i // size:04d}", rest[i:i + size])


if __name__ == "__main__":
    sys.exit(main())
