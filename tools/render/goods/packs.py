"""Boxes, tins, tubes, flasks: packed goods and cosmetics."""

import math

import numpy as np

from .kit import PI, kind, wall
from shapes import fillet, spline, superellipse


@kind("paper", view=(8, 40), edition=1)
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


@kind("paper", view=(15, 50), edition=1)
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


@kind("metal-silver metal-gold plastic", view=(5, 35), edition=1)
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


@kind("plastic", view=(5, 60), edition=1)
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


@kind("glass", view=(4, 28), edition=1)
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


@kind("plastic ceramic", view=(5, 30), edition=1)
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


@kind("ceramic glass metal-silver metal-gold", view=(5, 40), edition=1)
def candle(k):
    r, h = k.u(0.35, 0.5), k.u(0.4, 0.8)
    k.lathe(wall(fillet([(0.05, 0), (r, 0), (r, h)], 0.04), 0.03), k.main)
    wax = k.extra("plastic", k.pick(["white", "beige", "pink", "green"]))
    k.lathe([(0, 0.05), (r - 0.035, 0.05), (r - 0.035, h * 0.8), (0, h * 0.79)], wax)
    k.tube([(0, 0, h * 0.75), (0.01, 0, h * 0.95)], 0.012, k.dark())
    k.lathe([(r + 0.004, h * 0.25), (r + 0.004, h * 0.7)], k.print(paper=np.array([0.85, 0.82, 0.75])), uv_unit=True)


@kind("paper", view=(5, 30), yaw=0.9, edition=2)
def gift_bag(k):
    w, d, h = k.u(0.55, 0.8), k.u(0.22, 0.35), k.u(0.75, 1.0)
    sizes = [(1, 1, 0), (1, 1, h * 0.5), (0.99, 0.85, h), (0.97, 0.83, h), (0.97, 0.97, 0.03)]
    k.grid([[(x * a, y * b, z) for x, y in superellipse(w, d, 16)] for a, b, z in sizes], k.main, angle=30)
    k.box((w * 0.98, d * 0.98, 0.01), k.main, bevel=0)
    cord = k.extra("woven")
    for s in (-1, 1):
        y, a = s * d * 0.41, w * 0.22
        k.tube(
            spline([(-a, y, h * 0.93), (-a, y, h + 0.12), (0, y * 0.6, h + 0.28), (a, y, h + 0.12), (a, y, h * 0.93)], 30),
            0.014,
            cord,
        )
    if k.chance(0.5):
        k.picture(w * 0.6, w * 0.5, k.print(), at=(0, -d / 2 - 0.006, h * 0.45))


@kind("paper plastic", view=(5, 30), edition=2)
def paper_cup(k):
    h, r = k.u(0.8, 1.1), k.u(0.28, 0.34)
    k.lathe(wall(fillet([(0.02, 0), (r * 0.75, 0), (r, h)], 0.02), 0.015), k.main)
    k.ring(r, 0.018, k.main, at=(0, 0, h))
    if k.chance(0.6):
        lid = [(0, h), (r * 1.06, h), (r * 1.06, h + 0.06), (r * 0.9, h + 0.08), (r * 0.86, h + 0.15), (0, h + 0.13)]
        k.lathe(fillet(lid, 0.02), k.extra("plastic", k.pick(["white", "black", "brown"])))
    if k.chance(0.5):
        sleeve = [(r * 0.845, h * 0.3), (r * 0.96, h * 0.75)]
        k.lathe(np.array(sleeve) + [0.014, 0], k.extra("paper", "brown"))


@kind("paper paper leather-like", view=(20, 75), yaw=1.0, edition=2)
def notebook(k):
    w, h, t = k.u(0.55, 0.75), k.u(0.8, 1.0), k.u(0.04, 0.09)
    k.prism(superellipse(w, h, 14, 60), 0.015, k.main, bevel=0.004)
    k.box((w * 0.97, h * 0.97, t), k.extra("paper", "white"), at=(0, 0, 0.015 + t / 2), bevel=0.004)
    k.prism(superellipse(w, h, 14, 60), 0.015, k.main, bevel=0.004, at=(0, 0, t + 0.015))
    if k.chance(0.5):
        wire = k.trim()
        for y in np.linspace(-h * 0.44, h * 0.44, 16):
            k.ring(t * 0.75 + 0.012, 0.008, wire, at=(-w / 2 + 0.02, y, t / 2 + 0.015), rot=(PI / 2, 0, 0), n=20)
    else:
        k.box((0.03, h + 0.012, t + 0.05), k.extra("woven"), at=(w * 0.38, 0, t / 2 + 0.016), bevel=0.004)


@kind("paper", view=(8, 40), edition=2)
def paper_roll(k):
    """Kitchen paper or tape: a thick roll on a core."""
    r, h = k.u(0.3, 0.5), k.u(0.25, 1.1)
    profile = [(r * 0.35, 0), (r, 0), (r, h), (r * 0.35, h), (r * 0.35, 0)]
    lying = k.chance(0.4)
    rot, at = ((0, PI / 2, 0), (0, 0, r)) if lying else ((0, 0, 0), (0, 0, 0))
    k.lathe(fillet(profile, 0.015), k.main, rot=rot, at=at)
    k.lathe([(r * 0.34, -0.004), (r * 0.34, h + 0.004)], k.extra("paper", "brown"), rot=rot, at=at)


@kind("metal-silver metal-gold plastic", view=(10, 45), edition=2)
def cream_jar(k):
    """A low cosmetics pot, of which the lid is the larger part."""
    r, h = k.u(0.38, 0.5), k.u(0.22, 0.4)
    body = k.main if k.chance(0.5) else k.extra(k.pick(["glass", "ceramic", "plastic"]), k.pick(["white", "brown", "pink"]))
    k.lathe(fillet([(0, 0), (r * 0.95, 0), (r, h), (r * 0.85, h + 0.01), (0, h + 0.01)], 0.04), body)
    lid = fillet([(0, 0), (r * 1.01, 0), (r * 1.01, h * 0.9), (0, h * 0.9)], 0.03)
    k.lathe(lid, k.main, at=(0, 0, h + 0.015))


@kind("wood plastic", view=(10, 45), yaw=0.9, edition=2)
def crate(k):
    w, d, h, t = k.u(0.8, 1.1), k.u(0.5, 0.7), k.u(0.35, 0.6), 0.03
    k.box((w, d, t), k.main, at=(0, 0, t), bevel=0.004)
    n = k.pick([2, 3])
    for i in range(n):
        z, b = h * (i + 0.5) / n + 0.02, h / n * k.u(0.6, 0.85)
        for s in (-1, 1):
            k.box((w, t, b), k.main, at=(0, s * d / 2, z), bevel=0.005)
            k.box((t, d, b), k.main, at=(s * w / 2, 0, z), bevel=0.005)
    for x in (-1, 1):
        for y in (-1, 1):
            k.box((0.06, 0.06, h + 0.03), k.main, at=(x * (w / 2 - 0.04), y * (d / 2 - 0.04), h / 2 + 0.02), bevel=0.006)
