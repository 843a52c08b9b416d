"""Procedural materials in twelve visual classes, and the named colours they come in."""

import colorsys

import bpy
import numpy as np

# Several shades a name: a label must not stand for one pixel value.
COLOURS = {
    "black": ["#0b0b0c", "#141414", "#1c1b1d", "#101418"],
    "blue": ["#1f5fc4", "#2f7fd6", "#3a6ea5", "#6fa8dc", "#1e4f9e"],
    "white": ["#f4f4f2", "#ffffff", "#efeeea", "#f8f6f0"],
    "gold": ["#d4a437", "#c9962f", "#e0b553"],
    "silver": ["#c9cbce", "#b8bcc0", "#d8d9db"],
    "beige": ["#d9c5a0", "#e3d4b8", "#cdb891", "#e8dcc6"],
    "brown": ["#6b4226", "#7d5130", "#4e3020", "#8a5a35", "#5b3a24"],
    "gray": ["#7f8285", "#5d6063", "#9a9c9e", "#6e6e6e", "#48494b"],
    "green": ["#2f7d3b", "#4c9a52", "#6b8e4e", "#1f5c3a", "#88b06a"],
    "orange": ["#e8761a", "#f08a2c", "#d9622b", "#ee9a4d"],
    "pink": ["#e88fb0", "#f2b6c6", "#d95f8f", "#f4c9d4"],
    "purple": ["#6a3d9a", "#8456b8", "#9b72c4", "#532b7a"],
    "red": ["#c21f26", "#a5191f", "#d8352e", "#8f1d2c"],
    "yellow": ["#f0c419", "#f6d743", "#e7b90f", "#f7e27d"],
    "navy": ["#14213d", "#1b2a4e", "#101c3a"],
    "rose_gold": ["#c98a78", "#d49a88", "#b97a6a"],
    "clear": ["#f7fbfa", "#ffffff", "#f2f8f8"],
    "bronze": ["#8c5a2b", "#7a4f2a", "#9a6a38"],
    "multicolor": ["#b0463c"],
}

_MANY = ["black", "blue", "white", "beige", "brown", "gray", "green", "orange", "pink", "purple", "red", "yellow", "navy"]

# The colours each class may take.
CLASSES = {
    "metal-silver": ["silver", "silver", "silver", "gray", "black"],
    "metal-gold": ["gold", "gold", "rose_gold", "bronze"],
    "wood": ["brown", "brown", "beige", "beige", "black"],
    "glass": ["clear", "clear", "clear", "green", "brown", "blue", "pink"],
    "ceramic": ["white", "white", "multicolor"] + _MANY,
    "leather-like": ["black", "black", "brown", "brown", "beige", "red", "navy", "white", "green", "pink"],
    "denim": ["blue", "navy", "black", "gray", "blue"],
    "knit": _MANY + ["multicolor"],
    "woven": _MANY + ["multicolor", "multicolor"],
    "plush": ["brown", "beige", "white", "gray", "pink", "blue", "yellow", "black", "purple", "green", "orange"],
    "plastic": _MANY + ["multicolor", "white", "black"],
    "paper": ["beige", "brown", "white", "multicolor"] + _MANY,
}
LABELS = {
    "knit": "knit/wool",
    "woven": "woven fabric",
    "plush": "plush/fur",
    "plastic": "plastic/rubber",
    "paper": "paper/card",
    "glass": "glass/clear",
    "ceramic": "ceramic/stone",
}


def label(cls):
    """The class name as the tagger knows it."""
    return LABELS.get(cls, cls)


def linear(hex_colour):
    """`#rrggbb` to linear RGB."""
    s = np.array([int(hex_colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)


def shade(name, rng):
    """A shade of the named colour, as `#rrggbb`, moved a little from the listed ones."""
    base = COLOURS[name][int(rng.integers(len(COLOURS[name])))]
    h, l, s = colorsys.rgb_to_hls(*(int(base[i : i + 2], 16) / 255 for i in (1, 3, 5)))
    h, l, s = h + rng.uniform(-0.008, 0.008), l + rng.uniform(-0.02, 0.02), s * rng.uniform(0.9, 1.08)
    rgb = colorsys.hls_to_rgb(h % 1, min(max(l, 0.03), 1), min(s, 1))
    return "#%02x%02x%02x" % tuple(round(255 * c) for c in rgb)


class Nodes:
    """A material under construction."""

    def __init__(self, name):
        self.mat = bpy.data.materials.new(name)
        self.tree = self.mat.node_tree
        self.bsdf = self.tree.nodes["Principled BSDF"]

    def add(self, kind, out=0, props=None, **inputs):
        """A node; inputs by name with `_` for a space; a socket as value makes a link."""
        node = self.tree.nodes.new("ShaderNode" + kind)
        for k, v in (props or {}).items():
            setattr(node, k, v)
        for k, v in inputs.items():
            key = int(k[1:]) if k[0] == "i" and k[1:].isdigit() else k.replace("_", " ")
            self.put(node.inputs[key], v)
        return node.outputs[out]

    def put(self, socket, v):
        if isinstance(v, bpy.types.NodeSocket):
            self.tree.links.new(v, socket)
        elif socket.type == "RGBA" and len(v) == 3:
            socket.default_value = (*map(float, v), 1)
        else:
            socket.default_value = v

    def set(self, **inputs):
        for k, v in inputs.items():
            self.put(self.bsdf.inputs[k.replace("_", " ")], v)
        return self

    def coords(self, scale=1.0, uv=True, rot=0.0, stretch=(1, 1, 1), offset=(0, 0, 0)):
        source = self.add("TexCoord", out="UV" if uv else "Object")
        return self.add(
            "Mapping",
            Vector=source,
            Location=tuple(map(float, offset)),
            Rotation=(0, 0, rot),
            Scale=tuple(scale * s for s in stretch),
        )

    def noise(self, vector, scale=5.0, detail=3.0, rough=0.5):
        return self.add("TexNoise", Vector=vector, Scale=scale, Detail=detail, Roughness=rough)

    def wave(self, vector, scale, direction="X", profile="SIN", distortion=0.0):
        return self.add(
            "TexWave",
            out="Fac",
            props={"bands_direction": direction, "wave_profile": profile},
            Vector=vector,
            Scale=scale,
            Distortion=distortion,
        )

    def math(self, op, a, b=0.0):
        node = self.tree.nodes.new("ShaderNodeMath")
        node.operation = op
        self.put(node.inputs[0], a)
        self.put(node.inputs[1], b)
        return node.outputs[0]

    def mix(self, fac, a, b, blend="MIX"):
        node = self.tree.nodes.new("ShaderNodeMix")
        node.data_type, node.blend_type = "RGBA", blend
        self.put(node.inputs[0], fac)
        self.put(node.inputs[6], a if isinstance(a, bpy.types.NodeSocket) else (*a, 1))
        self.put(node.inputs[7], b if isinstance(b, bpy.types.NodeSocket) else (*b, 1))
        return node.outputs[2]

    def shaded(self, colour, light):
        """A colour times a grey value."""
        return self.mix(1.0, colour, self.add("CombineColor", Red=light, Green=light, Blue=light), "MULTIPLY")

    def ramp(self, fac, stops, constant=False):
        node = self.tree.nodes.new("ShaderNodeValToRGB")
        ramp = node.color_ramp
        ramp.interpolation = "CONSTANT" if constant else "LINEAR"
        while len(ramp.elements) < len(stops):
            ramp.elements.new(0.5)
        for e, (pos, c) in zip(ramp.elements, stops):
            e.position, e.color = pos, (*c, 1)
        self.put(node.inputs[0], fac)
        return node.outputs[0]

    def bump(self, height, strength=0.3, distance=0.01):
        self.set(Normal=self.add("Bump", Height=height, Strength=strength, Distance=distance))


def pattern(n, rng, colours, kind=None):
    """A colour socket with a striped, checkered or dotted pattern of `colours` (linear RGB)."""
    kind = kind or rng.choice(["striped", "striped", "checkered", "random", "dots"])
    rot = float(rng.choice([0, 0, np.pi / 2, np.pi / 4]))
    scale = float(rng.uniform(4, 12))
    v = n.coords(scale, rot=rot)
    if kind == "checkered":
        out = n.add("TexChecker", Vector=v, Scale=1.0, Color1=colours[0], Color2=colours[1])
        third = n.math("GREATER_THAN", n.wave(v, 0.31), 0.85)
        return kind, n.mix(third, out, colours[2 % len(colours)])
    if kind == "dots":
        d = n.add("TexVoronoi", Vector=v, Scale=1.0, Randomness=0.0)
        dot = n.math("LESS_THAN", d, float(rng.uniform(0.22, 0.36)))
        return kind, n.mix(dot, colours[0], colours[1])
    if kind == "random":
        cell = n.add("TexVoronoi", out="Color", Vector=v, Scale=0.7)
        fac = n.add("SeparateColor", Color=cell)
    else:
        fac = n.math("FRACT", n.add("SeparateXYZ", Vector=n.coords(scale / 4, rot=rot)))
    steps = [(i / len(colours), c) for i, c in enumerate(colours)]
    return kind, n.ramp(fac, steps, constant=True)


def make(cls, colour, rng, hex_colour=None):
    """A material of class `cls` in the named colour. Custom properties hold class, colour, hex, pattern."""
    n = Nodes(f"{cls} {colour}")
    hex_colour = hex_colour or shade(colour, rng)
    base, look = linear(hex_colour), "solid"
    extra = []
    if colour == "multicolor":
        names = list(rng.choice(_MANY, int(rng.integers(3, 6)), replace=False))
        extra = [shade(c, rng) for c in names]
        look, base = pattern(n, rng, [linear(h) for h in extra] * (1 if len(extra) > 3 else 2))
        hex_colour = extra[0]
    elif cls in ("woven", "knit", "ceramic", "paper", "plastic") and rng.random() < 0.12:
        other = linear(shade(str(rng.choice(["white", "black", "beige", "gray"])), rng))
        look, base = pattern(n, rng, [base, 0.55 * base + 0.45 * other], rng.choice(["striped", "dots", "checkered"]))
    MAKERS[cls](n, base, colour, rng)
    n.mat["cls"], n.mat["colour"], n.mat["hex"], n.mat["pattern"] = cls, colour, hex_colour, str(look)
    n.mat["extra"] = ",".join(extra)
    return n.mat


# -- the classes: each takes a linear RGB triple or a colour socket ---------------------------
def _metal(n, base, colour, rng):
    finish = rng.choice(["polished", "brushed", "satin", "hammered"], p=[0.3, 0.3, 0.25, 0.15])
    n.set(Base_Color=base, Metallic=1.0, Roughness=float(rng.uniform(0.05, 0.16)))
    if colour == "black":
        n.set(Roughness=float(rng.uniform(0.18, 0.27)), Base_Color=tuple(np.asarray(base) + 0.04))
    if finish == "brushed":
        grain = n.noise(n.coords(1, stretch=(4, 260, 1)), 3, 4)
        n.set(Roughness=n.add("MapRange", Value=grain, To_Min=0.18, To_Max=0.5))
        n.bump(grain, 0.12, 0.004)
    elif finish == "satin":
        n.set(Roughness=float(rng.uniform(0.25, 0.4)))
    elif finish == "hammered":
        n.bump(n.add("TexVoronoi", props={"feature": "SMOOTH_F1"}, Vector=n.coords(uv=False), Scale=14.0), 0.5, 0.02)


def _wood(n, base, colour, rng):
    v = n.coords(1.0, uv=False, stretch=tuple(rng.permutation([1.0, 7.0, 7.0])), offset=rng.uniform(-9, 9, 3))
    warp = n.noise(v, 1.2, 3)
    rings = n.math("FRACT", n.math("MULTIPLY", warp, float(rng.uniform(6, 14))))
    fibre = n.noise(n.coords(1, uv=False, stretch=(8, 60, 60)), 2, 5, 0.65)
    fac = n.math("ADD", n.math("MULTIPLY", rings, 0.5), n.math("MULTIPLY", fibre, 0.5))
    b = np.asarray(base)
    n.set(
        Base_Color=n.ramp(fac, [(0.2, b * 0.42), (0.5, b), (0.85, np.minimum(b * 1.45, 1))]), Roughness=float(rng.uniform(0.3, 0.6))
    )
    if rng.random() < 0.35:
        n.set(Coat_Weight=0.6, Coat_Roughness=0.12)
    if colour == "black":
        # A stain, not a lacquer: what it reflects must not outshine what it is.
        n.set(Coat_Weight=0.0, Roughness=float(rng.uniform(0.5, 0.7)), Specular_IOR_Level=0.2)
    n.bump(fac, 0.15, 0.004)


def _glass(n, base, colour, rng):
    tint = base if colour == "clear" else tuple(np.asarray(base) ** 0.28)  # several walls in a row
    n.set(Base_Color=tint, Transmission_Weight=1.0, IOR=1.46, Roughness=float(rng.choice([0.0, 0.0, 0.0, 0.25])))
    # Light passes straight through to what stands inside and behind: caustics are too dear.
    path = n.add("LightPath", out="Is Shadow Ray")
    through = n.math("MAXIMUM", path, path.node.outputs["Is Diffuse Ray"])
    clear = n.add("BsdfTransparent", Color=np.minimum(np.asarray(tint) * 0.95, 1))
    n.tree.links.new(
        n.add("MixShader", i0=through, i1=n.bsdf.outputs[0], i2=clear), n.tree.nodes["Material Output"].inputs["Surface"]
    )


def _ceramic(n, base, colour, rng):
    finish = rng.choice(["gloss", "matte", "speckled", "stone"], p=[0.45, 0.25, 0.2, 0.1])
    n.set(Base_Color=base, Roughness=0.12 if finish == "gloss" else 0.5)
    if finish == "gloss":
        n.set(Coat_Weight=0.8, Coat_Roughness=0.04)
    if finish == "matte":
        # The turning marks of a thrown pot under an uneven glaze.
        rings = n.wave(n.coords(uv=False), 5.0, "Z", distortion=1.5)
        dark = n.add("MapRange", Value=n.noise(n.coords(uv=False), 4, 4), To_Min=0.7, To_Max=1.1)
        n.set(Base_Color=n.shaded(base, dark))
        n.bump(rings, 0.4, 0.012)
    if finish == "speckled":
        spots = n.math("LESS_THAN", n.add("TexVoronoi", Vector=n.coords(uv=False), Scale=38.0), 0.17)
        n.set(Base_Color=n.mix(spots, base, (0.05, 0.035, 0.02)), Roughness=0.3)
    if finish == "stone":
        veins = n.noise(n.coords(uv=False), 5, 8, 0.65)
        n.set(Base_Color=n.mix(n.math("MULTIPLY", veins, 0.7), base, (0.35, 0.35, 0.36)), Roughness=0.35)


def _leather(n, base, colour, rng):
    # Pebbles with dark furrows between them: the furrows are what a small picture shows.
    scale = float(rng.uniform(18, 40))
    cells = n.add("TexVoronoi", props={"feature": "DISTANCE_TO_EDGE"}, Vector=n.coords(), Scale=scale)
    furrow = n.add("MapRange", Value=cells, From_Max=0.11, To_Min=0.66, To_Max=1.0)
    worn = n.noise(n.coords(uv=False), 3, 4)
    hide = n.mix(n.math("MULTIPLY", worn, 0.5), base, tuple(np.asarray(base) * 0.5))
    n.set(
        Base_Color=n.shaded(hide, furrow),
        Roughness=float(rng.uniform(0.32, 0.55)),
        Specular_IOR_Level=0.6,
    )
    n.bump(n.math("MINIMUM", cells, 0.15), 0.4, 0.025)


def _denim(n, base, colour, rng):
    base = np.asarray(base) * 0.45 + 0.12 * np.mean(base)  # indigo is duller than paint
    v = n.coords(1.0, rot=0.6)
    twill = n.wave(v, float(rng.uniform(12, 18)), distortion=0.6)
    fade = n.noise(n.coords(uv=False), 2.5, 4)
    slub = n.noise(n.coords(1, stretch=(10, 80, 1)), 2, 2)
    pale = np.asarray(base) * 0.45 + 0.33
    weave = n.math("ADD", n.math("MULTIPLY", twill, 0.6), n.math("MULTIPLY", slub, 0.7))
    fac = n.math("MULTIPLY", weave, n.math("ADD", n.math("MULTIPLY", fade, 0.7), 0.35))
    n.set(Base_Color=n.mix(fac, base, tuple(pale)), Roughness=0.9, Specular_IOR_Level=0.15)
    n.bump(twill, 0.6, 0.012)


def _knit(n, base, colour, rng):
    s = float(rng.uniform(7, 15))
    v = n.coords(1.0)
    rib = n.wave(v, s)
    stitch = n.wave(n.coords(1.0, rot=0.5), s * 1.6, "Y")
    back = n.wave(n.coords(1.0, rot=-0.5), s * 1.6, "Y")
    height = n.math("ADD", rib, n.math("MULTIPLY", n.math("ADD", stitch, back), 0.5))
    dark = n.add("MapRange", Value=height, From_Max=1.6, To_Min=0.65, To_Max=1.1)
    fuzz = n.noise(n.coords(), 90, 3)
    n.set(
        Base_Color=n.shaded(base, dark),
        Roughness=0.95,
        Specular_IOR_Level=0.1,
        Sheen_Weight=0.5,
        Sheen_Roughness=0.5,
        Sheen_Tint=base,
    )
    n.bump(n.math("ADD", height, n.math("MULTIPLY", fuzz, 0.4)), 0.9, 0.02)


def _woven(n, base, colour, rng):
    # Coarse enough for the threads to be a few pixels wide, and dark between them.
    s = float(rng.uniform(9, 19))
    warp, weft = n.wave(n.coords(), s), n.wave(n.coords(), s, "Y")
    height = n.math("MAXIMUM", warp, weft)
    dark = n.add("MapRange", Value=height, From_Min=0.3, To_Min=0.5, To_Max=1.05)
    n.set(
        Base_Color=n.shaded(base, dark),
        Roughness=0.85,
        Specular_IOR_Level=0.2,
        Sheen_Weight=float(rng.uniform(0, 0.4)),
        Sheen_Tint=base,
    )
    n.bump(height, 0.6, 0.014)


def _plush(n, base, colour, rng):
    # The colour is that of the fur as a whole: hairs shade one another, so each is lighter than it.
    strand = n.add("HairInfo", out="Is Strand")
    whole = n.mix(strand, base, tuple(np.asarray(base) ** 0.7))
    # Hair and short pile alike lie in tufts, some of them in shade, pale at the rim.
    tufts = n.noise(n.coords(uv=False), 28, 4, 0.7)
    mottled = n.add("MapRange", Value=tufts, From_Min=0.35, From_Max=0.65, To_Min=1.0, To_Max=0.0)
    shaded = n.mix(1.0, whole, (0.4, 0.4, 0.4), "MULTIPLY")
    n.bump(tufts, 1.0, 0.05)
    n.set(
        Base_Color=n.mix(mottled, whole, shaded),
        Roughness=0.95,
        Sheen_Weight=1.0,
        Sheen_Tint=base,
        Specular_IOR_Level=0.2,
    )


def _plastic(n, base, colour, rng):
    # Smooth and even: a highlight is all that it shows.
    n.set(Base_Color=base, Roughness=float(rng.choice([0.06, 0.14, 0.25, 0.39])), Specular_IOR_Level=0.6)
    if rng.random() < 0.2:
        n.set(Subsurface_Weight=0.2, Subsurface_Scale=0.05)
    if rng.random() < 0.3:
        n.bump(n.noise(n.coords(uv=False), 120, 2), 0.08, 0.003)


def _paper(n, base, colour, rng):
    # Fibres and the flecks of recycled card; never glossy.
    fibre = n.noise(n.coords(), 34, 5, 0.7)
    flecks = n.math("LESS_THAN", n.add("TexVoronoi", Vector=n.coords(stretch=(1, 2.5, 1)), Scale=26.0), 0.13)
    pulp = n.mix(n.math("MULTIPLY", fibre, 0.45), base, (0.25, 0.2, 0.15), "MULTIPLY")
    n.set(
        Base_Color=n.mix(n.math("MULTIPLY", flecks, 0.5), pulp, (0.12, 0.09, 0.06)),
        Roughness=float(rng.choice([0.7, 0.8, 0.9])),
        Specular_IOR_Level=0.15,
    )
    n.bump(fibre, 0.2, 0.006)


MAKERS = {
    "metal-silver": _metal,
    "metal-gold": _metal,
    "wood": _wood,
    "glass": _glass,
    "ceramic": _ceramic,
    "leather-like": _leather,
    "denim": _denim,
    "knit": _knit,
    "woven": _woven,
    "plush": _plush,
    "plastic": _plastic,
    "paper": _paper,
}


def glow():
    """A material of even brightness that no light changes."""
    n = Nodes("glow")
    n.tree.links.new(n.add("Emission"), n.tree.nodes["Material Output"].inputs["Surface"])
    return n.mat


# -- prints -----------------------------------------------------------------------------------
def artwork(rng, paper=None, ink=None, size=384, text=True):
    """A random flat design: bands, discs, a title block and lines that look like type."""
    named = lambda: np.array(linear(shade(str(rng.choice(_MANY)), rng)))
    img = np.ones((size, size, 3)) * (paper if paper is not None else named())
    y, x = np.mgrid[0:size, 0:size] / size
    for _ in range(int(rng.integers(1, 5))):
        c = named()
        kind = rng.choice(["band", "disc", "block", "wave", "sun"])
        a, b, r = rng.uniform(0.1, 0.9, 3)
        if kind == "band":
            img[np.abs(y - a) < 0.12 * b] = c
        elif kind == "disc":
            img[(x - a) ** 2 + (y - b) ** 2 < (0.05 + 0.25 * r) ** 2] = c
        elif kind == "block":
            img[(np.abs(x - a) < 0.25 * r) & (np.abs(y - b) < 0.2)] = c
        elif kind == "wave":
            img[y > 0.5 + 0.3 * a + 0.06 * np.sin(9 * x + 7 * b)] = c
        else:
            img[((np.arctan2(y - b, x - a) * 9 / np.pi).astype(int) % 2 == 0) & (y > 0.3)] = c
    if text:
        ink = ink if ink is not None else (np.array([0.02] * 3) if img.mean() > 0.25 else np.array([0.9] * 3))
        row = rng.uniform(0.15, 0.35)
        for k in range(int(rng.integers(2, 7))):
            h = 0.055 if k == 0 else 0.018
            left, right = sorted(rng.uniform(0.12, 0.88, 2))
            if right - left > 0.1:
                letters = rng.random(size) > 0.22
                on = np.repeat(letters[: size // 6 + 1], 6)[:size][None, :]
                img = np.where(((np.abs(y - row) < h) & (x > left) & (x < right) & on)[..., None], ink, img)
            row += 0.1
    return np.flipud(img)


def printed(rng, rough=0.5, glow=0.0, pixels=None, **kw):
    """A material that shows `artwork` over UV 0..1."""
    px = artwork(rng, **kw) if pixels is None else pixels
    h, w, _ = px.shape
    im = bpy.data.images.new("print", w, h, float_buffer=True)
    im.colorspace_settings.name = "Linear Rec.709"
    im.pixels.foreach_set(np.concatenate([px, np.ones((h, w, 1))], 2).astype(np.float32).ravel())
    n = Nodes("print")
    tex = n.add("TexImage", props={"image": im}, Vector=n.add("TexCoord", out="UV"))
    n.set(Base_Color=tex, Roughness=rough)
    if glow:
        n.set(Emission_Color=tex, Emission_Strength=glow)
    return n.mat
