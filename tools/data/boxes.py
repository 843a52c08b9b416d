"""Where the product is in a photo, as the program itself finds it.

`swiftlet tag` shows the tag network the product's box with a margin, so training and its
figures should see the same. Boxes are kept in a file beside the features: a run that was
interrupted asks only for those it lacks.
"""
import json
import subprocess
import time
from pathlib import Path

CHUNK = 100  # photos a call of the program


def find(program: Path, photos: list, cache: Path, threads: int | None = None) -> dict[str, list[int] | None]:
    """The product's box [x, y, width, height] of each photo's file, None where none is found."""
    known = json.loads(cache.read_text()) if cache.exists() else {}
    files = [name for p in photos if (name := str(p.file)) not in known]
    started = time.monotonic()
    for i in range(0, len(files), CHUNK):
        part = files[i:i + CHUNK]
        command = [str(program), "tag", "--json", *(["--threads", str(threads)] if threads else []), *part]
        answer = subprocess.run(command, capture_output=True, text=True)
        if answer.returncode not in (0, 1):  # 1: some of the photos cannot be read
            raise RuntimeError(f"{program} tag: status {answer.returncode}: {answer.stderr.strip()}")
        for item in json.loads(answer.stdout)["items"]:
            box = (item.get("segmentation") or {}).get("bounding_box")
            known[item["file"]] = box and [box[key] for key in ("x", "y", "width", "height")]
        fresh = cache.with_suffix(".tmp")
        fresh.write_text(json.dumps(known))
        fresh.replace(cache)
        print(f"boxes {i + len(part)}/{len(files)} {time.monotonic() - started:.0f} s", flush=True)
    return known


def grown(box: list[int], margin: float, width: int, height: int) -> tuple[int, int, int, int]:
    """A box with a margin, a share of its longer side, as PIL crops it: left, top, right, bottom."""
    x, y, w, h = box
    more = int(max(w, h) * margin)
    return max(0, x - more), max(0, y - more), min(width, x + w + more), min(height, y + h + more)
