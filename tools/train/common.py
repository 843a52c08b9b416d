"""What both trainings share: seeds, schedule, moving average, log and curves, checkpoints."""
import argparse
import copy
import csv
import ctypes
import math
import platform
import random
import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "data"))  # sets, heldout, prepare
import prepare  # noqa: E402


class Help(argparse.ArgumentDefaultsHelpFormatter):
    """Help that says the default of what it explains, where there is one."""

    def _get_help_string(self, action):
        return action.help if action.default is None or action.default is False else super()._get_help_string(action)


def seed_all(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def keep_memory() -> None:
    """Has glibc keep what is freed: tensors that come and go every step are not cleared page by page.

    Steps of a CPU take less time. Memory is not given back, and there are 256 MB more of it.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(-4, 0)            # M_MMAP_MAX
    libc.mallopt(-1, 2**31 - 1)    # M_TRIM_THRESHOLD
    libc.mallopt(-2, 256 << 20)    # M_TOP_PAD


def pick_device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(device: torch.device) -> torch.autocast:
    """bfloat16 where the device multiplies in it; a CPU that does not is slower with it."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type != "cpu" or prepare.has_bf16())


def one_cycle(progress: float, warmup: float = 0.03) -> float:
    """The learning rate's factor at a progress of 0...1: linear up, cosine down to 0.01."""
    if progress < warmup:
        return max(progress / warmup, 0.01)
    t = min(1.0, (progress - warmup) / (1 - warmup))
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * t))


class Average:
    """Exponential moving average of parameters and buffers: the network that is shipped."""

    def __init__(self, net: torch.nn.Module, decay: float):
        self.net = copy.deepcopy(net).eval()
        self.decay = decay
        self.steps = 0

    @torch.no_grad()
    def update(self, net: torch.nn.Module) -> None:
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        ours, theirs = self.net.state_dict(), net.state_dict()
        for key, value in ours.items():
            if value.is_floating_point():
                value.lerp_(theirs[key], 1 - decay)
            else:
                value.copy_(theirs[key])


class Progress:
    """How far a training is: by work done or, where a time limit is set, by the clock.

    Work is counted in pixels seen, so that a step at a larger size weighs more. Time spent
    before a resume counts.
    """

    def __init__(self, total: float, minutes: float | None):
        self.total, self.limit = total, minutes * 60 if minutes else None
        self.done = 0.0
        self.before = 0.0
        self.started = time.monotonic()

    @property
    def seconds(self) -> float:
        return self.before + time.monotonic() - self.started

    @property
    def fraction(self) -> float:
        by_clock = self.seconds / self.limit if self.limit else 0.0
        return min(1.0, max(self.done / self.total, by_clock))

    def state_dict(self):
        return {"done": self.done, "seconds": self.seconds}

    def load_state_dict(self, state):
        self.done, self.before = state["done"], state["seconds"]
        self.started = time.monotonic()


class Log:
    """A CSV that a resumed run appends to, and its columns drawn as curves."""

    def __init__(self, file: Path, columns: list[str], resume: bool):
        self.file, self.columns = file, columns
        if not (resume and file.exists()):
            file.write_text(",".join(columns) + "\n")

    def write(self, **values) -> None:
        row = [values.get(c, "") for c in self.columns]
        row = [f"{v:.5g}" if isinstance(v, float) else v for v in row]
        with open(self.file, "a", newline="") as f:
            csv.writer(f, lineterminator="\n").writerow(row)
        print("  ".join(f"{c} {v}" for c, v in zip(self.columns, row) if v != ""), flush=True)

    def draw(self, groups: list[list[str]], title: str) -> None:
        """One panel a group of columns, over the number of samples seen, as curves.png."""
        try:
            import matplotlib
        except ImportError:
            print("no matplotlib: curves.png is not drawn")
            return
        matplotlib.use("Agg")
        import matplotlib.pyplot as plt

        with open(self.file, newline="") as f:
            rows = list(csv.DictReader(f))
        figure, axes = plt.subplots(1, len(groups), figsize=(5 * len(groups), 3.5))
        for axis, group in zip(np.atleast_1d(axes), groups):
            for column in group:
                points = [(float(r["samples"]), float(r[column])) for r in rows if r[column]]
                if points:
                    axis.plot(*zip(*points), label=column)
            axis.set_xlabel("samples")
            axis.legend()
            axis.grid(alpha=0.3)
        figure.suptitle(title)
        figure.tight_layout()
        figure.savefig(self.file.with_name("curves.png"), dpi=90)
        plt.close(figure)


def save(file: Path, **state) -> None:
    """Writes a checkpoint so that an interrupted write leaves the last one whole."""
    temporary = file.with_suffix(".tmp")
    torch.save(state, temporary)
    temporary.replace(file)
