"""The goods: one function a kind, each building a product of about one unit from shapes.

A function takes a `Kit`: shapes, random numbers and materials. `k.main` is the material that the
labels speak of and covers most of the product; `k.extra(cls)` gives another one for small parts.
"""

import math

import bpy  # noqa: F401, mathutils is found only after it
import numpy as np
from mathutils import Euler, Vector

import materials
from shapes import Builder, fillet, spline, superellipse

PI = math.pi
KINDS = {}


class Kind:
    def __init__(self, build, classes, view, yaw, category):
        self.build, self.classes, self.view, self.yaw, self.category = build, classes, view, yaw, category


def kind(classes, view=(8, 38), yaw=PI, category="home"):
    """Register a kind: its material classes, elevation range in degrees and largest turn either way."""

    def register(f):
        KINDS[f.__name__] = Kind(f, classes.split(), view, yaw, category)
        return f

    return register


class Kit(Builder):
    def __init__(self, name, rng, cls, colour):
        super().__init__(name, rng)
        self.cls, self.colour = cls, colour
        self.main = materials.make(cls, colour, rng)

    def extra(self, cls, colour=None, hex_colour=None):
        allowed = [c for c in materials.CLASSES[cls] if c != "multicolor"]
        return materials.make(cls, colour or self.pick(allowed), self.rng, hex_colour)

    def trim(self):
        return self.extra(self.pick(["metal-silver", "metal-silver", "metal-gold"]))

    def dark(self):
        return self.extra("plastic", "black")

    def print(self, **kw):
        return materials.printed(self.rng, **kw)

    def furry(self, obj):
        """Fur on a plush part; nothing on other classes."""
        if self.cls == "plush":
            length = self.u(0.03, 0.11)
            self.fur(obj, length, self.u(9000, 16000), thickness=self.u(0.004, 0.007), curl=self.u(0.2, 0.9))
        return obj


def arc(r, a0, a1, n=24, centre=(0, 0)):
    t = np.linspace(a0, a1, n)
    return np.stack([centre[0] + r * np.cos(t), centre[1] + r * np.sin(t)], 1)


def wall(outer, thickness):
    """A vessel's profile from its outer one: up the outside, down the inside."""
    outer = np.asarray(outer, float)
    inner = outer[::-1] - np.array([thickness, 0])
    inner[:, 0] = np.maximum(inner[:, 0], 0)
    inner = inner[inner[:, 1] > thickness * 1.3]
    rim = np.array([[outer[-1, 0] - thickness * 0.5, outer[-1, 1] + thickness * 0.35]])
    return np.concatenate([[[0, 0]], outer, rim, inner, [[inner[-1, 0] * 0.7, thickness * 1.3], [0, thickness * 1.3]]])


# -- kitchen ----------------------------------------------------------------------------------
@kind("ceramic ceramic ceramic glass metal-silver plastic")
def mug(k):
    h, r, top = k.u(0.75, 1.1), k.u(0.34, 0.46), k.u(0.85, 1.15)
    side = fillet([(r * 0.4, 0), (r * k.u(0.75, 1), 0), (r, h * k.u(0.1, 0.4)), (r * top, h)], k.u(0.04, 0.2), 8)
    k.lathe(wall(side, 0.035), k.main)
    a, b = h * k.u(0.15, 0.3), h * k.u(0.72, 0.88)
    out = r + k.u(0.22, 0.34)
    path = spline(
        [(r * 0.93, 0, a), (out * 0.9, 0, a + 0.03), (out, 0, (a + b) / 2), (out * 0.93, 0, b), (r * top * 0.93, 0, b - 0.01)], 30
    )
    k.tube(path, k.u(0.035, 0.06), k.main)
    if k.chance(0.4):
        k.lathe([(0, h * 0.86), (r * min(top, 1) * 0.9, h * 0.86)], k.extra("plastic", "brown"))
    elif k.chance(0.3) and k.cls == "ceramic":
        k.lathe([(r * 1.012, h * 0.45), (r * 1.012 * (1 + (top - 1) * 0.4), h * 0.65)], k.extra("ceramic"))


@kind("glass", view=(5, 30))
def tumbler(k):
    h, r = k.u(0.6, 1.2), k.u(0.28, 0.45)
    k.lathe(wall(fillet([(r * 0.3, 0), (r * k.u(0.7, 1), 0), (r, h)], 0.05), 0.03), k.main)
    if k.chance(0.5):
        level = h * k.u(0.3, 0.8)
        k.lathe(
            [(0, 0.06), (r * 0.7, 0.06), (r * 0.86, level), (0, level)],
            k.extra(
                "glass" if k.chance(0.5) else "plastic", k.pick(["orange", "red", "brown", "yellow"]) if k.chance(0.6) else None
            ),
        )


@kind("glass", view=(3, 22))
def wineglass(k):
    h, r = k.u(0.45, 0.7), k.u(0.25, 0.36)
    bowl = spline([(0.03, 0.5), (r * 0.8, 0.5 + h * 0.2), (r, 0.5 + h * 0.5), (r * k.u(0.7, 0.95), 0.5 + h)], 24)
    k.lathe(
        np.concatenate(
            [
                [[0, 0], [0.3, 0], [0.3, 0.015]],
                spline([(0.26, 0.02), (0.05, 0.06), (0.025, 0.3)], 12),
                bowl,
                bowl[::-1] - [0.014, 0],
                [[0, 0.52]],
            ]
        ),
        k.main,
    )
    if k.chance(0.5):
        part = bowl[:14] - [0.02, -0.01]
        k.lathe(np.concatenate([[[0, 0.52]], part, [[0, part[-1, 1]]]]), k.extra("plastic", k.pick(["red", "yellow"])))


@kind("glass glass plastic plastic metal-silver ceramic", view=(3, 22))
def bottle(k):
    h, r, neck = k.u(1.5, 2.4), k.u(0.25, 0.45), k.u(0.09, 0.15)
    shoulder = h * k.u(0.5, 0.72)
    outer = fillet(
        [(0.02, 0), (r * k.u(0.85, 1), 0), (r, 0.12), (r, shoulder), (neck, shoulder + k.u(0.1, 0.4)), (neck, h)], k.u(0.05, 0.2), 8
    )
    k.lathe(wall(outer, 0.03) if k.cls == "glass" else np.concatenate([[[0, 0]], outer, [[0, h]]]), k.main)
    if k.cls == "glass" and k.chance(0.7):
        k.lathe(
            fillet([(0, 0.06), (r - 0.05, 0.06), (r - 0.05, shoulder * k.u(0.5, 0.98)), (0, shoulder * 0.9)], 0.03),
            k.extra("glass", k.pick(["brown", "green", "pink", "clear"])),
        )
    if k.chance(0.75):
        a, b = sorted(shoulder * k.rng.uniform([0.12, 0.55], [0.35, 0.9]))
        k.lathe([(r + 0.006, a), (r + 0.006, b)], k.print(), uv_unit=True, rot=(0, 0, k.u(0, 6)))
    cap = k.pick(["plastic", "metal-silver", "metal-gold", "wood"])
    k.lathe(fillet([(0, h - 0.12), (neck * 1.25, h - 0.12), (neck * 1.25, h + k.u(0.02, 0.2)), (0, h + 0.05)], 0.02), k.extra(cap))


@kind("glass ceramic plastic", view=(5, 35))
def jar(k):
    h, r = k.u(0.6, 1.2), k.u(0.35, 0.55)
    side = fillet([(r * 0.3, 0), (r, 0), (r, h * 0.85), (r * 0.82, h * 0.93), (r * 0.82, h)], 0.08, 7)
    k.lathe(wall(side, 0.03), k.main)
    if k.cls == "glass" and k.chance(0.75):
        fill = k.u(0.3, 0.8) * h
        k.lathe(
            fillet([(0, 0.05), (r - 0.05, 0.05), (r - 0.05, fill), (0, fill)], 0.05),
            k.extra("plastic", k.pick(["red", "orange", "brown", "beige", "green", "purple", "yellow"])),
        )
    lid = k.extra(k.pick(["metal-silver", "metal-gold", "wood", "plastic"]))
    k.lathe(fillet([(0, h - 0.06), (r * 0.9, h - 0.06), (r * 0.9, h + 0.08), (0, h + 0.1)], 0.03), lid)
    if k.chance(0.6):
        k.lathe([(r + 0.005, h * 0.2), (r + 0.005, h * 0.7)], k.print(), uv_unit=True, rot=(0, 0, k.u(0, 6)))


@kind("ceramic ceramic wood metal-silver glass plastic", view=(15, 60))
def bowl(k):
    r, h, foot = k.u(0.5, 0.7), k.u(0.25, 0.5), k.u(0.18, 0.3)
    side = spline([(foot, 0), (foot * 1.02, 0.04), (r * 0.75, h * 0.35), (r * 0.95, h * 0.75), (r, h)], 30)
    k.lathe(wall(side, 0.03), k.main)
    if k.chance(0.3):
        fruit = k.extra("plastic", k.pick(["red", "orange", "green", "yellow"]))
        for _ in range(6):
            a, d = k.u(0, 6.3), k.u(0, r * 0.5)
            k.ellipsoid([k.u(0.22, 0.3)] * 3, fruit, at=(d * math.cos(a), d * math.sin(a), h * 0.75))


@kind("ceramic ceramic ceramic wood metal-silver plastic glass", view=(30, 88))
def plate(k):
    r, h = 0.6, k.u(0.05, 0.11)
    side = fillet([(0.1, 0), (r * 0.6, 0), (r * 0.68, h * 0.4), (r, h)], 0.05, 6)
    k.lathe(wall(side, 0.018), k.main, n=120)
    if k.chance(0.4):
        k.ring(r * 0.97, 0.012, k.extra("ceramic"), at=(0, 0, h))


@kind("ceramic ceramic glass metal-gold wood", view=(4, 28))
def vase(k):
    h = k.u(1.0, 1.7)
    radii = k.rng.uniform(0.16, 0.5, 5)
    radii[0], radii[-1] = max(radii[0], 0.2), k.u(0.12, 0.35)
    side = spline([(r, z) for r, z in zip(radii, np.linspace(0, h, 5))], 48)
    k.lathe(wall(side, 0.03), k.main)
    if k.chance(0.35):
        leaf, stem = k.extra("plastic", "green"), k.extra("plastic", "green")
        for _ in range(int(k.u(4, 9))):
            a, out, top = k.u(0, 6.3), k.u(0.1, 0.5), h + k.u(0.3, 0.8)
            end = np.array([out * math.cos(a), out * math.sin(a), top])
            k.tube(spline([(0, 0, h * 0.4), (0.05 * math.cos(a), 0.05 * math.sin(a), h), end], 12), 0.012, stem, n=6)
            k.ellipsoid((0.28, 0.09, 0.02), leaf, at=end, rot=(0, -k.u(0.2, 1), a))


@kind("ceramic metal-silver glass", view=(5, 35))
def teapot(k):
    r, h = 0.45, k.u(0.5, 0.8)
    k.lathe(np.concatenate([[[0, 0]], spline([(r * 0.6, 0), (r, h * 0.4), (r * 0.8, h * 0.85), (r * 0.4, h)], 36)]), k.main)
    k.lathe(spline([(r * 0.42, h), (r * 0.3, h + 0.07), (0.05, h + 0.1), (0.07, h + 0.16), (0, h + 0.2)], 24), k.main)
    k.tube(
        spline([(-r * 0.85, 0, h * 0.3), (-r * 1.25, 0, h * 0.45), (-r * 1.45, 0, h), (-r * 1.6, 0, h * 1.05)], 24),
        np.linspace(0.11, 0.045, 24),
        k.main,
    )
    if k.chance(0.5):
        k.tube(
            spline([(r * 0.7, 0, h * 0.85), (r * 1.5, 0, h * 0.9), (r * 1.5, 0, h * 0.35), (r * 0.85, 0, h * 0.25)], 30),
            0.045,
            k.main,
        )
    else:
        k.tube(
            spline([(-r * 0.7, 0, h * 0.85), (-r * 0.6, 0, h * 1.6), (r * 0.6, 0, h * 1.6), (r * 0.7, 0, h * 0.85)], 40),
            0.03,
            k.extra("wood"),
        )


@kind("metal-silver metal-silver plastic metal-gold", view=(15, 55))
def pan(k):
    r, h = 0.5, k.u(0.12, 0.4)
    k.lathe(wall(fillet([(0.1, 0), (r * 0.85, 0), (r, h)], 0.08, 7), 0.02), k.main)
    handle = k.pick([k.main, k.dark(), k.extra("wood")])
    k.tube(
        spline([(r * 0.95, 0, h * 0.85), (r + 0.2, 0, h * 0.95), (r + k.u(0.5, 0.8), 0, h + 0.1)], 20),
        np.linspace(0.03, 0.05, 20),
        handle,
        section=superellipse(2, 1.1, 3, 16),
    )


@kind("metal-silver metal-silver metal-gold wood", view=(40, 85))
def spoon(k):
    s = np.linspace(0, 1, 50)
    width = np.where(s < 0.35, 0.15 * np.sqrt(np.clip(1 - ((s - 0.17) / 0.18) ** 2, 0.002, 1)), 0)
    width = np.maximum(width, 0.026 + 0.03 * np.clip(s - 0.6, 0, 1))
    depth = np.where(s < 0.35, -0.1 * np.clip(1 - ((s - 0.17) / 0.18) ** 2, 0, 1), 0.05 * np.sin((s - 0.35) * PI / 0.65))
    v = np.linspace(-1, 1, 13)
    rows = [
        [(x * 1.4, w * t, d * (1 - t * t) + (0.05 * math.sin((x - 0.35) * PI / 0.65) * t * t if x > 0.35 else 0)) for t in v]
        for x, w, d in zip(s, width, depth)
    ]
    for i in range(1 if k.chance(0.6) else int(k.u(2, 4))):
        obj = k.grid(rows, k.main, closed=False, at=(0, 0.36 * i, 0.1), rot=(0, 0, 0 if i == 0 else k.u(-0.1, 0.1)))
        k.solidify(obj, 0.022)


@kind("metal-silver", view=(40, 85))
def knife(k):
    blade = [(0, -0.02), (0.75, -0.02), (0.9, 0.03), (0.7, 0.1), (0.1, 0.11), (0, 0.08)]
    k.prism(spline(blade, 50, closed=True), 0.012, k.main, bevel=0.004, at=(0, 0, 0.03))
    k.tube(
        spline([(0.03, 0.03, 0.036), (-0.25, 0.04, 0.036), (-0.5, 0.0, 0.036)], 16),
        np.linspace(0.05, 0.065, 16),
        k.extra(k.pick(["wood", "plastic"])),
        section=superellipse(2, 1, 3, 20),
    )


# -- boxes, tins, cosmetics -------------------------------------------------------------------
@kind("paper", view=(8, 40))
def box(k):
    w, d, h = k.u(0.4, 1.0), k.u(0.25, 0.9), k.u(0.3, 1.2)
    k.box((w, d, h), k.main, at=(0, 0, h / 2), bevel=0.008)
    style = k.pick(["print", "tape", "ribbon", "plain", "print"])
    if style == "print":
        art = k.print(rough=0.4)
        k.picture(w * 0.96, h * 0.96, art, at=(0, -d / 2 - 0.004, h / 2))
        if k.chance(0.5):
            k.picture(d * 0.96, h * 0.96, art, at=(w / 2 + 0.004, 0, h / 2), rot=(0, 0, PI / 2))
    elif style == "tape":
        k.box((w * 0.14, d + 0.004, 0.004), k.extra("plastic", "beige"), at=(0, 0, h), bevel=0)
        k.picture(w * 0.3, h * 0.25, k.print(paper=np.array([0.85] * 3)), at=(w * 0.2, -d / 2 - 0.004, h * 0.3))
    elif style == "ribbon":
        band = k.extra("woven")
        k.box((w * 0.1, d + 0.015, h + 0.015), band, at=(0, 0, h / 2), bevel=0.004)
        k.box((w + 0.015, d * 0.1, h + 0.015), band, at=(0, 0, h / 2), bevel=0.004)
        for s in (-1, 1):
            k.tube(
                spline([(0, 0, h), (s * 0.2, 0, h + 0.18), (s * 0.28, 0.02, h + 0.06), (0, 0, h + 0.01)], 24),
                0.03,
                band,
                section=superellipse(0.4, 2.4, 4, 12),
            )


@kind("paper", view=(15, 50))
def open_box(k):
    w, d, h, t = k.u(0.7, 1), k.u(0.5, 0.8), k.u(0.35, 0.7), 0.02
    k.box((w, d, t), k.main, at=(0, 0, t / 2), bevel=0.003)
    for s in (-1, 1):
        k.box((w, t, h), k.main, at=(0, s * d / 2, h / 2), bevel=0.003)
        k.box((t, d, h), k.main, at=(s * w / 2, 0, h / 2), bevel=0.003)
        a, b = k.u(0.5, 1.3), k.u(0.5, 1.3)
        k.box(
            (w * 0.98, d * 0.45, t * 0.6),
            k.main,
            at=(0, s * (d / 2 + d * 0.225 * math.cos(a)), h + d * 0.225 * math.sin(a)),
            rot=(s * a, 0, 0),
            bevel=0.002,
        )
        k.box(
            (d * 0.4, d * 0.98, t * 0.6),
            k.main,
            at=(s * (w / 2 + d * 0.2 * math.cos(b)), 0, h + d * 0.2 * math.sin(b)),
            rot=(0, -s * b, 0),
            bevel=0.002,
        )


@kind("metal-silver metal-gold plastic", view=(5, 35))
def can(k):
    r, h = k.u(0.28, 0.5), k.u(0.5, 1.1)
    k.lathe(
        fillet(
            [
                (0, 0.02),
                (r * 0.85, 0.02),
                (r * 0.9, 0),
                (r, 0.06),
                (r, h - 0.06),
                (r * 0.9, h),
                (r * 0.86, h - 0.02),
                (0, h - 0.02),
            ],
            0.015,
        ),
        k.main,
    )
    if k.chance(0.7):
        k.lathe([(r + 0.004, h * 0.12), (r + 0.004, h * 0.88)], k.print(rough=0.25), uv_unit=True, rot=(0, 0, k.u(0, 6)))
    if k.chance(0.5):
        k.ring(0.09, 0.014, k.main, at=(r * 0.3, 0, h - 0.005))


@kind("plastic", view=(5, 60))
def tube(k):
    h, r = k.u(0.9, 1.3), k.u(0.17, 0.24)
    rings = []
    for t in np.linspace(0, 1, 24):
        w, d = r * (1 + 0.35 * t), r * (1 - t**1.6) + 0.012
        rings.append([(x, y, 0.18 + t * h) for x, y in superellipse(2 * w, 2 * d, 2)])
    k.loft(rings, k.main)
    cap = k.extra(k.pick(["plastic", "metal-gold", "metal-silver"]))
    k.lathe(fillet([(0, 0), (r * 0.98, 0), (r * 0.98, 0.2), (0, 0.2)], 0.03), cap)
    side = slice(27, 46)  # the front, where the outline has negative y
    front = [np.asarray(ring)[side] * [1.01, 1.02, 1] for ring in rings[3:14]]
    k.grid(front, k.print(), closed=False, uv_unit=True)


@kind("glass", view=(4, 28))
def perfume(k):
    w, d, h = k.u(0.5, 0.8), k.u(0.22, 0.4), k.u(0.5, 0.9)
    e = k.pick([2.5, 5, 12])
    k.loft(
        [
            [(x * s, y * s, z) for x, y in superellipse(w, d, e)]
            for s, z in [(0.93, 0), (0.99, 0.02), (1, 0.05), (1, h - 0.05), (0.98, h - 0.01), (0.9, h)]
        ],
        k.main,
    )
    tint = k.extra("glass", k.pick(["pink", "brown", "blue", "green"]))
    k.loft([[(x, y, z) for x, y in superellipse(w * 0.85, d * 0.75, e)] for z in (0.08, h * 0.6, h * 0.75)], tint)
    cap = k.extra(k.pick(["metal-gold", "metal-silver", "plastic", "wood"]))
    k.lathe(fillet([(0, h), (0.08, h), (0.08, h + 0.06), (0.14, h + 0.06), (0.14, h + k.u(0.2, 0.35)), (0, h + 0.3)], 0.02), cap)
    k.picture(w * 0.45, h * 0.3, k.print(paper=np.array([0.9, 0.88, 0.82])), at=(0, -d / 2 - 0.006, h * 0.4))


@kind("plastic ceramic", view=(5, 30))
def pump_bottle(k):
    r, h = k.u(0.25, 0.36), k.u(0.8, 1.2)
    k.lathe(fillet([(0, 0), (r, 0), (r, h), (r * 0.4, h + 0.1), (r * 0.4, h + 0.14), (0, h + 0.14)], 0.06, 7), k.main)
    top = k.pick([k.dark(), k.trim(), k.extra("plastic", "white")])
    k.lathe(
        fillet(
            [
                (0, h + 0.12),
                (r * 0.48, h + 0.12),
                (r * 0.48, h + 0.24),
                (0.04, h + 0.24),
                (0.04, h + 0.42),
                (0.1, h + 0.42),
                (0.1, h + 0.48),
                (0, h + 0.48),
            ],
            0.02,
        ),
        top,
    )
    k.tube([(0, 0, h + 0.45), (-0.2, 0, h + 0.45), (-0.34, 0, h + 0.42)], 0.035, top)
    k.lathe([(r + 0.005, h * 0.2), (r + 0.005, h * 0.75)], k.print(), uv_unit=True, rot=(0, 0, k.u(0, 6)))


@kind("ceramic glass metal-silver metal-gold", view=(5, 40))
def candle(k):
    r, h = k.u(0.35, 0.5), k.u(0.4, 0.8)
    k.lathe(wall(fillet([(0.05, 0), (r, 0), (r, h)], 0.04), 0.03), k.main)
    wax = k.extra("plastic", k.pick(["white", "beige", "pink", "green"]))
    k.lathe([(0, 0.05), (r - 0.035, 0.05), (r - 0.035, h * 0.8), (0, h * 0.79)], wax)
    k.tube([(0, 0, h * 0.75), (0.01, 0, h * 0.95)], 0.012, k.dark())
    k.lathe([(r + 0.004, h * 0.25), (r + 0.004, h * 0.7)], k.print(paper=np.array([0.85, 0.82, 0.75])), uv_unit=True)


# -- home and furniture -----------------------------------------------------------------------
@kind("woven metal-silver metal-gold wood ceramic paper", view=(3, 22))
def lamp(k):
    base = k.main if k.cls not in ("woven", "paper") else k.extra(k.pick(["wood", "ceramic", "metal-gold"]))
    shade = k.main if k.cls in ("woven", "paper") else k.extra(k.pick(["woven", "paper"]), k.pick(["white", "beige", "gray"]))
    h = k.u(0.6, 1.0)
    if k.chance(0.5):
        k.lathe(fillet([(0, 0), (0.28, 0), (0.28, 0.05), (0.03, 0.08), (0.03, h), (0, h)], 0.03), base)
    else:
        k.lathe(
            np.concatenate(
                [[[0, 0]], spline([(0.2, 0), (k.u(0.2, 0.38), h * 0.35), (0.1, h * 0.75), (0.03, h * 0.85), (0.03, h)], 40)]
            ),
            base,
        )
    low, high = k.u(0.38, 0.5), k.u(0.22, 0.42)
    obj = k.lathe([(low, h - 0.12), (high, h + k.u(0.35, 0.5))], shade)
    k.solidify(obj, 0.02)
    k.ellipsoid((0.14, 0.14, 0.2), k.extra("plastic", "white"), at=(0, 0, h + 0.08))


@kind("wood wood wood plastic metal-silver", view=(8, 28), yaw=1.0, category="furniture")
def chair(k):
    w, d, h, back = 0.5, 0.48, k.u(0.45, 0.55), k.u(0.45, 0.6)
    leg = k.main if k.chance(0.6) else k.extra(k.pick(["metal-silver", "wood"]))
    seat = k.main if k.chance(0.6) else k.extra(k.pick(["leather-like", "woven"]))
    k.box((w, d, 0.06), seat, at=(0, 0, h), bevel=0.025)
    splay = k.u(0, 0.08)
    for x in (-1, 1):
        for y in (-1, 1):
            k.tube(
                [(x * (w / 2 - 0.04 + splay), y * (d / 2 - 0.04 + splay), 0), (x * (w / 2 - 0.04), y * (d / 2 - 0.04), h)],
                [0.018, 0.028],
                leg,
            )
        k.tube([(x * (w / 2 - 0.03), d / 2 - 0.04, h), (x * (w / 2 - 0.03), d / 2 + 0.06, h + back)], 0.024, k.main)
    if k.chance(0.5):
        for z in np.linspace(h + back * 0.35, h + back, int(k.u(2, 5))):
            k.box((w - 0.03, 0.025, 0.07), k.main, at=(0, d / 2 + 0.1 * (z - h) / back - 0.04, z - 0.03), bevel=0.01)
    else:
        k.box((w, 0.035, back * 0.6), k.main, at=(0, d / 2 + 0.03, h + back * 0.65), rot=(-0.18, 0, 0), bevel=0.015)


@kind("wood wood metal-silver plastic", view=(8, 30), category="furniture")
def stool(k):
    h, n, r = k.u(0.5, 0.95), k.pick([3, 4, 4]), k.u(0.22, 0.3)
    seat = k.main if k.chance(0.7) else k.extra(k.pick(["leather-like", "woven"]))
    k.lathe(fillet([(0, h), (r, h), (r, h + k.u(0.05, 0.12)), (0, h + 0.09)], 0.03), seat)
    for i in range(n):
        c, s = math.cos(2 * PI * i / n + 0.5), math.sin(2 * PI * i / n + 0.5)
        k.tube([(c * r * 1.15, s * r * 1.15, 0), (c * r * 0.7, s * r * 0.7, h)], [0.02, 0.028], k.main)
    k.ring(r * 0.98, 0.014, k.main, at=(0, 0, h * 0.33))


@kind("wood wood glass metal-silver", view=(10, 30), yaw=1.2, category="furniture")
def table(k):
    w, d, h = k.u(0.8, 1.2), k.u(0.5, 0.7), k.u(0.4, 0.7)
    leg = k.main if k.cls != "glass" else k.trim()
    if k.chance(0.3):
        k.lathe(fillet([(0, h), (w / 2, h), (w / 2, h + 0.05), (0, h + 0.05)], 0.02), k.main)
        k.lathe(fillet([(0, 0), (0.26, 0), (0.26, 0.03), (0.04, 0.06), (0.04, h), (0, h)], 0.03), leg)
    else:
        k.box((w, d, 0.05), k.main, at=(0, 0, h), bevel=0.012)
        for x in (-1, 1):
            for y in (-1, 1):
                k.tube(
                    [(x * (w / 2 - 0.05), y * (d / 2 - 0.05), 0), (x * (w / 2 - 0.08), y * (d / 2 - 0.08), h)], [0.02, 0.032], leg
                )
        if k.chance(0.4):
            k.box((w * 0.85, d * 0.85, 0.14), leg, at=(0, 0, h - 0.08))


@kind("woven leather-like plush", view=(8, 25), yaw=0.8, category="furniture")
def sofa(k):
    w, d, seats = k.u(1.3, 2), 0.75, k.pick([1, 2, 3])
    if seats == 1:
        w = 0.9
    leg = k.extra(k.pick(["wood", "metal-silver"]))
    k.box((w, d, 0.22), k.main, at=(0, 0, 0.25), bevel=0.04)
    k.box((w, 0.22, 0.5), k.main, at=(0, d / 2 - 0.08, 0.5), rot=(-0.12, 0, 0), bevel=0.08)
    for s in (-1, 1):
        k.box((0.18, d, 0.42), k.main, at=(s * (w / 2 - 0.02), 0, 0.38), bevel=0.07)
        for y in (-1, 1):
            k.tube([(s * (w / 2 - 0.08), y * (d / 2 - 0.08), 0), (s * (w / 2 - 0.1), y * (d / 2 - 0.1), 0.16)], [0.018, 0.03], leg)
    cw = (w - 0.24) / seats
    for i in range(seats):
        x = -w / 2 + 0.12 + cw * (i + 0.5)
        k.wrinkle(k.ellipsoid((cw * 0.99, d * 0.85, 0.2), k.main, at=(x, -0.04, 0.42), e=5), 0.02, 0.2)
        k.wrinkle(k.ellipsoid((cw * 0.97, 0.22, 0.42), k.main, at=(x, d / 2 - 0.2, 0.62), rot=(-0.2, 0, 0), e=4), 0.02, 0.2)


@kind("woven woven knit plush leather-like denim", view=(15, 75), yaw=0.6)
def cushion(k):
    n = 64
    t = np.linspace(-1, 1, n)
    x, y = np.meshgrid(t, t)
    puff = k.u(0.2, 0.3) * (np.clip(1 - x**4, 0, 1) * np.clip(1 - y**4, 0, 1)) ** 0.42
    squeeze = 1 - 0.07 * (1 - np.abs(y)) ** 1.2, 1 - 0.07 * (1 - np.abs(x)) ** 1.2
    stand = k.chance(0.5)
    rot = (PI / 2 - k.u(0.1, 0.35), 0, k.u(-0.1, 0.1)) if stand else (0, 0, 0)
    for s in (-1, 1):
        top = np.stack([0.5 * x * squeeze[0], 0.5 * y * squeeze[1], s * puff * 0.6], 2)
        obj = k.grid(top if s > 0 else top[:, ::-1], k.main, closed=False, rot=rot, angle=90)
        k.wrinkle(obj, k.u(0.01, 0.035), 0.25)
        k.furry(obj)


@kind("ceramic plastic wood metal-gold", view=(8, 35))
def potted_plant(k):
    r, h = k.u(0.28, 0.4), k.u(0.35, 0.6)
    k.lathe(wall(fillet([(0.05, 0), (r * 0.75, 0), (r, h)], 0.05), 0.035), k.main)
    k.lathe([(0, h * 0.86), (r * 0.95, h * 0.86)], k.extra("plush", "brown"))
    leaf = k.extra("leather-like", "green")
    broad, tall = k.u(0.1, 0.25), k.u(0.4, 0.8)
    for i in range(int(k.u(14, 34))):
        a, lean = k.u(0, 2 * PI), k.u(0.15, 1.1)
        length = tall * k.u(0.6, 1.1)
        s = np.linspace(0, 1, 12)
        rows = []
        for q in s:
            w = broad * math.sin(PI * min(q * 0.92 + 0.06, 1)) ** 0.8 * 0.5
            x = length * math.sin(lean) * q**1.4
            z = h * 0.85 + length * (q - 0.25 * lean * q * q)
            rows.append([(x, v * w, z + 0.3 * w * v * v) for v in np.linspace(-1, 1, 7)])
        obj = k.grid(rows, leaf, closed=False, rot=(0, 0, a))
        k.solidify(obj, 0.006)


@kind("woven wood plastic", view=(15, 45))
def basket(k):
    r, h, bulge = k.u(0.4, 0.55), k.u(0.3, 0.7), k.u(0.95, 1.2)
    t = np.linspace(0, 2 * PI, 160, endpoint=False)
    rings, rows = [], 16
    for i in range(rows * 3):
        z = h * i / (rows * 3 - 1)
        rr = r * (0.8 + 0.2 * bulge * math.sin(PI * (0.15 + 0.6 * z / h)))
        rr = rr + 0.016 * np.sin(t * 20 + PI * ((i // 3) % 2)) + 0.006 * math.sin(2 * PI * (i % 3) / 3)
        rings.append(np.stack([rr * np.cos(t), rr * np.sin(t), np.full_like(t, z)], 1))
    k.solidify(k.grid(rings, k.main), 0.02)
    k.lathe([(0, 0.01), (r * 0.9, 0.01)], k.main)
    k.ring(float(np.mean(np.linalg.norm(rings[-1][:, :2], axis=1))), 0.03, k.main, at=(0, 0, h))
    if k.chance(0.6):
        k.tube(spline([(-r, 0, h), (-r * 0.8, 0, h + 0.4), (0, 0, h + 0.6), (r * 0.8, 0, h + 0.4), (r, 0, h)], 40), 0.03, k.main)


@kind("metal-silver plastic wood", view=(8, 35))
def bucket(k):
    r, h = k.u(0.38, 0.5), k.u(0.6, 0.9)
    k.lathe(wall(fillet([(0.05, 0), (r * 0.75, 0), (r, h)], 0.03), 0.018), k.main)
    k.ring(r, 0.022, k.main, at=(0, 0, h))
    for z in (0.25, 0.7):
        k.ring(r * (0.75 + 0.25 * z) + 0.004, 0.012, k.main, at=(0, 0, h * z))
    up = k.chance(0.5)
    lean = 0.1 if up else 1.35
    k.tube(
        [
            (r * math.cos(a), -r * math.sin(a) * math.sin(lean), h - 0.03 + r * math.sin(a) * math.cos(lean))
            for a in np.linspace(0, PI, 40)
        ],
        0.014,
        k.trim(),
        n=10,
    )


@kind("wood metal-silver metal-gold plastic", view=(3, 25), yaw=0.5)
def clock(k):
    r = 0.5
    rot = (PI / 2 - 0.08, 0, 0)
    at = (0, 0, r + 0.06)
    k.lathe(fillet([(0, -0.06), (r, -0.06), (r, 0.06), (r * 0.9, 0.06), (r * 0.88, 0.03), (0, 0.03)], 0.02), k.main, rot=rot, at=at)
    dial = k.extra("paper", k.pick(["white", "white", "black", "beige"]))
    k.lathe([(r * 0.88, 0.035), (0.001, 0.035)], dial, rot=rot, at=at)
    ink = k.extra("plastic", "black" if dial["colour"] != "black" else "white")
    turn = Euler(rot).to_matrix()
    place = lambda x, y, z: tuple(turn @ Vector((x, y, z)) + Vector(at))
    for i in range(12):
        a = i * PI / 6
        k.tube([place(s * r * math.sin(a), s * r * math.cos(a), 0.04) for s in (0.72, 0.8)], 0.012 if i % 3 else 0.02, ink, n=8)
    for length, a, w in ((0.42, k.u(0, 6.3), 0.02), (0.62, k.u(0, 6.3), 0.013)):
        k.tube([place(0, 0, 0.05), place(length * r * math.sin(a), length * r * math.cos(a), 0.05)], w, ink, n=8)
    for s in (-1, 1):
        k.tube([(s * 0.3, 0, 0), (s * 0.22, 0, 0.2)], 0.03, k.main)


@kind("wood wood metal-gold metal-silver plastic", view=(2, 20), yaw=0.6)
def picture_frame(k):
    w, h, b = k.u(0.6, 1), k.u(0.6, 1.1), k.u(0.05, 0.1)
    lean = (-0.12, 0, 0)
    up = lambda z: (0.12 * z, z)
    for s in (-1, 1):
        k.box((b, 0.05, h + b), k.main, at=(s * w / 2, *up(h / 2 + b / 2)), rot=lean, bevel=0.012)
        k.box((w - b, 0.05, b), k.main, at=(0, *up(h / 2 + b / 2 + s * h / 2)), rot=lean, bevel=0.012)
    k.picture(w, h, k.print(text=k.chance(0.3), rough=0.15), at=(0, *up(h / 2 + b / 2)), rot=lean)
    k.box((w, 0.02, h), k.dark(), at=(0, 0.02 + up(h / 2 + b / 2)[0], h / 2 + b / 2), rot=lean, bevel=0)


@kind("woven plastic", view=(5, 30))
def umbrella(k):
    ribs, r = 8, 0.75
    rings = []
    for t in np.linspace(0.01, 1, 20):
        a = np.linspace(0, 2 * PI, ribs * 10, endpoint=False)
        scallop = 1 - 0.07 * t * np.abs(np.sin(a * ribs / 2))
        rings.append(
            np.stack(
                [
                    r * t * scallop * np.cos(a),
                    r * t * scallop * np.sin(a),
                    1.05 - 0.38 * t * t - 0.03 * t * np.abs(np.sin(a * ribs / 2)),
                ],
                1,
            )
        )
    k.solidify(k.grid(rings, k.main, angle=20), 0.008)
    k.tube([(0, 0, 0.1), (0, 0, 1.12)], 0.018, k.trim())
    k.tube(spline([(0, 0, 0.15), (0, 0, 0.05), (0.07, 0, 0), (0.13, 0, 0.07)], 20), 0.03, k.extra("wood"))


# -- clothing and accessories -----------------------------------------------------------------
def garment(k, outline, depth=0.05, wrinkle=0.035):
    body = k.prism(outline, depth, k.main)
    obj = k.soft([body], k.main, voxel=0.012, smooth=10, wrinkle=wrinkle, scale=k.u(0.12, 0.3))
    if k.cls == "plush":
        k.furry(obj)
    return obj


def mirror(half):
    return half + [(-x, y) for x, y in half[::-1] if abs(x) > 1e-6]


@kind("woven woven knit knit denim", view=(55, 89), yaw=0.3, category="clothing")
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


@kind("denim denim denim woven leather-like", view=(55, 89), yaw=0.3, category="clothing")
def trousers(k):
    w, l, leg = k.u(0.2, 0.26), k.u(0.8, 1.1), k.u(0.1, 0.2)
    if k.chance(0.25):
        l *= 0.5
    half = [(0, -0.3), (k.u(0.05, 0.12), -l), (0.1 + leg, -l - 0.01), (w * 1.15, -0.25), (w * 0.95, 0), (0, -0.015)]
    garment(k, np.array(mirror(half)))
    for s in (-1, 1):
        k.box((0.11, 0.12, 0.008), k.main, at=(s * w * 0.5, -0.2, 0.058), bevel=0.003)
    k.ring(0.014, 0.008, k.trim(), at=(0, -0.05, 0.065))


@kind("woven woven knit denim", view=(55, 89), yaw=0.3, category="clothing")
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


@kind("knit", view=(45, 89), yaw=PI, category="clothing")
def socks(k):
    outline = np.array(
        [(0, 0), (0.2, 0), (0.2, -0.5), (0.3, -0.62), (0.55, -0.68), (0.58, -0.8), (0.48, -0.86), (0.05, -0.84), (-0.03, -0.7)]
    )
    shift = k.u(0.16, 0.34)
    objs = [k.prism(outline, 0.06, k.main), k.prism(outline + [shift, k.u(-0.1, 0.1)], 0.06, k.main, at=(0, 0, 0.05))]
    k.soft(objs, k.main, voxel=0.012, smooth=12, wrinkle=0.03)


@kind("knit plush leather-like", view=(50, 89), category="clothing")
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


@kind("knit plush", view=(8, 35), category="clothing")
def beanie(k):
    r, h = 0.42, k.u(0.4, 0.65)
    dome = spline([(r, 0.15), (r * 1.02, h * 0.5), (r * 0.75, h * 0.9), (0.02, h + 0.1)], 30)
    k.furry(k.wrinkle(k.lathe(np.concatenate([[[r * 0.9, 0.02]], dome]), k.main), 0.03, 0.3))
    k.lathe(fillet([(r, 0), (r * 1.1, 0), (r * 1.1, 0.22), (r, 0.23)], 0.04, 8), k.main if k.chance(0.7) else k.extra("knit"))
    if k.chance(0.6):
        ball = k.ellipsoid((0.26, 0.26, 0.26), k.extra("plush"), at=(0, 0, h + 0.16))
        k.fur(ball, 0.09, 9000)


@kind("woven leather-like paper", view=(8, 40), category="clothing")
def hat(k):
    r, h, brim = 0.3, k.u(0.25, 0.38), k.u(0.5, 0.75)
    k.solidify(
        k.lathe(fillet([(brim, k.u(0, 0.08)), (r * 1.02, 0.02), (r * k.u(0.85, 1), h), (0, h - 0.03)], 0.05, 8), k.main), 0.015
    )
    k.lathe([(r * 1.03, 0.035), (r * 1.02, 0.1)], k.extra(k.pick(["woven", "leather-like"])))


@kind("woven leather-like denim", view=(8, 40), yaw=1.2, category="clothing")
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


@kind("woven knit plush woven", view=(15, 55), yaw=0.8)
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


@kind("woven knit plush", view=(10, 45))
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


@kind("knit woven", view=(45, 88), category="clothing")
def scarf(k):
    s = np.linspace(0, 1, 90)
    turns = k.u(0.8, 1.3)
    r = 0.42 - 0.2 * s
    a = 2 * PI * turns * s * 1.5
    path = np.stack([r * np.cos(a), r * np.sin(a), 0.06 + 0.1 * s], 1)
    k.wrinkle(k.tube(path, 1, k.main, section=superellipse(0.24, 0.11, 3, 32)), 0.06, 0.12)
    k.wrinkle(k.box((0.22, 0.6, 0.05), k.main, at=(0.42, -0.3, 0.03), bevel=0.02), 0.02, 0.2)


@kind("plush", view=(5, 35))
def furball(k):
    obj = k.ellipsoid((1, 1, k.u(0.8, 1.1)), k.main)
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
    k.fur(obj, k.u(0.025, 0.07), k.u(14000, 22000), thickness=0.0045, curl=k.u(0.2, 0.8))
    black = k.dark()
    for s in (-1, 1):
        k.ellipsoid((0.055, 0.045, 0.055), black, at=(s * 0.1, -0.26, 0.88))
    k.ellipsoid((0.09, 0.06, 0.06), black, at=(0, -0.345, 0.79))
    if k.chance(0.4):
        k.ring(0.2, 0.03, k.extra("woven"), at=(0, -0.01, 0.62))


@kind("plush", view=(3, 25), yaw=0.8, category="toy")
def teddy(k):
    _animal(k, "bear")


@kind("plush", view=(3, 25), yaw=0.8, category="toy")
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


@kind("leather-like leather-like woven plastic knit", view=(8, 40), yaw=PI, category="shoes")
def shoe(k):
    sole = k.extra("plastic", k.pick(["white", "white", "black", "brown", "gray"]))
    lace = k.extra("woven", k.pick(["white", "black", "beige"])) if k.chance(0.75) else None
    _shoe(k, 0, sole=sole, lace=lace)
    if k.chance(0.5):
        _shoe(k, 0, at=(k.u(-0.15, 0.15), 0.46, 0), flip=-1, sole=sole, lace=lace)


@kind("leather-like plastic", view=(5, 30), yaw=PI, category="shoes")
def boot(k):
    sole = k.extra("plastic", k.pick(["black", "brown", "beige"]))
    shaft, lace = k.u(0.2, 0.7), k.extra("woven") if k.chance(0.5) else None
    _shoe(k, shaft, sole=sole, lace=lace)
    if k.chance(0.5):
        _shoe(k, shaft, at=(0.05, 0.48, 0), flip=-1, sole=sole, lace=lace)


@kind("leather-like leather-like leather-like woven denim", view=(5, 30), yaw=0.7, category="bags")
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


@kind("woven woven denim leather-like paper", view=(3, 25), yaw=0.6, category="bags")
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


@kind("woven woven leather-like denim", view=(5, 25), yaw=0.7, category="bags")
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


@kind("leather-like leather-like woven", view=(35, 80), category="bags")
def wallet(k):
    w, h = k.u(0.7, 1), k.u(0.5, 0.65)
    for z in (0, 1):
        k.box((w, h, 0.05), k.main, at=(0, 0, 0.03 + z * 0.062), rot=(0.0, 0.015 * z, 0), bevel=0.02)
    k.tube([(-w / 2, y, 0.06) for y in np.linspace(-h / 2 + 0.02, h / 2 - 0.02, 10)], 0.055, k.main)
    if k.chance(0.5):
        k.box((0.14, 0.1, 0.02), k.trim(), at=(w * 0.42, 0, 0.12), bevel=0.01)


@kind("leather-like woven", view=(20, 60), category="accessories")
def belt(k):
    a = np.linspace(0, 2 * PI * k.u(1.6, 2.6), 160)
    r = 0.5 - 0.022 * a
    k.tube(np.stack([r * np.cos(a), r * np.sin(a) * 0.9, 0 * a + 0.1], 1), 0.1, k.main, section=superellipse(0.22, 2, 5, 16))
    metal = k.trim()
    for z in (0.02, 0.18):
        k.tube([(0.53, -0.08, z), (0.54, 0.12, z)], 0.014, metal)
    for y in (-0.08, 0.12):
        k.tube([(0.535, y, 0.02), (0.535, y, 0.18)], 0.014, metal)


@kind("metal-gold metal-gold metal-silver", view=(12, 50), category="jewellery")
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


@kind("metal-gold metal-silver", view=(35, 80), category="jewellery")
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


@kind("metal-silver metal-gold plastic", view=(12, 55), yaw=0.9, category="accessories")
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


@kind("plastic plastic metal-gold metal-silver", view=(10, 45), yaw=0.8, category="accessories")
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


# -- electronics, tools, toys, books ----------------------------------------------------------
@kind("paper leather-like woven", view=(15, 65), yaw=1.0, category="books")
def book(k):
    w, h, t = k.u(0.6, 0.8), k.u(0.8, 1.05), k.u(0.07, 0.25)
    lean = k.chance(0.4)
    rot = (PI / 2 - 0.15, 0, 0) if lean else (0, 0, 0)
    turn = Euler(rot).to_matrix()
    p = lambda x, y, z: tuple(turn @ Vector((x, y, z)))
    for z in (0, t):
        k.box((w, h, 0.018), k.main, at=p(0, 0, z), rot=rot, bevel=0.005)
    k.box((0.018, h, t), k.main, at=p(-w / 2, 0, t / 2), rot=rot, bevel=0.006)
    k.box((w - 0.03, h - 0.03, t - 0.018), k.extra("paper", "white"), at=p(-0.004, 0, t / 2), rot=rot, bevel=0.002)
    if k.chance(0.75):
        k.picture(w * 0.9, h * 0.92, k.print(), at=p(0, 0, t + 0.0115), rot=(rot[0] - PI / 2, 0, 0))


@kind("plastic metal-silver", view=(25, 85), category="electronics")
def phone(k):
    w, h = 0.5, k.u(0.95, 1.1)
    k.prism(superellipse(w, h, 9, 80), 0.05, k.main, bevel=0.018)
    if k.chance(0.65):
        k.picture(w * 0.92, h * 0.93, k.print(rough=0.06, glow=k.u(0, 0.6), text=False), at=(0, 0, 0.053), rot=(-PI / 2, 0, 0))
    else:
        k.prism(superellipse(0.2, 0.24, 5) + [-0.12, h / 2 - 0.17], 0.02, k.main, bevel=0.008, at=(0, 0, 0.05))
        for x, y in ((-0.16, 0.0), (-0.08, -0.08), (-0.16, -0.1)):
            k.lathe(fillet([(0, 0.07), (0.04, 0.07), (0.04, 0.085), (0, 0.085)], 0.006), k.dark(), at=(x, y + h / 2 - 0.12, 0))


@kind("plastic plastic metal-silver leather-like", view=(10, 40), yaw=0.9, category="electronics")
def headphones(k):
    r = 0.42
    pts = np.array([(x, 0, z) for x, z in arc(r, -0.1, PI + 0.1, 50, (0, 0.4))])
    k.tube(pts, 0.045, k.main, section=superellipse(2.2, 0.8, 3, 20))
    pad = k.extra("leather-like", "black")
    for s in (-1, 1):
        side = (0, s * PI / 2, 0)
        k.lathe(
            fillet([(0, 0.0), (0.2, 0.0), (0.2, 0.07), (0.1, 0.11), (0, 0.11)], 0.03), k.main, rot=side, at=(s * r * 0.96, 0, 0.28)
        )
        k.ring(0.15, 0.06, pad, rot=side, at=(s * r * 0.9, 0, 0.28))
        k.lathe([(0, 0.112), (0.08, 0.112)], k.trim(), rot=side, at=(s * r * 0.96, 0, 0.28))


@kind("plastic metal-silver leather-like", view=(5, 30), yaw=0.8, category="electronics")
def camera(k):
    w, h, d = 1.0, k.u(0.55, 0.65), 0.32
    k.box((w, d, h), k.main, at=(0, 0, h / 2), bevel=0.06)
    black, metal = k.dark(), k.trim()
    k.box((w * 1.002, d * 1.01, h * 0.55), k.extra("leather-like", k.pick(["black", "brown"])), at=(0, 0, h * 0.45), bevel=0.05)
    k.box((0.32, d * 0.9, 0.16), k.main, at=(0, 0, h + 0.05), bevel=0.04)
    k.lathe(
        fillet([(0.27, 0), (0.27, 0.12), (0.24, 0.13), (0.24, 0.34), (0.2, 0.36), (0.18, 0.3), (0, 0.26)], 0.012),
        black,
        rot=(PI / 2, 0, 0),
        at=(0.05, -d / 2, h * 0.47),
    )
    k.lathe([(0.17, 0.3), (0.1, 0.33), (0, 0.34)], k.extra("glass", "blue"), rot=(PI / 2, 0, 0), at=(0.05, -d / 2, h * 0.47))
    for x in (-0.34, 0.33):
        k.lathe(fillet([(0, h), (0.08, h), (0.08, h + 0.06), (0, h + 0.06)], 0.01), metal, at=(x, 0, 0))


@kind("plastic", view=(20, 60), category="electronics")
def mouse(k):
    body = k.ellipsoid((0.6, 1.0, 0.62), k.main, e=2.4, at=(0, 0, 0.02))
    for v in body.data.vertices:  # only the upper half stays
        v.co.z = max(v.co.z, -0.02)
    k.box((0.07, 0.2, 0.08), k.dark(), at=(0, -0.27, 0.27), bevel=0.02)


@kind("plastic metal-silver", view=(25, 70), yaw=0.9, category="electronics")
def keyboard(k):
    w, d = 1.3, 0.45
    k.box((w, d, 0.06), k.main, at=(0, 0, 0.03), bevel=0.02)
    key = k.main if k.chance(0.4) else k.extra("plastic")
    for i in range(5):
        for j in range(14):
            if i == 0 and 3 < j < 10:
                continue
            k.box((0.075, 0.065, 0.03), key, at=(-w / 2 + 0.07 + j * 0.0895, -d / 2 + 0.07 + i * 0.078, 0.07), bevel=0.012)
    k.box((0.52, 0.065, 0.03), key, at=(-0.04, -d / 2 + 0.07, 0.07), bevel=0.012)


@kind("plastic plastic wood metal-silver", view=(3, 25), category="electronics")
def speaker(k):
    w, d, h = k.u(0.45, 0.7), k.u(0.35, 0.5), k.u(0.7, 1.1)
    k.box((w, d, h), k.main, at=(0, 0, h / 2), bevel=k.u(0.01, 0.08))
    black = k.dark()
    for z, r in ((h * 0.32, w * 0.36), (h * 0.74, w * 0.2)):
        k.lathe(
            fillet([(r, 0), (r, 0.02), (r * 0.9, 0.02), (r * 0.35, -0.03), (0, 0.0)], 0.01),
            black,
            rot=(PI / 2, 0, 0),
            at=(0, -d / 2 - 0.002, z),
        )
        k.ring(r, 0.012, k.trim(), rot=(PI / 2, 0, 0), at=(0, -d / 2 - 0.008, z))


@kind("wood plastic", view=(8, 45), category="toy")
def blocks(k):
    cells = [(0, 0, 0), (1, 0, 0), (0, 0, 1)] + [(k.pick([-1, 0, 1, 2]), k.pick([0, 1]), 0) for _ in range(3)]
    seen = set()
    for c in cells:
        if c in seen:
            continue
        seen.add(c)
        mat = k.main if len(seen) < 2 or k.colour != "multicolor" else k.extra(k.cls)
        k.box((0.3, 0.3, 0.3), mat, at=(0.36 * c[0], 0.36 * c[1], 0.15 + 0.3 * c[2]), rot=(0, 0, k.u(-0.4, 0.4)), bevel=0.03)


@kind("plastic wood metal-silver", view=(10, 40), category="toy")
def toy_car(k):
    body = [
        (-0.6, 0.12),
        (-0.6, 0.28),
        (-0.35, 0.33),
        (-0.2, k.u(0.48, 0.6)),
        (0.25, k.u(0.48, 0.6)),
        (0.4, 0.34),
        (0.6, 0.3),
        (0.6, 0.12),
    ]
    k.prism(np.array(fillet(body + [body[0]], 0.06)[:-1]), 0.5, k.main, bevel=0.05, rot=(PI / 2, 0, 0), at=(0, 0.25, 0))
    k.box((0.5, 0.505, 0.11), k.extra("plastic", "black", "#0a0c10"), at=(0.02, 0, 0.42), bevel=0.03)
    tyre, hub = k.dark(), k.trim()
    for x in (-0.36, 0.36):
        for y in (-1, 1):
            k.lathe(
                fillet([(0, -0.06), (0.14, -0.06), (0.14, 0.06), (0, 0.06)], 0.03), tyre, rot=(PI / 2, 0, 0), at=(x, y * 0.23, 0.14)
            )
            k.lathe(
                fillet([(0, -0.066), (0.07, -0.066), (0.07, 0.066), (0, 0.066)], 0.01),
                hub,
                rot=(PI / 2, 0, 0),
                at=(x, y * 0.23, 0.14),
            )


@kind("plastic leather-like woven", view=(5, 40), category="toy")
def ball(k):
    k.ellipsoid((1, 1, 1), k.main, at=(0, 0, 0.5), n=72)
    if k.chance(0.7):
        seam = k.extra("plastic")
        for rot in ((0, 0, 0), (PI / 2, 0, 0), (0, PI / 2, 0), (PI / 4, PI / 4, 0))[: k.pick([2, 3, 4])]:
            k.ring(0.497, 0.012, seam, at=(0, 0, 0.5), rot=rot, n=96)


@kind("metal-silver wood plastic", view=(35, 80), category="tools")
def hammer(k):
    k.tube(
        [(0, -0.5, 0.07), (0, 0.0, 0.07), (0, 0.45, 0.07)],
        [0.055, 0.045, 0.04],
        k.main if k.cls != "metal-silver" else k.extra("wood"),
        section=superellipse(2, 1.6, 3, 20),
    )
    head = k.main if k.cls == "metal-silver" else k.extra("metal-silver")
    k.lathe(
        fillet([(0, -0.3), (0.07, -0.3), (0.08, -0.2), (0.06, -0.12), (0.06, 0.1), (0.03, 0.3), (0, 0.3)], 0.02),
        head,
        rot=(0, PI / 2, 0),
        at=(0, 0.47, 0.07),
    )


@kind("wood plastic", view=(30, 80))
def brush(k):
    k.prism(
        spline(
            [(-0.55, 0), (-0.3, 0.06), (0.0, 0.14), (0.4, 0.13), (0.5, 0), (0.4, -0.13), (0, -0.14), (-0.3, -0.06)], 60, closed=True
        ),
        0.07,
        k.main,
        bevel=0.025,
        at=(0, 0, 0.12),
    )
    pad = k.box((0.42, 0.2, 0.03), k.dark(), at=(0.22, 0, 0.2), bevel=0.01)
    k.fur(pad, 0.16, 1500, thickness=0.006, curl=0.05)


@kind("metal-silver metal-gold plastic wood", view=(3, 25))
def candlestick(k):
    h = k.u(0.8, 1.4)
    bumps = (
        [(0.3, 0.0), (0.3, 0.05)] + [(k.u(0.05, 0.16), 0.1 + (h - 0.2) * i / 6) for i in range(6)] + [(0.1, h), (0.13, h + 0.05)]
    )
    k.lathe(np.concatenate([[[0, 0]], spline(bumps, 60), [[0, h + 0.05]]]), k.main)
    if k.chance(0.7):
        k.lathe(
            fillet([(0, h), (0.06, h), (0.05, h + 0.7), (0, h + 0.72)], 0.02), k.extra("plastic", k.pick(["white", "red", "beige"]))
        )


@kind("metal-silver plastic", view=(5, 30))
def thermos(k):
    r, h = k.u(0.2, 0.28), k.u(1.0, 1.4)
    k.lathe(fillet([(0, 0), (r, 0), (r, h), (0, h)], 0.04, 7), k.main)
    k.lathe(
        fillet([(0, h), (r * 0.95, h + 0.01), (r * 0.9, h + 0.22), (0, h + 0.22)], 0.03),
        k.extra(k.pick(["plastic", "metal-silver", "wood"])),
    )
    k.ring(r, 0.012, k.trim(), at=(0, 0, h * 0.98))


# Kinds that no training set shows: held-out sets contain them.
HELD_OUT = ("teapot", "boot", "teddy", "headphones", "perfume", "basket", "wineglass", "hat", "sofa", "speaker", "scarf")
