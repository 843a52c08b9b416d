#!/usr/bin/env python3
"""Photos with known defects, from which the rules of quality are calibrated and measured.

    quality.py --shared ../shared --out build/quality

Sharp photos of the shared sets are written anew, once as they are and once with each defect;
manifest.csv says which file is what. The same photos give the same files: every random
choice is seeded by the photo's name. Thresholds are chosen on the part `calibrate` and
figures come from the part `measure`: the tenth of each set that no network was trained on
(tools/data/heldout.py); of the sets with fewer than 200 photos each second photo.

| group | variants |
|---|---|
| sharp | unchanged |
| defocus | discs of radius 1.5, 2, 3, 4.5 |
| motion | streaks of length 1.5, 2, 3, 4.5, 6, 9 in a random direction |
| noise | Gaussian noise, deviation 8, 16 of 255 |
| blocks | JPEG at quality 15, 30 that was decoded and saved as PNG |
| cast | red and blue scaled by up to a quarter |
| frame | a frame of 1 to 4 % in a colour of its own |
| text | one line of text beside the product |

Radius and length are in pixels where the product's longer side is 512 pixels, as wide as the
rule sees it at most; in a smaller photo, which the rule sees as it is, they are its own
pixels. Blur is done in linear light, as a lens does. Everything is a JPEG of quality 92
again, but for `blocks`. Photos of the shared folder stay there: OUT is for evaluation only.
"""
import argparse
import csv
import hashlib
import json
import shutil
import sys
from io import BytesIO
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from heldout import bucket

# Set: folder, photos of each part at most, whether goods stand on plain white.
SETS = {
    "clothing": ("clothing/images", 60, False),
    "trashnet": ("trashnet", 40, False),
    "caltech101": ("objects/caltech101", 30, False),
    "eshop_goods": ("objects/eshop_goods", 50, False),
    "saleor_goods": ("objects/saleor_goods", 30, True),
    "iconic": ("grocery/iconic-images-and-descriptions", 45, True),
    "azure_samples": ("objects/azure_samples", 25, False),
    "openimages_packt": ("objects/openimages_packt", 25, False),
}
DISCS, STREAKS = [1.5, 2, 3, 4.5], [1.5, 2, 3, 4.5, 6, 9]
NOISE, BLOCKS = [8, 16], [15, 30]


def pictures(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png") and "alpha" not in p.parts and "masks" not in p.parts)


def part_of(set_name: str, path: str, count: int) -> str | None:
    """`measure`, `calibrate`, or None for a photo that is in neither."""
    tenth = bucket(set_name, path)
    if count < 200:
        return "measure" if tenth % 2 == 0 else "calibrate"
    return {0: "measure", 1: "calibrate"}.get(tenth)


def to_linear(pixels):
    s = pixels / 255.0
    return np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)


def to_coded(linear):
    x = np.clip(linear, 0, 1)
    return 255 * np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)


def disc(radius: float):
    half, fine = int(np.ceil(radius + 0.5)), 9
    axis = (np.arange((2 * half + 1) * fine) + 0.5) / fine - half - 0.5
    inside = (axis[:, None] ** 2 + axis[None] ** 2 <= radius * radius).astype(float)
    kernel = inside.reshape(2 * half + 1, fine, 2 * half + 1, fine).mean((1, 3))
    return kernel / kernel.sum()


def streak(length: float, angle: float):
    half = int(np.ceil(length / 2 + 1))
    kernel = np.zeros((2 * half + 1, 2 * half + 1))
    for t in np.linspace(-length / 2, length / 2, 65):
        x, y = half + t * np.cos(angle), half + t * np.sin(angle)
        i, j = int(y), int(x)
        v, u = y - i, x - j
        kernel[i, j] += (1 - v) * (1 - u)
        kernel[i + 1, j] += v * (1 - u)
        kernel[i, j + 1] += (1 - v) * u
        kernel[i + 1, j + 1] += v * u
    return kernel / kernel.sum()


def blurred(pixels, kernel):
    linear = to_linear(pixels)
    return to_coded(np.stack([ndimage.convolve(linear[..., c], kernel, mode="nearest") for c in range(3)], -1))


def framed(pixels, rng):
    height, width = pixels.shape[:2]
    depth = max(2, round(rng.uniform(0.01, 0.04) * min(height, width)))
    ground = np.median(pixels[[0, -1]].reshape(-1, 3), 0)
    while True:
        colour = rng.integers(0, 256, 3)
        if np.abs(colour - ground).max() > 60:
            break
    result = np.empty((height + 2 * depth, width + 2 * depth, 3))
    result[:] = colour
    result[depth : depth + height, depth : depth + width] = pixels
    return result


def lettered(pixels, rng):
    height, width = pixels.shape[:2]
    image = Image.fromarray(pixels.astype(np.uint8))
    words = ["SALE 50% OFF", "FREE SHIPPING", "BEST QUALITY", "new arrival", "www.shop.example", "LIMITED OFFER"]
    text = words[rng.integers(len(words))]
    size = int(rng.uniform(0.05, 0.09) * max(height, width))
    font = ImageFont.load_default(max(10, size))
    draw = ImageDraw.Draw(image)
    _, _, wide, high = draw.textbbox((0, 0), text, font=font)
    x = int(rng.uniform(0.02, max(0.03, 1 - wide / width - 0.02)) * width)
    y = int(0.03 * height) if rng.random() < 0.5 else height - high - int(0.04 * height)
    ground = pixels[y : y + high, max(0, x) : x + wide].reshape(-1, 3).mean()
    colour = tuple(int(v) for v in (rng.integers(0, 90, 3) if ground > 128 else rng.integers(180, 256, 3)))
    draw.text((x, y), text, font=font, fill=colour)
    return np.asarray(image).astype(float)


def write(job) -> list[list[str]]:
    file, name, set_name, part, plain, extent, out = job
    rng = np.random.default_rng(int(hashlib.sha256(name.encode()).hexdigest()[:8], 16))
    pixels = np.asarray(Image.open(file).convert("RGB")).astype(float)
    scale = max(1.0, (extent or 0) / 512)
    rows = []

    def save(group: str, value, picture, form: str = "jpg") -> None:
        relative = f"{part}/{group}/{name}-{value}.{form}"
        (out / relative).parent.mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(np.clip(np.rint(picture), 0, 255).astype(np.uint8))
        image.save(out / relative, **({"quality": 92} if form == "jpg" else {}))
        rows.append([relative, set_name, part, group, value, int(plain)])

    save("sharp", 0, pixels)
    # Every other strength is enough to choose a threshold.
    step = 2 if part == "calibrate" else 1
    for radius in DISCS[::step]:
        save("defocus", radius, blurred(pixels, disc(radius * scale)))
    for length in STREAKS[::step]:
        save("motion", length, blurred(pixels, streak(length * scale, rng.uniform(0, np.pi))))
    if extent:
        return rows
    for deviation in NOISE[::step]:
        save("noise", deviation, pixels + rng.normal(0, deviation, pixels.shape))
    for quality in BLOCKS[::step]:
        buffer = BytesIO()
        Image.fromarray(pixels.astype(np.uint8)).save(buffer, "JPEG", quality=quality)
        save("blocks", quality, np.asarray(Image.open(buffer)).astype(float), "png")
    gain = rng.uniform(0.12, 0.25) * rng.choice([-1, 1])
    save("cast", round(float(gain), 2), to_coded(to_linear(pixels) * [1 + gain, 1, 1 - gain] * 0.9))
    save("frame", 1, framed(pixels, rng))
    save("text", 1, lettered(pixels, rng))
    return rows


def jobs(data: Path, renders: Path | None, out: Path):
    for set_name, (folder, most, plain) in SETS.items():
        root = data / folder
        files = pictures(root) if root.is_dir() else []
        if not files:
            print(f"quality: {root}: absent, left out", file=sys.stderr)
        ordered = sorted(files, key=lambda p: hashlib.sha256(str(p.relative_to(root)).encode()).hexdigest())
        taken = {"measure": 0, "calibrate": 0}
        # The held-out rule is stated in paths from the set's own folder.
        own = data / ("clothing" if set_name == "clothing" else folder)
        for file in ordered:
            part = part_of(set_name, file.relative_to(own).as_posix(), len(files))
            if part and taken[part] < most:
                taken[part] += 1
                yield file, f"{set_name}-{taken[part]:03d}", set_name, part, plain, None, out
    for file in sorted(renders.glob("*.json")) if renders and renders.is_dir() else []:
        truth = json.loads(file.read_text())
        left, top, right, bottom = truth["bbox"]
        extent = max(right - left, bottom - top)
        photo = file.with_suffix(".jpg")
        if photo.is_file() and extent >= 400:
            yield photo, f"renders-{file.stem}", "large_renders", "measure", False, extent, out


def duplicates(data: Path, out: Path, count: int) -> list[list[str]]:
    """`count` different photos, an exact copy of some, and each resized, recompressed and cropped."""
    folder = out / "duplicates"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows = []
    sources = []
    for name, path, share in (("clothing", "clothing/images", 0.4), ("trashnet", "trashnet", 0.2), ("caltech101", "objects/caltech101", 0.25), ("eshop_goods", "objects/eshop_goods", 0.1), ("saleor_goods", "objects/saleor_goods", 0.05)):
        files = pictures(data / path) if (data / path).is_dir() else []
        files.sort(key=lambda p: hashlib.sha256(f"{name}/{p.relative_to(data / path)}".encode()).hexdigest())
        sources += [(name, p) for p in files[: round(share * count)]]
    seen = set()
    for index, (name, file) in enumerate(sources):
        pixels = Image.open(file).convert("RGB")
        digest = hashlib.sha256(pixels.tobytes()).hexdigest()
        if digest in seen:  # the same photo twice in a set is no different photo
            continue
        seen.add(digest)
        rng = np.random.default_rng(index)
        stem = f"{index:04d}"
        width, height = pixels.size
        pixels.save(folder / f"{stem}-original.png")
        rows.append([stem, name])
        scale = rng.uniform(0.5, 0.9)
        pixels.resize((round(width * scale), round(height * scale)), Image.Resampling.BICUBIC).save(folder / f"{stem}-resized.jpg", quality=90)
        pixels.save(folder / f"{stem}-recompressed.jpg", quality=int(rng.integers(40, 70)))
        left, top, right, bottom = rng.uniform(0, 0.05, 4)
        pixels.crop((round(left * width), round(top * height), round((1 - right) * width), round((1 - bottom) * height))).save(folder / f"{stem}-cropped.jpg", quality=90)
        if index % 10 == 0:  # the same pixels in another file
            pixels.save(folder / f"{stem}-copy.png", compress_level=1)
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder that holds data/")
    parser.add_argument("--renders", type=Path, help="renders of 768 pixels without defects (tools/render), for blur at full scale")
    parser.add_argument("--duplicates", type=int, default=1000, help="different photos in the set of duplicates")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("build/quality"))
    args = parser.parse_args()
    data = args.shared / "data"
    if not data.is_dir():
        print(f"quality: no photo sets at {data}: nothing is written", file=sys.stderr)
        return 0
    for part in ("calibrate", "measure"):
        shutil.rmtree(args.out / part, ignore_errors=True)
    args.out.mkdir(parents=True, exist_ok=True)
    with Pool(args.processes) as pool:
        rows = [row for found in pool.imap(write, jobs(data, args.renders, args.out), chunksize=4) for row in found]
    with open(args.out / "manifest.csv", "w", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(["file", "set", "part", "group", "value", "plain"])
        writer.writerows(rows)
    count = len(duplicates(data, args.out, args.duplicates))
    print(f"{len(rows)} photos with known defects, {count} different photos with versions of them: {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
