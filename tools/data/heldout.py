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

    OUT/ccp/images/*.jpg          OUT/ccp/masks/*.png (0 or 255)
    OUT/tag/images/<set>/...      OUT/tag/labels.csv (file,category,material)
    OUT/tag-clothing/, OUT/tag-grocery/, OUT/tag-trashnet/ ...   the same, one set each

An image and its mask share their file stem. An empty field in labels.csv means "unknown".
"""
import argparse
import csv
import hashlib
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


def write_ccp(data: Path, out: Path) -> int:
    """Held-out ccp photos with their label indices reduced to product or not."""
    from PIL import Image
    import sets

    (out / "images").mkdir(parents=True, exist_ok=True)
    (out / "masks").mkdir(parents=True, exist_ok=True)
    photos = [p for p in sets.with_masks(data, "ccp") if p.heldout]
    for photo in photos:
        shutil.copyfile(photo.file, out / "images" / photo.file.name)
        mask = Image.open(photo.mask_file).point(lambda v: 255 if v else 0).convert("L")
        mask.save(out / "masks" / f"{photo.file.stem}.png", optimize=True)
    return len(photos)


def write_tags(data: Path, out: Path, only: str | None = None) -> int:
    """Held-out photos with a category or a material, as labels.csv and images."""
    import sets

    rows = []
    for photo in sets.with_labels(data):
        if not photo.heldout or (only and photo.set != only):
            continue
        target = out / "images" / photo.set / photo.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(photo.file, target)
        rows.append([f"{photo.set}/{photo.path}", photo.category or "", photo.material or ""])
    if rows:
        with open(out / "labels.csv", "w", newline="") as f:
            writer = csv.writer(f, lineterminator="\n")
            writer.writerow(["file", "category", "material"])
            writer.writerows(rows)
    return len(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder that holds data/ (default ../shared)")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    args = parser.parse_args()
    data = args.shared / "data"
    if not data.is_dir():
        print(f"heldout: no photo sets at {data}", file=sys.stderr)
        return 1
    print(f"ccp: {write_ccp(data, args.out / 'ccp')} photos")
    print(f"tag: {write_tags(data, args.out / 'tag')} photos")
    for name in ("clothing", "grocery", "caltech101", "trashnet"):
        print(f"tag-{name}: {write_tags(data, args.out / f'tag-{name}', name)} photos")
    return 0


if __name__ == "__main__":
    sys.exit(main())
