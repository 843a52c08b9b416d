#!/usr/bin/env python3
"""Decode the training photos once and give each a mask: the store that training reads.

    prepare.py --shared ../shared --out build/train-data

writes OUT/images.npy [N,320,320,3], OUT/masks.npy [N,320,320] (uint8, memory-mapped)
and OUT/rows.jsonl, one line a finished row. It resumes where it stopped, and training may
begin while it still runs. Held-out photos are left out.

Kinds of rows: "human" (ccp masks, COCO masks), "alpha" (exact mattes), "teacher" (masks
by U2-Net-p, kept only where it is sure), "scene" (clutter, no mask).
"""
import argparse
import functools
import json
import os
import random
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

import boxes
import sets

SIZE = 320
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)


def load_rgb(file: Path, size: int = SIZE, box: list[int] | None = None, margin: float = 0) -> np.ndarray:
    """A photo, upright, or a box [x, y, width, height] of it with a margin, stretched to size x size, [size,size,3] uint8."""
    with Image.open(file) as image:
        image = ImageOps.exif_transpose(image)
        if box:
            image = image.crop(boxes.grown(box, margin, *image.size))
        image = image.convert("RGBA") if image.mode in ("P", "LA", "RGBA") else image.convert("RGB")
        if image.mode == "RGBA":
            white = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(white, image).convert("RGB")
        return np.asarray(image.resize((size, size), Image.BICUBIC if max(image.size) < size else Image.LANCZOS))


def load_mask(photo: sets.Photo, size: int = SIZE) -> np.ndarray:
    """The mask of a photo that has one, [size,size] uint8, 255 = product."""
    with Image.open(photo.mask_file) as image:
        if photo.set == "ccp":  # label indices
            image = image.point(lambda v: 255 if v else 0)
        if photo.set == "saleor_goods":  # the mattes hold a soft shadow
            image = image.convert("L").point(lambda v: max(0, min(255, (v - 200) * 5)))
        return np.asarray(image.convert("L").resize((size, size), Image.BOX if max(image.size) > size else Image.BILINEAR))


class Teacher:
    """U2-Net-p: a soft mask for a photo, in bf16 where the CPU has it (OpenVINO), else ONNX Runtime."""

    def __init__(self, model: Path, threads: int):
        try:
            import openvino
            core = openvino.Core()
            compiled = core.compile_model(str(model), "CPU", {"INFERENCE_NUM_THREADS": threads,
                                                              "INFERENCE_PRECISION_HINT": "bf16" if has_bf16() else "f32"})
            request = compiled.create_infer_request()
            self.infer = lambda x: request.infer({0: x})[compiled.output(0)]
        except ImportError:
            import onnxruntime
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            session = onnxruntime.InferenceSession(str(model), options, ["CPUExecutionProvider"])
            self.infer = lambda x: session.run(["d0"], {"input": x})[0]

    def __call__(self, rgb: np.ndarray) -> np.ndarray:
        x = rgb.astype(np.float32) / max(1, int(rgb.max()))
        x = ((x - MEAN) / STD).transpose(2, 0, 1)[None]
        return np.asarray(self.infer(np.ascontiguousarray(x)), np.float32)[0, 0]


@functools.cache
def has_bf16() -> bool:
    """Whether an x86 CPU multiplies in bfloat16 (avx512_bf16)."""
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


def trust(mask: np.ndarray, uncertain_limit: float) -> bool:
    """Whether a teacher's mask may be learnt from: a plausible area, one body, few doubtful pixels."""
    from scipy import ndimage
    foreground = mask > 0.5
    area = foreground.mean()
    if not 0.03 <= area <= 0.90:
        return False
    blobs, _ = ndimage.label(foreground)
    if np.bincount(blobs.ravel())[1:].max() < 0.85 * foreground.sum():
        return False
    return ((mask > 0.1) & (mask < 0.9)).sum() < uncertain_limit * foreground.sum()


def plan(data: Path, scenes: int, limit: int | None, seed: int) -> list[tuple[str, sets.Photo]]:
    """The rows to make: exact masks first, then teacher's photos of all sets in random order."""
    rng = random.Random(seed)
    rows = [("alpha" if p.set == "saleor_goods" else "human", p) for p in sets.with_masks(data) if not p.heldout]
    shelves = [p for p in sets.scenes(data) if not p.heldout]
    rows += [("scene", p) for p in rng.sample(shelves, min(scenes, len(shelves)))]
    photos = [p for p in sets.unmasked(data) if not p.heldout]
    rng.shuffle(photos)
    # The small sets first: they carry the variety.
    photos.sort(key=lambda p: p.set in ("clothing", "trashnet", "caltech101"))
    return rows + [("teacher", p) for p in photos[:limit]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder that holds data/ and models/")
    parser.add_argument("--out", type=Path, default=Path("build/train-data"))
    parser.add_argument("--scenes", type=int, default=800, help="background photos")
    parser.add_argument("--limit", type=int, help="teacher's photos at most (default: all)")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after this time; a later run resumes")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rows = plan(args.shared / "data", args.scenes, args.limit, args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    log = args.out / "rows.jsonl"
    done = len(log.read_text().splitlines()) if log.exists() else 0
    mode = "r+" if done else "w+"
    images = np.lib.format.open_memmap(args.out / "images.npy", mode, np.uint8, (len(rows), SIZE, SIZE, 3))
    masks = np.lib.format.open_memmap(args.out / "masks.npy", mode, np.uint8, (len(rows), SIZE, SIZE))
    if len(images) != len(rows):
        print("prepare: the plan has changed; remove the store to build it anew", file=sys.stderr)
        return 1
    teacher = None
    start = time.time()
    with open(log, "a", buffering=1) as out:
        for i in range(done, len(rows)):
            kind, photo = rows[i]
            images[i] = rgb = load_rgb(photo.file)
            ok = True
            if kind == "teacher":
                teacher = teacher or Teacher(args.shared / "models/u2netp.onnx", args.threads)
                soft = teacher(rgb)
                ok = trust(soft, 0.20 if photo.set == "grocery" else 0.25)
                masks[i] = np.clip((soft - 0.1) / 0.8, 0, 1) * 255 + 0.5
            elif kind != "scene":
                masks[i] = load_mask(photo)
            out.write(json.dumps({"set": photo.set, "path": photo.path, "kind": kind, "ok": bool(ok)}) + "\n")
            if i % 200 == 0:
                print(f"{i}/{len(rows)} {time.time() - start:.0f} s", flush=True)
            if time.time() - start > args.minutes * 60:
                break
    return 0


if __name__ == "__main__":
    sys.exit(main())
