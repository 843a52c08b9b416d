"""Where the product is in a photo, as the program itself finds it.

`swiftlet tag` shows the tag network the product's box with a margin, so training should see
the same. Boxes are kept in a file: a run that was interrupted asks only for those it lacks,
and other mask weights find them anew.
"""
import functools
import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / ".build/release/swiftlet"
CHUNK = 100  # photos a call of the program


@functools.cache
def margin() -> float:
    """The border around the box that the tag network sees, as a share of the box's longer side."""
    return yaml.safe_load((ROOT / "configs/pipeline.yaml").read_text())["tag"]["margin"]


@functools.cache
def mask_weights() -> str:
    """What the boxes depend on: the digest of the mask weights."""
    return hashlib.sha256((ROOT / "weights/segment-fast.nest").read_bytes()).hexdigest()


def find(photos: list, cache: Path, program: Path = PROGRAM, threads: int | None = None) -> dict[str, list[int] | None]:
    """The product's box [x, y, width, height] of each photo's file, None where none is found.

    A photo that the program cannot read has no entry. Exits with a line where the program fails.
    """
    kept = json.loads(cache.read_text()) if cache.exists() else {}
    weights = mask_weights()
    known = kept["boxes"] if kept.get("weights") == weights else {}
    files = [name for p in photos if (name := str(p.file)) not in known]
    started, failed = time.monotonic(), 0
    for i in range(0, len(files), CHUNK):
        part = files[i:i + CHUNK]
        command = [str(program), "tag", "--json", "--home", str(ROOT), *(["--threads", str(threads)] if threads else []), "--", *part]
        try:
            answer = subprocess.run(command, capture_output=True, text=True)
        except OSError as error:
            sys.exit(f"boxes: {program}: {error.strerror}; build it (make build), or name it")
        try:
            items = json.loads(answer.stdout)["items"]
        except (ValueError, KeyError):  # no photo's fault: weights, memory, a signal
            sys.exit(f"boxes: {program} tag: status {answer.returncode}: {answer.stderr.strip() or 'no answer'}")
        for item in items:
            if "error" in item:
                print(f"boxes: {item['error']}", file=sys.stderr)
                failed += 1
                continue
            box = (item["segmentation"] or {}).get("bounding_box")
            known[item["file"]] = box and [box[key] for key in ("x", "y", "width", "height")]
        fresh = cache.with_suffix(".tmp")
        fresh.write_text(json.dumps({"weights": weights, "boxes": known}))
        fresh.replace(cache)
        print(f"boxes {i + len(part)}/{len(files)} {time.monotonic() - started:.0f} s", flush=True)
    if failed:
        print(f"boxes: {failed} photos cannot be read and are seen whole", file=sys.stderr)
    return known


def grown(box: list[int], margin: float, width: int, height: int) -> tuple[int, int, int, int]:
    """A box with a margin, a share of its longer side, as PIL crops it: left, top, right, bottom."""
    x, y, w, h = box
    more = int(max(w, h) * margin)
    return max(0, x - more), max(0, y - more), min(width, x + w + more), min(height, y + h + more)
