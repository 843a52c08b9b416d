"""Runs photos through marketplace profiles and checks the files with Pillow, not with our decoder.

  python3 tools/check/profiles.py --swiftlet .build/release/swiftlet PHOTO...

A picture has to be inside its profile's limits, or its verdict has to be fail or needs_review with a
reason; and a picture on white has to be exactly 255 wherever the photo's alpha is 0. Exits with 1
where that does not hold. Needs Pillow.
"""

import argparse
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

from PIL import Image, ImageChops


def faults(data, profile):
    """What of a file lies outside a profile."""
    found = []
    image = Image.open(io.BytesIO(data))
    image.load()
    width, height = image.size
    if image.format.lower() not in profile["formats"]:
        found.append(f"format {image.format}")
    if image.mode not in ("RGB", "RGBA"):
        found.append(f"mode {image.mode}")
    limits = [
        ("long_side_min", max(width, height), 1), ("long_side_max", max(width, height), -1),
        ("width_min", width, 1), ("height_min", height, 1), ("pixels_max", width * height, -1),
        ("bytes_min", len(data), 1), ("bytes_max", len(data), -1),
    ]
    for key, value, sign in limits:
        if key in profile and sign * (value - profile[key]) < 0:
            found.append(f"{key} {profile[key]}: {value}")
    if "aspect" in profile:
        if abs(width / height / profile["aspect"] - 1) > profile["aspect_tolerance"]:
            found.append(f"aspect {width / height:.3f}")
    if image.getexif():
        found.append("Exif data are left")
    if profile["background"] == "white":
        corners = [(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)]
        # A product may reach a corner only where it fills the frame, which a white profile never asks.
        if any(image.getpixel(corner)[:3] != (255, 255, 255) for corner in corners):
            found.append("a corner is not white")
    return found


def batch(swiftlet, photos, out, *options):
    """The lines of a report on a folder of photos."""
    report = out / "report.jsonl"
    command = [swiftlet, "batch", str(photos), "-o", str(out), "--report", str(report), *options]
    result = subprocess.run(command, capture_output=True, text=True)
    if not report.exists():
        sys.exit(f"profiles: {' '.join(command)}: status {result.returncode}: {result.stderr.strip()[-300:]}")
    return [line for line in map(json.loads, report.read_text().splitlines()) if "file" in line]


def check_profile(options, photos, profile):
    counts = {"inside": 0, "named": 0, "wrong": 0}
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder)
        for line in batch(options.swiftlet, photos, out, "--profile", profile["name"]):
            found = faults((out / line["output"]).read_bytes(), profile) if line.get("output") else ["no picture"]
            result = line.get("result") or {}
            status = line.get("verdict")
            reasons = [f["rule"] for f in (result.get("qa") or {}).get("findings", [])]
            named = status in ("fail", "needs_review") and bool(reasons)
            kind = "named" if named else "wrong" if found or status not in ("pass", "warn") else "inside"
            counts[kind] += 1
            if kind == "wrong":
                print(f"{profile['name']} {line['file']}: {status}: {'; '.join(found)}", file=sys.stderr)
    print(f"{profile['name']:26} {counts['inside']:4} inside, {counts['named']:4} refused with a "
          f"reason, {counts['wrong']:4} wrong", flush=True)
    return counts["wrong"]


def check_white(options, photos):
    """Pictures on white, as JPEG and as PNG, beside the alpha of the same photos."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder)
        kinds = {"alpha": ("transparent", "png"), "jpeg": ("white", "jpeg"), "png": ("white", "png")}
        lines = {}
        for kind, (background, form) in kinds.items():
            (out / kind).mkdir()
            answer = batch(options.swiftlet, photos, out / kind, "--background", background, "--format", form)
            lines[kind] = {line["file"]: line.get("output") for line in answer}
        total = 0
        for photo, target in lines["alpha"].items():
            if not target:
                continue
            outside = Image.open(out / "alpha" / target).getchannel("A").point(lambda v: 255 if v == 0 else 0)
            for kind in ("jpeg", "png"):
                total += 1
                picture = Image.open(out / kind / lines[kind][photo]).convert("RGB")
                darkest = ImageChops.darker(ImageChops.darker(*picture.split()[:2]), picture.split()[2])
                stained = ImageChops.darker(darkest.point(lambda v: 255 if v < 255 else 0), outside)
                if stained.getbbox():
                    wrong += 1
                    count = stained.histogram()[255]
                    print(f"white {photo} as {kind}: {count} pixels outside the product are not 255", file=sys.stderr)
    print(f"white: {total} pictures, {wrong} not exactly 255 where alpha is 0")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--swiftlet", default=".build/release/swiftlet")
    parser.add_argument("--profile", action="append", help="only these profiles")
    parser.add_argument("photos", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    listed = subprocess.run(
        [options.swiftlet, "profiles", "list", "--json"], capture_output=True, text=True, check=True)
    profiles = json.loads(listed.stdout)["profiles"]
    if options.profile:
        profiles = [p for p in profiles if p["name"] in options.profile]
    with tempfile.TemporaryDirectory() as folder:
        photos = pathlib.Path(folder)
        for number, photo in enumerate(options.photos):
            shutil.copyfile(photo, photos / f"{number:04d}-{photo.name}")
        wrong = sum(check_profile(options, photos, profile) for profile in profiles)
        wrong += check_white(options, photos)
    print(f"{len(options.photos)} photos, {len(profiles)} profiles, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
