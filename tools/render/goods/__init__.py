"""The goods: one function a kind, each building a product of about one unit from shapes.

A function takes a `Kit`: shapes, random numbers and materials. `k.main` is the material that the
labels speak of and covers most of the product; `k.extra(cls)` gives another one for small parts.
"""

from . import kitchen, packs, home, wear, things  # noqa: F401, I001, each registers its kinds, in this order
from .kit import KINDS, Kit  # noqa: F401

# Kinds that no training set shows: held-out sets contain them.
HELD_OUT = ("teapot", "boot", "teddy", "headphones", "perfume", "basket", "wineglass", "hat", "sofa", "speaker", "scarf")

EDITION = max(kind.edition for kind in KINDS.values())


def kinds_of(edition):
    """The kinds of the list as it was in an edition, in order."""
    return [name for name, kind in KINDS.items() if kind.edition <= edition]
