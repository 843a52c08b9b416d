"""Electronics, tools, toys, books."""

import math

import bpy  # noqa: F401, mathutils is found only after it
import numpy as np
from mathutils import Euler, Vector

from .kit import PI, arc, kind
from shapes import fillet, spline, superellipse


@kind("paper leather-like woven", view=(15, 65), yaw=1.0, category="books", edition=1)
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


@kind("plastic metal-silver", view=(25, 85), category="electronics", edition=1)
def phone(k):
    w, h = 0.5, k.u(0.95, 1.1)
    k.prism(superellipse(w, h, 9, 80), 0.05, k.main, bevel=0.018)
    if k.chance(0.65):
        k.picture(w * 0.92, h * 0.93, k.print(rough=0.06, glow=k.u(0, 0.6), text=False), at=(0, 0, 0.053), rot=(-PI / 2, 0, 0))
    else:
        k.prism(superellipse(0.2, 0.24, 5) + [-0.12, h / 2 - 0.17], 0.02, k.main, bevel=0.008, at=(0, 0, 0.05))
        for x, y in ((-0.16, 0.0), (-0.08, -0.08), (-0.16, -0.1)):
            k.lathe(fillet([(0, 0.07), (0.04, 0.07), (0.04, 0.085), (0, 0.085)], 0.006), k.dark(), at=(x, y + h / 2 - 0.12, 0))


@kind("plastic plastic metal-silver leather-like", view=(10, 40), yaw=0.9, category="electronics", edition=1)
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


@kind("plastic metal-silver leather-like", view=(5, 30), yaw=0.8, category="electronics", edition=1)
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


@kind("plastic", view=(20, 60), category="electronics", edition=1)
def mouse(k):
    body = k.ellipsoid((0.6, 1.0, 0.62), k.main, e=2.4, at=(0, 0, 0.02))
    for v in body.data.vertices:  # only the upper half stays
        v.co.z = max(v.co.z, -0.02)
    k.box((0.07, 0.2, 0.08), k.dark(), at=(0, -0.27, 0.27), bevel=0.02)


@kind("plastic metal-silver", view=(25, 70), yaw=0.9, category="electronics", edition=1)
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


@kind("plastic plastic wood metal-silver", view=(3, 25), category="electronics", edition=1)
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


@kind("wood plastic", view=(8, 45), category="toy", edition=1)
def blocks(k):
    cells = [(0, 0, 0), (1, 0, 0), (0, 0, 1)] + [(k.pick([-1, 0, 1, 2]), k.pick([0, 1]), 0) for _ in range(3)]
    seen = set()
    for c in cells:
        if c in seen:
            continue
        seen.add(c)
        mat = k.main if len(seen) < 2 or k.colour != "multicolor" else k.extra(k.cls)
        k.box((0.3, 0.3, 0.3), mat, at=(0.36 * c[0], 0.36 * c[1], 0.15 + 0.3 * c[2]), rot=(0, 0, k.u(-0.4, 0.4)), bevel=0.03)


@kind("plastic wood metal-silver", view=(10, 40), category="toy", edition=1)
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


@kind("plastic leather-like woven", view=(5, 40), category="toy", edition=1)
def ball(k):
    k.ellipsoid((1, 1, 1), k.main, at=(0, 0, 0.5), n=72)
    if k.chance(0.7):
        seam = k.extra("plastic")
        for rot in ((0, 0, 0), (PI / 2, 0, 0), (0, PI / 2, 0), (PI / 4, PI / 4, 0))[: k.pick([2, 3, 4])]:
            k.ring(0.497, 0.012, seam, at=(0, 0, 0.5), rot=rot, n=96)


@kind("metal-silver wood plastic", view=(35, 80), category="tools", edition=1)
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


@kind("wood plastic", view=(30, 80), edition=1)
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


@kind("metal-silver metal-gold plastic wood", view=(3, 25), edition=1)
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


@kind("metal-silver plastic", view=(5, 30), edition=1)
def thermos(k):
    r, h = k.u(0.2, 0.28), k.u(1.0, 1.4)
    k.lathe(fillet([(0, 0), (r, 0), (r, h), (0, h)], 0.04, 7), k.main)
    k.lathe(
        fillet([(0, h), (r * 0.95, h + 0.01), (r * 0.9, h + 0.22), (0, h + 0.22)], 0.03),
        k.extra(k.pick(["plastic", "metal-silver", "wood"])),
    )
    k.ring(r, 0.012, k.trim(), at=(0, 0, h * 0.98))


@kind("metal-silver plastic metal-gold", view=(15, 45), yaw=0.9, category="electronics", edition=2)
def laptop(k):
    w, d, open_ = 1.0, k.u(0.65, 0.72), k.u(1.4, 2.0)
    k.box((w, d, 0.035), k.main, at=(0, 0, 0.02), bevel=0.012)
    keys = k.dark()
    for i in range(4):
        for j in range(12):
            k.box((0.062, 0.055, 0.01), keys, at=(-0.385 + 0.07 * j, 0.2 - 0.068 * i, 0.042), bevel=0.004)
    k.box((0.3, 0.17, 0.004), k.main, at=(0, -d * 0.34, 0.039), bevel=0)
    lean = open_ - PI / 2
    rot, at = (-lean, 0, 0), (0, d / 2 + d / 2 * math.sin(lean), 0.04 + d / 2 * math.cos(lean))
    k.box((w, 0.03, d), k.main, at=at, rot=rot, bevel=0.01)
    screen = (0, at[1] - 0.017 * math.cos(lean), at[2] + 0.017 * math.sin(lean))
    k.picture(w * 0.94, d * 0.9, k.print(rough=0.1, glow=k.u(0, 0.8), text=False), at=screen, rot=rot)


@kind("plastic", view=(25, 70), category="electronics", edition=2)
def gamepad(k):
    parts = [k.ellipsoid((0.9, 0.5, 0.2), k.main, at=(0, 0.05, 0.16), e=3)]
    for s in (-1, 1):
        parts.append(k.ellipsoid((0.32, 0.68, 0.24), k.main, at=(s * 0.4, -0.14, 0.14), rot=(0, 0, s * 0.35)))
    k.soft(parts, k.main, voxel=0.016, smooth=8, wrinkle=0)
    stick = k.dark()
    for x, y in ((-0.33, 0.1), (0.16, -0.06), (-0.16, -0.06)):
        k.lathe(fillet([(0, 0.2), (0.05, 0.2), (0.05, 0.3), (0.08, 0.31), (0.08, 0.34), (0, 0.33)], 0.01), stick, at=(x, y, 0))
    for i in range(4):
        a = PI / 2 * i
        k.ellipsoid((0.07, 0.07, 0.05), k.extra("plastic"), at=(0.34 + 0.08 * math.cos(a), 0.12 + 0.08 * math.sin(a), 0.265))


@kind("metal-silver plastic metal-gold", view=(25, 75), category="tools", edition=2)
def torch(k):
    r = k.u(0.09, 0.13)
    body = [(0, -0.55), (r, -0.55), (r, 0.25), (r * 1.7, 0.42), (r * 1.7, 0.6), (r * 1.5, 0.61), (r * 1.4, 0.56), (0, 0.5)]
    k.lathe(fillet(body, 0.02), k.main, rot=(0, PI / 2, 0), at=(0, 0, r * 1.7))
    for x in np.linspace(-0.45, 0.05, 8):
        k.ring(r, 0.012, k.main, rot=(0, PI / 2, 0), at=(x, 0, r * 1.7))
    k.lathe([(0, 0.585), (r * 1.45, 0.58)], k.extra("glass", "clear"), rot=(0, PI / 2, 0), at=(0, 0, r * 1.7))
    k.box((0.1, 0.06, 0.03), k.dark(), at=(0.15, 0, r * 2.75), bevel=0.01)


@kind("plastic plastic metal-silver", view=(10, 45), category="electronics", edition=2)
def hairdryer(k):
    barrel = [(0, -0.4), (0.16, -0.4), (0.2, -0.25), (0.2, 0.05), (0.13, 0.4), (0.13, 0.55), (0.11, 0.55), (0.1, 0.4), (0, 0.38)]
    k.lathe(fillet(barrel, 0.04), k.main, rot=(0, PI / 2, 0), at=(0, 0, 0.85))
    grip = k.main if k.chance(0.6) else k.dark()
    k.tube([(-0.15, 0, 0.75), (-0.2, 0, 0.4), (-0.2, 0, 0)], [0.1, 0.085, 0.08], grip, section=superellipse(2, 1.5, 3, 20))
    k.ring(0.16, 0.02, k.trim(), rot=(0, PI / 2, 0), at=(-0.4, 0, 0.85))
    k.tube(spline([(-0.2, 0, 0.02), (-0.25, 0.1, -0.05), (-0.5, 0.3, -0.02), (-0.6, 0.1, 0)], 24), 0.018, k.dark())


@kind("plastic metal-silver wood", view=(6, 30), yaw=0.8, category="electronics", edition=2)
def radio(k):
    w, d, h = k.u(0.9, 1.2), k.u(0.26, 0.36), k.u(0.5, 0.7)
    k.box((w, d, h), k.main, at=(0, 0, h / 2), bevel=k.u(0.02, 0.09))
    k.box(
        (w * 0.5, 0.02, h * 0.7), k.extra(k.pick(["woven", "metal-silver", "plastic"])), at=(-w * 0.2, -d / 2, h / 2), bevel=0.008
    )
    for z in (0.3, 0.7):
        knob = fillet([(0, 0), (0.09, 0), (0.08, 0.07), (0, 0.075)], 0.01)
        k.lathe(knob, k.trim(), rot=(PI / 2, 0, 0), at=(w * 0.3, -d / 2, h * z))
    if k.chance(0.6):
        k.tube(
            spline([(-w * 0.4, 0, h * 0.95), (-w * 0.35, 0, h + 0.15), (w * 0.35, 0, h + 0.15), (w * 0.4, 0, h * 0.95)], 30),
            0.022,
            k.dark(),
        )
    else:
        k.tube([(w * 0.4, d * 0.2, h * 0.95), (w * 0.6, d * 0.2, h + 0.5)], 0.008, k.extra("metal-silver"), n=8)


@kind("metal-silver metal-silver metal-gold", view=(35, 85), category="tools", edition=2)
def wrench(k):
    r = k.u(0.13, 0.18)
    jaw = [(r * math.cos(a), r * math.sin(a)) for a in np.linspace(0.5, 2 * PI - 0.5, 30)] + [
        (0.02, -0.07),
        (-0.03, 0),
        (0.02, 0.07),
    ]
    k.prism(np.array(jaw) + [0.6, 0], 0.07, k.main, bevel=0.01)
    k.box((1.0, 0.1, 0.05), k.main, at=(0, 0, 0.035), bevel=0.015)
    if k.chance(0.6):
        k.ring(0.1, 0.045, k.main, at=(-0.58, 0, 0.045), n=48)
    else:
        k.prism(np.array(jaw) * [-0.85, 0.85] + [-0.58, 0], 0.07, k.main, bevel=0.01)


@kind("metal-silver plastic", view=(35, 85), category="tools", edition=2)
def scissors(k):
    grip, open_ = (k.main if k.cls == "plastic" else k.dark()), k.u(0.22, 0.4)
    blade = k.main if k.cls != "plastic" else k.extra("metal-silver")
    for s in (-1, 1):
        turn = (0, 0, s * open_)
        c, n = math.cos(s * open_), math.sin(s * open_)
        k.prism(
            np.array([(-0.1, -0.05), (0.15, -0.05), (0.65, -0.01), (0.68, 0.02), (0.1, 0.05), (-0.1, 0.05)]),
            0.014,
            blade,
            0.003,
            (0, 0, 0.03 + 0.015 * s),
            turn,
        )
        k.tube([(-0.08 * c, -0.08 * n, 0.035), (-0.3 * c + 0.03 * n, -0.3 * n, 0.035)], 0.035, grip)
        o = superellipse(0.34, 0.24, 2.4)
        k.tube([(-0.45 * c + x, -0.45 * n - s * 0.06 + y, 0.035) for x, y in o], 0.035, grip, closed=True)
    k.lathe(fillet([(0, 0.0), (0.03, 0.0), (0.03, 0.07), (0, 0.075)], 0.008), k.trim())


@kind("metal-gold metal-silver metal-silver", view=(10, 50), category="tools", edition=2)
def padlock(k):
    w, h, d = 0.6, k.u(0.45, 0.6), k.u(0.18, 0.26)
    k.box((w, d, h), k.main, at=(0, 0, h / 2), bevel=k.u(0.03, 0.08))
    shackle = [(s * 0.19, 0, z) for s, z in ((-1, h * 0.9), (-1, h + 0.2))] + [
        (x, 0, z) for x, z in arc(0.19, PI, 0, 20, (0, h + 0.22))
    ]
    k.tube(shackle + [(0.19, 0, h * 0.9)], 0.045, k.extra("metal-silver"))
    k.lathe(fillet([(0, 0), (0.07, 0), (0.07, 0.02), (0, 0.02)], 0.006), k.trim(), rot=(PI / 2, 0, 0), at=(0, -d / 2, h * 0.4))


@kind("wood plastic metal-silver", view=(35, 85), category="home", edition=2)
def comb(k):
    w, n = k.u(0.9, 1.1), k.pick([16, 22, 30])
    k.box((w, 0.14, 0.05), k.main, at=(0, 0.12, 0.03), bevel=0.02)
    for x in np.linspace(-w / 2 + 0.03, w / 2 - 0.03, n):
        k.box((w / n * 0.5, 0.26, 0.03), k.main, at=(x, -0.06, 0.03), bevel=0.006)


@kind("wood wood plastic", view=(6, 35), category="toy", edition=2)
def stacking_rings(k):
    z, n = 0.06, k.pick([4, 5, 6])
    k.lathe(fillet([(0, 0), (0.45, 0), (0.45, 0.06), (0, 0.06)], 0.02), k.main)
    for i in range(n):
        r, t = 0.36 - 0.2 * i / n, k.u(0.07, 0.085)
        mat = k.main if i % 2 == 0 else k.extra(k.cls)
        k.ring(r - t / 2, t, mat, at=(0, 0, z + t))
        z += 2 * t * 0.96
    k.ellipsoid((0.18, 0.18, 0.18), k.main, at=(0, 0, z + 0.06))


@kind("plastic plastic ceramic wood", view=(5, 35), category="toy", edition=2)
def duck(k):
    parts = [
        k.ellipsoid((0.9, 0.6, 0.5), k.main, at=(0, 0, 0.25)),
        k.ellipsoid((0.45, 0.42, 0.44), k.main, at=(-0.28, 0, 0.65)),
        k.ellipsoid((0.3, 0.25, 0.2), k.main, at=(0.42, 0, 0.42), rot=(0, 0.7, 0)),
    ]
    for s in (-1, 1):
        parts.append(k.ellipsoid((0.45, 0.1, 0.24), k.main, at=(0.06, s * 0.29, 0.32), rot=(0, -0.3, s * 0.15)))
    k.soft(parts, k.main, voxel=0.016, smooth=6, wrinkle=0)
    k.ellipsoid((0.24, 0.2, 0.08), k.extra("plastic", k.pick(["orange", "red", "yellow"])), at=(-0.54, 0, 0.62), rot=(0, -0.15, 0))
    for s in (-1, 1):
        k.ellipsoid((0.06, 0.04, 0.07), k.dark(), at=(-0.42, s * 0.14, 0.75))


@kind("plush plush knit", view=(3, 28), yaw=PI, category="toy", edition=2)
def plush_toy(k):
    """A soft animal on four legs: long or short neck, ears, tail."""
    neck, leg, snout = k.u(0.05, 0.5), k.u(0.2, 0.4), k.u(0.1, 0.3)
    z = leg + 0.2
    parts = [k.ellipsoid((0.85, 0.45, 0.48), k.main, at=(0, 0, z))]
    head = np.array([-0.42 - 0.2 * neck, 0, z + 0.2 + neck])
    parts.append(k.tube([(-0.3, 0, z), tuple(head)], [0.17, 0.13], k.main))
    parts.append(k.ellipsoid((0.34, 0.32, 0.34), k.main, at=head))
    parts.append(k.ellipsoid((snout + 0.1, 0.2, 0.18), k.main, at=head + [-0.16, 0, -0.05]))
    for x in (-0.28, 0.28):
        for y in (-0.14, 0.14):
            parts.append(k.ellipsoid((0.19, 0.19, leg + 0.25), k.main, at=(x, y, (leg + 0.2) / 2)))
    for s in (-1, 1):
        parts.append(
            k.ellipsoid(
                (0.1, k.u(0.1, 0.3), k.u(0.14, 0.4)), k.main, at=head + [0.06, s * 0.16, 0.1], rot=(s * k.u(-0.3, 0.9), 0, 0)
            )
        )
    parts.append(k.tube(spline([(0.38, 0, z), (0.55, 0, z - 0.05), (0.62, 0.05, z - k.u(0, 0.3))], 10), k.u(0.03, 0.08), k.main))
    k.furry(k.soft(parts, k.main, voxel=0.02, smooth=6, wrinkle=0.012))
    for s in (-1, 1):
        k.ellipsoid((0.05, 0.05, 0.06), k.dark(), at=head + [-0.13, s * 0.1, 0.08])


@kind("wood wood plastic", view=(20, 75), category="music", edition=2)
def ukulele(k):
    outline = [
        (-0.5, 0),
        (-0.44, 0.22),
        (-0.2, 0.28),
        (0.02, 0.17),
        (0.2, 0.22),
        (0.34, 0.1),
        (0.34, -0.1),
        (0.2, -0.22),
        (0.02, -0.17),
        (-0.2, -0.28),
        (-0.44, -0.22),
    ]
    k.prism(spline(outline, 90, closed=True), 0.16, k.main, bevel=0.015)
    dark = k.extra("wood", "brown")
    k.box((0.75, 0.09, 0.03), dark, at=(0.65, 0, 0.165), bevel=0.008)
    k.box((0.24, 0.15, 0.04), dark, at=(1.1, 0, 0.15), bevel=0.02)
    k.lathe([(0, 0.163), (0.09, 0.163)], k.dark(), at=(0.08, 0, 0))
    k.box((0.05, 0.2, 0.025), dark, at=(-0.28, 0, 0.17), bevel=0.006)
    for y in (-0.03, -0.01, 0.01, 0.03):
        k.tube([(-0.28, y, 0.19), (1.05, y, 0.185)], 0.003, k.trim(), n=5)


@kind("plastic plastic metal-silver", view=(8, 40), category="sport", edition=2)
def helmet(k):
    a = np.linspace(0, PI / 2, 24)
    dome = np.stack([0.5 * np.cos(a), 0.12 + 0.5 * np.sin(a)], 1)
    obj = k.lathe(np.concatenate([[[0.48, 0.0]], dome]), k.main)
    obj.scale = (0.86, 1.1, 1)
    k.solidify(obj, 0.04)
    shell = lambda x, y: 0.12 + 0.51 * math.sqrt(max(0, 1 - (x / 0.43) ** 2 - (y / 0.55) ** 2))
    for x in (-0.2, 0, 0.2):
        k.tube([(x, y, shell(x, y)) for y in np.linspace(-0.3, 0.25, 12)], 0.03, k.dark(), n=12)
    k.tube(
        spline([(-0.4, -0.1, 0.1), (-0.35, -0.5, 0.02), (0, -0.7, 0.02), (0.35, -0.5, 0.02), (0.4, -0.1, 0.1)], 30), 0.015, k.dark()
    )


@kind("wood plastic", view=(20, 65), category="sport", edition=2)
def skateboard(k):
    t = np.linspace(-1, 1, 40)
    rows = []
    for x in t:
        half = 0.17 * math.sqrt(max(1 - max(abs(x) - 0.72, 0) ** 2 / 0.0785, 0.002))
        rows.append([(0.65 * x, half * v, 0.2 + 0.5 * max(abs(x) - 0.68, 0) ** 1.4 + 0.02 * v * v) for v in np.linspace(-1, 1, 9)])
    k.solidify(k.grid(rows, k.main, closed=False), 0.025)
    wheel, metal = k.extra("plastic", k.pick(["white", "black", "orange", "green"])), k.extra("metal-silver")
    for x in (-0.38, 0.38):
        k.tube([(x, -0.15, 0.09), (x, 0.15, 0.09)], 0.025, metal)
        k.box((0.09, 0.08, 0.1), metal, at=(x, 0, 0.14), bevel=0.01)
        for s in (-1, 1):
            k.lathe(
                fillet([(0, -0.04), (0.08, -0.04), (0.08, 0.04), (0, 0.04)], 0.02),
                wheel,
                rot=(PI / 2, 0, 0),
                at=(x, s * 0.16, 0.08),
            )
