#!/usr/bin/env python3
"""Compares Swiftlet with ONNX Runtime, OpenVINO and ncnn: the same networks and inputs, fp32, in the same
run. Every engine has a process of its own; they take turns in short blocks with a pause between them.

`make bench-peers` sets up what this needs and runs it. Results: a table, and JSON with --json."""
import argparse
import contextlib
import datetime
import json
import os
import platform
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import networks
import report
from convert import Failure, prepare, source_of
from processes import OURS, PEERS, Engine

ROOT = Path(__file__).resolve().parents[2]
TOLERANCE = 1e-3
REFERENCE = "onnxruntime"


def say(text):
    print(text, file=sys.stderr, flush=True)


def machine():
    cpu = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.split(":", 1)[1].strip()
            break
    flags = Path("/proc/cpuinfo").read_text()
    isa = "AVX-512" if " avx512f " in flags else "AVX2" if " avx2 " in flags else platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cpu": cpu, "isa": isa, "cores": len(os.sched_getaffinity(0)), "memory_bytes": memory,
            "system": f"{platform.system()} {platform.release().split('-')[0]}"}


def difference(folder, reference, facts, ours):
    """The largest deviation from the reference over all outputs, relative to the output's scale."""
    worst = 0.0
    for index, name in enumerate(facts["outputs"]):
        file = name.replace("/", "_").replace(":", "_") if ours else f"output_{index}"
        expected = np.load(reference / f"output_{index}.npy")
        got = np.load(folder / f"{file}.npy")
        if got.size != expected.size or not np.isfinite(got).all():
            return float("inf")
        worst = max(worst, float(np.abs(got.ravel() - expected.ravel()).max()
                                 / max(np.abs(expected).max(), 1e-30)))
    return worst


def start(engine, folder, threads, facts, options, outputs):
    """Loads a network in several processes, of which the first shows that its outputs are right; gives
    the last one, and what is known of the engine."""
    target = outputs / engine
    target.mkdir()
    probe = Engine(engine, folder, threads, options.swiftlet, target)
    probe.close()
    reference = outputs / REFERENCE
    if not reference.exists():
        raise Failure(f"{engine}: there is no output of {REFERENCE} to compare with")
    deviation = difference(target, reference, facts, engine == OURS)
    if not deviation <= TOLERANCE:
        raise Failure(f"{engine}: its output deviates by {deviation:.2g} of its scale")
    starts = [probe.facts]
    for _ in range(options.loads - 1):
        worker = Engine(engine, folder, threads, options.swiftlet)
        starts.append(worker.facts)
        if len(starts) < options.loads:
            worker.close()
    return worker, {
        "version": worker.facts["version"], "difference": deviation,
        "load_ms": statistics.median(s["load_ms"] for s in starts),
        "first_ms": statistics.median(s["first_ms"] for s in starts),
        "resident_before_bytes": worker.facts["resident_before"], "blocks_ms": []}


def compare(name, folder, facts, threads, options):
    """One network at one number of threads: the row of the results."""
    row = {"network": name, "threads": threads, "macs": facts["macs"],
           "parameters": facts["parameters"], "excluded": dict(facts["excluded"]), "engines": {}}
    with contextlib.ExitStack() as stack:
        outputs = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        engines = {}
        for engine in [e for e in options.engines if e not in row["excluded"]]:
            try:
                worker, known = start(engine, folder, threads, facts, options, outputs)
            except Failure as failure:
                row["excluded"][engine] = str(failure)
                say(f"  left out: {failure}")
                continue
            stack.callback(worker.close)
            engines[engine], row["engines"][engine] = worker, known
        order = list(engines)
        for index in range(options.rounds):
            for engine in order[index % len(order):] + order[:index % len(order)]:
                # The threads of some engines spin for a while after a run; the next one gets the CPU alone.
                time.sleep(options.pause if threads > 1 else min(options.pause, 0.03))
                times = engines[engine].block(options.block)
                row["engines"][engine]["blocks_ms"].append(statistics.median(times))
        for engine, worker in engines.items():
            known = row["engines"][engine]
            known["median_ms"] = statistics.median(known["blocks_ms"])
            known["min_ms"] = min(known["blocks_ms"])
            known["peak_bytes"] = worker.peak_bytes
    report.add_ratios(row)
    return row


def names(text):
    chosen = text.split(",")
    for name in chosen:
        if name not in networks.ALL:
            raise argparse.ArgumentTypeError(f"{name}: there is no such network; choose from "
                                             + ", ".join(networks.ALL))
    return chosen


def counts(text):
    numbers = [int(part) for part in text.split(",")]
    if not numbers or min(numbers) < 1:
        raise ValueError
    return numbers


def positive(text):
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--networks", type=names, default=networks.ALL, metavar="A,B",
                        help="default: all of " + ", ".join(networks.ALL))
    parser.add_argument("--threads", type=counts, default=[1, 2], metavar="1,2")
    parser.add_argument("--rounds", type=positive, default=9, help="blocks of each engine (default: 9)")
    parser.add_argument("--block", type=float, default=0.25, help="seconds of a block (default: 0.25)")
    parser.add_argument("--pause", type=float, default=0.25,
                        help="seconds between blocks at several threads (default: 0.25)")
    parser.add_argument("--loads", type=positive, default=3,
                        help="processes whose load and first run are timed, 2 or more (default: 3)")
    parser.add_argument("--torch", action="store_true",
                        help="also PyTorch, where it is installed in this environment")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--docs", type=Path, metavar="FILE.md",
                        help="rewrite the tables between the marks of this document")
    parser.add_argument("--swiftlet", type=Path, default=ROOT / ".build/release/swiftlet")
    parser.add_argument("--public", type=Path, default=Path(
        os.environ.get("SWIFTLET_SHARED", ROOT.parent / "shared")) / "models",
        help="folder of public ONNX files (default: ../shared/models)")
    parser.add_argument("--weights", type=Path, default=ROOT / "weights")
    parser.add_argument("--work", type=Path, default=ROOT / "build/peers/networks",
                        help="folder for what is generated")
    options = parser.parse_args()
    if options.loads < 2:
        parser.error("--loads: give 2 or more")
    options.engines = [REFERENCE, OURS] + [p for p in PEERS if p != REFERENCE]
    options.engines += ["torch"] if options.torch else []
    return options


def main():
    options = parse()
    if not os.access(options.swiftlet, os.X_OK):
        raise Failure(f"{options.swiftlet}: it is not there; run make build, or give --swiftlet FILE")
    if max(options.threads) > len(os.sched_getaffinity(0)):
        raise Failure(f"--threads {max(options.threads)}: there are "
                      f"{len(os.sched_getaffinity(0))} CPUs; give fewer")
    load = os.getloadavg()[0]
    if load > 1:
        say(f"warning: the load average is {load:.1f}; other work disturbs the times")
    result = {"schema": "swiftlet.peers/1", "date": datetime.date.today().isoformat(),
              "machine": machine(), "load_average": load, "rounds": options.rounds, "block_s": options.block,
              "pause_s": options.pause, "results": []}
    failed = False
    for name in options.networks:
        source = source_of(name, options.public, options.weights)
        if source and not source.exists():
            say(f"{name}: left out, {source} is not there")
            continue
        try:
            folder = options.work / name
            facts = prepare(name, folder, options.swiftlet, source)
            for threads in options.threads:
                say(f"{name}, {threads} thread{'s' if threads > 1 else ''}")
                row = compare(name, folder, facts, threads, options)
                result["results"].append(row)
                failed |= OURS in row["excluded"]
        except Failure as failure:
            say(f"swiftlet: {name}: {failure}")
            failed = True
        if options.json:
            options.json.parent.mkdir(parents=True, exist_ok=True)
            options.json.write_text(json.dumps(result, indent=1) + "\n")
    print(report.table(result))
    if options.docs:
        report.update(options.docs, "peers", report.markdown(result))
    return 1 if failed or not result["results"] else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say("interrupted")
        sys.exit(130)
    except Failure as failure:
        say(f"swiftlet: {failure}")
        sys.exit(4)
