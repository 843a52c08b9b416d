"""Runs photos through marketplace profiles and checks the files with Pillow, not with our decoder.

  python3 tools/check/profiles.py --swiftlet .build/release/swiftlet PHOTO...

A picture has to be inside its profile's limits, or its verdict has to be fail or needs_review with a
reason. Exits with 1 where neither holds. Needs Pillow.
"""

import argparse
import io
import json
import pathlib
import subprocess
import sys
import tempfile

from PIL import Image


def run(binary, *arguments):
    result = subprocess.run([binary, *arguments], capture_output=True, text=True)
    return json.loads(result.stdout) if result.stdout.strip() else None


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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--swiftlet", default=".build/release/swiftlet")
    parser.add_argument("--profile", action="append", help="only these profiles")
    parser.add_argument("photos", nargs="+")
    options = parser.parse_args()
    profiles = run(options.swiftlet, "profiles", "list", "--json")["profiles"]
    if options.profile:
        profiles = [p for p in profiles if p["name"] in options.profile]
    wrong = 0
    total = 0
    for profile in profiles:
        counts = {"inside": 0, "named": 0, "wrong": 0}
        for photo in options.photos:
            total += 1
            with tempfile.TemporaryDirectory() as folder:
                suffix = "jpg" if profile["formats"][0] == "jpeg" else "png"
                target = pathlib.Path(folder) / f"out.{suffix}"
                report = run(
                    options.swiftlet, "process", photo, "-o", str(target), "--profile",
                    profile["name"], "--json")
                found = faults(target.read_bytes(), profile) if target.exists() else ["no picture"]
            named = report is not None and report["status"] in ("fail", "needs_review") and bool(
                report["qa"]["findings"] or report["status"] == "needs_review")
            kind = "inside" if not found else "named" if named else "wrong"
            counts[kind] += 1
            if kind == "wrong":
                print(f"{profile['name']} {photo}: {'; '.join(found)}", file=sys.stderr)
        wrong += counts["wrong"]
        print(f"{profile['name']:26} {counts['inside']:4} inside, {counts['named']:4} refused with a "
              f"reason, {counts['wrong']:4} wrong")
    print(f"{total} pictures, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
