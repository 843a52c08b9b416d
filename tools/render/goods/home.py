"""Furniture and goods for house and garden."""

import math

import bpy  # noqa: F401, mathutils is found only after it
import numpy as np
from mathutils import Euler, Vector

from .kit import PI, kind, wall
from shapes import fillet, spline


@kind("woven metal-silver metal-gold wood ceramic paper", view=(3, 22), edition=1)
def lamp(k):
    base = k.main if k.cls not in ("woven", "paper") else k.extra(k.pick(["wood", "ceramic", "metal-gold"]))
    hard = k.cls in ("metal-silver", "metal-gold", "wood", "ceramic")
    shade = k.extra(k.pick(["woven", "paper"]), k.pick(["white", "beige", "gray"])) if hard else k.main
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


@kind("wood wood wood plastic metal-silver", view=(8, 28), yaw=1.0, category="furniture", edition=1)
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


@kind("wood wood metal-silver plastic", view=(8, 30), category="furniture", edition=1)
def stool(k):
    h, n, r = k.u(0.5, 0.95), k.pick([3, 4, 4]), k.u(0.22, 0.3)
    seat = k.main if k.chance(0.7) else k.extra(k.pick(["leather-like", "woven"]))
    k.lathe(fillet([(0, h), (r, h), (r, h + k.u(0.05, 0.12)), (0, h + 0.09)], 0.03), seat)
    for i in range(n):
        c, s = math.cos(2 * PI * i / n + 0.5), math.sin(2 * PI * i / n + 0.5)
        k.tube([(c * r * 1.15, s * r * 1.15, 0), (c * r * 0.7, s * r * 0.7, h)], [0.02, 0.028], k.main)
    k.ring(r * 0.98, 0.014, k.main, at=(0, 0, h * 0.33))


@kind("wood wood glass metal-silver", view=(10, 30), yaw=1.2, category="furniture", edition=1)
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


@kind("woven leather-like plush", view=(8, 25), yaw=0.8, category="furniture", edition=1)
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


@kind("woven woven knit plush leather-like denim", view=(15, 75), yaw=0.6, edition=1)
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


@kind("ceramic plastic wood metal-gold", view=(8, 35), edition=1)
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


@kind("woven wood plastic", view=(15, 45), edition=1)
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


@kind("metal-silver plastic wood", view=(8, 35), edition=1)
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


@kind("wood metal-silver metal-gold plastic", view=(3, 25), yaw=0.5, edition=1)
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


@kind("wood wood metal-gold metal-silver plastic", view=(2, 20), yaw=0.6, edition=1)
def picture_frame(k):
    w, h, b = k.u(0.6, 1), k.u(0.6, 1.1), k.u(0.05, 0.1)
    lean = (-0.12, 0, 0)
    up = lambda z: (0.12 * z, z)
    for s in (-1, 1):
        k.box((b, 0.05, h + b), k.main, at=(s * w / 2, *up(h / 2 + b / 2)), rot=lean, bevel=0.012)
        k.box((w - b, 0.05, b), k.main, at=(0, *up(h / 2 + b / 2 + s * h / 2)), rot=lean, bevel=0.012)
    k.picture(w, h, k.print(text=k.chance(0.3), rough=0.15), at=(0, *up(h / 2 + b / 2)), rot=lean)
    k.box((w, 0.02, h), k.dark(), at=(0, 0.02 + up(h / 2 + b / 2)[0], h / 2 + b / 2), rot=lean, bevel=0)


@kind("woven plastic", view=(5, 30), edition=1)
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


@kind("wood wood metal-silver plastic", view=(8, 28), yaw=1.1, category="furniture", edition=2)
def bench(k):
    w, d, h = k.u(1.1, 1.5), k.u(0.32, 0.45), k.u(0.42, 0.5)
    seat = k.main if k.chance(0.7) else k.extra(k.pick(["leather-like", "woven"]))
    slats = k.pick([1, 3, 4])
    for i in range(slats):
        k.box((w, d / slats * 0.9, 0.05), seat, at=(0, d * ((i + 0.5) / slats - 0.5), h), bevel=0.012)
    for s in (-1, 1):
        for y in (-1, 1):
            k.tube([(s * w * 0.46, y * d * 0.45, 0), (s * w * 0.42, y * d * 0.38, h)], [0.025, 0.032], k.main)
        k.tube([(s * w * 0.44, -d * 0.4, h * 0.3), (s * w * 0.44, d * 0.4, h * 0.3)], 0.02, k.main)


@kind("wood wood wood metal-silver plastic", view=(6, 25), yaw=0.9, category="furniture", edition=2)
def drawers(k):
    w, d, h, n = k.u(0.6, 1.0), k.u(0.4, 0.5), k.u(0.6, 1.1), k.pick([2, 3, 4])
    k.box((w, d, h), k.main, at=(0, 0, h / 2 + 0.12), bevel=0.012)
    knob = k.trim() if k.chance(0.6) else k.dark()
    for i in range(n):
        z = 0.12 + h * (i + 0.5) / n
        k.box((w * 0.93, 0.025, h / n * 0.9), k.main, at=(0, -d / 2 - 0.008, z), bevel=0.008)
        for x in (-0.22, 0.22) if w > 0.75 else (0,):
            k.ellipsoid((0.05, 0.05, 0.05), knob, at=(x * w, -d / 2 - 0.045, z))
    for x in (-1, 1):
        for y in (-1, 1):
            k.tube([(x * w * 0.44, y * d * 0.4, 0), (x * w * 0.42, y * d * 0.38, 0.13)], [0.02, 0.03], k.main)


@kind("wood metal-silver plastic", view=(6, 25), yaw=0.9, category="furniture", edition=2)
def rack(k):
    """An open shelf on posts."""
    w, d, h, n = k.u(0.6, 0.9), k.u(0.28, 0.4), k.u(0.9, 1.3), k.pick([2, 3, 4])
    for i in range(n):
        k.box((w, d, 0.04), k.main, at=(0, 0, 0.08 + (h - 0.1) * i / (n - 1)), bevel=0.008)
    post = k.main if k.chance(0.6) else k.extra("metal-silver")
    for x in (-1, 1):
        for y in (-1, 1):
            k.tube([(x * w * 0.47, y * d * 0.44, 0), (x * w * 0.47, y * d * 0.44, h)], 0.022, post)


@kind("woven knit leather-like plush denim", view=(8, 35), category="furniture", edition=2)
def pouf(k):
    r, h = 0.5, k.u(0.5, 0.8)
    if k.chance(0.5):
        obj = k.lathe(fillet([(0, 0), (r, 0), (r, h), (0, h)], 0.16, 10), k.main)
    else:
        rings, t = [], np.linspace(0, 2 * PI, 120, endpoint=False)
        for a in np.linspace(-PI / 2, PI / 2, 30):
            rr = r * np.cos(a) * (1 - 0.05 * np.abs(np.sin(5 * t)))
            rings.append(np.stack([rr * np.cos(t), rr * np.sin(t), np.full_like(t, h / 2 * (1 + math.sin(a)))], 1))
        obj = k.grid(rings, k.main, angle=80)
        k.ellipsoid((0.09, 0.09, 0.05), k.main, at=(0, 0, h))
    k.furry(k.wrinkle(obj, k.u(0.01, 0.03), 0.3))


@kind("woven plush knit", view=(35, 80), yaw=0.9, edition=2)
def rug(k):
    w, h = k.u(0.6, 0.9), k.u(0.8, 1.2)
    if k.chance(0.3):
        obj = k.lathe(fillet([(0, 0), (0.5, 0), (0.5, 0.03), (0, 0.03)], 0.012), k.main)
    else:
        t = np.linspace(-1, 1, 40)
        x, y = np.meshgrid(t, t)
        lift = k.u(0, 0.02) * np.sin(3 * x + k.u(0, 6)) + k.u(0, 0.02) * np.sin(4 * y + k.u(0, 6))
        obj = k.grid(np.stack([x * w / 2, y * h / 2, 0.03 + lift], 2), k.main, closed=False, angle=90)
        k.solidify(obj, 0.03)
        if k.cls != "plush" and k.chance(0.5):
            for s in (-1, 1):
                for x in np.linspace(-w / 2 + 0.01, w / 2 - 0.01, 36):
                    end = (x + k.u(-0.012, 0.012), s * (h / 2 + k.u(0.06, 0.09)), 0.01)
                    k.tube([(x, s * h / 2, 0.03), end], 0.006, k.main, n=6)
    if k.cls == "plush":
        k.fur(obj, k.u(0.03, 0.07), 16000, thickness=0.005)


@kind("glass", view=(4, 28), edition=2)
def bulb(k):
    r = k.u(0.3, 0.36)
    globe = spline([(0.13, 0.3), (0.16, 0.42), (r, 0.78), (r * 0.85, 1.02), (0.02, 1.16)], 40)
    k.lathe(globe, k.main)
    k.tube(
        spline([(-0.06, 0, 0.4), (-0.1, 0, 0.75), (0, 0, 0.85), (0.1, 0, 0.75), (0.06, 0, 0.4)], 24), 0.008, k.extra("metal-gold")
    )
    screw = [(0.05, 0.0), (0.08, 0.04)]
    for i in range(4):
        screw += [(0.135, 0.07 + 0.06 * i), (0.12, 0.1 + 0.06 * i)]
    k.lathe(np.concatenate([[[0, 0]], screw, [[0.13, 0.32], [0, 0.33]]]), k.extra(k.pick(["metal-silver", "metal-gold"])))


@kind("glass glass glass plastic", view=(5, 30), edition=2)
def fishbowl(k):
    """A round bowl of glass with something in it: sand, pebbles, a plant."""
    r, h = 0.5, k.u(0.7, 0.85)
    a = np.linspace(-PI / 2 + 0.5, PI / 2 - k.u(0.5, 0.8), 36)
    k.lathe(wall(np.stack([r * np.cos(a), h / 2 * (1 + np.sin(a)) - h * 0.06], 1), 0.022), k.main)
    low = a[: int(k.u(8, 16))]
    part = np.stack([(r - 0.04) * np.cos(low), h / 2 * (1 + np.sin(low)) - h * 0.04], 1)
    k.lathe(np.concatenate([[[0, part[0, 1]]], part, [[0, part[-1, 1]]]]), k.extra(k.pick(["ceramic", "plush", "plastic"])))
    if k.chance(0.6):
        for _ in range(int(k.u(5, 12))):
            b, out = k.u(0, 6.3), k.u(0.05, 0.28)
            base = (0.1 * math.cos(b), 0.1 * math.sin(b), part[-1, 1])
            k.tube(
                spline([base, (out * math.cos(b), out * math.sin(b), h * k.u(0.5, 0.75))], 8),
                0.012,
                k.extra("plastic", "green"),
                n=6,
            )


@kind("metal-silver metal-gold wood", view=(4, 25), yaw=0.8, edition=2)
def lantern(k):
    w, h = k.u(0.4, 0.55), k.u(0.7, 1.0)
    pane = k.extra("glass", "clear")
    k.box((w, w, 0.05), k.main, at=(0, 0, 0.025), bevel=0.01)
    k.box((w, w, 0.05), k.main, at=(0, 0, h), bevel=0.01)
    for x in (-1, 1):
        for y in (-1, 1):
            k.box((0.035, 0.035, h), k.main, at=(x * w * 0.46, y * w * 0.46, h / 2), bevel=0.004)
        k.box((0.008, w * 0.88, h * 0.95), pane, at=(x * w * 0.45, 0, h / 2), bevel=0)
        k.box((w * 0.88, 0.008, h * 0.95), pane, at=(0, x * w * 0.45, h / 2), bevel=0)
    k.lathe([(0, 0.05), (0.1, 0.05), (0.1, h * 0.5), (0, h * 0.5)], k.extra("plastic", k.pick(["white", "beige"])))
    sides, wide = k.pick([(4, w * math.sqrt(2)), (40, w)])
    roof = fillet([(wide * 0.45, h + 0.02), (wide * 0.2, h + 0.2), (0.05, h + 0.24), (0, h + 0.24)], 0.02)
    k.lathe(roof, k.main, n=sides, rot=(0, 0, PI / 4))
    k.ring(0.12, 0.014, k.main, at=(0, 0, h + 0.34), rot=(PI / 2, 0, 0))


@kind("metal-silver metal-silver plastic metal-gold", view=(8, 32), edition=2)
def watering_can(k):
    r, h = k.u(0.32, 0.42), k.u(0.5, 0.7)
    k.lathe(wall(fillet([(0.05, 0), (r, 0), (r * k.u(0.8, 1), h)], 0.04), 0.02), k.main)
    k.tube(
        spline([(-r * 0.9, 0, h * 0.2), (-r - 0.3, 0, h * 0.6), (-r - 0.5, 0, h * 1.15)], 24), np.linspace(0.07, 0.035, 24), k.main
    )
    rose = k.lathe([(0.03, 0), (0.11, 0.1), (0, 0.12)], k.main, rot=(0, -0.8, 0), at=(-r - 0.49, 0, h * 1.12))
    k.solidify(rose, 0.01)
    k.tube(
        spline(
            [(r * 0.85, 0, h * 0.25), (r + 0.3, 0, h * 0.5), (r + 0.1, 0, h * 1.15), (-r * 0.4, 0, h * 1.2), (-r * 0.8, 0, h)], 40
        ),
        0.03,
        k.main,
    )


@kind("ceramic ceramic metal-gold metal-silver wood plastic", view=(3, 25), edition=2)
def figurine(k):
    """An animal or a bust, fused of soft bodies, on a base or without."""
    parts = [k.ellipsoid((0.5, k.u(0.35, 0.5), k.u(0.5, 0.8)), k.main, at=(0, 0, 0.35))]
    head = k.u(0.26, 0.4)
    parts.append(k.ellipsoid((head, head, head * k.u(1, 1.3)), k.main, at=(0, -k.u(0, 0.15), 0.85)))
    parts.append(k.tube([(0, 0, 0.5), (0, -0.05, 0.85)], [0.16, 0.1], k.main))
    for s in (-1, 1):
        tip = (s * k.u(0.1, 0.3), k.u(-0.3, -0.1), 0.08)
        parts.append(k.ellipsoid((0.18, 0.34, 0.16), k.main, at=tip))
        if k.chance(0.6):
            parts.append(k.ellipsoid((0.1, 0.07, k.u(0.15, 0.45)), k.main, at=(s * 0.11, -0.03, 1.06), rot=(0, s * k.u(0, 0.5), 0)))
        if k.chance(0.4):
            parts.append(k.ellipsoid((k.u(0.2, 0.5), 0.1, 0.22), k.main, at=(s * 0.36, 0.05, 0.5), rot=(0, s * k.u(-0.9, 0.9), 0)))
    k.soft(parts, k.main, voxel=0.016, smooth=8, wrinkle=0.006)
    if k.chance(0.4):
        k.lathe(fillet([(0, -0.1), (0.36, -0.1), (0.34, 0.03), (0, 0.03)], 0.02), k.extra(k.pick(["wood", "ceramic"])))
