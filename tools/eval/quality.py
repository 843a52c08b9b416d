#!/usr/bin/env python3
"""Measures the rules of quality and the search for duplicates with the shipped program.

    quality.py --sets build/quality --shared ../shared --out build/eval-quality

SETS is what tools/data/quality.py wrote. Every value comes from `swiftlet qa --json` and
`swiftlet eval duplicates`, each photo with the program's own mask. OUT gets report.json,
report.md and, with Matplotlib, curves.png. Thresholds are proposed from the part
`calibrate`; every figure is of the part `measure`.

A photo whose sharpness is "unknown" counts as sharp: a miss where it is blurred.
Exit status 0 whatever the figures are; `--require` makes a missed target an error.
"""
import argparse
import csv
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "data"))
from heldout import bucket

CHUNK = 400
# Group: the metric that tells it from sharp photos (higher is worse), the rules that name it.
DEFECTS = {
    "defocus": ("blur", {"blur.foreground", "blur.motion"}),
    "motion": ("blur", {"blur.foreground", "blur.motion"}),
    "noise": ("noise", {"noise.high"}),
    "blocks": ("blocks", {"jpeg.blocky"}),
    "cast": ("cast", {"color.cast"}),
    "frame": ("frame", {"overlay.border"}),
    "text": ("text", {"overlay.text_suspected"}),
}


def log(*words) -> None:
    print("eval-quality:", *words, file=sys.stderr, flush=True)


def judge(program: Path, home: Path, files: list[Path], threads: int) -> dict[str, dict]:
    """The answer of `qa` by file name."""
    answers = {}
    for start in range(0, len(files), CHUNK):
        chunk = [str(f) for f in files[start : start + CHUNK]]
        command = [str(program), "qa", "--json", "--home", str(home), "--threads", str(threads), *chunk]
        text = subprocess.run(command, capture_output=True, text=True).stdout
        for item in json.loads(text)["items"]:
            answers[item["file"]] = item
        log(f"{min(start + CHUNK, len(files))} of {len(files)}")
    return answers


def number(value, default=None):
    return value if isinstance(value, (int, float)) else default


def measures(item: dict) -> dict:
    """Every metric as a number that grows with the defect; None where the program cannot tell."""
    metrics = item.get("qa", {}).get("metrics", {})
    part = lambda name: metrics.get(name) or {}  # null where no product was found
    noise = [v for v in (number(part("noise").get(k)) for k in ("product", "background")) if v is not None]
    background = part("background")
    sharpness = number(part("blur").get("sharpness"))
    return {
        "blur": None if sharpness is None else -sharpness,
        "evenness": number(part("blur").get("evenness")),
        "noise": min(noise) if noise else None,
        "blocks": number(part("jpeg").get("blockiness")),
        "cast": number(background.get("chroma")) if number(background.get("color_std"), 99) <= 12 else None,
        "frame": number(part("overlay").get("border")),
        "text": number(part("overlay").get("characters")),
        "clutter": number(background.get("edge_density")),
        "uniform": number(background.get("color_std")),
    }


def auc(good: list[float], bad: list[float]) -> float | None:
    """The share of pairs in which the bad photo has the higher value, ties by half."""
    if not good or not bad:
        return None
    merged = sorted([(v, 0) for v in good] + [(v, 1) for v in bad])
    rank, total, index = 0, 0.0, 0
    while index < len(merged):
        end = index
        while end < len(merged) and merged[end][0] == merged[index][0]:
            end += 1
        total += sum(kind for _, kind in merged[index:end]) * (index + 1 + end) / 2
        index = end
    return (total - len(bad) * (len(bad) + 1) / 2) / (len(good) * len(bad))


def curve(good: list[float], bad: list[float]):
    """False alarms and hits over every threshold."""
    points = [(0.0, 0.0)]
    for threshold in sorted(set(good + bad), reverse=True):
        points.append((sum(v >= threshold for v in good) / len(good), sum(v >= threshold for v in bad) / len(bad)))
    return points


def quantile(values: list[float], share: float) -> float | None:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def measure_defects(rows: list[dict]) -> dict:
    """AUC by defect and strength, hits and false alarms of the shipped thresholds."""
    result = {}
    known = lambda rows, key, default: [default if r["m"][key] is None else r["m"][key] for r in rows]
    sharp = [r for r in rows if r["group"] == "sharp" and r["part"] == "measure" and r["set"] != "large_renders"]
    calibrate = [r for r in rows if r["group"] == "sharp" and r["part"] == "calibrate"]
    for group, (key, rules) in DEFECTS.items():
        bad = [r for r in rows if r["group"] == group and r["part"] == "measure" and r["set"] != "large_renders"]
        # Unknown is the answer of a photo without the defect.
        low = min([v for v in known(sharp + bad, key, None) if v is not None], default=0)
        good_values = known(sharp, key, low)
        entry = {
            "photos": len(sharp), "unknown_sharp": sum(r["m"][key] is None for r in sharp) / max(1, len(sharp)),
            "unknown_defect": sum(r["m"][key] is None for r in bad) / max(1, len(bad)),
            "false_alarms": sum(bool(rules & r["rules"]) for r in sharp) / max(1, len(sharp)),
            "hits": sum(bool(rules & r["rules"]) for r in bad) / max(1, len(bad)),
            "auc": auc(good_values, known(bad, key, low)), "strengths": {},
            "proposed": quantile(known(calibrate, key, low), 0.985),
        }
        for value in sorted({r["value"] for r in bad}, key=float) if group not in ("cast",) else []:
            part = [r for r in bad if r["value"] == value]
            entry["strengths"][value] = {
                "auc": auc(good_values, known(part, key, low)),
                "hits": sum(bool(rules & r["rules"]) for r in part) / len(part),
            }
        entry["curve"] = curve(good_values, known(bad, key, low))
        result[group] = entry
    plain = [r for r in sharp if r["plain"] == "1"]
    result["plain_white"] = {"photos": len(plain), "flagged": sum(bool(DEFECTS["defocus"][1] & r["rules"]) for r in plain) / max(1, len(plain))}
    motion = [r for r in rows if r["group"] == "motion" and r["part"] == "measure" and float(r["value"]) >= 3 and r["rules"] & DEFECTS["motion"][1]]
    defocus = [r for r in rows if r["group"] == "defocus" and r["part"] == "measure" and r["rules"] & DEFECTS["motion"][1]]
    result["kind_of_blur"] = {
        "motion_named_motion": sum("blur.motion" in r["rules"] for r in motion) / max(1, len(motion)),
        "defocus_named_motion": sum("blur.motion" in r["rules"] for r in defocus) / max(1, len(defocus)),
    }
    large = [r for r in rows if r["set"] == "large_renders"]
    if large:
        good = known([r for r in large if r["group"] == "sharp"], "blur", -9)
        result["large_renders"] = {"photos": len(good), **{g: auc(good, known([r for r in large if r["group"] == g and float(r["value"]) >= (3 if g == "motion" else 0)], "blur", -9)) for g in ("defocus", "motion")}}
    return result


def measure_clutter(program: Path, home: Path, data: Path, threads: int) -> dict | None:
    root = data / "grocery"
    if not root.is_dir():
        return None
    natural = [p for part in ("train", "val") for p in sorted((root / part).rglob("*.jpg")) if bucket("grocery", p.relative_to(root).as_posix()) == 0]
    iconic = sorted((root / "iconic-images-and-descriptions").rglob("*.jpg"))
    answers = judge(program, home, natural + iconic, threads)
    values = lambda files: [v for v in (measures(answers[str(f)])["clutter"] for f in files) if v is not None]
    flagged = lambda files: sum(any(f["rule"] == "background.cluttered" for f in answers[str(p)]["qa"]["findings"]) for p in files) / len(files)
    bad, good = values(natural), values(iconic)
    return {
        "natural": len(natural), "iconic": len(iconic), "without_background": len(natural) - len(bad), "auc": auc(good, bad),
        "hits": flagged(natural), "false_alarms": flagged(iconic), "curve": curve(good, bad),
    }


def measure_duplicates(program: Path, folder: Path, threads: int) -> dict | None:
    if not folder.is_dir():
        return None
    command = [str(program), "eval", "duplicates", "--images", str(folder), "--distance", "0.4", "--json"]
    answer = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)
    names = [p.name for p in sorted(folder.iterdir())]
    limit = answer["near_distance"]
    same, different, exact = {}, [], set()
    for pair in answer["pairs"]:
        (a, b) = sorted(pair["files"], key=lambda n: "original" not in n)
        if a[:4] == b[:4]:
            if "original" in a:
                same[b] = pair["distance"]
                if pair["exact"]:
                    exact.add(b)
        elif "original" in a and "original" in b:
            different.append((pair["distance"], a, b))
    kinds = {}
    for kind in ("resized", "recompressed", "cropped"):
        versions = [n for n in names if kind in n]
        distances = [same.get(n, 1.0) for n in versions]
        kinds[kind] = {"versions": len(versions), "found": sum(d <= limit for d in distances) / max(1, len(distances)), "largest": max(distances, default=None), "p99": quantile(distances, 0.99)}
    copies = [n for n in names if "-copy" in n]
    versions = sum(k["versions"] for k in kinds.values())
    return {
        "near_distance": limit, "different": sum("original" in n for n in names),
        "copies": len(copies), "exact_found": sum(n in exact for n in copies) / max(1, len(copies)),
        "kinds": kinds, "found": sum(k["found"] * k["versions"] for k in kinds.values()) / max(1, versions),
        "false_pairs": sum(d <= limit for d, _, _ in different), "nearest_different": sorted(different)[:10],
        "distances": {"same": sorted(same.values()), "different": sorted(d for d, _, _ in different)},
    }


def targets(report: dict) -> list[dict]:
    rows = []

    def row(what, value, least=None, most=None):
        if value is not None:
            holds = (least is None or value >= least) and (most is None or value <= most)
            rows.append({"what": what, "value": value, "target": f">= {least:g}" if least is not None else f"<= {most:g}", "holds": holds})

    defects = report["defects"]
    row("sharp against defocus, AUC", defects["defocus"]["auc"], least=0.98)
    row("sharp against motion of 3 and more, AUC", report["motion_from_3"], least=0.98)
    row("sharp against motion of 1.5 and more, AUC", defects["motion"]["auc"], least=0.98)
    row("plain white-background products flagged blurry", defects["plain_white"]["flagged"], most=0.02)
    for group in DEFECTS:
        row(f"{group}: false alarms on photos as they are", defects[group]["false_alarms"], most=0.02)
    if report.get("clutter"):
        row("clutter: natural against iconic, AUC", report["clutter"]["auc"], least=0.97)
    if report.get("duplicates"):
        row("exact duplicates found", report["duplicates"]["exact_found"], least=1)
        row("near-duplicates found", report["duplicates"]["found"], least=0.99)
        row("false pairs among different photos", report["duplicates"]["false_pairs"], most=0)
    return rows


def markdown(report: dict) -> str:
    lines = ["## Defects", "", "| defect | AUC | found | false alarms | cannot tell (as is, defect) | by strength: AUC, found |", "|---|---|---|---|---|---|"]
    for group in DEFECTS:
        d = report["defects"][group]
        strengths = "; ".join(f"{k}: {v['auc']:.3f}, {v['hits']:.0%}" for k, v in d["strengths"].items())
        lines.append(f"| {group} | {d['auc']:.4f} | {d['hits']:.1%} | {d['false_alarms']:.1%} | {d['unknown_sharp']:.1%}, {d['unknown_defect']:.1%} | {strengths} |")
    kind = report["defects"]["kind_of_blur"]
    lines += ["", f"Of motion (3 and more) that is found {kind['motion_named_motion']:.0%} is called motion, of defocus {kind['defocus_named_motion']:.0%}."]
    if report["defects"].get("large_renders"):
        lines.append(f"Renders with 400 pixels of product and more: {report['defects']['large_renders']}.")
    if report.get("clutter"):
        c = report["clutter"]
        lines += ["", f"Clutter: {c['natural']} natural against {c['iconic']} iconic groceries, AUC {c['auc']:.4f}; flagged {c['hits']:.1%} and {c['false_alarms']:.1%}; {c['without_background']} natural ones have no background to judge."]
    if report.get("duplicates"):
        d = report["duplicates"]
        lines += ["", f"Duplicates among {d['different']} different photos: {d['copies']} copies, found {d['exact_found']:.1%}; near-duplicates found {d['found']:.2%} within {d['near_distance']}, false pairs {d['false_pairs']}; "
                  + "; ".join(f"{k}: {v['found']:.2%} of {v['versions']}, 99 % within {v['p99']:.3f}" for k, v in d["kinds"].items())
                  + f"; nearest different {[round(x[0], 3) for x in d['nearest_different'][:3]]}."]
    lines += ["", "## Targets", "", "| what | value | target | holds |", "|---|---|---|---|"]
    lines += [f"| {r['what']} | {r['value']:.4f} | {r['target']} | {'yes' if r['holds'] else 'no'} |" for r in report["targets"]]
    return "\n".join(lines) + "\n"


def draw(report: dict, file: Path) -> None:
    try:
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
    except ImportError:
        log("no Matplotlib: the curves are not drawn")
        return
    figure, (blur, others, pairs) = plt.subplots(1, 3, figsize=(15, 4.6))
    for group in DEFECTS:
        axis = blur if group in ("defocus", "motion") else others
        d = report["defects"][group]
        axis.plot(*zip(*d["curve"]), label=f"{group} {d['auc']:.3f}")
        axis.plot([d["false_alarms"]], [d["hits"]], "k+")
    if report.get("clutter"):
        others.plot(*zip(*report["clutter"]["curve"]), label=f"clutter {report['clutter']['auc']:.3f}")
    for axis, title in ((blur, "blur"), (others, "other defects")):
        axis.set(title=f"{title}: ROC (AUC), + shipped threshold", xlabel="false alarms", ylabel="found", xlim=(-0.01, 0.3), ylim=(0, 1.02))
        axis.legend(loc="lower right")
    if report.get("duplicates"):
        d = report["duplicates"]
        bins = [k * 0.01 for k in range(41)]
        pairs.hist(d["distances"]["same"], bins, label="versions of a photo", log=True)
        pairs.hist(d["distances"]["different"], bins, label="different photos", log=True, alpha=0.7)
        pairs.axvline(d["near_distance"], color="k")
        pairs.set(title="duplicates: distances", xlabel="distance")
        pairs.legend()
    figure.tight_layout()
    figure.savefig(file, dpi=110)


def main() -> int:
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--swiftlet", type=Path, default=root / ".build/release/swiftlet")
    parser.add_argument("--home", type=Path, default=root, help="folder with weights/ and configs/")
    parser.add_argument("--shared", type=Path, default=root.parent / "shared")
    parser.add_argument("--sets", type=Path, default=root / "build/quality")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=root / "build/eval-quality")
    parser.add_argument("--require", action="store_true", help="status 1 where a target is missed")
    args = parser.parse_args()
    if not (args.sets / "manifest.csv").is_file():
        log(f"{args.sets}: there is no set, nothing is measured; see tools/data/quality.py")
        return 0
    args.out.mkdir(parents=True, exist_ok=True)
    with open(args.sets / "manifest.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    answers = judge(args.swiftlet, args.home, [args.sets / r["file"] for r in rows], args.threads)
    for row in rows:
        item = answers[str(args.sets / row["file"])]
        row["m"] = measures(item)
        row["rules"] = {f["rule"] for f in item.get("qa", {}).get("findings", [])}
    report = {"defects": measure_defects(rows)}
    strong = report["defects"]["motion"]["strengths"]
    sharp = [r for r in rows if r["group"] == "sharp" and r["part"] == "measure" and r["set"] != "large_renders"]
    low = min(r["m"]["blur"] for r in rows if r["m"]["blur"] is not None)
    blur = lambda rs: [low if r["m"]["blur"] is None else r["m"]["blur"] for r in rs]
    report["motion_from_3"] = auc(blur(sharp), blur([r for r in rows if r["group"] == "motion" and r["part"] == "measure" and float(r["value"]) >= 3])) if strong else None
    report["clutter"] = measure_clutter(args.swiftlet, args.home, args.shared / "data", args.threads)
    report["duplicates"] = measure_duplicates(args.swiftlet, args.sets / "duplicates", args.threads)
    report["targets"] = targets(report)
    (args.out / "report.md").write_text(markdown(report))
    draw(report, args.out / "curves.png")
    (args.out / "values.json").write_text(json.dumps([{**r, "rules": sorted(r["rules"])} for r in rows]) + "\n")
    (args.out / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    print((args.out / "report.md").read_text())
    return 1 if args.require and any(not r["holds"] for r in report["targets"]) else 0


if __name__ == "__main__":
    sys.exit(main())
