#!/usr/bin/env python3
"""The matte at the photo's resolution on renders with exact ones, by the engine.

    matte.py --swiftlet .build/release/swiftlet --out build/eval FOLDER...

Each FOLDER holds NAME.jpg, NAME_alpha.png, NAME.json and, for the colours, NAME_foreground.png
(tools/render, `set --foreground`). Every figure comes from `swiftlet eval matte`. Prints a table and
writes OUT/matte.json. Needs nothing but Python.
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path

ROWS = {
    "refined": "ours",
    "refined_photo_colors": "ours, photo's own colours",
    "bilinear": "bilinear",
    "lanczos": "Lanczos, as rembg",
}
COLUMNS = {"mae": "MAE", "gradient": "gradient", "iou": "IoU", "edge_color": "edge colour", "on_white": "on white"}


def measure(swiftlet: Path, home: Path, folder: Path) -> dict:
    command = [str(swiftlet.resolve()), "eval", "matte", "--images", str(folder), "--photos", "--json", "--home", str(home)]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(f"eval: {' '.join(command)}: status {result.returncode}")
    return json.loads(result.stdout)


def table(title: str, methods: dict) -> list[str]:
    lines = ["", f"| {title} | " + " | ".join(COLUMNS.values()) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for key, label in ROWS.items():
        lines.append(f"| {label} | " + " | ".join(f"{methods[key][c]:.4f}" if c in methods[key] else "" for c in COLUMNS) + " |")
    return lines


def kinds(folder: Path, photos: list[dict]) -> list[str]:
    """The mean error of ours beside bilinear's by kind, the worst first."""
    groups: dict[str, list[dict]] = {}
    for photo in photos:
        facts = (folder / photo["name"]).with_suffix(".json")
        kind = json.loads(facts.read_text())["kind"] if facts.is_file() else "?"
        groups.setdefault(kind, []).append(photo["methods"])
    rows = []
    for kind, members in groups.items():
        ours, plain = (sum(m[k]["mae"] for m in members) / len(members) for k in ("refined", "bilinear"))
        rows.append((ours, f"| {kind} | {len(members)} | {ours:.4f} | {plain:.4f} |"))
    return ["", "| kind | photos | MAE, ours | MAE, bilinear |", "|---|---|---|---|"] + [line for _, line in sorted(rows, reverse=True)]


def main() -> int:
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--swiftlet", type=Path, default=root / ".build/release/swiftlet")
    parser.add_argument("--home", type=Path, default=root)
    parser.add_argument("--out", type=Path, default=root / "build/eval")
    parser.add_argument("folders", nargs="+", type=Path)
    args = parser.parse_args()
    report = {}
    for folder in args.folders:
        if not folder.is_dir():
            print(f"eval: {folder}: there are no renders, nothing is measured; see tools/render/README.md", file=sys.stderr)
            continue
        answer = report[folder.name] = measure(args.swiftlet, args.home, folder)
        title = f"{folder.name}, {answer['images']} photos, {answer['no_foreground']} without a product found"
        print("\n".join(table(title, answer["methods"]) + kinds(folder, answer["photos"])))
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "matte.json").write_text(json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
