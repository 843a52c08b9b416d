#!/usr/bin/env python3
"""The held-out tenth of every photo set, and the folders that evaluation reads.

The rule, used everywhere (training, evaluation, model cards):

    a photo is held out if and only if
    int(sha256("<set>/<path inside the set>").hexdigest()[:8], 16) % 10 == 0

`<set>` is the name of the set's own folder ("ccp", "clothing", "caltech101"), the path
is relative to that folder with forward slashes ("photos/0001.jpg"). The rule depends on
the name alone: no list to keep, and adding photos moves none from one side to the other.
Training never sees a held-out photo, neither as a picture nor through a composite.

Run as a program, it writes the held-out photos for `swiftlet eval`:

    OUT/mask/<name>/images/*, OUT/mask/<name>/masks/*.png (0 or 255)
    OUT/tag/<name>/images/<set>/..., OUT/tag/<name>/labels.csv (file,category,material)

An image and its mask share their file stem. An empty field in labels.csv means "unknown";
the category "other" means none of the network's.

| mask set | photos | truth |
|---|---|---|
| ccp | worn fashion | human masks |
| everyday | goods and scenes of Saleor and COCO | mattes, human masks |
| white | single goods on white, of all sets | colour: what is not the white that reaches the frame |
| renders-new-kinds | goods of kinds that training leaves out | exact |
| renders-new-seeds | goods of kinds that training knows | exact |
| agreement | trashnet, groceries, everyday goods | none: U2-Net-p's masks where it is sure |
| empty | rendered grounds without a product | nothing |
"""
import argparse
import csv
import hashlib
import json
import random
import shutil
import sys
from pathlib import Path


def bucket(set_name: str, relative_path: str) -> int:
    """The tenth, 0...9, that a photo belongs to. 0 is held out; 1 serves for calibration where one is needed."""
    digest = hashlib.sha256(f"{set_name}/{relative_path}".encode()).hexdigest()
    return int(digest[:8], 16) % 10


def is_heldout(set_name: str, relative_path: str) -> bool:
    """True when this photo belongs to evaluation, and training must not see it."""
    return bucket(set_name, relative_path) == 0


class MaskSet:
    """A folder of photos and masks under `OUT/mask`, made anew."""

    def __init__(self, out: Path, name: str):
        self.name, self.folder, self.count = name, out / "mask" / name, 0
        shutil.rmtree(self.folder, ignore_errors=True)

    def add(self, file: Path, stem: str, mask) -> None:
        """A photo and its mask, a PIL picture of mode L."""
        for part in ("images", "masks"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, self.folder / "images" / f"{stem}{file.suffix.lower()}")
        mask.point(lambda v: 255 if v > 127 else 0).save(self.folder / "masks" / f"{stem}.png", optimize=True)
        self.count += 1

    def report(self) -> None:
        print(f"mask/{self.name}: {self.count} photos")


def stem_of(photo) -> str:
    return f"{photo.set}-{Path(photo.path).with_suffix('')}".replace("/", "-")


def write_human(data: Path, out: Path) -> None:
    """Held-out photos with masks by people, and mattes."""
    from PIL import Image
    import sets

    fashion, everyday = MaskSet(out, "ccp"), MaskSet(out, "everyday")
    for photo in sets.with_masks(data):
        if not photo.heldout:
            continue
        mask = Image.open(photo.mask_file)
        if photo.set == "ccp":  # label indices
            fashion.add(photo.file, photo.file.stem, mask.point(lambda v: 255 if v else 0).convert("L"))
        else:  # Saleor's mattes hold a soft shadow
            least = 200 if photo.set == "saleor_goods" else 127
            everyday.add(photo.file, stem_of(photo), mask.convert("L").point(lambda v: 255 if v > least else 0))
    fashion.report()
    everyday.report()


def keyed(file: Path):
    """The mask of goods on white by colour alone, or None where colour does not tell them apart.

    Background is white (every channel from 240 on) that reaches the frame. The answer is
    none where the frame is not white, where a level of 230 gives another mask (a shadow,
    pale goods), and where white is enclosed (a hole, or a white part).
    """
    import numpy as np
    from PIL import Image
    from scipy import ndimage

    pixels = np.asarray(Image.open(file).convert("RGB")).min(2)

    def product(level: int):
        labels, _ = ndimage.label(pixels >= level)
        rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
        inside = ~np.isin(labels, np.unique(rim[rim > 0]))
        return ndimage.binary_opening(inside), (rim > 0).mean()

    (mask, rim), (darker, _) = product(240), product(230)
    if rim < 0.85 or not 0.03 <= mask.mean() <= 0.9 or darker.sum() < 0.95 * mask.sum():
        return None
    rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
    if mask.mean() > 0.45 and mask[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1].mean() > 0.9:
        return None  # a photo with a white frame
    blobs, _ = ndimage.label(mask)
    if np.bincount(blobs.ravel())[1:].max() < 0.95 * mask.sum() or ((pixels >= 250) & mask).sum() > 0.03 * mask.sum():
        return None
    return Image.fromarray(mask.astype(np.uint8) * 255)


def write_white(data: Path, out: Path) -> None:
    """Held-out goods on white whose outline colour alone gives."""
    import sets

    white = MaskSet(out, "white")
    for photo in sets.unmasked(data):
        if photo.heldout and photo.set != "clothing" and (mask := keyed(photo.file)):
            white.add(photo.file, stem_of(photo), mask)
    white.report()


def write_agreement(data: Path, model: Path, out: Path, limit: int, threads: int) -> None:
    """Held-out everyday photos on which U2-Net-p is sure, with its masks: agreement, not truth."""
    import numpy as np
    from PIL import Image
    import prepare
    import sets

    try:
        teacher = prepare.Teacher(model, threads)
    except (ImportError, RuntimeError) as error:
        print(f"mask/agreement: left out, the teacher cannot run: {error}")
        return
    photos = [p for p in sets.unmasked(data) if p.heldout and p.set != "clothing"]
    random.Random(1).shuffle(photos)
    agreement = MaskSet(out, "agreement")
    for photo in photos:
        if agreement.count == limit:
            break
        mask = teacher(prepare.load_rgb(photo.file))
        if prepare.trust(mask, 0.2):
            picture = Image.fromarray((mask * 255).astype(np.uint8))
            agreement.add(photo.file, stem_of(photo), picture.resize(Image.open(photo.file).size, Image.Resampling.BILINEAR))
    agreement.report()


def write_renders(folder: Path, out: Path) -> None:
    """Rendered scenes of seeds that training does not use, by whether it knows their kind."""
    from PIL import Image
    import sets

    parts = {False: MaskSet(out, "renders-new-seeds"), True: MaskSet(out, "renders-new-kinds")}
    empty = MaskSet(out, "empty")
    for photo in sets.renders(folder):
        facts = json.loads(photo.file.with_suffix(".json").read_text())
        chosen = empty if facts.get("empty") else parts[bool(facts.get("held_out_kind"))]
        chosen.add(photo.file, photo.file.stem, Image.open(photo.mask_file).convert("L"))
    for part in (*parts.values(), empty):
        part.report()


def write_tags(photos, name: str, out: Path) -> None:
    """Photos with a category or a material, as labels.csv and images."""
    folder = out / "tag" / name
    shutil.rmtree(folder, ignore_errors=True)
    rows = []
    for photo in photos:
        target = folder / "images" / photo.set / photo.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(photo.file, target)
        rows.append([f"{photo.set}/{photo.path}", photo.category or "", photo.material or ""])
    if rows:
        with open(folder / "labels.csv", "w", newline="") as f:
            writer = csv.writer(f, lineterminator="\n")
            writer.writerow(["file", "category", "material"])
            writer.writerows(rows)
    print(f"tag/{name}: {len(rows)} photos")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder that holds data/ and models/ (default ../shared)")
    parser.add_argument("--renders", type=Path, help="rendered scenes of unseen seeds")
    parser.add_argument("--agreement", type=int, default=80, help="photos at most that the teacher labels")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    args = parser.parse_args()
    try:
        import sets
    except ImportError as error:
        print(f"heldout: {error}; pip install -r tools/train/requirements.txt", file=sys.stderr)
        return 1
    data = args.shared / "data"
    if data.is_dir():
        write_human(data, args.out)
        write_white(data, args.out)
        write_agreement(data, args.shared / "models/u2netp.onnx", args.out, args.agreement, args.threads)
        held = [p for p in sets.with_labels(data) if p.heldout]
        for name in ("clothing", "grocery", "caltech101", "trashnet"):
            write_tags([p for p in held if p.set == name], name, args.out)
        write_tags([p for p in sets.others(data) if p.heldout], "other", args.out)
    else:
        print(f"heldout: no photo sets at {data}: they are left out")
    if args.renders and args.renders.is_dir():
        write_renders(args.renders, args.out)
        write_tags([p for p in sets.renders(args.renders) if p.category or p.material], "renders", args.out)
    else:
        print("heldout: no renders: they are left out; tools/render/README.md says how to make them")
    return 0


if __name__ == "__main__":
    sys.exit(main())
