"""What a kind of goods is made with: the register, the kit of shapes and materials."""

import math

import numpy as np

import materials
from shapes import Builder

PI = math.pi
KINDS = {}


class Kind:
    def __init__(self, build, classes, view, yaw, category, edition):
        self.build, self.classes, self.view, self.yaw, self.category = build, classes, view, yaw, category
        self.edition = edition


def kind(classes, view=(8, 38), yaw=PI, category="home", *, edition):
    """Register a kind: its material classes, elevation range in degrees and largest turn either way, and the edition of
    the list that it came with: sets of an earlier one are as they were."""

    def register(f):
        KINDS[f.__name__] = Kind(f, classes.split(), view, yaw, category, edition)
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
