#!/usr/bin/env python3
"""Fetches the public photo sets that training and evaluation read, from their publishers.

    download_datasets.py --out ../shared/data         all of them
    download_datasets.py --out ../shared/data --only ccp,trashnet
    download_datasets.py --list                       what there is, with licences; fetches nothing

Each set is pinned: a git commit, whose hash covers every file, or an archive's digest. A set
is laid out as `sets.py` reads it under a temporary name and renamed when it is whole, so that
an interrupted run is simply started again; a set that is there already is left alone.

What is fetched are the publishers' whole sets at full size. The networks that ship saw smaller
copies, of clothing, ccp and trashnet nine tenths and of Caltech-101 a third, so that figures and
counts of held-out photos differ somewhat from the cards'.

Needs git; `ccp` also scipy and Pillow (tools/train/requirements.txt), for masks that come as
MATLAB files. Not fetched: the small sets of everyday goods (`sets.OBJECT_SETS` but Caltech-101,
coco_cc_masks, saleor_goods), which training does without and the mask set `everyday` consists
of, and the models of `--shared`'s models/ (docs/models.md, public networks).
"""
import argparse
import csv
import hashlib
import http.client
import importlib.util
import json
import shutil
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class Failure(Exception):
    """A set that cannot be had, and what to do."""


@dataclass(frozen=True)
class Git:
    """Folders and files of a repository at a commit."""
    url: str
    commit: str
    paths: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.url} at {self.commit[:10]}"

    def fetch(self, folder: Path) -> Path:
        """The work tree, with `paths` only."""
        if not shutil.which("git"):
            raise Failure("there is no git; apt-get install git, and run again")

        def git(*words: str) -> None:
            if subprocess.run(["git", "-C", str(folder), *words]).returncode != 0:
                raise Failure(f"git {words[0]} of {self.url} failed; see above; remove {folder}, and run again")

        folder.mkdir(parents=True, exist_ok=True)
        git("init", "--quiet")
        known = subprocess.run(["git", "-C", str(folder), "cat-file", "-e", f"{self.commit}^{{commit}}"], capture_output=True)
        if known.returncode != 0:
            git("fetch", "--depth", "1", "--progress", self.url, self.commit)
        git("checkout", "--progress", self.commit, "--", *self.paths)
        for path in self.paths:
            if (folder / path).is_file():
                self.resolve(folder / path, path)
        return folder

    def resolve(self, file: Path, path: str) -> None:
        """Puts the file in place of what git-lfs keeps of it: a pointer with the file's digest."""
        with file.open("rb") as opened:
            head = opened.read(200)
        if head.startswith(b"version https://git-lfs"):
            digest = head.split(b"sha256:")[1][:64].decode()
            url = self.url.replace("https://github.com/", "https://media.githubusercontent.com/media/")
            Archive(f"{url}/{self.commit}/{path}", "sha256", digest).fetch(file.parent / ".lfs").replace(file)


@dataclass(frozen=True)
class Archive:
    """A zip file with a digest."""
    url: str
    algorithm: str
    digest: str

    def __str__(self) -> str:
        return self.url

    def fetch(self, folder: Path) -> Path:
        """The file, checked."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / self.url.rsplit("/", 1)[1]
        if not (file.exists() and self.holds(file)):
            part = file.with_suffix(".part")
            try:
                with urllib.request.urlopen(self.url, timeout=60) as answer, part.open("wb") as out:
                    total, done = int(answer.headers.get("Content-Length") or 0), 0
                    while block := answer.read(1 << 20):
                        out.write(block)
                        done += len(block)
                        print(f"\r{file.name}: {done >> 20} of {total >> 20} MB", end="", file=sys.stderr, flush=True)
                print(file=sys.stderr)
            except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
                raise Failure(f"{self.url}: {error}; see that the internet is there, and run again") from None
            if not self.holds(part):
                raise Failure(f"{self.url}: {self.algorithm} is not {self.digest}; the publisher's file has changed or arrived damaged: remove {part}, and run again")
            part.replace(file)
        return file

    def holds(self, file: Path) -> bool:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, self.algorithm).hexdigest() == self.digest


def lay_out_clothing(source: Path, out: Path) -> None:
    (source / "images").rename(out / "images")
    with (source / "images.csv").open(newline="") as f, (out / "labels.csv").open("w", newline="") as g:
        writer = csv.writer(g, lineterminator="\n")
        writer.writerow(["file", "label", "kids"])
        for row in csv.DictReader(f):
            if (out / "images" / f"{row['image']}.jpg").exists():
                writer.writerow([f"{row['image']}.jpg", row["label"], row["kids"]])


def lay_out_ccp(source: Path, out: Path) -> None:
    """Photos with pixel labels; the others have none and are left out."""
    import numpy as np
    from PIL import Image
    from scipy.io import loadmat

    (out / "photos").mkdir()
    (out / "masks").mkdir()
    names = loadmat(source / "label_list.mat")["label_list"].ravel()
    (out / "labels.json").write_text(json.dumps([str(np.asarray(name).ravel()[0]) for name in names]) + "\n")
    for file in sorted((source / "annotations/pixel-level").glob("*.mat")):
        photo = source / "photos" / f"{file.stem}.jpg"
        if photo.exists():
            Image.fromarray(loadmat(file)["groundtruth"].astype(np.uint8)).save(out / "masks" / f"{file.stem}.png", optimize=True)
            photo.rename(out / "photos" / photo.name)


def lay_out_trashnet(source: Path, out: Path) -> None:
    with zipfile.ZipFile(source / "data/dataset-resized.zip") as archive:
        for name in archive.namelist():
            parts = Path(name).parts
            if len(parts) == 3 and parts[0] == "dataset-resized" and name.endswith(".jpg"):
                (out / parts[1]).mkdir(exist_ok=True)
                (out / parts[1] / parts[2]).write_bytes(archive.read(name))


def lay_out_grocery(source: Path, out: Path) -> None:
    for part in ("train", "val", "iconic-images-and-descriptions", "train.txt", "val.txt", "classes.csv"):
        (source / "dataset" / part).rename(out / part)


def lay_out_caltech(file: Path, out: Path) -> None:
    """The categories, without the clutter of BACKGROUND_Google."""
    with zipfile.ZipFile(file) as archive:
        inner = next(n for n in archive.namelist() if n.endswith("101_ObjectCategories.tar.gz") and not n.startswith("__"))
        with archive.open(inner) as packed, tarfile.open(fileobj=packed) as photos:
            for member in photos:
                parts = Path(member.name).parts
                if member.isfile() and len(parts) == 3 and parts[2].endswith(".jpg") and parts[1] != "BACKGROUND_Google":
                    folder = out / "images" / parts[1]
                    folder.mkdir(parents=True, exist_ok=True)
                    (folder / parts[2]).write_bytes(photos.extractfile(member).read())


@dataclass(frozen=True)
class Set:
    folder: str                    # under --out
    source: Git | Archive
    licence: str
    about: str
    photos: tuple[str, int]        # a pattern, and the least number of files of a whole set
    lay_out: Callable[[Path, Path], None]
    needs: tuple[str, ...] = ()    # Python modules of lay_out


SETS = {
    "clothing": Set(
        "clothing", Git("https://github.com/alexeygrigorev/clothing-dataset", "08b50460cf229fd852bb6c11564e0959f52578ca", ("images", "images.csv")),
        "CC0 1.0", "garments, 20 labels", ("images/*.jpg", 5000), lay_out_clothing),
    "ccp": Set(
        "ccp", Git("https://github.com/bearpaw/clothing-co-parsing", "cbc8deae85f65178394eded0817a5c1b1019b63d",
                   ("photos", "annotations/pixel-level", "label_list.mat")),
        "Apache-2.0 (street photos; their original rights are not stated)", "worn fashion with human pixel labels", ("masks/*.png", 1000), lay_out_ccp, ("numpy", "PIL", "scipy")),
    "trashnet": Set(
        "trashnet", Git("https://github.com/garythung/trashnet", "6fa2b878c6c1b4304b91109070ce0edf9279bb31", ("data/dataset-resized.zip",)),
        "MIT", "single objects by material", ("*/*.jpg", 2500), lay_out_trashnet),
    "grocery": Set(
        "grocery", Git("https://github.com/marcusklasson/GroceryStoreDataset", "78e2a1a86b942ac5c373c8c7355413b1f73a4d8e", ("dataset",)),
        "MIT", "groceries on shelves and on white", ("train/**/*.jpg", 2600), lay_out_grocery),
    "caltech101": Set(
        "objects/caltech101", Archive("https://data.caltech.edu/records/mzrjq-6wc02/files/caltech-101.zip", "md5", "3138e1922a9193bfa496528edbbc45d0"),
        "CC BY 4.0 (Li, Andreeto, Ranzato and Perona, doi 10.22002/D1.20086)", "objects of 101 categories", ("images/*/*.jpg", 8500), lay_out_caltech),
}


def download(name: str, out: Path) -> None:
    """Fetches a set and lays it out under OUT, whole or not at all."""
    wanted, target, work = SETS[name], out / SETS[name].folder, out / f".{name}.download"
    if target.exists():
        print(f"{name}: {target} is there")
        return
    if missing := [m for m in wanted.needs if importlib.util.find_spec(m) is None]:
        raise Failure(f"Python has no {missing[0]}; pip install -r tools/train/requirements.txt, and run again")
    print(f"{name}: {wanted.source}; {wanted.licence}", flush=True)
    fetched = wanted.source.fetch(work / "source")
    laid = work / "set"
    shutil.rmtree(laid, ignore_errors=True)
    laid.mkdir()
    try:
        wanted.lay_out(fetched, laid)
    except (FileNotFoundError, KeyError, ValueError, StopIteration, EOFError, zlib.error, tarfile.TarError, zipfile.BadZipFile) as error:
        raise Failure(f"{wanted.source}: not laid out as expected ({error}); remove {work}, and run again") from None
    pattern, least = wanted.photos
    count = sum(1 for _ in laid.glob(pattern))
    if count < least:
        raise Failure(f"{wanted.source}: {count} files {pattern}, expected {least} or more; remove {work}, and run again")
    target.parent.mkdir(parents=True, exist_ok=True)
    laid.rename(target)
    shutil.rmtree(work)
    print(f"{name}: {count} files in {target}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, help="the folder of the sets: data/ of what --shared names in training")
    parser.add_argument("--only", help="names of sets, with commas between them")
    parser.add_argument("--list", action="store_true", help="list the sets with their licences, and fetch nothing")
    args = parser.parse_args()
    names = args.only.split(",") if args.only is not None else list(SETS)
    if unknown := [n for n in names if n not in SETS]:
        parser.error(f"--only: there is no set {unknown[0]!r}; there are {', '.join(SETS)}")
    if args.list:
        for name in names:
            print(f"{name}: {SETS[name].about}; {SETS[name].licence}; {SETS[name].source}")
        return 0
    if not args.out:
        parser.error("--out names no folder")
    failed = 0
    for name in names:
        try:
            download(name, args.out)
        except (Failure, OSError) as failure:
            print(f"download_datasets: {name}: {failure}", file=sys.stderr)
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
