"""Clothing, shoes, bags, jewellery."""

import math

import bpy  # noqa: F401, mathutils is found only after it
import numpy as np
from mathutils import Euler, Vector

from .kit import PI, arc, kind
from shapes import fillet, spline, superellipse


def garment(k, outline, depth=0.05, wrinkle=0.035):
    body = k.prism(outline, depth, k.main)
    obj = k.soft([body], k.main, voxel=0.012, smooth=10, wrinkle=wrinkle, scale=k.u(0.12, 0.3))
    if k.cls == "plush":
        k.furry(obj)
    return obj


def mirror(half):
    return half + [(-x, y) for x, y in half[::-1] if abs(x) > 1e-6]


@kind("woven woven knit knit denim", view=(55, 89), yaw=0.3, category="clothing", edition=1)
def tshirt(k):
    w, l = k.u(0.3, 0.36), k.u(0.7, 0.85)
    sleeve, low = k.u(0.22, 0.62), k.u(0.16, 0.4)
    neck = 0.13
    half = [
        (0, -l + 0.0),
        (w, -l),
        (w * 0.97, -0.25),
        (w + sleeve * 0.7, -0.14 - low),
        (w + sleeve * 0.7 + 0.1, -0.05 - low),
        (w * 0.95, 0.0),
        (neck, 0.07),
        (neck * 0.6, 0.01),
        (0, -0.02),
    ]
    garment(k, np.array(mirror(half)))
    if k.chance(0.35):
        k.picture(w * 0.9, w * 0.9, k.print(text=False), at=(0, -0.35, 0.066), rot=(-PI / 2, 0, 0))


@kind("denim denim denim woven leather-like", view=(55, 89), yaw=0.3, category="clothing", edition=1)
def trousers(k):
    w, l, leg = k.u(0.2, 0.26), k.u(0.8, 1.1), k.u(0.1, 0.2)
    if k.chance(0.25):
        l *= 0.5
    half = [(0, -0.3), (k.u(0.05, 0.12), -l), (0.1 + leg, -l - 0.01), (w * 1.15, -0.25), (w * 0.95, 0), (0, -0.015)]
    garment(k, np.array(mirror(half)))
    for s in (-1, 1):
        k.box((0.11, 0.12, 0.008), k.main, at=(s * w * 0.5, -0.2, 0.058), bevel=0.003)
    k.ring(0.014, 0.008, k.trim(), at=(0, -0.05, 0.065))


@kind("woven woven knit denim", view=(55, 89), yaw=0.3, category="clothing", edition=1)
def dress(k):
    w, hem, l = k.u(0.17, 0.22), k.u(0.28, 0.5), k.u(0.9, 1.2)
    half = [
        (0, -l - 0.02),
        (hem, -l + 0.03),
        (w * 0.85, -0.38),
        (w, -0.16),
        (w * 0.75, 0.08),
        (w * 0.5, 0.08),
        (w * 0.35, -0.05),
        (0, -0.09),
    ]
    garment(k, np.array(mirror(half)), wrinkle=0.05)


@kind("knit", view=(45, 89), yaw=PI, category="clothing", edition=1)
def socks(k):
    outline = np.array(
        [(0, 0), (0.2, 0), (0.2, -0.5), (0.3, -0.62), (0.55, -0.68), (0.58, -0.8), (0.48, -0.86), (0.05, -0.84), (-0.03, -0.7)]
    )
    shift = k.u(0.16, 0.34)
    objs = [k.prism(outline, 0.06, k.main), k.prism(outline + [shift, k.u(-0.1, 0.1)], 0.06, k.main, at=(0, 0, 0.05))]
    k.soft(objs, k.main, voxel=0.012, smooth=12, wrinkle=0.03)


@kind("knit plush leather-like", view=(50, 89), category="clothing", edition=1)
def mitten(k):
    outline = spline(
        [
            (-0.2, -0.5),
            (0.2, -0.5),
            (0.23, 0),
            (0.2, 0.3),
            (0, 0.42),
            (-0.2, 0.3),
            (-0.22, 0.1),
            (-0.36, 0.2),
            (-0.42, 0.1),
            (-0.24, -0.18),
        ],
        70,
        closed=True,
    )
    k.furry(k.soft([k.prism(outline, 0.12, k.main)], k.main, wrinkle=0.02))
    other = outline * [-1, 1] + [0.62, 0.05]
    k.furry(k.soft([k.prism(other, 0.12, k.main)], k.main, wrinkle=0.02))


@kind("knit plush", view=(8, 35), category="clothing", edition=1)
def beanie(k):
    r, h = 0.42, k.u(0.4, 0.65)
    dome = spline([(r, 0.15), (r * 1.02, h * 0.5), (r * 0.75, h * 0.9), (0.02, h + 0.1)], 30)
    k.furry(k.wrinkle(k.lathe(np.concatenate([[[r * 0.9, 0.02]], dome]), k.main), 0.03, 0.3))
    k.lathe(fillet([(r, 0), (r * 1.1, 0), (r * 1.1, 0.22), (r, 0.23)], 0.04, 8), k.main if k.chance(0.7) else k.extra("knit"))
    if k.chance(0.6):
        ball = k.ellipsoid((0.26, 0.26, 0.26), k.extra("plush"), at=(0, 0, h + 0.16))
        k.fur(ball, 0.09, 9000)


@kind("woven leather-like paper", view=(8, 40), category="clothing", edition=1)
def hat(k):
    r, h, brim = 0.3, k.u(0.25, 0.38), k.u(0.5, 0.75)
    k.solidify(
        k.lathe(fillet([(brim, k.u(0, 0.08)), (r * 1.02, 0.02), (r * k.u(0.85, 1), h), (0, h - 0.03)], 0.05, 8), k.main), 0.015
    )
    k.lathe([(r * 1.03, 0.035), (r * 1.02, 0.1)], k.extra(k.pick(["woven", "leather-like"])))


@kind("woven leather-like denim", view=(8, 40), yaw=1.2, category="clothing", edition=1)
def cap(k):
    r = 0.4
    k.lathe(spline([(r, 0), (r, 0.15), (r * 0.8, 0.33), (0.01, 0.42)], 30), k.main)
    rows = []
    for t in np.linspace(0.9, 1.85, 12):
        a = np.linspace(-2.5, -0.64, 30)
        rows.append(
            np.stack(
                [
                    r * np.cos(a) * (1 + 0.05 * t),
                    np.minimum(r * np.sin(a) * t, -0.05),
                    0.05 - 0.14 * (t - 0.9) * np.cos((a + PI / 2)) ** 2 + 0.05 * (1 - np.cos(a + PI / 2)),
                ],
                1,
            )
        )
    k.solidify(k.grid(rows, k.main if k.chance(0.6) else k.extra("woven"), closed=False), 0.02)
    k.ellipsoid((0.07, 0.07, 0.04), k.main, at=(0, 0, 0.42))


@kind("woven knit plush woven", view=(15, 55), yaw=0.8, edition=1)
def folded(k):
    """A stack of folded cloth: towels, jumpers, blankets."""
    z = 0.0
    for i in range(k.pick([1, 1, 2, 3, 4])):
        layers, t = k.pick([2, 3, 4]), k.u(0.05, 0.08)
        w, d = k.u(0.8, 0.9), k.u(0.58, 0.66)
        path = []
        for j in range(layers):
            y0, y1 = (-d / 2, d / 2) if j % 2 else (d / 2, -d / 2)
            path += [(y, t * (j + 0.5)) for y in np.linspace(y0 * 0.94, y1 * 0.94, 14)]
            path += (
                [
                    (y1 + math.copysign(t * 0.55 * math.sin(a), y1), t * (j + 1) - t * 0.5 * math.cos(a))
                    for a in np.linspace(0.3, PI - 0.3, 5)
                ]
                if j < layers - 1
                else []
            )
        path = np.array(path)
        rows = [
            np.stack([np.full(len(path), x), path[:, 0] + 0.012 * math.sin(9 * x + i), path[:, 1]], 1)
            for x in np.linspace(-w / 2, w / 2, 40)
        ]
        obj = k.grid(rows, k.main, closed=False, at=(k.u(-0.02, 0.02), k.u(-0.02, 0.02), z), rot=(0, 0, k.u(-0.05, 0.05)), angle=90)
        k.solidify(obj, t * 0.86)
        k.bevel(obj, t * 0.3)
        k.wrinkle(obj, 0.016, 0.3)
        if k.cls == "plush":
            k.fur(obj, 0.025, 16000)
        z += layers * t * 1.02


@kind("woven knit plush", view=(10, 45), edition=1)
def roll(k):
    """A rolled towel or mat, its spiral showing at the end."""
    turns, t = k.u(3, 6), k.u(0.04, 0.06)
    a = np.linspace(0, 2 * PI * turns, 140)
    r = 0.03 + t * a / (2 * PI)
    w = k.u(0.6, 1.1)
    rows = [np.stack([np.full(len(a), x), r * np.cos(a), r * np.sin(a)], 1) for x in np.linspace(-w / 2, w / 2, 24)]
    obj = k.grid(rows, k.main, closed=False, angle=90)
    k.solidify(obj, t * 0.8)
    k.wrinkle(obj, 0.012, 0.2)


@kind("knit woven", view=(45, 88), category="clothing", edition=1)
def scarf(k):
    s = np.linspace(0, 1, 90)
    turns = k.u(0.8, 1.3)
    r = 0.42 - 0.2 * s
    a = 2 * PI * turns * s * 1.5
    path = np.stack([r * np.cos(a), r * np.sin(a), 0.06 + 0.1 * s], 1)
    k.wrinkle(k.tube(path, 1, k.main, section=superellipse(0.24, 0.11, 3, 32)), 0.06, 0.12)
    k.wrinkle(k.box((0.22, 0.6, 0.05), k.main, at=(0.42, -0.3, 0.03), bevel=0.02), 0.02, 0.2)


@kind("plush", view=(5, 35), edition=1)
def furball(k):
    obj = k.ellipsoid((1, 1, k.u(0.8, 1.1)), k.main)
    if k.cls == "plush":
        k.fur(obj, k.u(0.1, 0.3), k.u(12000, 20000), thickness=k.u(0.004, 0.008), curl=k.u(0.1, 0.8))
    if k.chance(0.4):
        for s in (-1, 1):
            k.ellipsoid((0.13, 0.06, 0.13), k.dark(), at=(s * 0.17, -0.56, 0.12))


def _animal(k, ears):
    parts = [
        k.ellipsoid((0.6, 0.5, 0.66), k.main, at=(0, 0, 0.33)),
        k.ellipsoid((0.5, 0.46, 0.46), k.main, at=(0, -0.03, 0.82)),
        k.ellipsoid((0.24, 0.2, 0.18), k.main, at=(0, -0.22, 0.76)),
    ]
    for s in (-1, 1):
        parts += [
            k.ellipsoid((0.2, 0.2, 0.44), k.main, at=(s * 0.33, -0.06, 0.42), rot=(0, s * -0.6, 0)),
            k.ellipsoid((0.24, 0.48, 0.22), k.main, at=(s * 0.2, -0.28, 0.11), rot=(0, 0, s * 0.3)),
        ]
        parts.append(
            k.ellipsoid((0.17, 0.1, 0.17), k.main, at=(s * 0.19, 0, 1.02))
            if ears == "bear"
            else k.ellipsoid((0.13, 0.08, 0.5), k.main, at=(s * 0.13, 0, 1.2), rot=(0, s * 0.2, 0))
        )
    obj = k.soft(parts, k.main, voxel=0.02, smooth=6, wrinkle=0.01)
    if k.cls == "plush":
        k.fur(obj, k.u(0.025, 0.07), k.u(14000, 22000), thickness=0.0045, curl=k.u(0.2, 0.8))
    black = k.dark()
    for s in (-1, 1):
        k.ellipsoid((0.055, 0.045, 0.055), black, at=(s * 0.1, -0.26, 0.88))
    k.ellipsoid((0.09, 0.06, 0.06), black, at=(0, -0.345, 0.79))
    if k.chance(0.4):
        k.ring(0.2, 0.03, k.extra("woven"), at=(0, -0.01, 0.62))


@kind("plush", view=(3, 25), yaw=0.8, category="toy", edition=1)
def teddy(k):
    _animal(k, "bear")


@kind("plush", view=(3, 25), yaw=0.8, category="toy", edition=1)
def rabbit(k):
    _animal(k, "rabbit")


def foot(scale=1.0, pull=0.0, lift=0.0, n=56):
    """Outline of a shoe seen from above, toe at -x; `pull` moves the toe back."""
    t = np.linspace(0, 2 * PI, n, endpoint=False)
    x, y = np.cos(t), np.sin(t)
    half = 0.17 + 0.05 * np.clip(-x, -1, 1) - 0.02 * np.cos(2 * t)
    px = np.where(x < 0, x * (0.52 - pull), x * 0.5) * scale
    return np.stack([px, half * np.sign(y) * np.abs(y) ** 0.8 * scale - 0.02 * x * x * (x < 0), np.full(n, lift)], 1)


def _shoe(k, shaft, at=(0, 0, 0), flip=1, sole=None, lace=None):
    thick = 0.1
    hull = lambda rings: np.array(rings) * [1, flip, 1] + np.array(at)
    k.loft(
        hull([foot(0.98, lift=0.0), foot(1.02, lift=0.02), foot(1.03, lift=thick), foot(1.0, lift=thick + 0.01)]), sole, angle=60
    )
    rings = [
        foot(1.0, lift=thick),
        foot(1.01, 0.0, lift=thick + 0.05),
        foot(0.98, 0.04, lift=thick + 0.1),
        foot(0.93, 0.13, thick + 0.135),
        foot(0.86, 0.23, thick + 0.17),
        foot(0.79, 0.32, thick + 0.22),
        foot(0.74, 0.38, thick + 0.29),
        foot(0.72, 0.39, thick + 0.36),
    ]
    for ring, move in zip(rings[4:], (0.02, 0.045, 0.06, 0.065)):
        ring[:, 0] += move
    top = rings[-1]
    for z in np.linspace(0.1, shaft, 6)[: 0 if shaft < 0.1 else None]:
        rings.append(top + [0.0, 0, z])
    rim = rings[-1]
    mid = rim.mean(0)
    rings += [
        mid + (rim - mid) * 0.9 + [0, 0, 0.012],
        mid + (rim - mid) * 0.82 - [0, 0, 0.04],
        mid + (rim - mid) * 0.8 - [0, 0, 0.2],
    ]
    path = np.array(rings)
    smooth = np.stack([spline(path[:, j], 40) for j in range(path.shape[1])], 1)
    k.grid(hull(smooth), k.main, angle=70)
    if lace is not None:
        for i in range(5):
            x, z, w = -0.24 + 0.05 * i, thick + 0.145 + 0.04 * i, 0.085
            k.tube(hull(spline([(x, -w, z - 0.01), (x + 0.01, 0, z + 0.03), (x, w, z - 0.01)], 10)), 0.015, lace, n=8)


@kind("leather-like leather-like woven plastic knit", view=(8, 40), yaw=PI, category="shoes", edition=1)
def shoe(k):
    sole = k.extra("plastic", k.pick(["white", "white", "black", "brown", "gray"]))
    lace = k.extra("woven", k.pick(["white", "black", "beige"])) if k.chance(0.75) else None
    _shoe(k, 0, sole=sole, lace=lace)
    if k.chance(0.5):
        _shoe(k, 0, at=(k.u(-0.15, 0.15), 0.46, 0), flip=-1, sole=sole, lace=lace)


@kind("leather-like plastic", view=(5, 30), yaw=PI, category="shoes", edition=1)
def boot(k):
    sole = k.extra("plastic", k.pick(["black", "brown", "beige"]))
    shaft, lace = k.u(0.2, 0.7), k.extra("woven") if k.chance(0.5) else None
    _shoe(k, shaft, sole=sole, lace=lace)
    if k.chance(0.5):
        _shoe(k, shaft, at=(0.05, 0.48, 0), flip=-1, sole=sole, lace=lace)


@kind("leather-like leather-like leather-like woven denim", view=(5, 30), yaw=0.7, category="bags", edition=1)
def handbag(k):
    w, d, h, e = k.u(0.8, 1.1), k.u(0.25, 0.4), k.u(0.5, 0.8), k.pick([3, 4, 6])
    taper = k.u(0.75, 1.0)
    rings = [
        [(x * s, y * q, z) for x, y in superellipse(w, d, e)]
        for s, q, z in [(0.95, 0.9, 0), (1, 1, 0.04), (0.99, 1, h * 0.4), ((1 + taper) / 2, 0.75, h * 0.8), (taper, 0.45, h)]
    ]
    k.wrinkle(k.loft(np.stack([spline(np.array(rings)[:, j], 24) for j in range(48)], 1), k.main), 0.015, 0.3)
    trim, metal = k.main if k.chance(0.6) else k.extra("leather-like"), k.trim()
    span, rise = w * k.u(0.22, 0.3), k.u(0.25, 0.5)
    for y in (-1, 1):
        foot_y = y * d * 0.2
        k.tube(
            spline(
                [
                    (-span, foot_y, h * 0.9),
                    (-span * 0.95, foot_y, h + rise * 0.6),
                    (0, foot_y * 0.7, h + rise),
                    (span * 0.95, foot_y, h + rise * 0.6),
                    (span, foot_y, h * 0.9),
                ],
                40,
            ),
            k.u(0.02, 0.032),
            trim,
        )
        for x in (-span, span):
            k.ring(0.04, 0.01, metal, at=(x, foot_y * 1.3, h * 0.95), rot=(PI / 2, 0, 0))
    if k.chance(0.6):
        k.box((w * taper * 0.8, 0.02, h * 0.35), trim, at=(0, -d * 0.42, h * 0.72), rot=(-0.3, 0, 0), bevel=0.01)
        k.box((0.09, 0.03, 0.07), metal, at=(0, -d * 0.52, h * 0.58), bevel=0.012)


@kind("woven woven denim leather-like paper", view=(3, 25), yaw=0.6, category="bags", edition=1)
def tote(k):
    w, d, h = k.u(0.7, 0.9), k.u(0.12, 0.3), k.u(0.75, 0.95)
    rings = [
        [(x, y, z) for x, y in superellipse(w * a, d * b, 8)]
        for a, b, z in [(0.97, 0.9, 0), (1, 1, 0.03), (1, 1, h * 0.5), (1.01, 0.9, h), (0.985, 0.8, h), (0.97, 0.8, h * 0.3)]
    ]
    k.wrinkle(k.grid([[(0, 0, 0)] * 48] + rings, k.main, angle=60), 0.03, 0.25)
    strap = k.main if k.chance(0.6) else k.extra("leather-like")
    for y in (-1, 1):
        k.tube(
            spline(
                [
                    (-w * 0.22, y * d * 0.44, h * 0.8),
                    (-w * 0.2, y * d * 0.44, h + 0.25),
                    (0, y * d * 0.2, h + 0.45),
                    (w * 0.2, y * d * 0.44, h + 0.25),
                    (w * 0.22, y * d * 0.44, h * 0.8),
                ],
                40,
            ),
            0.03,
            strap,
            section=superellipse(2, 0.5, 4, 16),
        )
    if k.chance(0.5):
        k.picture(w * 0.5, w * 0.5, k.print(), at=(0, -d / 2 - 0.012, h * 0.45))


@kind("woven woven leather-like denim", view=(5, 25), yaw=0.7, category="bags", edition=1)
def backpack(k):
    w, d, h = k.u(0.55, 0.7), k.u(0.28, 0.36), k.u(0.8, 1)
    k.ellipsoid((w, d, h), k.main, at=(0, 0, h / 2), e=4)
    second = k.main if k.chance(0.5) else k.extra(k.pick(["woven", "leather-like"]))
    k.ellipsoid((w * 0.75, d * 0.6, h * 0.42), second, at=(0, -d * 0.42, h * 0.3), e=5)
    k.tube(
        spline([(-0.08, 0.05, h - 0.02), (-0.06, 0.05, h + 0.08), (0.06, 0.05, h + 0.08), (0.08, 0.05, h - 0.02)], 20),
        0.022,
        second,
    )
    zipper = k.trim()
    k.tube([(x * 0.98, -d * 0.3, z) for x, z in arc(w * 0.46, 0.2, PI - 0.2, 30, (0, h * 0.55))], 0.009, zipper, n=6)
    k.tube([(x, -d * 0.74, h * 0.43) for x in np.linspace(-w * 0.3, w * 0.3, 8)], 0.009, zipper, n=6)
    for s in (-1, 1):
        k.tube(
            spline([(s * w * 0.3, d * 0.4, h * 0.9), (s * w * 0.55, d * 0.75, h * 0.6), (s * w * 0.45, d * 0.4, h * 0.12)], 24),
            0.045,
            k.main,
            section=superellipse(2, 0.6, 4, 16),
        )


@kind("leather-like leather-like woven", view=(35, 80), category="bags", edition=1)
def wallet(k):
    w, h = k.u(0.7, 1), k.u(0.5, 0.65)
    for z in (0, 1):
        k.box((w, h, 0.05), k.main, at=(0, 0, 0.03 + z * 0.062), rot=(0.0, 0.015 * z, 0), bevel=0.02)
    k.tube([(-w / 2, y, 0.06) for y in np.linspace(-h / 2 + 0.02, h / 2 - 0.02, 10)], 0.055, k.main)
    if k.chance(0.5):
        k.box((0.14, 0.1, 0.02), k.trim(), at=(w * 0.42, 0, 0.12), bevel=0.01)


@kind("leather-like woven", view=(20, 60), category="accessories", edition=1)
def belt(k):
    a = np.linspace(0, 2 * PI * k.u(1.6, 2.6), 160)
    r = 0.5 - 0.022 * a
    k.tube(np.stack([r * np.cos(a), r * np.sin(a) * 0.9, 0 * a + 0.1], 1), 0.1, k.main, section=superellipse(0.22, 2, 5, 16))
    metal = k.trim()
    for z in (0.02, 0.18):
        k.tube([(0.53, -0.08, z), (0.54, 0.12, z)], 0.014, metal)
    for y in (-0.08, 0.12):
        k.tube([(0.535, y, 0.02), (0.535, y, 0.18)], 0.014, metal)


@kind("metal-gold metal-gold metal-silver", view=(12, 50), category="jewellery", edition=1)
def ring(k):
    r, t = 0.5, k.u(0.04, 0.1)
    wide = k.u(1, 2.4)
    lying = k.chance(0.25)
    rot, at = ((0, 0, 0), (0, 0, t * wide)) if lying else ((PI / 2, 0, 0), (0, 0, r + t))
    a = np.linspace(0, 2 * PI, 96, endpoint=False)
    section = superellipse(2, 2 * wide, k.pick([2, 2.5, 5]), 24)
    k.tube(np.stack([r * np.cos(a), r * np.sin(a), 0 * a], 1), t, k.main, closed=True, section=section, rot=rot, at=at)
    if k.chance(0.75) and not lying:
        g = k.u(0.1, 0.24)
        gem = k.extra("glass", k.pick(["clear", "clear", "blue", "green", "pink"]))
        z = 2 * r + 2 * t
        sides = k.pick([8, 12])
        t8 = np.linspace(0, 2 * PI, sides, endpoint=False)
        rings = [
            [(q * g * math.cos(v), q * g * math.sin(v), z + y * g) for v in t8]
            for q, y in ((0.02, -0.5), (1, 0.35), (0.6, 0.65), (0.01, 0.65))
        ]
        k.grid(rings, gem, flat=True)
        for i in range(4):
            c, s = math.cos(i * PI / 2 + 0.4), math.sin(i * PI / 2 + 0.4)
            k.tube([(0.1 * g * c, 0.1 * g * s, z - 0.6 * g), (1.02 * g * c, 1.02 * g * s, z + 0.4 * g)], 0.018, k.main, n=8)


@kind("metal-gold metal-silver", view=(35, 80), category="jewellery", edition=1)
def necklace(k):
    n, w = 70, k.u(0.45, 0.6)
    t = np.linspace(0, 2 * PI, n, endpoint=False)
    drop = np.where(np.sin(t) < 0, 1.3, 0.9)
    path = np.stack([w * np.cos(t), 0.6 * drop * np.sin(t), np.full(n, 0.02)], 1)
    beads = k.chance(0.3)
    for i in range(n):
        if beads:
            k.ellipsoid((0.05, 0.05, 0.05), k.main, at=path[i], n=14)
        else:
            d = path[(i + 1) % n] - path[i - 1]
            k.ring(0.03, 0.008, k.main, at=path[i], rot=(PI / 2 * (i % 2) * 0.7, 0, math.atan2(d[1], d[0])), n=18, angle=80)
    low = path[np.argmin(path[:, 1])]
    k.lathe(fillet([(0, 0), (0.1, 0), (0.1, 0.03), (0, 0.035)], 0.01), k.main, at=low - [0, 0.12, 0.01])
    k.ellipsoid((0.1, 0.1, 0.07), k.extra("glass", k.pick(["clear", "green", "blue", "pink"])), at=low + [0, -0.12, 0.02])


@kind("metal-silver metal-gold plastic", view=(12, 55), yaw=0.9, category="accessories", edition=1)
def watch(k):
    strap = k.main if k.chance(0.4) else k.extra(k.pick(["leather-like", "leather-like", "plastic", "woven"]))
    r, w = 0.3, k.u(0.13, 0.18)
    a = np.linspace(0, 2 * PI, 80, endpoint=False)
    path = np.stack([0 * a, 0.42 * np.cos(a), 0.5 + 0.47 * np.sin(a)], 1)
    k.tube(path, w, strap, closed=True, section=superellipse(2, 0.3, 4, 16))
    tilt, at = (0.9, 0, 0), (0, -0.3, 0.86)
    k.lathe(
        fillet([(0, -0.06), (r * 0.9, -0.06), (r, -0.02), (r, 0.05), (r * 0.9, 0.08), (r * 0.85, 0.055), (0, 0.055)], 0.02),
        k.main,
        rot=tilt,
        at=at,
    )
    dial = k.extra("paper", k.pick(["white", "black", "navy", "green", "gray"]))
    k.lathe([(r * 0.85, 0.06), (0.001, 0.06)], dial, rot=tilt, at=at)
    turn = Euler(tilt).to_matrix()
    place = lambda x, y, z: tuple(turn @ Vector((x, y, z)) + Vector(at))
    ink = k.trim()
    for i in range(12):
        c, s = math.cos(i * PI / 6), math.sin(i * PI / 6)
        k.tube([place(q * r * c, q * r * s, 0.062) for q in (0.68, 0.78)], 0.009, ink, n=6)
    for q, b in ((0.4, k.u(0, 6.3)), (0.62, k.u(0, 6.3))):
        k.tube([place(0, 0, 0.068), place(q * r * math.cos(b), q * r * math.sin(b), 0.068)], 0.009, ink, n=6)
    k.tube([place(r, 0, 0.02), place(r + 0.06, 0, 0.02)], 0.03, k.main)


@kind("plastic plastic metal-gold metal-silver", view=(10, 45), yaw=0.8, category="accessories", edition=1)
def glasses(k):
    w, h, e = k.u(0.36, 0.44), k.u(0.28, 0.38), k.pick([2, 2.6, 4])
    lens = k.extra("glass", "clear") if k.chance(0.4) else k.extra("plastic", k.pick(["black", "brown", "navy"]), "#0c0b0a")
    thick = k.u(0.012, 0.03)
    for s in (-1, 1):
        o = superellipse(w, h, e)
        k.tube([(s * (w / 2 + 0.06) + x, 0, 0.22 + z) for x, z in o], thick, k.main, closed=True)
        rings = [[(s * (w / 2 + 0.06) + x * q, 0, 0.22 + z * q) for x, z in o] for q in (1, 0.001)]
        k.solidify(k.grid(rings, lens), 0.01)
        k.tube(
            spline(
                [
                    (s * (w + 0.055), 0, 0.27),
                    (s * (w + 0.07), 0.1, 0.28),
                    (s * (w + 0.06), 0.7, 0.27),
                    (s * (w + 0.02), 0.85, 0.12),
                ],
                24,
            ),
            thick,
            k.main,
        )
    k.tube(spline([(-0.07, 0, 0.26), (0, -0.02, 0.3), (0.07, 0, 0.26)], 12), thick, k.main)


@kind("denim leather-like knit woven", view=(55, 89), yaw=0.3, category="clothing", edition=2)
def jacket(k):
    """Lying flat, long sleeves, open or closed, with a zip or buttons."""
    w, l, low = k.u(0.32, 0.4), k.u(0.75, 1.0), k.u(0.35, 0.7)
    half = [
        (0.0, -l),
        (w, -l),
        (w * 1.02, -0.3),
        (w + 0.22, -0.2 - low),
        (w + 0.36, -0.14 - low),
        (w * 1.05, -0.02),
        (0.14, 0.08),
        (0.1, 0.0),
        (0, -0.06),
    ]
    gap = k.pick([0, 0, 0.03, 0.08])
    sides = []
    for s in (-1, 1):
        outline = np.array(half) * [s, 1] + [s * gap, 0]
        sides.append(k.prism(outline if s > 0 else outline[::-1], 0.06, k.main))
    if gap:
        sides.append(k.prism(np.array([(-0.2, 0.06), (0.2, 0.06), (0.2, -0.12), (-0.2, -0.12)]), 0.03, k.main, at=(0, 0, -0.01)))
    k.soft(sides, k.main, voxel=0.012, smooth=8, wrinkle=0.03, scale=k.u(0.12, 0.3))
    collar = k.main if k.chance(0.6) else k.extra(k.pick(["knit", "leather-like", "plush"]))
    k.tube(
        spline([(-0.16, -0.1, 0.08), (-0.13, 0.06, 0.1), (0, 0.1, 0.1), (0.13, 0.06, 0.1), (0.16, -0.1, 0.08)], 24), 0.045, collar
    )
    metal = k.trim() if k.chance(0.6) else k.dark()
    for y in np.linspace(-0.15, -l + 0.08, k.pick([4, 5, 30])):
        k.ellipsoid((0.035, 0.035, 0.02), metal, at=(gap + 0.02, y, 0.075), n=16)


@kind("denim woven leather-like knit", view=(55, 89), yaw=0.3, category="clothing", edition=2)
def skirt(k):
    w, hem, l = k.u(0.2, 0.26), k.u(0.3, 0.6), k.u(0.5, 0.95)
    waves = k.pick([0, 0.02, 0.035])
    bottom = [(x, -l - 0.04 * (1 - (x / hem) ** 2) + waves * math.sin(24 * x)) for x in np.linspace(hem, -hem, 40)]
    body = k.prism(np.array([(-w, 0), (w, 0)] + bottom), 0.05, k.main)
    k.soft([body], k.main, voxel=0.012, smooth=8, wrinkle=k.u(0.03, 0.06), scale=k.u(0.12, 0.3))
    k.box((2 * w + 0.02, 0.07, 0.075), k.main if k.chance(0.5) else k.extra("leather-like"), at=(0, -0.02, 0.025), bevel=0.02)


@kind("woven woven knit", view=(45, 88), yaw=0.6, category="accessories", edition=2)
def tie(k):
    long = k.u(0.9, 1.1)
    outline = [(-0.05, 0.12), (0.05, 0.12), (0.09, 0.22), (-0.09, 0.22)]
    k.prism(np.array(outline), 0.06, k.main, bevel=0.012)
    blade = [(-0.05, 0.13), (0.05, 0.13), (0.13, 0.13 - long), (0, -long), (-0.13, 0.13 - long)]
    k.wrinkle(k.prism(np.array(blade), 0.03, k.main, bevel=0.01), 0.01, 0.3)
    if k.chance(0.6):
        k.tube(
            spline([(-0.08, 0.2, 0.03), (-0.2, 0.5, 0.02), (0, 0.72, 0.02), (0.2, 0.5, 0.02), (0.08, 0.2, 0.03)], 40), 0.03, k.main
        )


@kind("woven denim leather-like woven", view=(6, 35), yaw=PI, edition=2)
def pouch(k):
    """A drawstring bag."""
    r, h = k.u(0.35, 0.45), k.u(0.5, 0.7)
    t = np.linspace(0, 2 * PI, 120, endpoint=False)
    rings = []
    for q, z, fold in [
        (0.8, 0, 0),
        (1, 0.06, 0),
        (1.03, 0.4, 0.01),
        (0.8, 0.75, 0.05),
        (0.3, 0.95, 0.16),
        (0.28, 1.0, 0.2),
        (0.55, 1.18, 0.14),
    ]:
        rr = r * q * (1 + fold * np.sin(13 * t))
        rings.append(np.stack([rr * np.cos(t), rr * np.sin(t) * 0.8, np.full_like(t, h * z)], 1))
    smooth = np.stack([spline(np.array(rings)[:, j], 36) for j in range(120)], 1)
    obj = k.grid(np.concatenate([smooth[:1] * [0.01, 0.01, 1], smooth]), k.main, angle=80)
    k.wrinkle(obj, 0.025, 0.2)
    cord = k.extra(k.pick(["woven", "leather-like"]))
    k.ring(r * 0.3, 0.02, cord, at=(0, 0, h * 0.97))
    for s in (-1, 1):
        k.tube(
            spline([(s * 0.03, -r * 0.27, h * 0.97), (s * 0.15, -r * 0.6, h * 0.8), (s * 0.2, -r * 0.95, h * 0.5)], 16), 0.014, cord
        )


@kind("leather-like leather-like plastic woven", view=(15, 50), yaw=PI, category="shoes", edition=2)
def sandal(k):
    sole = k.main if k.chance(0.4) else k.extra(k.pick(["wood", "plastic", "leather-like"]))
    thick, straps = k.u(0.07, 0.16), k.pick([(-0.22, -0.06), (-0.15,), (-0.25, -0.1, 0.28)])
    for flip, y in ((1, 0), (-1, 0.48))[: k.pick([1, 2])]:
        hull = lambda rings: np.array(rings) * [1, flip, 1] + [0, y, 0]
        k.loft(hull([foot(0.98, lift=0), foot(1.02, lift=0.03), foot(1.0, lift=thick)]), sole, angle=60)
        for x in straps:
            arch = [(x, -0.17, 0.06), (x, -0.16, 0.18), (x, 0, 0.25), (x, 0.16, 0.18), (x, 0.17, 0.06)]
            k.tube(hull(spline(arch, 30)), 0.05, k.main, section=superellipse(2.4, 0.5, 4, 16))


@kind("plastic plastic metal-silver leather-like woven", view=(4, 25), yaw=0.8, category="bags", edition=2)
def suitcase(k):
    w, d, h = k.u(0.6, 0.8), k.u(0.26, 0.36), k.u(0.85, 1.05)
    k.box((w, d, h), k.main, at=(0, 0, h / 2 + 0.06), bevel=0.08)
    for x in np.linspace(-0.36, 0.36, k.pick([0, 5, 7])):
        k.box((0.03, d + 0.02, h * 0.86), k.main, at=(x * w, 0, h / 2 + 0.06), bevel=0.012)
    black = k.dark()
    k.tube(spline([(-0.13, 0, h + 0.05), (-0.12, 0, h + 0.13), (0.12, 0, h + 0.13), (0.13, 0, h + 0.05)], 24), 0.022, black)
    for x in (-1, 1):
        for y in (-1, 1):
            k.ellipsoid((0.08, 0.06, 0.1), black, at=(x * w * 0.4, y * d * 0.38, 0.05), n=20)


@kind("metal-gold metal-silver leather-like wood plastic", view=(20, 60), category="jewellery", edition=2)
def bracelet(k):
    r, t = 0.5, k.u(0.03, 0.08)
    if k.cls in ("wood", "plastic") or k.chance(0.3):
        n = int(PI * r / t)
        for i in range(n):
            a = 2 * PI * i / n
            k.ellipsoid((2 * t, 2 * t, 2 * t), k.main, at=(r * math.cos(a), r * math.sin(a), t), n=18)
    else:
        section = superellipse(k.u(0.6, 2), 2 * k.u(1, 2.5), k.pick([2, 4]), 24)
        a = np.linspace(0, 2 * PI, 96, endpoint=False)
        k.tube(np.stack([r * np.cos(a), r * np.sin(a), 0 * a + 2 * t], 1), t, k.main, closed=True, section=section)
        if k.chance(0.5):
            k.ellipsoid((0.12, 0.16, 0.16), k.trim(), at=(0, -r, 2 * t))


@kind("metal-gold metal-silver", view=(40, 85), category="jewellery", edition=2)
def earrings(k):
    style, gem = k.pick(["hoop", "drop", "stud"]), k.extra("glass", k.pick(["clear", "blue", "green", "pink"]))
    thick, drop = k.u(0.02, 0.04), gem if k.chance(0.6) else k.main
    for s in (-1, 1):
        x = s * 0.32
        if style == "hoop":
            k.ring(0.25, thick, k.main, at=(x, 0, 0.04))
        elif style == "drop":
            k.tube(
                spline([(x, 0.45, 0.03), (x + 0.06, 0.52, 0.03), (x, 0.56, 0.03), (x - 0.04, 0.4, 0.03)], 16), 0.012, k.main, n=8
            )
            k.ellipsoid((0.16, 0.16, 0.1), k.main, at=(x, 0.3, 0.05))
            k.ellipsoid((0.2, 0.4, 0.13), drop, at=(x, 0.0, 0.06))
        else:
            k.ellipsoid((0.2, 0.2, 0.16), gem, at=(x, 0, 0.1), e=1.5)
            k.ring(0.15, 0.06, k.main, at=(x, 0, 0.06))
