#!/usr/bin/env python3
"""Render product photos with exact mattes and labels. See README.md.

render.py set --out DIR --count 100 --seed 1      a training or test set
render.py examples                                 the photos of examples/photos
render.py sheet DIR --out sheet.jpg                a contact sheet of a set
render.py kinds                                    kinds of goods, materials, backgrounds
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
EXAMPLES = HERE.parent.parent / "examples" / "photos"

# The example photos: name, seed and what is fixed; everything else is drawn from the seed.
SHOTS = json.loads((HERE / "examples.json").read_text()) if (HERE / "examples.json").exists() else []


# Backgrounds that hold no other goods: what a scene without its product shows.
EMPTY = ["white", "gray", "coloured", "gradient", "wood", "checkered", "cloth", "brick", "tile", "outdoor"]


def log(*words):
    print(*words, file=sys.stderr, flush=True)


class quiet:
    """Send the renderer's own chatter, written to file descriptor 1, to nowhere."""

    def __enter__(self):
        sys.stdout.flush()
        self.kept, null = os.dup(1), os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.close(null)

    def __exit__(self, *_):
        sys.stdout.flush()
        os.dup2(self.kept, 1)
        os.close(self.kept)


def draw(rng, kinds, fixed):
    """What a scene shows: kind, material class, colour, background. `fixed` overrides."""
    import goods
    import materials
    import scenes

    kind = fixed.get("kind") or str(rng.choice(kinds))
    cls = fixed.get("class") or str(rng.choice(goods.KINDS[kind].classes))
    colour = fixed.get("colour") or str(rng.choice(materials.CLASSES[cls]))
    names = list(scenes.BACKGROUNDS)
    weights = np.array([scenes.BACKGROUNDS[n] for n in names], float)
    background = fixed.get("background") or str(rng.choice(names, p=weights / weights.sum()))
    if background == "white_on_white" and "colour" not in fixed:
        pale = [c for c in ("white", "clear", "silver", "beige") if c in materials.CLASSES[cls]]
        colour = str(rng.choice(pale)) if pale else colour
    return kind, cls, colour, background


def trace(samples, path, matte, crop=None, cut=False):
    """Render the current scene to a float array (height, width, 4), within `crop` if given.

    `matte` is for a glowing product in the dark, `cut` for a lit one without its surroundings."""
    import bpy

    s = bpy.context.scene
    fine = samples >= 64
    s.render.engine = "CYCLES"
    c = s.cycles
    c.samples = samples
    c.use_adaptive_sampling = fine and not matte
    c.adaptive_threshold = 0.02
    c.use_denoising = not matte
    c.denoising_prefilter = "ACCURATE" if fine else "FAST"
    c.use_light_tree = fine
    c.max_bounces = 0 if matte else 12 if fine else 8
    c.diffuse_bounces, c.glossy_bounces = (4, 4) if fine else (2, 2)
    c.transmission_bounces, c.transparent_max_bounces = 8, 6
    c.caustics_reflective = c.caustics_refractive = False
    c.sample_clamp_indirect = 6.0
    c.seed = 1
    s.cycles_curves.shape = "THICK" if fine else "RIBBONS"
    if s.world:
        s.world.cycles.sampling_method, s.world.cycles.sample_map_resolution = "MANUAL", 64
    s.render.film_transparent = matte or cut
    s.render.use_border = crop is not None
    if crop:
        s.render.border_min_x, s.render.border_max_x, s.render.border_min_y, s.render.border_max_y = crop
    s.view_settings.view_transform = "Raw"
    s.render.image_settings.file_format = "OPEN_EXR"
    s.render.image_settings.color_mode = "RGBA"
    s.render.image_settings.color_depth = "32"
    s.render.filepath = str(path)
    with quiet():
        bpy.ops.render.render(write_still=True)
    im = bpy.data.images.load(str(path))
    w, h = im.size
    px = np.empty(w * h * 4, np.float32)
    im.pixels.foreach_get(px)
    bpy.data.images.remove(im)
    os.unlink(path)
    return px.reshape(h, w, 4)[::-1].astype(np.float64)


def scene(seed, kinds, size, samples, defect_share=0.25, fixed=None, matte_samples=16, threads=0, empty=False, foreground=False):
    """Build and render one scene, `empty` without its product. Returns photo, matte (8 bit), the product's own
    colours (None unless `foreground`) and the facts for its JSON."""
    import bpy
    import goods
    import materials
    import photo
    import scenes

    fixed = fixed or {}
    with quiet():
        bpy.ops.wm.read_factory_settings(use_empty=True)
    rng = np.random.default_rng(seed)
    kind, cls, colour, background = draw(rng, kinds, fixed)
    spec = goods.KINDS[kind]
    kit = goods.Kit("product", np.random.default_rng([seed, 1]), cls, colour)
    spec.build(kit)
    elevation = fixed.get("elevation") or float(rng.uniform(*spec.view))
    top = elevation > 50
    if top and background in ("shelf", "gradient", "clutter", "brick"):
        background = (
            str(rng.choice(["wood", "cloth", "white", "checkered", "coloured", "tile"]))
            if "background" not in fixed
            else background
        )
    kit.settle(1.0, yaw=fixed.get("yaw", float(rng.uniform(-spec.yaw, spec.yaw))))

    pool = np.random.default_rng([seed, 2])

    def other():
        for _ in range(20):
            k = str(pool.choice(kinds))
            if k != kind and goods.KINDS[k].view[0] < 30 and goods.KINDS[k].category != "furniture" and k != "furball":
                break
        c = str(pool.choice(goods.KINDS[k].classes))
        o = goods.Kit("other", pool, c, str(pool.choice(materials.CLASSES[c])))
        goods.KINDS[k].build(o)
        return o

    setting = scenes.build(np.random.default_rng([seed, 3]), background, kit, other, top)
    ratio = fixed.get("aspect") or float(rng.choice([1, 1, 1, 4 / 3, 3 / 4, 3 / 2]))
    w, h = (size, round(size / ratio)) if ratio >= 1 else (round(size * ratio), size)
    s = bpy.context.scene
    s.render.resolution_x, s.render.resolution_y, s.render.resolution_percentage = w, h, 100
    if threads:
        s.render.threads_mode, s.render.threads = "FIXED", threads
    camera_rng = np.random.default_rng([seed, 4])
    blur = fixed.get("depth_of_field", float(camera_rng.uniform(0.1, 1.0)) if camera_rng.random() < 0.4 and not top else 0.0)
    fill = fixed.get("fill") or float(camera_rng.uniform(0.5, 0.7 if "distractors" in setting else 0.92))
    camera = scenes.aim(camera_rng, kit, elevation, w, h, fill, blur, fixed.get("offset", 0.05))

    for part in kit.parts:
        part.hide_render = empty
    with tempfile.TemporaryDirectory() as tmp:
        image = trace(samples, Path(tmp) / "photo.exr", False)[..., :3]
        own = {o.name for o in kit.parts}
        for o in s.objects:
            o.is_holdout = o.type == "MESH" and o.name not in own
        product = None
        if foreground:
            # The product in the same light; what surrounds it is black to the camera alone.
            lit = trace(2 * samples, Path(tmp) / "product.exr", False, cut=True)
            product = np.where(lit[..., 3:] > 0.02, lit[..., :3] / np.maximum(lit[..., 3:], 0.02), 0)
        # The matte: the product glows in the dark, all else cuts holes.
        bpy.context.view_layer.material_override = materials.glow()
        for o in s.objects:
            o.hide_render = o.type == "LIGHT" or (empty and o.name in own)
        s.world = None
        alpha = trace(matte_samples, Path(tmp) / "matte.exr", True, camera.pop("crop"))[..., 3]
    alpha = np.where(alpha < 0.004, 0, np.where(alpha > 0.996, 1, alpha))

    defect_rng = np.random.default_rng([seed, 5])
    defects = photo.draw_defects(defect_rng, defect_share)
    defects.update(fixed.get("defects", {}))
    bright = background in ("white", "white_on_white")
    pixels, matte = photo.develop(image, alpha, defect_rng, defects, bright)
    colours = None if product is None else photo.colours(product, photo.expose(image, alpha, bright), defects, bright)
    ys, xs = np.nonzero(matte > 127)
    area = float((matte / 255).mean())
    main = kit.main
    return (
        pixels,
        matte,
        colours,
        {
            "kind": kind,
            "category": spec.category,
            "material": materials.label(cls),
            "colour": colour,
            "colour_hex": main["hex"],
            "colours": main["extra"].split(",") if main["extra"] else [main["hex"]],
            "pattern": main["pattern"],
            "background": background,
            "set": setting,
            "shadows": setting["light"]["shadows"],
            "camera": camera,
            "defects": defects,
            "seed": seed,
            "width": w,
            "height": h,
            "area": round(area, 4),
            "bbox": [int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1] if len(xs) else None,
            "held_out_kind": kind in goods.HELD_OUT,
            "empty": empty,
            "licence": "CC0-1.0",
        },
    )


def write(path, save):
    """Write through a temporary name, so that a reader never meets half a file."""
    part = path.with_name("." + path.name + ".part")
    save(part)
    os.replace(part, path)


def save_scene(out, name, pixels, matte, colours, facts):
    import photo

    if colours is not None:
        write(out / f"{name}_foreground.png", lambda p: Image.fromarray(colours).save(p, "PNG", optimize=True))
    write(out / f"{name}_alpha.png", lambda p: Image.fromarray(matte).save(p, "PNG", optimize=True))
    write(out / f"{name}.jpg", lambda p: photo.save_jpeg(pixels, p, facts["defects"]["jpeg"]))
    # Last: a scene without JSON is not finished and is rendered again.
    write(out / f"{name}.json", lambda p: p.write_text(json.dumps(facts, indent=1) + "\n"))


def command_set(a):
    import goods
    import materials
    import scenes

    out = Path(a.out)
    if a.kinds in ("train", "all", "heldout"):
        if a.edition is not None and not 1 <= a.edition <= goods.EDITION:
            sys.exit(f"render: there is no edition {a.edition}; they are 1 to {goods.EDITION}")
        known = goods.kinds_of(a.edition or goods.EDITION)
        kinds = [k for k in known if a.kinds == "all" or (k in goods.HELD_OUT) == (a.kinds == "heldout")]
    elif a.edition is not None:
        sys.exit("render: --edition is for --kinds all, train and heldout; names stand for themselves")
    else:
        kinds = a.kinds.split(",")
        unknown = [k for k in kinds if k not in goods.KINDS]
        if unknown:
            sys.exit(f"render: unknown kind {', '.join(unknown)}; `render.py kinds` lists them")
    if a.background and a.background not in scenes.BACKGROUNDS:
        sys.exit(f"render: unknown background {a.background}; `render.py kinds` lists them")
    out.mkdir(parents=True, exist_ok=True)
    began, done = time.time(), 0
    for i in range(a.count):
        seed = a.seed * 100000 + i
        name = f"{a.prefix}{seed:07d}"
        if (out / f"{name}.json").exists():
            continue
        if a.until and time.strftime("%H:%M") >= a.until:
            log("render: stopped at", a.until)
            break
        t = time.time()
        # Each kind in turn, so that a set cut short is still even.
        order = np.random.default_rng([a.seed, i // len(kinds)]).permutation(len(kinds))
        fixed = {"kind": kinds[order[i % len(kinds)]]}
        if a.background:
            fixed["background"] = a.background
        if a.any_material:
            fixed["class"] = str(np.random.default_rng([seed, 6]).choice(list(materials.CLASSES)))
        try:
            if a.empty and not a.background:
                fixed["background"] = EMPTY[i % len(EMPTY)]
            pixels, matte, colours, facts = scene(
                seed, kinds, a.size, a.samples, a.defects, fixed, threads=a.threads, empty=a.empty, foreground=a.foreground
            )
        except Exception as e:  # one bad seed must not end a long run
            if a.strict:
                raise
            log(f"render: {name}: {fixed['kind']}: {type(e).__name__}: {e}")
            continue
        if not a.empty and not 0.01 < facts["area"] < 0.9:
            log(f"render: {name}: {facts['kind']} covers {facts['area']:.3f} of the frame, left out")
            continue
        save_scene(out, name, pixels, matte, colours, facts)
        done += 1
        log(
            f"render: {name} {facts['kind']}, {facts['colour']} {facts['material']}, {facts['background']}: "
            f"{time.time() - t:.1f} s, {i + 1}/{a.count}"
        )
    log(f"render: {done} scenes in {time.time() - began:.0f} s, {len(list(out.glob('*.json')))} in {out}")


def command_examples(a):
    import goods
    import photo

    mattes = EXAMPLES.parent / "mattes"  # beside the photos: a batch over their folder takes photos only
    mattes.mkdir(parents=True, exist_ok=True)
    facts_file = EXAMPLES / "examples.json"

    def recorded():
        return {e["name"]: e for e in json.loads(facts_file.read_text())["photos"]} if facts_file.exists() else {}

    for shot in SHOTS:
        name = shot["name"]
        path = EXAMPLES / f"{name}.jpg"
        if a.only and name not in a.only.split(",") or (path.exists() and name in recorded() and not a.force):
            continue
        t = time.time()
        size = a.size or shot["size"]
        pixels, matte, _, facts = scene(
            shot["seed"], goods.kinds_of(1), size, a.samples or shot["samples"], 0.0, shot, 16 if size < 2000 else 8, a.threads
        )
        quality, orientation = facts["defects"]["jpeg"], shot.get("orientation")
        write(path, lambda p: photo.save_jpeg(pixels, p, quality, orientation))
        while path.stat().st_size > 1024 * shot["limit_kib"] and quality > 50:
            quality -= 3
            write(path, lambda p: photo.save_jpeg(pixels, p, quality, orientation))
        facts["defects"]["jpeg"] = quality
        small = Image.fromarray(matte)
        small.thumbnail((1024, 1024), Image.Resampling.LANCZOS)
        write(mattes / f"{name}.png", lambda p: small.save(p, "PNG", optimize=True))
        facts.update(
            name=name, photo=path.name, matte=f"../mattes/{name}.png", exif_orientation=orientation or 1, matte_size=list(small.size)
        )
        known = recorded() | {name: facts}
        listed = {
            "licence": "CC0-1.0",
            "origin": "Rendered by tools/render of this project; no third-party material.",
            "note": "width, height, bbox and mattes speak of the upright picture.",
            "photos": [known[s["name"]] for s in SHOTS if s["name"] in known],
        }
        write(facts_file, lambda p: p.write_text(json.dumps(listed, indent=1) + "\n"))
        log(f"render: {path.name}: {time.time() - t:.0f} s, {path.stat().st_size // 1024} KiB")


def command_sheet(a):
    tiles = []
    for f in sorted(Path(a.dir).glob("*.json"))[a.skip : a.skip + a.count]:
        im = Image.open(f.with_suffix(".jpg")).convert("RGB")
        al = Image.open(f.with_name(f.stem + "_alpha.png"))
        cut = Image.composite(im, Image.new("RGB", im.size, (255, 0, 255)), al)
        pair = Image.new("RGB", (2 * a.tile, a.tile), (40, 40, 40))
        for k, picture in enumerate((im, cut)):
            picture.thumbnail((a.tile, a.tile))
            pair.paste(picture, (k * a.tile, 0))
        tiles.append(pair)
    if not tiles:
        sys.exit(f"render: no scenes in {a.dir}")
    columns = max(1, a.width // (2 * a.tile))
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * 2 * a.tile, rows * a.tile))
    for k, t in enumerate(tiles):
        sheet.paste(t, (k % columns * 2 * a.tile, k // columns * a.tile))
    sheet.save(a.out, quality=88)
    log(f"render: {len(tiles)} scenes in {a.out}")


def command_kinds(a):
    import goods
    import materials
    import scenes

    for name, k in goods.KINDS.items():
        mark = " (held out)" if name in goods.HELD_OUT else ""
        print(f"{name:14} {k.category:12} {', '.join(sorted(set(map(materials.label, k.classes))))}{mark}")
    print("\nbackgrounds:", ", ".join(scenes.BACKGROUNDS))
    print("colours:", ", ".join(materials.COLOURS))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = p.add_subparsers(dest="command", required=True)
    s = sub.add_parser("set", help="render a set of scenes; finished ones are kept")
    s.add_argument("--out", required=True)
    s.add_argument("--count", type=int, default=100)
    s.add_argument("--seed", type=int, default=1, help="a set's scenes have seeds SEED*100000 and on")
    s.add_argument("--size", type=int, default=320, help="long side in pixels")
    s.add_argument("--samples", type=int, default=6, help="rays a pixel, before denoising")
    s.add_argument("--kinds", default="all", help="all, train, heldout, or names with commas between")
    s.add_argument("--edition", type=int, help="of the list of kinds (default: the last); sets of an earlier one have its kinds")
    s.add_argument("--background", help="the same one for every scene")
    s.add_argument("--any-material", action="store_true", help="draw the material from all twelve, whatever the kind is usually made of")
    s.add_argument("--empty", action="store_true", help="leave the product away: grounds only")
    s.add_argument("--foreground", action="store_true", help="write the product's own colours as well; wants --defects 0")
    s.add_argument("--defects", type=float, default=0.25, help="share of photos with a photographic defect")
    s.add_argument("--prefix", default="scene")
    s.add_argument("--threads", type=int, default=0)
    s.add_argument("--until", help="HH:MM: start no scene after this time of day")
    s.add_argument("--strict", action="store_true", help="stop at the first scene that fails")
    s.set_defaults(run=command_set)
    s = sub.add_parser("examples", help="render the photos of examples/photos")
    s.add_argument("--only", help="names with commas between")
    s.add_argument("--force", action="store_true", help="render again what exists")
    s.add_argument("--size", type=int, help="long side, for a quick look")
    s.add_argument("--samples", type=int)
    s.add_argument("--threads", type=int, default=0)
    s.set_defaults(run=command_examples)
    s = sub.add_parser("sheet", help="photo and cut-out on magenta, side by side")
    s.add_argument("dir")
    s.add_argument("--out", default="sheet.jpg")
    s.add_argument("--skip", type=int, default=0)
    s.add_argument("--count", type=int, default=60)
    s.add_argument("--tile", type=int, default=150)
    s.add_argument("--width", type=int, default=1800)
    s.set_defaults(run=command_sheet)
    s = sub.add_parser("kinds", help="list kinds, materials, backgrounds and colours")
    s.set_defaults(run=command_kinds)
    a = p.parse_args()
    a.run(a)


if __name__ == "__main__":
    try:
        main()
    except ImportError as e:
        sys.exit(f"render: {e}; install the packages of {HERE / 'requirements.txt'} for Python 3.11")
    except KeyboardInterrupt:
        sys.exit(130)
