#!/usr/bin/env python3
"""Measures the tagger's colours on renders whose colour is known, and fits its colour model.

    colours.py --renders build/renders/heldout build/renders/unseen        measure
    colours.py --fit build/renders/train                                   write the model of pixels anew
    colours.py --fit-main build/renders/train                              write that of products anew

Measuring runs `swiftlet tag --json`: the program's own mask, its own material. The first of
its colours is compared with the render's `colour`. Renders of glass (`clear`, and any other
colour of it: what stands behind shows) and of `multicolor` are counted on their own, and
those whose kind always has one material apart from the others: the label names the main
material, which on a watch or a keyboard is not most of what one sees. A metal may be named
as metal or by its plain colour (silver or gray). "Background wins" counts answers that are
wrong and are the colour's name that the background alone would get.

Fitting takes every pixel of the product by the exact matte (renders under- or overexposed or with a cast are
left out), and the shades of Sources/SwiftletSkills/Tag/ColorNames.swift under more and less
light, and trains a network of one hidden layer (van de Weijer and others, "Learning color
names for real-world applications", IEEE TIP 2009, for learning names pixel by pixel). It
writes Sources/SwiftletSkills/Tag/ColorModel+Weights.swift.
"""
import argparse
import collections
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TAG = ROOT / "Sources/SwiftletSkills/Tag"
VALUES = "black blue white beige brown gray green orange pink purple red yellow navy".split()
PLAIN = {"silver": "gray", "gold": "yellow", "bronze": "brown", "rose_gold": "pink"}
# Kinds that are made of one material, small parts aside.
ONE_MATERIAL = set("""spoon open_box table cushion basket bucket tshirt trousers dress socks mitten folded roll scarf
teddy rabbit wallet belt mug bowl plate vase sofa""".split())


def log(*words) -> None:
    print("eval-colours:", *words, file=sys.stderr, flush=True)


def truths(folder: Path):
    for file in sorted(folder.glob("*.json")):
        truth = json.loads(file.read_text())
        photo = file.with_suffix(".jpg")
        if truth.get("colour") and truth.get("area", 0) > 0.003 and photo.is_file():
            yield photo, truth


def is_clean(truth: dict) -> bool:
    defects = truth["defects"]
    return defects["exposure"] == 0 and list(defects["cast"]) == [1, 1]


# -- fitting ------------------------------------------------------------------------------------
def lab(rgb):
    import numpy as np

    s = rgb / 255.0
    linear = np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)
    matrix = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])
    x = linear @ matrix.T / np.array([0.95047, 1, 1.08883])
    f = np.where(x > 216 / 24389, np.cbrt(x), (24389 / 27 * x + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def inputs(colours):
    """What the network sees of a colour: as ColorModel.swift."""
    import numpy as np

    l, a, b = colours[:, 0], colours[:, 1], colours[:, 2]
    return np.stack([l / 50, a / 50, b / 50, np.hypot(a, b) / 50, a / (l + 8), b / (l + 8)], 1)


def shades(rng, count: int):
    """The named shades under more and less light, `count` of each value."""
    import numpy as np

    found = []
    for value, text in re.findall(r'\.(\w+),\s*"""(.*?)"""', (TAG / "ColorNames.swift").read_text(), re.S):
        found += [(value, code) for code in re.findall(r"\b[0-9a-f]{6}\b", text)]
    per = collections.Counter(value for value, _ in found)
    colours, names = [], []
    for value, code in found:
        n = count // per[value] + 1
        rgb = np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)], float)
        if value in ("white", "black", "gray"):  # less light would make them another
            coded = rgb + rng.normal(0, 6, (n, 3))
        else:
            s = rgb / 255
            linear = np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)
            linear = np.clip(linear * np.exp(rng.normal(-0.15, 0.35, (n, 1))) * np.exp(rng.normal(0, 0.05, (n, 3))), 0, 1)
            coded = 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
        colours.append(lab(np.clip(coded, 0, 255)))
        names += [VALUES.index(value)] * n
    return np.concatenate(colours), np.array(names)


def fit(folders: list[Path], hidden: int) -> None:
    import numpy as np
    import torch
    from PIL import Image
    from scipy import ndimage

    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    colours, names = [], []
    for folder in folders:
        for photo, truth in truths(folder):
            value = PLAIN.get(truth["colour"], truth["colour"])
            if value not in VALUES or truth["material"] == "glass/clear" or not is_clean(truth):
                continue
            pixels = np.asarray(Image.open(photo).convert("RGB"), float)
            alpha = np.asarray(Image.open(photo.with_name(photo.stem + "_alpha.png")).convert("L"))
            inside = ndimage.binary_erosion(alpha > 230, iterations=2)
            if inside.sum() < 30:
                continue
            own = pixels[inside]
            colours.append(lab(own[rng.integers(0, len(own), 300)]))
            names += [VALUES.index(value)] * 300
    log(f"{len(colours)} renders")
    shade_colours, shade_names = shades(rng, 2000)
    x = inputs(np.concatenate(colours + [shade_colours]))
    y = np.concatenate([names, shade_names]).astype(int)
    weight = np.concatenate([np.ones(len(names)), np.full(len(shade_names), 0.5)])
    counts = np.bincount(y, weight, minlength=len(VALUES))
    weight *= np.sqrt(counts.mean() / counts)[y]
    mean, deviation = x.mean(0), x.std(0)
    t = torch.tensor((x - mean) / deviation, dtype=torch.float32)
    target, weight = torch.tensor(y), torch.tensor(weight, dtype=torch.float32)
    net = torch.nn.Sequential(torch.nn.Linear(6, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, len(VALUES)))
    optimizer = torch.optim.Adam(net.parameters(), 8e-3, weight_decay=1e-3)
    for _ in range(40):
        for batch in torch.randperm(len(t)).split(4096):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(net(t[batch]), target[batch], label_smoothing=0.05, reduction="none")
            (loss * weight[batch]).mean().backward()
            optimizer.step()
    first, second = net[0], net[2]
    w1 = first.weight.detach().numpy() / deviation  # the scaling goes into the first layer
    b1 = first.bias.detach().numpy() - w1 @ mean
    arrays = {"hiddenWeights": w1, "hiddenBiases": b1, "outputWeights": second.weight.detach().numpy(), "outputBiases": second.bias.detach().numpy()}
    write("ColorModel", "--fit", arrays, {})
    right = (net(t).argmax(1) == target).float().mean().item()
    log(f"{right:.3f} of the pixels and shades; wrote {TAG / 'ColorModel+Weights.swift'}")


def write(model: str, option: str, arrays: dict, scalars: dict) -> None:
    """The weights as Swift."""
    import numpy as np

    lines = [f"// Written by tools/eval/colours.py {option}.", f"extension {model} {{"]
    lines += [f"  static let {name}: Float = {value:.4f}" for name, value in scalars.items()]
    for index, (name, values) in enumerate(arrays.items()):
        lines += [""] if index or scalars else []
        lines.append(f"  static let {name}: [Float] = [")
        line = "   "
        for v in (f"{v:.4f}" for v in np.asarray(values).ravel()):
            if len(line) + len(v) + 2 > 100:
                lines.append(line)
                line = "   "
            line += f" {v},"
        lines += [line, "  ]"]
    (TAG / f"{model}+Weights.swift").write_text("\n".join(lines + ["}"]) + "\n")


class MainColour:
    """As MainColor.swift: the votes of the pixels, and a network of one hidden layer on everything."""

    def __init__(self, x, y, hidden: int, decay: float):
        import numpy as np
        from scipy.optimize import minimize

        self.mean, self.deviation, self.hidden = x.mean(0), x.std(0) + 0.05, hidden
        z, votes = (x - self.mean) / self.deviation, np.log(x[:, : len(VALUES)] + 0.02)
        target = 0.95 * np.eye(len(VALUES))[y] + 0.05 / len(VALUES)
        rng = np.random.default_rng(0)
        start = [rng.normal(0, 0.3 / z.shape[1] ** 0.5, hidden * z.shape[1]), np.zeros(hidden), rng.normal(0, 0.1, len(VALUES) * hidden), np.zeros(len(VALUES)), [1.0]]

        def loss(flat):
            w1, b1, w2, b2, vote = self.parts(flat)
            units = np.tanh(z @ w1.T + b1)
            scores = vote * votes + units @ w2.T + b2
            scores -= scores.max(1, keepdims=True)
            shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
            value = -(target * np.log(shares + 1e-12)).sum() / len(y) + decay / 2 * ((w1**2).sum() + (w2**2).sum())
            slope = (shares - target) / len(y)
            below = slope @ w2 * (1 - units**2)
            slopes = [below.T @ z + decay * w1, below.sum(0), slope.T @ units + decay * w2, slope.sum(0), [(slope * votes).sum()]]
            return value, np.concatenate([np.ravel(s) for s in slopes])

        self.flat = minimize(loss, np.concatenate(start), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x

    def parts(self, flat):
        import numpy as np

        sizes = [self.hidden * len(self.mean), self.hidden, len(VALUES) * self.hidden, len(VALUES)]
        w1, b1, w2, b2, vote = np.split(flat, np.cumsum(sizes))
        return w1.reshape(self.hidden, -1), b1, w2.reshape(len(VALUES), -1), b2, vote[0]

    def scores(self, x):
        import numpy as np

        w1, b1, w2, b2, vote = self.parts(self.flat)
        scores = vote * np.log(x[:, : len(VALUES)] + 0.02) + np.tanh((x - self.mean) / self.deviation @ w1.T + b1) @ w2.T + b2
        shares = x[:, : len(VALUES)]
        allowed = shares >= 0.25 * shares.max(1, keepdims=True)
        greys = [VALUES.index(value) for value in ("black", "gray", "white")]
        most = shares.argmax(1)
        voted = allowed.copy()
        allowed[np.ix_(np.isin(most, greys), greys)] = True
        on_light = x[:, len(VALUES) + 9] >= 0.9
        gray, white = VALUES.index("gray"), VALUES.index("white")
        allowed[(most == gray) & on_light & ~voted[:, white], white] = False
        return np.where(allowed, scores, -np.inf)

    def write(self) -> None:
        w1, b1, w2, b2, vote = self.parts(self.flat)
        w1 = w1 / self.deviation  # the scaling goes into the first layer
        arrays = {"hiddenWeights": w1, "hiddenBiases": b1 - w1 @ self.mean, "outputWeights": w2, "outputBiases": b2}
        write("MainColor", "--fit-main", arrays, {"voteWeight": vote})


def fit_main(args) -> None:
    import numpy as np

    rows, names, kinds = [], [], []
    for folder in args.fit_main:
        command = [str(args.swiftlet), "eval", "colors", "--json", "--home", str(args.home), "--images", str(folder)]
        seen = {photo["name"]: photo["features"] for photo in json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)["photos"]}
        for photo, truth in truths(folder):
            value = PLAIN.get(truth["colour"], truth["colour"])
            if value in VALUES and truth["material"] != "glass/clear" and is_clean(truth) and seen.get(photo.name):
                rows.append(seen[photo.name])
                names.append(VALUES.index(value))
                kinds.append(truth["kind"])
    x, y, kinds = np.array(rows), np.array(names), np.array(kinds)
    voted, right = (x[:, : len(VALUES)].argmax(1) == y).mean(), 0
    groups = [sorted(set(kinds))[start::8] for start in range(8)]
    for group in groups:
        out = np.isin(kinds, group)
        right += (MainColour(x[~out], y[~out], args.main_hidden, args.decay).scores(x[out]).argmax(1) == y[out]).sum()
    MainColour(x, y, args.main_hidden, args.decay).write()
    log(f"{len(y)} renders: {voted:.3f} by the votes of the pixels, {right / len(y):.3f} by the model on kinds left out")


# -- measuring ----------------------------------------------------------------------------------
def named(program: Path, home: Path, photos: list[Path]) -> dict:
    text = subprocess.run([str(program), "tag", "--json", "--home", str(home), *map(str, photos)], capture_output=True, text=True).stdout
    return {item["file"]: item for item in json.loads(text)["items"]}


def measure(args) -> dict:
    rows = []
    for folder in args.renders:
        known = list(truths(folder))
        if not known:
            log(f"{folder}: no renders, left out")
            continue
        answers = named(args.swiftlet, args.home, [photo for photo, _ in known])
        for photo, truth in known:
            tags = answers[str(photo)].get("tags") or {}
            colours = [c["value"] for c in tags.get("colors", [])]
            rows.append({
                "file": str(photo), "truth": truth["colour"], "material": truth["material"], "kind": truth["kind"], "clean": is_clean(truth),
                "background": truth.get("set", {}).get("name", ""), "colours": colours, "multicolor": bool(tags.get("multicolor")),
            })
    def right(row) -> bool:
        plain = lambda value: PLAIN.get(value, value)
        if row["truth"] == "multicolor":
            return row["multicolor"]
        return bool(row["colours"]) and plain(row["colours"][0]) == plain(row["truth"])

    def share(part) -> dict:
        return {"renders": len(part), "top1": sum(map(right, part)) / len(part) if part else None,
                "top2": sum(right(r) or any(PLAIN.get(c, c) == PLAIN.get(r["truth"], r["truth"]) for c in r["colours"][:2]) for r in part) / len(part) if part else None}

    glass = [r for r in rows if r["material"] == "glass/clear" or r["truth"] == "clear"]
    multi = [r for r in rows if r["truth"] == "multicolor"]
    solid = [r for r in rows if r not in glass and r not in multi]
    one = [r for r in solid if r["kind"] in ONE_MATERIAL]
    ground_names = {"white": "white", "white_on_white": "white", "gray": "gray"}
    background = sum(not right(r) and r["truth"] != "white" and bool(r["colours"]) and ground_names.get(r["background"]) == "white" and r["colours"][0] == "white" for r in solid)
    missed = collections.Counter((r["truth"], (r["colours"] or ["none"])[0]) for r in solid if not right(r))
    return {
        "one material, clean": share([r for r in one if r["clean"]]), "one material": share(one), "all plain, clean": share([r for r in solid if r["clean"]]),
        "all plain": share(solid), "glass": share(glass), "multicolor": share(multi), "white_background_wins": background,
        "missed": [[*pair, n] for pair, n in missed.most_common(20)], "rows": rows,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--swiftlet", type=Path, default=ROOT / ".build/release/swiftlet")
    parser.add_argument("--home", type=Path, default=ROOT, help="folder with weights/ and configs/")
    parser.add_argument("--renders", type=Path, nargs="+", default=[], help="folders of renders to measure on")
    parser.add_argument("--fit", type=Path, nargs="+", help="folders of renders to fit the model to; nothing is measured")
    parser.add_argument("--hidden", type=int, default=16)
    parser.add_argument("--fit-main", type=Path, nargs="+", help="folders of renders to fit the model of products to; nothing is measured")
    parser.add_argument("--main-hidden", type=int, default=8)
    parser.add_argument("--decay", type=float, default=0.02)
    parser.add_argument("--out", type=Path, default=ROOT / "build/eval-quality")
    args = parser.parse_args()
    if args.fit:
        fit(args.fit, args.hidden)
        return 0
    if args.fit_main:
        fit_main(args)
        return 0
    report = measure(args)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "colours.json").write_text(json.dumps(report, indent=1) + "\n")
    lines = ["| renders | count | top-1 | among the first two |", "|---|---|---|---|"]
    for name in ("one material, clean", "one material", "all plain, clean", "all plain", "glass", "multicolor"):
        part = report[name]
        if part["renders"]:
            lines.append(f"| {name} | {part['renders']} | {part['top1']:.3f} | {part['top2']:.3f} |")
    lines += ["", f"White backgrounds taken for the product: {report['white_background_wins']}.", "", "Missed most (truth, named, times): " + ", ".join(f"{a} as {b} {n}" for a, b, n in report["missed"][:12]) + "."]
    (args.out / "colours.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
