#!/usr/bin/env python3
"""A contact sheet of cut-outs: photo, cut-out on magenta, and the picture on white.

    sheet.py --swiftlet .build/release/swiftlet --out build/eval/sheet.png PHOTO...

The title of a row is the verdict and what the planner did beside the usual. Needs Pillow.
"""
import argparse
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps


def cut(swiftlet: Path, home: Path, photo: Path, folder: Path):
    """The cut-out (None where no product is found) and the report."""
    target = folder / "cut.png"
    target.unlink(missing_ok=True)
    command = [str(swiftlet.resolve()), "process", str(photo), "-o", str(target), "--background", "transparent", "--json", "--home", str(home)]
    result = subprocess.run(command, capture_output=True, text=True)
    if not result.stdout.strip():
        sys.exit(f"sheet: {' '.join(command)}: status {result.returncode}: {result.stderr.strip()}")
    picture = Image.open(io.BytesIO(target.read_bytes())).convert("RGBA") if target.exists() else None
    return picture, json.loads(result.stdout)


def main() -> int:
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--swiftlet", type=Path, default=root / ".build/release/swiftlet")
    parser.add_argument("--home", type=Path, default=root)
    parser.add_argument("--out", type=Path, default=root / "build/eval/sheet.png")
    parser.add_argument("--side", type=int, default=260)
    parser.add_argument("--columns", type=int, default=2)
    parser.add_argument("photos", nargs="+", type=Path)
    args = parser.parse_args()
    side, title = args.side, 16
    rows = -(-len(args.photos) // args.columns)
    sheet = Image.new("RGB", (args.columns * 3 * side, rows * (side + title)), "white")
    draw = ImageDraw.Draw(sheet)
    with tempfile.TemporaryDirectory() as folder:
        for i, photo in enumerate(args.photos):
            picture, report = cut(args.swiftlet, args.home, photo, Path(folder))
            left, top = i % args.columns * 3 * side, i // args.columns * (side + title)
            looks = [s["step"].removeprefix("segment_") for s in report["plan"] if s["step"].startswith("segment_")]
            doubt = (report.get("segmentation") or {}).get("uncertainty")
            words = [photo.stem[-26:], report["status"], f"doubt {doubt}" if doubt is not None else "no product", *looks]
            draw.text((left + 2, top + 2), "  ".join(words), fill="black")
            tiles = [ImageOps.exif_transpose(Image.open(photo)).convert("RGB")]
            if picture:
                for colour in ("magenta", "white"):
                    tile = Image.new("RGBA", picture.size, colour)
                    tile.alpha_composite(picture)
                    tiles.append(tile.convert("RGB"))
            for k, tile in enumerate(tiles):
                tile.thumbnail((side - 4, side - 4), Image.Resampling.LANCZOS)
                sheet.paste(tile, (left + k * side, top + title))
    args.out.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
