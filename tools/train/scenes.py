"""Training pictures for the mask network: photos with masks, and composites made on the fly.

Everything is done on whole batches of tensors (random crops, flips, rotations, colour,
backgrounds, shadows), so that two CPU cores keep up without worker processes.
"""
import json
import math
import random
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import common  # noqa: F401  (puts tools/data on the path)
import sets
from prepare import load_mask, load_rgb

# Share of each kind of sample, and what a missing kind leaves is shared by the others.
MIX = {"ccp": 0.28, "clothing": 0.05, "objects": 0.10, "trashnet": 0.02, "grocery": 0.01,
       "renders": 0.37, "ground": 0.03, "composite": 0.12, "empty": 0.02}
DISTRACTORS = 0.35  # share of composites for which a thing behind the product is drawn; it stands there if it is smaller
BACKGROUNDS = ("scene", "ground")  # groups without a product: crowded shelves, rendered grounds


class Photos:
    """The photos on disk, by group; `refresh` picks up what was added meanwhile."""

    def __init__(self, store: Path | None, renders: Path | None):
        self.store, self.render_folder = store, renders
        self.images: list[np.ndarray] = []   # [S,S,3] uint8 each (views of the memory map)
        self.masks: list[np.ndarray] = []    # [S,S] uint8
        self.groups: dict[str, list[int]] = {}
        self.exact: list[int] = []           # masks that are no teacher's
        self.rows = 0
        self.seen: set[str] = set()
        self.refresh()

    def refresh(self) -> None:
        if self.store and (self.store / "rows.jsonl").exists():
            images = np.load(self.store / "images.npy", mmap_mode="r")
            masks = np.load(self.store / "masks.npy", mmap_mode="r")
            lines = (self.store / "rows.jsonl").read_text().splitlines()
            for i in range(self.rows, len(lines)):
                row = json.loads(lines[i])
                if not row["ok"]:
                    continue
                group = {"scene": "scene", "teacher": "objects"}.get(row["kind"], row["set"])
                if row["kind"] == "teacher" and row["set"] in ("clothing", "trashnet", "grocery"):
                    group = row["set"]
                if group in ("coco_cc_masks", "saleor_goods"):
                    group = "objects"
                self.add(group, images[i], masks[i], row["kind"] in ("human", "alpha"))
            self.rows = len(lines)
        if self.render_folder and self.render_folder.is_dir():
            for photo in sets.renders(self.render_folder):
                if photo.path not in self.seen:
                    try:
                        pair = load_rgb(photo.file), load_mask(photo)
                    except (OSError, SyntaxError):  # still being written
                        continue
                    self.seen.add(photo.path)
                    if pair[1].any():
                        self.add("renders", *pair, True)
                    else:
                        self.add("ground", *pair, False)

    def add(self, group: str, image: np.ndarray, mask: np.ndarray, exact: bool) -> None:
        self.groups.setdefault(group, []).append(len(self.images))
        if exact:
            self.exact.append(len(self.images))
        self.images.append(image)
        self.masks.append(mask)

    def tensor(self, indices: list[int]) -> torch.Tensor:
        """[N,4,S,S] float, RGB and mask in 0...1."""
        both = np.concatenate([np.stack([self.images[i] for i in indices]),
                               np.stack([self.masks[i] for i in indices])[..., None]], 3)
        return torch.from_numpy(both).permute(0, 3, 1, 2).float().div_(255)


def synthetic_photos(count: int, size: int = 128, seed: int = 1) -> Photos:
    """Ellipses, boxes and stars on plain ground: enough to see that training works."""
    rng = np.random.default_rng(seed)
    photos = Photos(None, None)
    y, x = np.mgrid[0:size, 0:size] / size * 2 - 1
    for _ in range(count):
        cx, cy = rng.uniform(-0.3, 0.3, 2)
        rx, ry = rng.uniform(0.25, 0.6, 2)
        u, v = (x - cx) / rx, (y - cy) / ry
        shape = rng.integers(3)
        distance = [np.hypot(u, v), np.maximum(abs(u), abs(v)), np.hypot(u, v) * (1 + 0.3 * np.cos(5 * np.arctan2(v, u)))][shape]
        mask = (distance < 1).astype(np.float32)
        ground, colour = rng.uniform(0, 1, (2, 3))
        image = np.where(mask[..., None] > 0, colour, ground) + rng.normal(0, 0.05, (size, size, 3))
        photos.add("ccp", (image.clip(0, 1) * 255).astype(np.uint8), (mask * 255).astype(np.uint8), True)
    return photos


def _affine(zoom_x, zoom_y, angle, dx, dy, flip) -> list[list[float]]:
    """Output coordinates (-1...1) to input coordinates; zoom > 1 shows a smaller part, enlarged."""
    c, s = math.cos(angle), math.sin(angle)
    fx = -1 if flip else 1
    return [[fx * c / zoom_x, -fx * s / zoom_x, dx], [s / zoom_y, c / zoom_y, dy]]


def _warp(x: torch.Tensor, matrices, size: int, padding: str) -> torch.Tensor:
    grid = F.affine_grid(torch.tensor(matrices), (len(x), 1, size, size), align_corners=False)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode=padding, align_corners=False)


def _blur(x: torch.Tensor, radius: int) -> torch.Tensor:
    """Two box filters: about a Gaussian of that radius."""
    k = 2 * radius + 1
    x = F.pad(x, (2 * radius,) * 4, mode="replicate")
    for kernel in ((k, 1), (k, 1), (1, k), (1, k)):
        x = F.avg_pool2d(x, kernel, 1)
    return x


class Scenes:
    """Endless batches for training. A share `as_is` of the photos is shown whole, mirrored at most: at the store's size
    nothing is resampled then, as in use, where a warp blurs."""

    def __init__(self, photos: Photos, seed: int, as_is: float = 0):
        self.photos, self.as_is = photos, as_is
        self.rng = random.Random(seed)
        self.torch_rng = torch.Generator().manual_seed(seed)

    def rand(self, *shape) -> torch.Tensor:
        return torch.rand(*shape, generator=self.torch_rng)

    def batch(self, count: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Pictures [N,3,size,size] in 0...1 and masks [N,1,size,size]."""
        groups = self.photos.groups
        kinds = [k for k in MIX if k in groups or k in ("composite", "empty")]
        drawn = self.rng.choices(kinds, [self.share(k) for k in kinds], k=count)
        indices = [self.rng.choice(groups[k]) if k in groups else self.cutout() for k in drawn]
        plain = [i for i, k in enumerate(drawn) if k in groups]
        made = [i for i, k in enumerate(drawn) if k not in groups]
        out = torch.empty(count, 4, size, size)
        if plain:
            out[plain] = self.crops(self.photos.tensor([indices[i] for i in plain]), size)
        if made:
            out[made] = self.composite([indices[i] for i in made], size, torch.tensor([drawn[i] == "empty" for i in made]))
        image, mask = out[:, :3], out[:, 3:].clamp(0, 1)
        return self.colour(image), mask

    def share(self, kind: str) -> float:
        """A kind's share of the samples, as a weight: a handful of renders is not worth its full one."""
        return MIX[kind] * min(1, len(self.photos.groups[kind]) / 150) if kind == "renders" else MIX[kind]

    def cutout(self) -> int:
        """A photo for a composite: renders, whose mattes are exact, three times as often."""
        goods = [g for g in self.photos.groups if g not in BACKGROUNDS]
        group = self.rng.choices(goods, [self.share(g) * (3 if g == "renders" else 1) for g in goods])[0]
        return self.rng.choice(self.photos.groups[group])

    def crop(self) -> list[list[float]]:
        """The photo as it is, or mostly the whole of it, sometimes a part, sometimes rotated."""
        rng = self.rng
        if self.as_is and rng.random() < self.as_is:
            return _affine(1, 1, 0, 0, 0, rng.random() < 0.5)
        zoom = rng.uniform(1.0, 1.5) if rng.random() < 0.6 else rng.uniform(0.85, 1.05)
        aspect = math.exp(rng.gauss(0, 0.12))
        room = max(0.0, 1 - 1 / zoom)
        angle = rng.gauss(0, 0.12) if rng.random() < 0.5 else 0.0
        return _affine(zoom * aspect, zoom / aspect, angle, rng.uniform(-room, room), rng.uniform(-room, room), rng.random() < 0.5)

    def crops(self, x: torch.Tensor, size: int) -> torch.Tensor:
        return _warp(x, [self.crop() for _ in range(len(x))], size, "reflection")

    def composite(self, indices: list[int], size: int, empty: torch.Tensor) -> torch.Tensor:
        """Cut-outs on other grounds, behind some of them a lesser thing; empty ground where `empty`."""
        rng, n = self.rng, len(indices)
        x = self.cutouts(indices)
        extents = [rng.uniform(0.45, 1.0) for _ in range(n)]
        out = _warp(x, [self.place(mask, extent) for mask, extent in zip(x[:, 3], extents)], size, "zeros")
        out[:, 3:] *= (~empty).float().view(-1, 1, 1, 1)
        grounds = self.grounds(n, size, empty)
        for i, ground in enumerate(grounds):
            if not empty[i] and rng.random() < DISTRACTORS:
                other = self.cutouts([self.cutout()])
                matrix = self.place(other[0, 3], extents[i] * rng.uniform(0.3, 0.75), anywhere=True)
                other = _warp(other, [matrix], size, "zeros")[0]
                if other[3].sum() < 0.75 * out[i, 3].sum():  # the product is the larger thing
                    self.stand(ground, other)
            self.stand(ground, out[i])
        out[:, :3] = grounds
        return out

    def cutouts(self, indices: list[int]) -> torch.Tensor:
        """Photos with masks, a pixel taken off all but renders': none brings its old ground along."""
        x = self.photos.tensor(indices)
        renders = set(self.photos.groups.get("renders", []))
        for i, index in enumerate(indices):
            if index not in renders:
                x[i, 3:] = -F.max_pool2d(-x[i, 3:], 3, 1, 1)
        return x

    def place(self, mask: torch.Tensor, extent: float, anywhere: bool = False) -> list[list[float]]:
        """The warp that shows a cut-out at a share `extent` of the frame, within it or `anywhere`.

        A mask of next to nothing stays as it is.
        """
        rng, side = self.rng, mask.shape[0]
        on = (mask > 0.5).nonzero()
        if len(on) < 20:
            return _affine(1, 1, 0, 0, 0, False)
        (top, left), (bottom, right) = on.min(0).values.tolist(), on.max(0).values.tolist()
        zoom = extent * side / max(right - left, bottom - top)
        aspect, angle = math.exp(rng.gauss(0, 0.1)), rng.gauss(0, 0.2)
        room = 1.0 if anywhere else (1 - extent) * 0.9
        dx, dy = ((low + high) / side - 1 + rng.uniform(-room, room) / zoom for low, high in ((left, right), (top, bottom)))
        return _affine(zoom * aspect, zoom / aspect, angle, dx, dy, rng.random() < 0.5)

    def stand(self, ground: torch.Tensor, thing: torch.Tensor) -> None:
        """Puts a thing [4,S,S] on a ground [3,S,S], with a soft shadow at times."""
        rng, size = self.rng, ground.shape[-1]
        # Border pixels of a warp are darkened by its zero padding; alpha is darkened alike.
        rgb, alpha = thing[:3], thing[3:]
        if rng.random() < 0.4:
            shadow = _blur(alpha[None], max(2, size // rng.choice((16, 24, 40))))
            dx, dy, room = int(size * rng.uniform(-0.06, 0.06)), int(size * rng.uniform(0, 0.06)), size // 16
            shadow = F.pad(shadow, (room,) * 4, mode="replicate")[0, :, room - dy:room - dy + size, room - dx:room - dx + size]
            ground *= 1 - rng.uniform(0.15, 0.6) * shadow
        ground *= 1 - alpha
        ground += rgb * alpha

    def grounds(self, n: int, size: int, empty: torch.Tensor) -> torch.Tensor:
        """Backgrounds [N,3,size,size]: rendered grounds, shelves (often blurred), plain, gradient, stripes, clouds, noise."""
        rng = self.rng
        out = torch.empty(n, 3, size, size)
        shelves, bare = (self.photos.groups.get(g, []) for g in BACKGROUNDS)
        ramp = torch.linspace(0, 1, size)
        for i in range(n):
            kind = rng.random()
            if bare and rng.random() < 0.3:
                out[i] = self.crops(self.photos.tensor([rng.choice(bare)])[:, :3], size)[0]
                continue
            if shelves and kind < 0.5:
                x = self.photos.tensor([rng.choice(shelves)])[:, :3]
                zoom = rng.uniform(2.5, 5) if empty[i] else rng.uniform(1, 2.5)
                room = 1 - 1 / zoom
                x = _warp(x, [_affine(zoom, zoom, rng.uniform(-0.3, 0.3), rng.uniform(-room, room), rng.uniform(-room, room), rng.random() < 0.5)], size, "reflection")
                if empty[i] or rng.random() < 0.5:
                    x = _blur(x, max(1, size // (10 if empty[i] else rng.choice((20, 40, 80)))))
                out[i] = x[0]
                continue
            colour = self.rand(3, 1, 1)
            if rng.random() < 0.5:  # near grey and light, as a studio is
                colour = (rng.uniform(0.35, 1.0) + 0.06 * (colour - 0.5)).clamp(0, 1)
            other = self.rand(3, 1, 1) if rng.random() < 0.5 else (colour * rng.uniform(0.5, 1.2)).clamp(0, 1)
            if kind < 0.65:
                x = colour.expand(3, size, size).clone()
            elif kind < 0.78:
                angle = rng.uniform(0, 2 * math.pi)
                t = ((ramp[None] - 0.5) * math.cos(angle) + (ramp[:, None] - 0.5) * math.sin(angle) + 0.5).clamp(0, 1)
                x = colour * (1 - t) + other * t
            elif kind < 0.84:
                angle, period = rng.uniform(0, math.pi), rng.uniform(4, 40)
                t = (torch.sin((ramp[None] * math.cos(angle) + ramp[:, None] * math.sin(angle)) * period * 6.28) * rng.choice((1, 8))).clamp(-1, 1) / 2 + 0.5
                x = colour * (1 - t) + other * t
            else:
                cells = rng.choice((3, 6, 12, 32, 80))
                t = F.interpolate(self.rand(1, rng.choice((1, 3)), cells, rng.choice((3, cells))), (size, size), mode="bilinear")[0]
                x = colour * (1 - t) + other * t
            out[i] = x + (torch.randn(1, size, size, generator=self.torch_rng) * rng.uniform(0, 0.04) if rng.random() < 0.5 else 0)
        return out.clamp_(0, 1)

    def colour(self, x: torch.Tensor) -> torch.Tensor:
        """Exposure, contrast, white balance, saturation, gamma, blur and noise, each at random."""
        n, rng = len(x), self.rng

        def around_one(spread, share=0.8):
            factor = torch.exp(spread * (2 * self.rand(n, 1, 1, 1) - 1))
            return torch.where(self.rand(n, 1, 1, 1) < share, factor, torch.ones(()))

        x = x * around_one(0.25) * (1 + 0.06 * (2 * self.rand(n, 3, 1, 1) - 1))
        mean = x.mean((1, 2, 3), keepdim=True)
        x = (x - mean) * around_one(0.25) + mean
        grey = x.mean(1, keepdim=True)
        saturation = around_one(0.4)
        saturation = torch.where(self.rand(n, 1, 1, 1) < 0.04, torch.zeros(()), saturation)
        x = ((x - grey) * saturation + grey).clamp(0, 1)
        x = x.clamp(1e-4, 1) ** around_one(0.25, 0.5)
        for i in range(n):
            if rng.random() < 0.12:
                x[i:i + 1] = _blur(x[i:i + 1], rng.choice((1, 1, 2)))
            if rng.random() < 0.2:
                x[i] += torch.randn(x[i].shape, generator=self.torch_rng) * rng.uniform(0.01, 0.05)
        return x.clamp_(0, 1)
