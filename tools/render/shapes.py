"""Mesh building blocks: everything a product is made of is one of these.

Lengths are in product units: a product is about one unit large. Every mesh gets a UV map in
the same units, so that weave, knit and grain have one scale on every part.
"""

import math

import bmesh
import bpy
import numpy as np
from mathutils import Euler, Matrix, Vector


def fillet(points, radius, steps=5):
    """Round the inner corners of the polyline `points` with about `radius`."""
    p = [np.asarray(q, float) for q in points]
    out = [p[0]]
    for a, b, c in zip(p, p[1:], p[2:]):
        u, v = a - b, c - b
        lu, lv = np.linalg.norm(u), np.linalg.norm(v)
        d = min(radius, lu * 0.45, lv * 0.45)
        s, e = b + u / max(lu, 1e-9) * d, b + v / max(lv, 1e-9) * d
        for t in np.linspace(0, 1, steps):
            out.append((1 - t) ** 2 * s + 2 * t * (1 - t) * b + t * t * e)
    out.append(p[-1])
    return out


def spline(points, n=40, closed=False):
    """`n` points of a Catmull-Rom curve through `points`."""
    p = np.asarray(points, float)
    m = len(p)
    out = []
    segments = m if closed else m - 1
    for t in np.linspace(0, segments, n, endpoint=not closed):
        i = min(int(t), segments - 1)
        f = t - i
        pick = (lambda k: p[k % m]) if closed else (lambda k: p[min(max(k, 0), m - 1)])
        a, b, c, d = pick(i - 1), pick(i), pick(i + 1), pick(i + 2)
        out.append(0.5 * (2 * b + (c - a) * f + (2 * a - 5 * b + 4 * c - d) * f * f + (3 * b - a - 3 * c + d) * f**3))
    return np.array(out)


def superellipse(w, h, e=2.5, n=48):
    """Outline of a rounded rectangle, `w` by `h`; a larger `e` is squarer."""
    t = np.linspace(0, 2 * math.pi, n, endpoint=False)
    c, s = np.cos(t), np.sin(t)
    return np.stack([w / 2 * np.sign(c) * np.abs(c) ** (2 / e), h / 2 * np.sign(s) * np.abs(s) ** (2 / e)], 1)


def box_uv(mesh):
    """UV map by projection along the main axis of each face."""
    if not mesh.uv_layers:
        mesh.uv_layers.new(name="UV")
    n = len(mesh.loops)
    co = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", co)
    co = co.reshape(-1, 3)
    vi = np.empty(n, np.int32)
    mesh.loops.foreach_get("vertex_index", vi)
    normals = np.empty(len(mesh.polygons) * 3, np.float32)
    mesh.polygons.foreach_get("normal", normals)
    axis = np.abs(normals.reshape(-1, 3)).argmax(1)
    total = np.empty(len(mesh.polygons), np.int32)
    mesh.polygons.foreach_get("loop_total", total)
    axis = np.repeat(axis, total)
    first = np.where(axis == 0, 1, 0)
    second = np.where(axis == 2, 1, 2)
    loops = co[vi]
    rows = np.arange(n)
    uv = np.stack([loops[rows, first], loops[rows, second]], 1)
    mesh.uv_layers[0].data.foreach_set("uv", uv.astype(np.float32).ravel())


class Builder:
    """Collects the parts of one product under one parent object, `root`."""

    def __init__(self, name, rng):
        self.rng = rng
        self.root = bpy.data.objects.new(name, None)
        bpy.context.scene.collection.objects.link(self.root)
        self.parts = []

    # -- random numbers -------------------------------------------------
    def u(self, a, b):
        return float(self.rng.uniform(a, b))

    def chance(self, p):
        return self.rng.random() < p

    def pick(self, items):
        return items[int(self.rng.integers(len(items)))]

    # -- meshes ---------------------------------------------------------
    def mesh(self, verts, faces, mat, uv=None, at=(0, 0, 0), rot=(0, 0, 0), angle=40, flat=False):
        """One part from vertices and faces; `uv` has one row a vertex index of each face."""
        me = bpy.data.meshes.new("part")
        move = Matrix.Translation(at) @ Euler(rot).to_matrix().to_4x4()
        me.from_pydata([move @ Vector(v) for v in verts], [], [list(map(int, f)) for f in faces])
        bm = bmesh.new()
        bm.from_mesh(me)
        if uv is None:
            bmesh.ops.recalc_face_normals(bm, faces=bm.faces)
        bm.to_mesh(me)
        bm.free()
        if not flat:
            me.shade_smooth()
            me.set_sharp_from_angle(angle=math.radians(angle))
        if uv is None:
            box_uv(me)
        else:
            me.uv_layers.new(name="UV").data.foreach_set("uv", np.asarray(uv, np.float32).ravel())
        return self.adopt(me, mat)

    def adopt(self, me, mat):
        obj = bpy.data.objects.new("part", me)
        obj.data.materials.clear()
        obj.data.materials.append(mat)
        obj.parent = self.root
        bpy.context.scene.collection.objects.link(obj)
        self.parts.append(obj)
        return obj

    def grid(self, rings, mat, closed=True, uv_unit=False, **kw):
        """A surface through `rings` (m, n, 3); `closed` joins the last point of a ring to the first."""
        r = np.asarray(rings, float)
        m, n, _ = r.shape
        wrap = np.concatenate([r, r[:, :1]], 1) if closed else r
        du = np.linalg.norm(np.diff(wrap, axis=1), axis=2).max(0)
        dv = np.linalg.norm(np.diff(wrap, axis=0), axis=2).max(1)
        us, vs = np.concatenate([[0], np.cumsum(du)]), np.concatenate([[0], np.cumsum(dv)])
        if uv_unit:
            us, vs = us / max(us[-1], 1e-9), vs / max(vs[-1], 1e-9)
        faces, uv = [], []
        for i in range(m - 1):
            for j in range(n if closed else n - 1):
                k = (j + 1) % n
                faces.append((i * n + j, i * n + k, (i + 1) * n + k, (i + 1) * n + j))
                uv += [(us[j], vs[i]), (us[j + 1], vs[i]), (us[j + 1], vs[i + 1]), (us[j], vs[i + 1])]
        return self.mesh(r.reshape(-1, 3), faces, mat, uv=uv, **kw)

    def loft(self, rings, mat, cap=True, **kw):
        """Closed rings joined to a skin; `cap` closes both ends by shrinking them to a point."""
        r = np.asarray(rings, float)
        if cap:
            shrink = lambda ring: [ring * s + ring.mean(0) * (1 - s) for s in (0.5, 0.001)]
            r = np.concatenate([shrink(r[0])[::-1], r, shrink(r[-1])])
        return self.grid(r, mat, **kw)

    def lathe(self, profile, mat, n=80, **kw):
        """A turned body: `profile` holds (radius, height), from the outer bottom on."""
        t = np.linspace(0, 2 * math.pi, n, endpoint=False)
        rings = [np.stack([max(r, 1e-4) * np.cos(t), max(r, 1e-4) * np.sin(t), np.full(n, z)], 1) for r, z in profile]
        return self.grid(rings, mat, **kw)

    def tube(self, path, radius, mat, closed=False, n=16, section=None, **kw):
        """A rod along `path`; `radius` is a number or one a point; `section` another (n, 2) outline."""
        p = np.asarray(path, float)
        m = len(p)
        tangent = np.roll(p, -1, 0) - np.roll(p, 1, 0) if closed else np.gradient(p, axis=0)
        tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
        side = np.cross(tangent[0], (0, 0, 1.0))
        if np.linalg.norm(side) < 0.1:
            side = np.cross(tangent[0], (0, 1.0, 0))
        if section is None:
            t = np.linspace(0, 2 * math.pi, n, endpoint=False)
            section = np.stack([np.cos(t), np.sin(t)], 1)
        radius = np.broadcast_to(radius, m)
        rings = []
        for i in range(m):
            side = side - tangent[i] * (side @ tangent[i])
            side /= max(np.linalg.norm(side), 1e-9)
            up = np.cross(side, tangent[i])
            rings.append(p[i] + radius[i] * (section[:, :1] * side + section[:, 1:] * up))
        if closed:
            return self.grid(rings + [rings[0]], mat, **kw)
        return self.loft(rings, mat, **kw)

    def ring(self, r, thick, mat, at=(0, 0, 0), rot=(0, 0, 0), n=64, **kw):
        t = np.linspace(0, 2 * math.pi, n, endpoint=False)
        return self.tube(np.stack([r * np.cos(t), r * np.sin(t), 0 * t], 1), thick, mat, closed=True, at=at, rot=rot, **kw)

    def ellipsoid(self, size, mat, at=(0, 0, 0), rot=(0, 0, 0), e=2.0, n=48):
        """An ellipsoid, or with `e` above 2 a rounded box, of full extents `size`."""
        power = lambda c: np.sign(c) * np.abs(c) ** (2 / e)
        v = np.linspace(-math.pi / 2, math.pi / 2, n // 2)
        t = np.linspace(0, 2 * math.pi, n, endpoint=False)
        rings = [
            np.stack(
                [
                    size[0] / 2 * power(np.cos(a)) * power(np.cos(t)),
                    size[1] / 2 * power(np.cos(a)) * power(np.sin(t)),
                    np.full(n, size[2] / 2 * power(np.sin(a))),
                ],
                1,
            )
            for a in v
        ]
        return self.grid(rings, mat, at=at, rot=rot, angle=80)

    def prism(self, outline, depth, mat, bevel=0.0, at=(0, 0, 0), rot=(0, 0, 0)):
        """The outline (k, 2) in x and y, `depth` thick along z, edges rounded by `bevel`."""
        k = len(outline)
        verts = [(x, y, z) for z in (0, depth) for x, y in outline]
        faces = [tuple(range(k))[::-1], tuple(range(k, 2 * k))]
        faces += [(i, (i + 1) % k, k + (i + 1) % k, k + i) for i in range(k)]
        obj = self.mesh(verts, faces, mat, at=at, rot=rot, angle=30)
        if bevel:
            self.bevel(obj, bevel)
        return obj

    def box(self, size, mat, at=(0, 0, 0), rot=(0, 0, 0), bevel=0.01):
        """A box of full extents `size`, centred at `at`."""
        x, y, z = (s / 2 for s in size)
        v = [(-x, -y, -z), (x, -y, -z), (x, y, -z), (-x, y, -z), (-x, -y, z), (x, -y, z), (x, y, z), (-x, y, z)]
        f = [(0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
        obj = self.mesh(v, f, mat, at=at, rot=rot)
        if bevel:
            self.bevel(obj, min(bevel, 0.45 * min(size)))
        return obj

    def picture(self, w, h, mat, at=(0, 0, 0), rot=(0, 0, 0)):
        """A flat rectangle facing -y with UV 0..1, for prints and screens."""
        return self.mesh(
            [(-w / 2, 0, -h / 2), (w / 2, 0, -h / 2), (w / 2, 0, h / 2), (-w / 2, 0, h / 2)],
            [(0, 1, 2, 3)],
            mat,
            uv=[(0, 0), (1, 0), (1, 1), (0, 1)],
            at=at,
            rot=rot,
            flat=True,
        )

    # -- changes to a part ----------------------------------------------
    def bevel(self, obj, width, segments=3):
        m = obj.modifiers.new("bevel", "BEVEL")
        m.width, m.segments, m.limit_method = width, segments, "ANGLE"
        obj.data.shade_smooth()
        obj.modifiers.new("normals", "WEIGHTED_NORMAL").keep_sharp = False

    def solidify(self, obj, thickness):
        m = obj.modifiers.new("solid", "SOLIDIFY")
        m.thickness, m.offset = thickness, 0

    def wrinkle(self, obj, strength, scale):
        """Low-frequency dents, as in cloth."""
        tex = bpy.data.textures.new("wrinkle", "CLOUDS")
        tex.noise_scale = scale
        m = obj.modifiers.new("wrinkle", "DISPLACE")
        m.texture, m.strength, m.mid_level = tex, strength, 0.5
        # The texture is a function of place only: shift it so that no two products share dents.
        shift = bpy.data.objects.new("shift", None)
        shift.location = self.rng.uniform(-50, 50, 3)
        m.texture_coords, m.texture_coords_object = "OBJECT", shift
        return obj

    def soft(self, objs, mat, voxel=0.014, smooth=12, wrinkle=0.02, scale=0.15):
        """Fuse parts into one body with rounded, slightly dented skin: clothing, plush, dough."""
        bm = bmesh.new()
        graph = bpy.context.evaluated_depsgraph_get()
        for o in objs:
            me = o.evaluated_get(graph).to_mesh()
            bm.from_mesh(me)
            o.evaluated_get(graph).to_mesh_clear()
            self.parts.remove(o)
            bpy.data.objects.remove(o)
        me = bpy.data.meshes.new("soft")
        bm.to_mesh(me)
        bm.free()
        obj = self.adopt(me, mat)
        r = obj.modifiers.new("remesh", "REMESH")
        r.mode, r.voxel_size, r.use_smooth_shade = "VOXEL", voxel, True
        s = obj.modifiers.new("smooth", "SMOOTH")
        s.factor, s.iterations = 0.5, smooth
        if wrinkle:
            self.wrinkle(obj, wrinkle, scale)
        done = bpy.data.meshes.new_from_object(obj.evaluated_get(bpy.context.evaluated_depsgraph_get()))
        self.parts.remove(obj)
        bpy.data.objects.remove(obj)
        done.shade_smooth()
        box_uv(done)
        return self.adopt(done, mat)

    def fur(self, obj, length, count, thickness=0.004, curl=0.3):
        """Hair on a part."""
        m = obj.modifiers.new("fur", "PARTICLE_SYSTEM")
        s = m.particle_system.settings
        s.type, s.count, s.hair_length, s.hair_step = "HAIR", int(count), length, 3
        s.brownian_factor = length * curl * 0.35
        s.root_radius, s.tip_radius, s.radius_scale = 1.0, 0.15, thickness
        s.render_step = 3
        m.particle_system.seed = int(self.rng.integers(1 << 30))
        return obj

    # -- placing --------------------------------------------------------
    def bounds(self):
        """Corners of the axis-aligned box of all parts, in world space."""
        pts = self.points()
        return pts.min(0), pts.max(0)

    def points(self):
        """Vertices of all parts after modifiers, in world space, fur length included."""
        graph = bpy.context.evaluated_depsgraph_get()
        out = []
        for o in self.parts:
            ev = o.evaluated_get(graph)
            me = ev.to_mesh()
            co = np.empty(len(me.vertices) * 3, np.float32)
            me.vertices.foreach_get("co", co)
            w = np.array(o.matrix_world)
            co = co.reshape(-1, 3) @ w[:3, :3].T + w[:3, 3]
            grow = max((p.settings.hair_length for p in o.particle_systems), default=0)
            if grow:
                out += [co + grow * w[0, 0] * d for d in np.eye(3)] + [co - grow * w[0, 0] * d for d in np.eye(3)]
            out.append(co)
            ev.to_mesh_clear()
        return np.concatenate(out)

    def settle(self, size=1.0, at=(0, 0), yaw=0.0, z=0.0):
        """Scale to a largest extent of `size`, stand on height `z` with the centre over `at`."""
        self.root.rotation_euler = (0, 0, yaw)
        bpy.context.view_layer.update()
        lo, hi = self.bounds()
        k = size / max(hi - lo)
        mid = (lo + hi) / 2
        self.root.scale = (k, k, k)
        self.root.location = (at[0] - k * mid[0], at[1] - k * mid[1], z - k * lo[2])
        bpy.context.view_layer.update()
        return self
