"""Goods of kitchen and table."""

import math

import numpy as np

from .kit import PI, kind, wall
from shapes import fillet, spline, superellipse


@kind("ceramic ceramic ceramic glass metal-silver plastic", edition=1)
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


@kind("glass", view=(5, 30), edition=1)
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


@kind("glass", view=(3, 22), edition=1)
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


@kind("glass glass plastic plastic metal-silver ceramic", view=(3, 22), edition=1)
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


@kind("glass ceramic plastic", view=(5, 35), edition=1)
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


@kind("ceramic ceramic wood metal-silver glass plastic", view=(15, 60), edition=1)
def bowl(k):
    r, h, foot = k.u(0.5, 0.7), k.u(0.25, 0.5), k.u(0.18, 0.3)
    side = spline([(foot, 0), (foot * 1.02, 0.04), (r * 0.75, h * 0.35), (r * 0.95, h * 0.75), (r, h)], 30)
    k.lathe(wall(side, 0.03), k.main)
    if k.chance(0.3):
        fruit = k.extra("plastic", k.pick(["red", "orange", "green", "yellow"]))
        for _ in range(6):
            a, d = k.u(0, 6.3), k.u(0, r * 0.5)
            k.ellipsoid([k.u(0.22, 0.3)] * 3, fruit, at=(d * math.cos(a), d * math.sin(a), h * 0.75))


@kind("ceramic ceramic ceramic wood metal-silver plastic glass", view=(30, 88), edition=1)
def plate(k):
    r, h = 0.6, k.u(0.05, 0.11)
    side = fillet([(0.1, 0), (r * 0.6, 0), (r * 0.68, h * 0.4), (r, h)], 0.05, 6)
    k.lathe(wall(side, 0.018), k.main, n=120)
    if k.chance(0.4):
        k.ring(r * 0.97, 0.012, k.extra("ceramic"), at=(0, 0, h))


@kind("ceramic ceramic glass metal-gold wood", view=(4, 28), edition=1)
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


@kind("ceramic metal-silver glass", view=(5, 35), edition=1)
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


@kind("metal-silver metal-silver plastic metal-gold", view=(15, 55), edition=1)
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


@kind("metal-silver metal-silver metal-gold wood", view=(40, 85), edition=1)
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


@kind("metal-silver", view=(40, 85), edition=1)
def knife(k):
    blade = [(0, -0.02), (0.75, -0.02), (0.9, 0.03), (0.7, 0.1), (0.1, 0.11), (0, 0.08)]
    k.prism(spline(blade, 50, closed=True), 0.012, k.main, bevel=0.004, at=(0, 0, 0.03))
    k.tube(
        spline([(0.03, 0.03, 0.036), (-0.25, 0.04, 0.036), (-0.5, 0.0, 0.036)], 16),
        np.linspace(0.05, 0.065, 16),
        k.extra(k.pick(["wood", "plastic"])),
        section=superellipse(2, 1, 3, 20),
    )


@kind("glass ceramic metal-silver plastic", view=(5, 32), edition=2)
def jug(k):
    h, r = k.u(0.8, 1.2), k.u(0.3, 0.42)
    side = spline([(r * 0.7, 0), (r, h * k.u(0.2, 0.4)), (r * k.u(0.5, 0.8), h * 0.8), (r * k.u(0.6, 0.85), h)], 40)
    top = side[-1, 0]
    k.lathe(wall(side, 0.028), k.main)
    out = r + k.u(0.15, 0.3)
    path = [(r * 0.9, 0, h * 0.25), (out, 0, h * 0.35), (out, 0, h * 0.8), (top * 0.96, 0, h * 0.93)]
    k.tube(spline(path, 30), k.u(0.03, 0.05), k.main)
    if k.cls == "glass" and k.chance(0.6):
        level = k.u(0.35, 0.8)
        part = side[2 : int(40 * level)] * [0.92, 1] + [0, 0.03]
        drink = k.extra("glass", k.pick(["brown", "green", "pink", "clear"]))
        k.lathe(np.concatenate([[[0, part[0, 1]]], part, [[0, part[-1, 1]]]]), drink)


@kind("glass glass plastic", view=(4, 25), edition=2)
def carafe(k):
    """A decanter: a wide belly, a thin neck, a stopper."""
    h, r, neck = k.u(1.0, 1.5), k.u(0.35, 0.5), k.u(0.07, 0.12)
    side = spline([(r * 0.75, 0), (r, h * 0.18), (r * 0.8, h * 0.4), (neck, h * 0.62), (neck, h * 0.85), (neck * 1.7, h)], 48)
    k.lathe(wall(side, 0.022), k.main)
    if k.chance(0.6):
        part = side[2:17] - [0.03, -0.01]
        k.lathe(
            np.concatenate([[[0, part[0, 1]]], part, [[0, part[-1, 1]]]]), k.extra("plastic", k.pick(["red", "brown", "yellow"]))
        )
    if k.chance(0.5):
        k.ellipsoid((neck * 3, neck * 3, neck * 3.4), k.extra(k.pick(["glass", "wood", "metal-silver"])), at=(0, 0, h + neck))


@kind("ceramic ceramic glass", view=(12, 45), edition=2)
def cup_and_saucer(k):
    r, h = k.u(0.28, 0.36), k.u(0.3, 0.42)
    k.lathe(wall(fillet([(0.15, 0), (0.36, 0.02), (k.u(0.5, 0.62), 0.08)], 0.05, 6), 0.02), k.main, n=96)
    side = spline([(r * 0.5, 0.05), (r * 0.85, h * 0.45), (r, h)], 24)
    k.lathe(wall(side - [0, 0.05], 0.025), k.main, at=(0, 0, 0.028))
    k.tube(
        spline([(r * 0.85, 0, h * 0.35), (r + 0.18, 0, h * 0.45), (r + 0.16, 0, h * 0.8), (r * 0.93, 0, h * 0.8)], 24),
        0.025,
        k.main,
    )
    if k.chance(0.7):
        k.lathe([(0, h * 0.77), (r * 0.9, h * 0.77)], k.extra("plastic", k.pick(["brown", "black", "beige"])))


@kind("wood wood wood plastic ceramic", view=(25, 80), edition=2)
def cutting_board(k):
    w, h, thick = k.u(0.55, 0.8), k.u(0.85, 1.1), k.u(0.035, 0.07)
    k.prism(superellipse(w, h, k.pick([2.6, 6, 14]), 80), thick, k.main, bevel=0.012)
    if k.chance(0.6):
        k.box((0.17, 0.36, 0.05), k.main, at=(0, h / 2 + 0.12, 0.026), bevel=0.02)
        k.ring(0.03, 0.012, k.dark(), at=(0, h / 2 + 0.22, 0.05))
    else:
        k.ring(0.05, 0.012, k.dark(), at=(w * 0.32, h * 0.38, thick))


@kind("wood wood metal-silver ceramic", view=(30, 80), edition=2)
def rolling_pin(k):
    w, r = k.u(0.28, 0.4), k.u(0.09, 0.13)
    half = fillet(
        [(0, 0), (r, 0), (r, w), (0.03, w + 0.01), (0.03, w + 0.05), (0.05, w + 0.1), (0.04, w + 0.22), (0, w + 0.24)], 0.02
    )
    for s in (1, -1):
        k.lathe(half, k.main, rot=(0, s * PI / 2, 0), at=(0, 0, r))


@kind("metal-silver metal-silver metal-gold", view=(30, 80), edition=2)
def whisk(k):
    k.tube([(-0.55, 0, 0.18), (0.03, 0, 0.18)], [0.04, 0.05], k.main if k.chance(0.5) else k.extra(k.pick(["wood", "plastic"])))
    r = k.u(0.13, 0.2)
    for i in range(5):
        c, s = math.cos(PI * i / 5), math.sin(PI * i / 5)
        loop = [
            (0, 0.02),
            (0.2, r * 0.7),
            (0.42, r),
            (0.6, r * 0.6),
            (0.66, 0),
            (0.6, -r * 0.6),
            (0.42, -r),
            (0.2, -r * 0.7),
            (0, -0.02),
        ]
        k.tube(spline([(x, c * y, 0.18 + s * y) for x, y in loop], 40), 0.008, k.main, n=8)


@kind("wood metal-silver glass ceramic", view=(4, 30), edition=2)
def mill(k):
    """A pepper mill or shaker, one or two."""
    h = k.u(0.8, 1.4)
    bumps = [(0.2, 0), (0.2, h * 0.1), (k.u(0.1, 0.18), h * 0.35), (0.19, h * 0.62), (0.13, h * 0.7)]
    side = np.concatenate([[[0, 0]], spline(bumps, 40), [[0, h * 0.7]]])
    head = spline([(0.13, h * 0.71), (0.2, h * 0.8), (0.15, h * 0.93), (0.03, h)], 24)
    cap = k.main if k.chance(0.5) else k.trim()
    for x in (0, 0.5)[: k.pick([1, 2])]:
        k.lathe(side, k.main, at=(x, 0, 0))
        k.lathe(np.concatenate([[[0, h * 0.7]], head, [[0, h]]]), cap, at=(x, 0, 0))


@kind("metal-silver wood plastic metal-gold", view=(20, 60), edition=2)
def tray(k):
    w, d, e = k.u(0.9, 1.2), k.u(0.55, 0.8), k.pick([2, 4, 10])
    sizes = [(0.96, 0), (1, 0.02), (1.04, 0.09), (1.02, 0.1), (0.97, 0.03), (0.5, 0.025)]
    k.loft([[(x * s, y * s, z) for x, y in superellipse(w, d, e)] for s, z in sizes], k.main)
    if k.chance(0.6):
        for s in (-1, 1):
            x = s * w * 0.53
            k.tube(spline([(x, -0.13, 0.09), (x * 1.04, -0.1, 0.17), (x * 1.04, 0.1, 0.17), (x, 0.13, 0.09)], 24), 0.018, k.trim())
