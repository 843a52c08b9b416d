"""Where a product stands: grounds, walls, lights, distractors, camera."""

import math

import bpy
import numpy as np
from mathutils import Matrix, Vector

import materials
from shapes import Builder

# Background names and how often a training set draws each.
BACKGROUNDS = {
    "white": 16,
    "white_on_white": 7,
    "gray": 8,
    "coloured": 12,
    "gradient": 6,
    "wood": 12,
    "checkered": 6,
    "cloth": 7,
    "brick": 5,
    "tile": 5,
    "outdoor": 5,
    "clutter": 14,
    "shelf": 6,
}


def plain(name, hex_colour, rough=0.8):
    n = materials.Nodes(name)
    n.set(Base_Color=materials.linear(hex_colour), Roughness=rough, Specular_IOR_Level=0.2)
    return n.mat


def paint(rng, *names, rough=0.8):
    """A plain material in a shade of one of the named colours."""
    return plain("paint", materials.shade(str(rng.choice(names)), rng), rough)


def stage_mesh(b, mat, depth=2.2, wall=7.0, bend=1.0):
    """A studio sweep: floor, bend and wall in one sheet."""
    profile = [(-7.0, 0.0), (depth - bend, 0.0)]
    profile += [(depth - bend + bend * math.sin(a), bend - bend * math.cos(a)) for a in np.linspace(0, math.pi / 2, 14)[1:]]
    profile += [(depth, wall)]
    rows = [[(x, y, z) for x in (-9.0, 0.0, 9.0)] for y, z in profile]
    return b.grid(rows, mat, closed=False, angle=60)


def floor_and_wall(b, ground, wall, depth):
    b.mesh([(-9, -7, 0), (9, -7, 0), (9, depth, 0), (-9, depth, 0)], [(0, 1, 2, 3)], ground, flat=True)
    b.mesh([(-9, depth, -1), (9, depth, -1), (9, depth, 7), (-9, depth, 7)], [(0, 1, 2, 3)], wall, flat=True)


def planks(rng):
    n = materials.Nodes("planks")
    hue = materials.linear(materials.shade(str(rng.choice(["brown", "brown", "beige", "gray"])), rng))
    v = n.coords(1.0, uv=False, stretch=(0.5, 1, 1), offset=rng.uniform(-9, 9, 3))
    grain = n.noise(n.coords(1.0, uv=False, stretch=(1.2, 14, 1), offset=rng.uniform(-9, 9, 3)), 2.5, 6, 0.6)
    brick = n.add(
        "TexBrick",
        props={"offset": 0.37},
        Vector=v,
        Color1=hue * 0.8,
        Color2=np.minimum(hue * 1.25, 1),
        Mortar=hue * 0.15,
        Scale=1.0,
        Mortar_Size=0.006,
        Brick_Width=1.6,
        Row_Height=float(rng.uniform(0.25, 0.6)),
    )
    n.set(
        Base_Color=n.mix(0.7, brick, n.ramp(grain, [(0.25, (0.35,) * 3), (0.75, (1,) * 3)]), "MULTIPLY"),
        Roughness=float(rng.uniform(0.25, 0.7)),
    )
    n.bump(grain, 0.12, 0.01)
    return n.mat


def bricks(rng, tile=False, vertical=True):
    n = materials.Nodes("bricks")
    v = n.coords(float(rng.uniform(0.7, 1.6)), uv=True)
    name = rng.choice(["white", "beige", "blue", "green", "gray"] if tile else ["red", "brown", "white", "gray", "orange"])
    hue = materials.linear(materials.shade(str(name), rng))
    brick = n.add(
        "TexBrick",
        props={"offset": 0.0 if tile and rng.random() < 0.5 else 0.5},
        Vector=v,
        Color1=hue * 0.85,
        Color2=hue,
        Mortar=(0.55, 0.53, 0.5) if not tile or rng.random() < 0.7 else hue * 0.3,
        Scale=2.0,
        Mortar_Size=0.02,
        Brick_Width=0.5 if not tile else float(rng.choice([0.4, 0.25])),
        Row_Height=0.25,
    )
    rough = n.noise(n.coords(uv=False), 14, 5)
    n.set(
        Base_Color=brick if tile else n.mix(n.math("MULTIPLY", rough, 0.6), brick, tuple(hue * 0.4)),
        Roughness=0.15 if tile else 0.9,
    )
    n.bump(n.add("SeparateColor", Color=brick), 0.4, 0.01)
    return n.mat


def check_cloth(rng):
    n = materials.Nodes("check")
    a, b = (
        materials.linear(materials.shade(str(c), rng))
        for c in (rng.choice(["red", "blue", "green", "black", "yellow", "pink"]), "white")
    )
    v = n.coords(float(rng.uniform(1.5, 5)), rot=float(rng.uniform(-0.5, 0.5)))
    if rng.random() < 0.5:
        n.set(Base_Color=n.add("TexChecker", Vector=v, Scale=1.0, Color1=a, Color2=b))
    else:  # gingham: two crossing sets of half-dense stripes
        xyz = n.add("SeparateXYZ", Vector=v)
        y = xyz.node.outputs[1]
        bars = [n.math("GREATER_THAN", n.math("FRACT", n.math("ADD", s, 50)), 0.5) for s in (xyz, y)]
        n.set(Base_Color=n.mix(n.math("MULTIPLY", n.math("ADD", *bars), 0.5), b, a))
    n.set(Roughness=0.9)
    return n.mat


def rough_ground(rng):
    n = materials.Nodes("ground")
    hue = materials.linear(materials.shade(str(rng.choice(["gray", "green", "beige", "brown", "gray"])), rng))
    noise = n.noise(n.coords(uv=False), float(rng.uniform(1.5, 8)), 10, 0.7)
    n.set(Base_Color=n.ramp(noise, [(0.3, hue * 0.4), (0.7, np.minimum(hue * 1.3, 1))]), Roughness=0.9)
    n.bump(noise, 0.6, 0.04)
    return n.mat


def set_world(rng, top, bottom, strength, seen=None, sky=False):
    """A vertical gradient, or a cloudy sky; `seen` is what the camera gets instead."""
    world = bpy.data.worlds.new("world")
    bpy.context.scene.world = world
    t = world.node_tree
    bg = t.nodes["Background"]
    bg.inputs["Strength"].default_value = strength
    coord, sep, ramp = (t.nodes.new("ShaderNode" + k) for k in ("TexCoord", "SeparateXYZ", "ValToRGB"))
    half = t.nodes.new("ShaderNodeMath")
    half.operation = "MULTIPLY_ADD"
    half.inputs[1].default_value = half.inputs[2].default_value = 0.5
    t.links.new(coord.outputs["Generated"], sep.inputs[0])
    t.links.new(sep.outputs["Z"], half.inputs[0])
    t.links.new(half.outputs[0], ramp.inputs[0])
    ramp.color_ramp.elements[0].color, ramp.color_ramp.elements[1].color = (*bottom, 1), (*top, 1)
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.35, 0.75
    out = ramp.outputs[0]
    if sky:
        noise, mix = t.nodes.new("ShaderNodeTexNoise"), t.nodes.new("ShaderNodeMix")
        noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value = 3, 6
        mix.data_type, mix.blend_type = "RGBA", "OVERLAY"
        mix.inputs[0].default_value = 0.7
        t.links.new(coord.outputs["Generated"], noise.inputs["Vector"])
        t.links.new(out, mix.inputs[6])
        t.links.new(noise.outputs["Fac"], mix.inputs[7])
        out = mix.outputs[2]
    t.links.new(out, bg.inputs["Color"])
    if seen is not None:
        path, flat, pick = (t.nodes.new("ShaderNode" + k) for k in ("LightPath", "Background", "MixShader"))
        ramp2, win = t.nodes.new("ShaderNodeValToRGB"), t.nodes.new("ShaderNodeSeparateXYZ")
        ramp2.color_ramp.elements[0].color, ramp2.color_ramp.elements[1].color = (*seen[0], 1), (*seen[1], 1)
        t.links.new(coord.outputs["Window"], win.inputs[0])
        t.links.new(win.outputs["Y"], ramp2.inputs[0])
        t.links.new(ramp2.outputs[0], flat.inputs["Color"])
        t.links.new(path.outputs["Is Camera Ray"], pick.inputs[0])
        t.links.new(bg.outputs[0], pick.inputs[1])
        t.links.new(flat.outputs[0], pick.inputs[2])
        t.links.new(pick.outputs[0], t.nodes["World Output"].inputs["Surface"])


def area(at, target, power, size, colour=(1, 1, 1)):
    data = bpy.data.lights.new("area", "AREA")
    data.energy, data.size, data.color = power, size, colour
    data.shape = "DISK"
    obj = bpy.data.objects.new("area", data)
    obj.location = at
    obj.rotation_euler = (Vector(target) - Vector(at)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.collection.objects.link(obj)


def kelvin(k):
    """Rough linear RGB of a light of colour temperature `k`, white near 5500."""
    d = (k - 5500) / 4500
    return (1 - 0.35 * max(d, 0), 1 - 0.12 * abs(d), 1 + 0.5 * min(d, 0))


def light(rng, style):
    """Lights for a product of size one at the origin. Returns their description."""
    u = rng.uniform
    warm = kelvin(u(4300, 7200))
    side = float(rng.choice([-1, 1]))
    if style == "softbox":
        area((side * u(1.2, 2.6), -u(1.5, 2.8), u(1.8, 3.4)), (0, 0, 0.4), 160, u(1.0, 2.6), warm)
        area((-side * u(1.6, 2.8), -u(0.5, 2.2), u(1, 2.5)), (0, 0, 0.4), u(30, 110), u(1, 2.5))
        area((0, 1.0, 3.2), (0, 0, 0.5), u(20, 120), 1.2)
    elif style == "window":
        area((side * u(2.2, 3.2), -u(-0.3, 1.5), u(1.2, 2.6)), (0, 0, 0.4), 260, u(1.4, 2.2), kelvin(u(5200, 7500)))
    elif style == "sun":
        data = bpy.data.lights.new("sun", "SUN")
        data.energy, data.angle, data.color = u(3, 6), math.radians(u(0.5, 4)), kelvin(u(4300, 5800))
        obj = bpy.data.objects.new("sun", data)
        obj.rotation_euler = (u(0.35, 1.0), 0, side * u(0.2, 1.4))
        bpy.context.scene.collection.objects.link(obj)
    elif style == "lamp":
        area((side * u(0.8, 2), -u(0.5, 2), u(1.4, 2.4)), (0, 0, 0.3), 110, u(0.12, 0.4), kelvin(u(3300, 4800)))
    elif style == "flash":
        area((side * 0.12, -3.2, 1.2), (0, 0, 0.4), 220, 0.15)
    else:  # overhead: a light tent
        area((0, -0.3, 3.6), (0, 0, 0), 210, 3.6)
        area((side * 2.5, -2.2, 1.4), (0, 0, 0.4), u(50, 150), 1.8)
    return {"style": style, "shadows": {"sun": "hard", "lamp": "hard", "flash": "hard", "window": "medium"}.get(style, "soft")}


def distractors(kits, rng):
    """Stand other goods behind and beside the product, smaller and not in front of it."""
    for i, kit in enumerate(kits):
        side = (-1) ** i
        if rng.random() < 0.7:
            y = rng.uniform(0.8, 1.9)
            x = side * rng.uniform(0.15, 0.75) * (1 + 0.35 * y)
        else:
            x, y = side * rng.uniform(0.8, 1.1), rng.uniform(-0.1, 0.6)
        kit.settle(float(rng.uniform(0.35, 0.85)), (x, y), float(rng.uniform(-3, 3)))


def build(rng, name, product, others, top_view):
    """Set and lights of background `name`. `others()` makes a distractor. Returns its description."""
    b = Builder("set", rng)
    u = lambda lo, hi: float(rng.uniform(lo, hi))
    style = str(
        rng.choice(["softbox", "softbox", "window", "overhead", "lamp", "sun", "flash"], p=[0.28, 0.12, 0.2, 0.16, 0.1, 0.09, 0.05])
    )
    strength, info = u(0.25, 0.7), {"name": name}
    sky, seen = False, None
    top, bottom = (1, 1, 1), (0.75, 0.74, 0.72)
    if name in ("white", "white_on_white"):
        style = str(rng.choice(["softbox", "overhead", "window", "softbox"]))
        strength = u(0.7, 1.4)
        stage_mesh(b, plain("white", "#fbfbfb"), depth=u(1.2, 2.4))
    elif name == "gray":
        stage_mesh(b, plain("gray", materials.shade("gray", rng)), depth=u(1.4, 3))
    elif name == "coloured":
        c = str(rng.choice(["blue", "beige", "green", "orange", "pink", "purple", "red", "yellow", "navy", "black"]))
        hexa = materials.shade(c, rng)
        if rng.random() < 0.5:  # pastel
            hexa = "#%02x%02x%02x" % tuple((int(hexa[i : i + 2], 16) + 510) // 3 for i in (1, 3, 5))
        ground = plain("coloured", hexa, u(0.4, 0.9))
        if rng.random() < 0.3:
            floor_and_wall(b, ground, paint(rng, "beige", "white", "pink", "blue"), u(1, 2.5))
        else:
            stage_mesh(b, ground, depth=u(1.2, 3))
        info["colour"] = c
    elif name == "gradient":
        a, c = (
            materials.linear(materials.shade(str(x), rng))
            for x in rng.choice(["white", "gray", "blue", "beige", "pink", "black", "green"], 2)
        )
        seen = (a, c)
    elif name in ("wood", "checkered", "cloth", "outdoor"):
        if name == "wood":
            ground = planks(rng)
        elif name == "checkered":
            ground = check_cloth(rng)
        elif name == "outdoor":
            ground, sky, style, strength = rough_ground(rng), True, str(rng.choice(["sun", "sun", "softbox"])), u(0.6, 1)
            top, bottom = (0.35, 0.55, 0.95), (0.5, 0.5, 0.42)
        else:
            ground = materials.make(
                str(rng.choice(["woven", "knit", "woven", "plush", "denim"])),
                str(rng.choice(["white", "beige", "gray", "blue", "pink", "multicolor", "navy", "green"])),
                rng,
            )
        depth = u(1.2, 4)
        wall = paint(rng, "white", "beige", "gray", "blue", "green")
        if name == "outdoor":
            b.mesh([(-40, -8, 0), (40, -8, 0), (40, 60, 0), (-40, 60, 0)], [(0, 1, 2, 3)], ground, flat=True)
        elif name == "cloth":
            t = np.linspace(-1, 1, 160)
            x, y = np.meshgrid(t * 6, t * 6)
            folds = sum(
                u(0.004, 0.03) * np.sin(x * u(-3, 3) + y * u(-3, 3) + u(0, 6) + np.sin(x * u(-1.5, 1.5) + y * u(-1.5, 1.5)))
                for _ in range(6)
            )
            folds *= np.clip((np.hypot(x, y) - 0.35) * 1.5, 0.08, 1)
            b.grid(np.stack([x, y, folds - folds[80, 80] - 0.01], 2), ground, closed=False, angle=90)
            b.mesh([(-9, 5.5, -1), (9, 5.5, -1), (9, 5.5, 7), (-9, 5.5, 7)], [(0, 1, 2, 3)], wall, flat=True)
        else:
            floor_and_wall(b, ground, wall, depth)
    elif name in ("brick", "tile"):
        ground = planks(rng) if rng.random() < 0.6 else paint(rng, "gray", "white", "beige", rough=0.5)
        floor_and_wall(b, ground if not top_view else bricks(rng, name == "tile"), bricks(rng, name == "tile"), u(0.8, 2.2))
    elif name == "clutter":
        ground = (
            planks(rng)
            if rng.random() < 0.6
            else materials.make(
                str(rng.choice(["woven", "ceramic", "paper"])), str(rng.choice(["white", "beige", "gray", "brown"])), rng
            )
        )
        wall = [paint(rng, "white", "beige", "gray", "green", "blue"), bricks(rng), bricks(rng, True)][int(rng.integers(3))]
        floor_and_wall(b, ground, wall, u(2.2, 4))
        info["distractors"] = int(rng.integers(3, 8))
        kits = [others() for _ in range(info["distractors"])]
        distractors(kits, rng)
    else:  # shelf
        board = (
            materials.make("wood", str(rng.choice(["brown", "beige", "black"])), rng)
            if rng.random() < 0.7
            else plain("board", "#e8e8e4", 0.4)
        )
        back = board if rng.random() < 0.4 else paint(rng, "white", "beige", "gray", "navy", "green")
        depth = u(0.75, 1.1)
        for z in (-1.7, -0.03, u(1.25, 1.6)):
            b.box((8, depth + 1.2, 0.06), board, at=(0, depth - (depth + 1.2) / 2, z), bevel=0.008)
        b.mesh([(-6, depth, -3), (6, depth, -3), (6, depth, 5), (-6, depth, 5)], [(0, 1, 2, 3)], back, flat=True)
        info["distractors"] = int(rng.integers(2, 6))
        side = 1
        edge = {1: u(0.75, 1.0), -1: u(0.75, 1.0)}
        for _ in range(info["distractors"]):
            kit = others()
            kit.settle(u(0.45, 0.85), (side * edge[side], u(-0.1, 0.35)), u(-0.5, 0.5))
            edge[side] += u(0.6, 0.9)
            side = -side
        style, strength = str(rng.choice(["softbox", "window", "flash"])), u(0.6, 1.0)
    set_world(rng, np.array(top) * u(0.8, 1), np.array(bottom) * u(0.5, 1), strength, seen, sky)
    info["light"] = light(rng, style)
    info["world_strength"] = round(strength, 3)
    return info


def aim(rng, product, elevation, width, height, fill, blur=0.0, offset=0.06):
    """A camera that shows the product at `fill` of the frame. Returns its description."""
    scene = bpy.context.scene
    data = bpy.data.cameras.new("camera")
    cam = bpy.data.objects.new("camera", data)
    scene.collection.objects.link(cam)
    scene.camera = cam
    data.lens = float(rng.choice([35, 50, 50, 70, 85, 100]))
    data.sensor_width, data.sensor_fit = 36.0, "AUTO"
    points = product.points()
    if len(points) > 4000:
        points = points[rng.choice(len(points), 4000, replace=False)]
    centre = (points.min(0) + points.max(0)) / 2
    e, a = math.radians(elevation), float(rng.uniform(-0.3, 0.3))
    direction = np.array([math.sin(a) * math.cos(e), -math.cos(a) * math.cos(e), math.sin(e)])
    roll = float(rng.normal(0, 0.02))
    back = Vector(direction)
    turn = back.to_track_quat("Z", "Y").to_matrix()
    if elevation > 80:  # looking down: the quaternion's up is arbitrary, make it +y
        right = Vector((0, 1, 0)).cross(back).normalized()
        turn.col[0], turn.col[1], turn.col[2] = right, back.cross(right), back
    turn = turn @ Matrix.Rotation(roll, 3, "Z")
    local = (points - centre) @ np.array(turn)
    f = data.lens / data.sensor_width
    w, h = (1, height / width) if width >= height else (width / height, 1)

    def extent(d):
        s = f / (d - local[:, 2])
        return local[:, 0] * s, local[:, 1] * s

    lo, hi = local[:, 2].max() + 0.05, 60.0
    for _ in range(40):
        mid = (lo + hi) / 2
        x, y = extent(mid)
        if max(np.ptp(x) / w, np.ptp(y) / h) > fill:
            lo = mid
        else:
            hi = mid
    x, y = extent(hi)
    room = [max(0.0, (s - np.ptp(v)) / 2 - 0.02) for s, v in ((w, x), (h, y))]
    dx, dy = (float(np.clip(rng.normal(0, offset), -r, r)) for r in room)
    data.shift_x, data.shift_y = (x.min() + x.max()) / 2 - dx, (y.min() + y.max()) / 2 - dy
    left, low = x.min() - data.shift_x + w / 2, y.min() - data.shift_y + h / 2
    crop = [
        float(np.clip(v, 0, 1))
        for v in ((left - 0.06) / w, (left + np.ptp(x) + 0.06) / w, (low - 0.06) / h, (low + np.ptp(y) + 0.06) / h)
    ]
    cam.matrix_world = Matrix.Translation(Vector(centre) + back * hi) @ turn.to_4x4()
    if blur:
        data.dof.use_dof = True
        data.dof.focus_distance = hi - float(local[:, 2].max()) * 0.5
        data.dof.aperture_fstop = data.lens / 1000 * 10 / blur / 2  # product units stand for decimetres
    return {
        "lens_mm": data.lens,
        "elevation_deg": round(elevation, 1),
        "azimuth_deg": round(math.degrees(a), 1),
        "roll_deg": round(math.degrees(roll), 2),
        "distance": round(hi, 3),
        "fill": round(fill, 3),
        "depth_of_field": round(blur, 3),
        "crop": crop,
    }
