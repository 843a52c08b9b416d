#!/usr/bin/env python3
"""Measures the shipped networks with the engine, U2-Net-p beside them.

    evaluate.py --swiftlet .build/release/swiftlet --heldout build/heldout --out build/eval

HELDOUT is what tools/data/heldout.py wrote. Every figure comes from `swiftlet eval` and
`swiftlet bench`; a set that is absent is left out and said so. OUT gets report.json,
report.md and, with Pillow, gallery/: of each mask set the worst ten, as photo, truth and
cut-out on magenta. Needs nothing but Python otherwise.

Exit status 0 whatever the figures are; `--require` makes a missed target an error.
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path

MASK_SETS = ["ccp", "everyday", "white", "agreement", "renders-new-seeds", "renders-new-kinds", "empty"]
TAG_SETS = ["clothing", "grocery", "caltech101", "trashnet", "renders", "other"]


def log(*words) -> None:
    print("eval-models:", *words, file=sys.stderr, flush=True)


class Engine:
    """The command line, with a folder that keeps its answers."""

    def __init__(self, program: Path, home: Path, threads: int):
        self.program, self.home, self.threads = program, home, threads

    def json(self, *words) -> dict:
        command = [str(self.program), *map(str, words), "--threads", str(self.threads), "--json"]
        if words[0] != "bench":
            command += ["--home", str(self.home)]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(f"eval-models: {' '.join(command)}: status {result.returncode}: {result.stderr.strip()}")
        return json.loads(result.stdout)


def area_under_curve(bad: list[float], good: list[float]) -> float | None:
    """The share of pairs in which the bad photo is the less certain, ties by half."""
    if not bad or not good:
        return None
    return sum((b > g) + 0.5 * (b == g) for b in bad for g in good) / (len(bad) * len(good))


def measure_masks(engine: Engine, heldout: Path, models: dict[str, Path]) -> dict:
    results: dict[str, dict] = {}
    for name in MASK_SETS:
        folder = heldout / "mask" / name
        if not (folder / "images").is_dir():
            log(f"mask set {name}: absent, left out")
            continue
        results[name] = {}
        for label, model in models.items():
            log(f"{label} on {name}")
            answer = engine.json("eval", "segment", "--images", folder / "images", "--masks", folder / "masks", "--model", model, "--photos")
            results[name][label] = answer
    return results


def measure_tags(engine: Engine, heldout: Path, model: Path) -> dict:
    results = {}
    for name in TAG_SETS:
        folder = heldout / "tag" / name
        if not (folder / "labels.csv").is_file():
            log(f"tag set {name}: absent, left out")
            continue
        log(f"tags on {name}")
        results[name] = engine.json("eval", "tag", "--labels", folder / "labels.csv", "--images", folder / "images", "--model", model)
    return results


def targets(masks: dict, tags: dict, speed: dict, auc: float | None, ours: str, teacher: str) -> list[dict]:
    """What the networks should reach, with what they do; a figure that could not be measured is left out."""
    rows: list[dict] = []

    def row(what: str, value, least: float | None = None, most: float | None = None) -> None:
        if value is not None:
            holds = (least is None or value >= least) and (most is None or value <= most)
            rows.append({"what": what, "value": value, "target": f">= {least:g}" if least is not None else f"<= {most:g}", "holds": holds})

    def lead(name: str, key: str):
        both = masks.get(name, {})
        if ours in both and teacher in both:
            return round(both[ours]["metrics"][key] - both[teacher]["metrics"][key], 6)
        return None

    def tag(name: str, head: str, key: str):
        table = tags.get(name, {}).get(head, {})
        return table[key] if table.get("images") else None

    row("ccp: mIoU over U2-Net-p's", lead("ccp", "miou"), least=0.005)
    row("ccp: boundary F over U2-Net-p's", lead("ccp", "boundary_f"), least=0.01)
    row("renders, new kinds: mIoU over U2-Net-p's", lead("renders-new-kinds", "miou"), least=0.05)
    row("renders, new seeds: mIoU over U2-Net-p's", lead("renders-new-seeds", "miou"), least=0.05)
    row("goods on white: fifth percentile of IoU over U2-Net-p's", lead("white", "iou_p5"), least=0.2)
    row("everyday: mIoU over U2-Net-p's", lead("everyday", "miou"), least=-0.03)
    row("time a photo, share of U2-Net-p's", speed.get("ratio"), most=0.1)
    row("uncertainty foretells IoU < 0.9 (AUC, all sets with true masks)", auc, least=0.85)
    if "empty" in masks:
        row("empty scenes reported as such", masks["empty"][ours]["no_foreground"], least=0.95)
    products = [n for n in masks if n != "empty"]
    if products:
        photos = [p for n in products for p in masks[n][ours]["photos"]]
        row("products reported as empty", sum(p["no_foreground"] for p in photos) / len(photos), most=0.01)
    row("clothing: category top-1", tag("clothing", "category", "top1"), least=0.85)
    row("clothing: precision@5", tag("clothing", "category", "precision_at_5"), least=0.90)
    row("grocery: category top-1", tag("grocery", "category", "top1"), least=0.80)
    row("trashnet: material top-1", tag("trashnet", "material", "top1"), least=0.90)
    row("renders: material top-1", tag("renders", "material", "top1"), least=0.85)
    for name, head in (("clothing", "category"), ("grocery", "category"), ("caltech101", "category"), ("trashnet", "material")):
        row(f"{name}: calibration error", tag(name, head, "ece"), most=0.05)
    return rows


def write_markdown(file: Path, report: dict) -> None:
    lines = ["## Masks", "", "| set | network | photos | mIoU | p5 IoU | boundary F | MAE | max F | AUC | no foreground |", "|---|---|---|---|---|---|---|---|---|---|"]
    for name, models in report["masks"].items():
        for label, answer in models.items():
            m, auc = answer["metrics"], answer["metrics"]["uncertainty_auc"]
            if name == "empty":
                lines.append(f"| {name} | {label} | {m['images']} | | | | {m['mae']:.4f} | | | {answer['no_foreground']:.3f} |")
                continue
            lines.append(f"| {name} | {label} | {m['images']} | {m['miou']:.4f} | {m['iou_p5']:.3f} | {m['boundary_f']:.4f} | {m['mae']:.4f} "
                         f"| {m['max_f']:.4f} | {'' if auc is None else f'{auc:.3f}'} | {answer['no_foreground']:.3f} |")
    lines += ["", "## Tags", "", "The network sees the product's box, and the whole photo where no product is found (photos in brackets).", "",
              "| set | head | photos | top-1 | top-5 | precision@5 | mAP | ECE |", "|---|---|---|---|---|---|---|---|"]
    for name, answer in report["tags"].items():
        whole = f" ({answer['without_product']})" if answer["without_product"] else ""
        for head in ("category", "material"):
            t = answer[head]
            if t["images"]:
                lines.append(f"| {name} | {head} | {t['images']}{whole} | {t['top1']:.3f} | {t['top5']:.3f} | {t['precision_at_5']:.3f} | {t['map']:.3f} | {t['ece']:.3f} |")
        if answer["other"]["images"]:
            lines.append("")
            lines.append(f"Abstained on {answer['other']['abstained']} of {answer['other']['images']} photos of `{name}`, of which the network has no class.")
    if report["speed"]:
        times = ", ".join(f"{k} {v:.1f} ms" for k, v in report["speed"].items() if k != "ratio")
        lines += ["", "## Time", "", f"Median of a network's run, {report['threads']} thread(s): {times}; ratio {report['speed'].get('ratio', 0):.3f}."]
    lines += ["", "## Targets", "", "| what | value | target | holds |", "|---|---|---|---|"]
    lines += [f"| {r['what']} | {r['value']:.4f} | {r['target']} | {'yes' if r['holds'] else 'no'} |" for r in report["targets"]]
    file.write_text("\n".join(lines) + "\n")


def write_gallery(engine: Engine, heldout: Path, masks: dict, ours: str, model: Path, out: Path, count: int = 10) -> None:
    try:
        from PIL import Image, ImageDraw
    except ImportError:
        log("no Pillow: the gallery of the worst masks is not drawn")
        return
    side = 200
    out.mkdir(parents=True, exist_ok=True)
    for name, models in masks.items():
        worst = sorted(models[ours]["photos"], key=lambda p: (p["iou"], p["name"]))[:count]
        sheet = Image.new("RGB", (2 * 3 * side, -(-len(worst) // 2) * (side + 14)), "white")
        for i, photo in enumerate(worst):
            folder = heldout / "mask" / name
            picture = Image.open(folder / "images" / photo["name"]).convert("RGB")
            truth = Image.open(folder / "masks" / f"{Path(photo['name']).stem}.png").convert("L").resize(picture.size)
            cut = out / "cut.png"
            command = [str(engine.program), "segment", str(folder / "images" / photo["name"]), "-o", str(cut), "--only-mask", "--model", str(model),
                       "--home", str(engine.home)]
            found = subprocess.run(command, capture_output=True).returncode == 0
            alpha = Image.open(cut).convert("L").resize(picture.size) if found else Image.new("L", picture.size)
            magenta = Image.new("RGB", picture.size, (255, 0, 255))
            left, top = i % 2 * 3 * side, i // 2 * (side + 14)
            for k, tile in enumerate((picture, Image.composite(picture, magenta, truth), Image.composite(picture, magenta, alpha))):
                tile.thumbnail((side - 4, side - 4))
                sheet.paste(tile, (left + k * side, top + 14))
            ImageDraw.Draw(sheet).text((left, top), f"{photo['name'][:52]}  IoU {photo['iou']:.3f}  uncertainty {photo['uncertainty']:.2f}", fill="black")
            cut.unlink(missing_ok=True)
        sheet.save(out / f"{name}.png")


def main() -> int:
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--swiftlet", type=Path, default=root / ".build/release/swiftlet")
    parser.add_argument("--home", type=Path, default=root, help="folder with weights/ and configs/")
    parser.add_argument("--heldout", type=Path, default=root / "build/heldout")
    parser.add_argument("--segment", type=Path, help="in place of HOME/weights/segment-fast.nest")
    parser.add_argument("--tag", type=Path, help="in place of HOME/weights/tag-mobilenet.nest")
    parser.add_argument("--teacher", type=Path, help="u2netp.onnx, to be measured beside it")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=root / "build/eval")
    parser.add_argument("--no-gallery", action="store_true")
    parser.add_argument("--require", action="store_true", help="status 1 where a target is missed")
    args = parser.parse_args()
    if not args.heldout.is_dir():
        log(f"{args.heldout}: there are no held-out photos, nothing is measured; see tools/data/heldout.py")
        return 0
    segment = args.segment or args.home / "weights/segment-fast.nest"
    tagger = args.tag or args.home / "weights/tag-mobilenet.nest"
    args.out.mkdir(parents=True, exist_ok=True)
    engine = Engine(args.swiftlet, args.home, args.threads)
    ours, teacher = "segment-fast", "u2netp"
    models = {ours: segment}
    if args.teacher and args.teacher.is_file():
        nest = args.out / "u2netp.nest"
        command = [str(args.swiftlet), "convert", str(args.teacher), "-o", str(nest), "--metadata", str(args.home / "configs/models/u2netp.yaml")]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        models[teacher] = nest
    else:
        log(f"{args.teacher}: absent, U2-Net-p is not measured")
    masks = measure_masks(engine, args.heldout, models)
    tags = measure_tags(engine, args.heldout, tagger)
    speed = {label: engine.json("bench", model)["median_ms"] for label, model in models.items()}
    if teacher in speed:
        speed["ratio"] = speed[ours] / speed[teacher]
    true = [p for n in masks if n not in ("agreement", "empty") for p in masks[n][ours]["photos"]]
    auc = area_under_curve([p["uncertainty"] for p in true if p["iou"] < 0.9], [p["uncertainty"] for p in true if p["iou"] >= 0.9])
    report = {"masks": masks, "tags": tags, "speed": speed, "threads": args.threads, "uncertainty_auc": auc}
    report["targets"] = targets(masks, tags, speed, auc, ours, teacher)
    (args.out / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    write_markdown(args.out / "report.md", report)
    if not args.no_gallery:
        write_gallery(engine, args.heldout, masks, ours, segment, args.out / "gallery")
    print((args.out / "report.md").read_text())
    missed = [r["what"] for r in report["targets"] if not r["holds"]]
    return 1 if args.require and missed else 0


if __name__ == "__main__":
    sys.exit(main())
