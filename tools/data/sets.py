"""The photo sets: which photos there are, and what is known about each.

One generator a kind of label: `with_masks` (human masks and exact mattes), `unmasked`
(photos for the teacher network), `scenes` (clutter without one clear product, used as
backgrounds) and `with_labels` (category, material). Paths inside a set and held-out
photos follow `heldout.py`.
"""
import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path

from heldout import bucket


@dataclass(frozen=True)
class Photo:
    set: str                     # name of the set
    path: str                    # inside the set, forward slashes
    file: Path
    mask_file: Path | None = None
    category: str | None = None  # a name of CATEGORIES, None = unknown
    material: str | None = None  # a name of MATERIALS, None = unknown

    @property
    def heldout(self) -> bool:
        return self.bucket == 0

    @property
    def bucket(self) -> int:
        return bucket(self.set, self.path)


# Sets of single objects without masks: name -> folder. Their licences allow use with
# attribution, which the model card gives.
OBJECT_SETS = {
    "caltech101": "objects/caltech101",
    "eshop_goods": "objects/eshop_goods",
    "lire_cars": "objects/lire_cars",
    "datacluster_bottles_cups": "objects/datacluster_bottles_cups",
    "openimages_packt": "objects/openimages_packt",
    "azure_samples": "objects/azure_samples",
    "abo_sample": "objects/abo_sample",
}

OTHER = "other"  # what no class of the network fits: no class itself

MATERIALS = [
    "metal-silver", "metal-gold", "wood", "glass", "ceramic", "leather-like", "denim",
    "knit/wool", "woven fabric", "plush/fur", "plastic/rubber", "paper/card",
]

# Clothing: the set's clean labels and the name a shop would use. "Not sure", "Skip" and
# "Other" are no labels.
CLOTHING = {
    "T-Shirt": "t-shirt", "Longsleeve": "long-sleeve top", "Pants": "trousers", "Shoes": "shoes",
    "Shirt": "shirt", "Dress": "dress", "Outwear": "jacket or coat", "Shorts": "shorts", "Hat": "hat",
    "Skirt": "skirt", "Undershirt": "undershirt", "Polo": "polo shirt", "Blazer": "blazer",
    "Hoodie": "hoodie", "Body": "baby bodysuit", "Top": "top", "Blouse": "blouse",
}

# Photos of clothing name no material, but it is one of these. Shoes and hats may be of anything.
CLOTHING_MATERIALS = ["denim", "knit/wool", "woven fabric", "leather-like", "plush/fur"]
OF_CLOTHING_MATERIALS = set(CLOTHING.values()) - {"shoes", "hat"}

# Grocery: the coarse classes, near relatives merged (a lime is told from a lemon by the
# crate it lies in, oat milk from milk by the print).
GROCERY = {
    "Lemon": "lemon or lime", "Lime": "lemon or lime",
    "Orange": "orange or mandarin", "Satsumas": "orange or mandarin", "Red-Grapefruit": "grapefruit",
    "Peach": "peach or nectarine", "Nectarine": "peach or nectarine",
    "Milk": "milk carton", "Oat-Milk": "milk carton", "Soy-Milk": "milk carton", "Sour-Milk": "milk carton",
    "Yoghurt": "yoghurt", "Oatghurt": "yoghurt", "Soyghurt": "yoghurt", "Sour-Cream": "sour cream",
    "Juice": "juice carton", "Passion-Fruit": "passion fruit", "Red-Beet": "beetroot",
    "Carrots": "carrot", "Zucchini": "courgette", "Pepper": "sweet pepper",
}

# caltech101: folders that show goods someone may sell.
CALTECH = {
    "accordion": "accordion", "barrel": "barrel", "binocular": "binoculars", "bonsai": "potted plant",
    "camera": "camera", "ceiling_fan": "ceiling fan", "cellphone": "phone", "chair": "chair",
    "windsor_chair": "chair", "chandelier": "chandelier", "cup": "mug or cup", "ewer": "pitcher or ewer",
    "electric_guitar": "guitar", "euphonium": "brass instrument", "saxophone": "brass instrument",
    "gramophone": "gramophone", "grand_piano": "piano", "headphone": "headphones",
    "inline_skate": "inline skates", "lamp": "lamp", "laptop": "laptop", "mandolin": "mandolin",
    "menorah": "candle holder", "metronome": "metronome", "Motorbikes": "motorbike", "pizza": "pizza",
    "scissors": "scissors", "soccer_ball": "ball", "stapler": "stapler", "strawberry": "strawberry",
    "umbrella": "umbrella", "watch": "watch", "wheelchair": "wheelchair", "wrench": "wrench",
}

# Kinds of the rendered scenes -> category; a kind that is not named here has no category.
RENDERS = {
    "mug": "mug or cup", "tumbler": "drinking glass", "wineglass": "drinking glass", "bottle": "bottle", "jar": "jar",
    "bowl": "bowl", "plate": "plate", "vase": "vase", "teapot": "teapot", "pan": "pan", "spoon": "cutlery",
    "knife": "cutlery", "box": "box", "can": "can", "tube": "tube", "perfume": "bottle", "pump_bottle": "bottle",
    "candle": "candle", "lamp": "lamp", "chair": "chair", "stool": "stool", "table": "table", "sofa": "sofa",
    "cushion": "cushion", "potted_plant": "potted plant", "basket": "basket", "bucket": "bucket", "clock": "clock",
    "picture_frame": "picture frame", "umbrella": "umbrella", "tshirt": "t-shirt", "trousers": "trousers",
    "dress": "dress", "socks": "socks", "mitten": "gloves", "beanie": "hat", "hat": "hat", "cap": "hat",
    "folded": "folded textile", "scarf": "scarf", "furball": "plush toy", "teddy": "plush toy", "rabbit": "plush toy",
    "shoe": "shoes", "boot": "shoes", "handbag": "bag", "tote": "bag", "backpack": "backpack", "wallet": "wallet",
    "belt": "belt", "ring": "ring", "necklace": "necklace", "watch": "watch", "glasses": "glasses", "book": "book",
    "phone": "phone", "headphones": "headphones", "camera": "camera", "mouse": "computer mouse", "keyboard": "keyboard",
    "speaker": "speaker", "blocks": "toy", "toy_car": "toy", "ball": "ball", "hammer": "hammer", "brush": "brush",
    "candlestick": "candle holder", "thermos": "thermos flask", "jug": "pitcher or ewer", "cup_and_saucer": "mug or cup",
    "paper_cup": "mug or cup", "cream_jar": "jar", "gift_bag": "bag", "pouch": "bag", "notebook": "book",
    "jacket": "jacket or coat", "skirt": "skirt", "sandal": "shoes", "plush_toy": "plush toy", "stacking_rings": "toy",
    "duck": "toy", "laptop": "laptop", "scissors": "scissors", "wrench": "wrench",
}

# trashnet: the folder is the material; "trash" is none.
TRASHNET = {
    "glass": "glass", "metal": "metal-silver", "paper": "paper/card", "cardboard": "paper/card",
    "plastic": "plastic/rubber",
}

# Materials as the renderer names them, where the name differs from MATERIALS.
RENDER_MATERIALS = {"glass/clear": "glass", "ceramic/stone": "ceramic"}


def material_of_render(name: str | None) -> str | None:
    """The material class of a rendered scene, None where the renderer's name is unknown."""
    name = RENDER_MATERIALS.get(name or "", name)
    return name if name in MATERIALS else None


def category_names() -> list[str]:
    """Every category in the order of the network's output: sorted, so that it is stable."""
    names = set(CLOTHING.values()) | set(CALTECH.values()) | set(RENDERS.values())
    names |= {grocery_name(c) for c in GROCERY_COARSE}
    return sorted(names)


GROCERY_COARSE = (
    "Apple Avocado Banana Kiwi Lemon Lime Mango Melon Nectarine Orange Papaya Passion-Fruit Peach Pear "
    "Pineapple Plum Pomegranate Red-Grapefruit Satsumas Juice Milk Oatghurt Oat-Milk Sour-Cream Sour-Milk "
    "Soyghurt Soy-Milk Yoghurt Asparagus Aubergine Cabbage Carrots Cucumber Garlic Ginger Leek Mushroom "
    "Onion Pepper Potato Red-Beet Tomato Zucchini"
).split()


def grocery_name(coarse: str) -> str:
    return GROCERY.get(coarse, coarse.lower().replace("-", " "))


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(f for f in folder.glob(pattern) if f.suffix.lower() in (".jpg", ".jpeg", ".png"))


def _share_alike(folder: Path) -> set[str]:
    """Stems of the photos whose licence asks for share-alike: they are left out of training."""
    record = folder / "attribution.json"
    if not record.exists():
        return set()
    return {Path(entry["file"]).stem for entry in json.loads(record.read_text())
            if re.search(r"BY-SA|ShareAlike", entry["licence"])}


def with_masks(data: Path, only: str | None = None):
    """Photos with a human mask or an exact matte."""
    for name, folder, images, masks in (
        ("ccp", "ccp", "photos", "masks"),
        ("coco_cc_masks", "objects/coco_cc_masks", "images", "fg"),
        ("saleor_goods", "objects/saleor_goods", "images", "alpha"),
    ):
        if only and name != only:
            continue
        share_alike = _share_alike(data / folder)
        for file in _files(data / folder / images, "*"):
            mask = data / folder / masks / f"{file.stem}.png"
            if mask.exists() and file.stem not in share_alike:
                yield Photo(name, f"{images}/{file.name}", file, mask)


def unmasked(data: Path):
    """Photos of one product without a mask: the teacher network labels them."""
    for file in _files(data / "clothing/images", "*"):
        yield Photo("clothing", f"images/{file.name}", file)
    for file in _files(data / "trashnet", "*/*"):
        yield Photo("trashnet", file.relative_to(data / "trashnet").as_posix(), file)
    for file in _files(data / "grocery", "iconic-images-and-descriptions/**/*"):
        yield Photo("grocery", file.relative_to(data / "grocery").as_posix(), file)
    for name, folder in OBJECT_SETS.items():
        share_alike = _share_alike(data / folder)
        for file in _files(data / folder, "images/**/*"):
            if file.stem in share_alike:
                continue
            yield Photo(name, file.relative_to(data / folder).as_posix(), file)


def scenes(data: Path):
    """Crowded shelves: backgrounds of composites."""
    for part in ("train", "val"):
        for file in _files(data / "grocery", f"{part}/**/*"):
            yield Photo("grocery", file.relative_to(data / "grocery").as_posix(), file)


def with_labels(data: Path):
    """Photos whose category or material is known."""
    if (data / "clothing/labels.csv").exists():
        with open(data / "clothing/labels.csv", newline="") as f:
            for row in csv.DictReader(f):
                file = data / "clothing/images" / row["file"]
                if row["label"] in CLOTHING and file.exists():
                    yield Photo("clothing", f"images/{row['file']}", file, category=CLOTHING[row["label"]])
    for file in _files(data / "trashnet", "*/*"):
        if material := TRASHNET.get(file.parent.name):
            yield Photo("trashnet", file.relative_to(data / "trashnet").as_posix(), file, material=material)
    if (data / "grocery/classes.csv").exists():
        with open(data / "grocery/classes.csv", newline="") as f:
            rows = list(csv.reader(f))[1:]
        coarse = {int(r[3]): grocery_name(r[2]) for r in rows}
        for row in rows:
            path = row[4].lstrip("/")
            if (data / "grocery" / path).exists():
                yield Photo("grocery", path, data / "grocery" / path, category=grocery_name(row[2]))
        for part in ("train", "val"):
            for line in (data / "grocery" / f"{part}.txt").read_text().splitlines():
                path, _, group = (field.strip() for field in line.split(","))
                if (data / "grocery" / path).exists():
                    yield Photo("grocery", path, data / "grocery" / path, category=coarse[int(group)])
    for folder, category in sorted(CALTECH.items()):
        for file in _files(data / "objects/caltech101/images" / folder, "*"):
            yield Photo("caltech101", f"images/{folder}/{file.name}", file, category=category)


def others(data: Path):
    """Photos of what the tagger has no class for: the category `OTHER`."""
    folder = data / "objects/caltech101"
    for file in _files(folder, "images/*/*"):
        if file.parent.name not in CALTECH:
            yield Photo("caltech101", file.relative_to(folder).as_posix(), file, category=OTHER)


def renders(folder: Path):
    """Rendered scenes NAME.jpg, NAME_alpha.png, NAME.json, complete ones only."""
    for info_file in sorted(folder.glob("*.json")):
        image = info_file.with_suffix(".jpg")
        alpha = info_file.with_name(f"{info_file.stem}_alpha.png")
        if not (image.exists() and alpha.exists()):
            continue
        try:
            info = json.loads(info_file.read_text())
        except ValueError:  # still being written
            continue
        if not isinstance(info, dict):
            continue
        if info.get("empty"):
            yield Photo("renders", image.name, image, alpha)
            continue
        yield Photo("renders", image.name, image, alpha, RENDERS.get(info.get("kind")),
                    material_of_render(info.get("material")))
