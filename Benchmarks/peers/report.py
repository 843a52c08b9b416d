#!/usr/bin/env python3
"""Tables of the comparison.

usage: report.py RESULTS.json... [--docs FILE.md]    several runs are put together
       report.py --table MARK TEXT.md --docs FILE.md  a table made elsewhere between the marks MARK"""
import argparse
import json
import math
import statistics
import sys
from pathlib import Path

OURS, NAMES = "swiftlet", {"onnxruntime": "ONNX Runtime", "openvino": "OpenVINO", "ncnn": "ncnn",
                           "torch": "PyTorch"}


def add_ratios(row):
    """Median over the rounds of ours to each peer's block; against the best peer it is the largest."""
    engines = row["engines"]
    peers = [name for name in engines if name in ("onnxruntime", "openvino", "ncnn")]
    if OURS not in engines or not peers:
        return
    ours = engines[OURS]["blocks_ms"]
    row["ratios"] = {
        name: statistics.median(a / b for a, b in zip(ours, engines[name]["blocks_ms"]))
        for name in engines if name != OURS}
    row["best_peer"] = max(peers, key=row["ratios"].get)
    row["ratio_best"] = row["ratios"][row["best_peer"]]
    if "onnxruntime" in engines:
        row["start_ratio"] = start_ms(engines[OURS]) / start_ms(engines["onnxruntime"])
    row["peak_ratio"] = engines[OURS]["peak_bytes"] / min(engines[p]["peak_bytes"] for p in peers)


def start_ms(engine):
    return engine["load_ms"] + engine["first_ms"]


def geometric_mean(values):
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values)) if values else float("nan")


def peers_of(result):
    present = {name for row in result["results"] for name in (*row["engines"], *row["excluded"])}
    return [name for name in NAMES if name in present]


def cells(result):
    """Heads and rows of the two tables, times and start with memory, as texts."""
    peers = peers_of(result)
    times = [["network", "GMAC", "threads", "Swiftlet ms", *(f"{NAMES[p]} ms" for p in peers),
              *(f"/ {NAMES[p]}" for p in peers), "/ best", "2 threads"]]
    starts = [["network", "threads", "Swiftlet load + first ms",
               *(f"{NAMES[p]} load + first ms" for p in peers), "/ ONNX Runtime", "Swiftlet peak MB",
               *(f"{NAMES[p]} peak MB (added)" for p in peers)]]
    single = {row["network"]: row["engines"][OURS]["median_ms"] for row in result["results"]
              if row["threads"] == 1 and OURS in row["engines"]}

    def number(value, digits):
        return "-" if value is None else f"{value:.{digits}f}"

    for row in result["results"]:
        engines, ratios = row["engines"], row.get("ratios", {})
        ms = {name: engine["median_ms"] for name, engine in engines.items()}
        speedup = None
        if row["threads"] == 2 and row["network"] in single and OURS in ms:
            speedup = single[row["network"]] / ms[OURS]
        times.append([row["network"], number((row["macs"] or 0) / 1e9, 2), str(row["threads"]),
                      number(ms.get(OURS), 2), *(number(ms.get(p), 2) for p in peers),
                      *(number(ratios.get(p), 2) for p in peers), number(row.get("ratio_best"), 2),
                      "" if speedup is None else f"{speedup:.2f}x"])
        def start(name):
            engine = engines.get(name)
            return "-" if engine is None else f"{engine['load_ms']:.1f} + {engine['first_ms']:.1f}"

        def peak(name):
            engine = engines.get(name)
            if engine is None:
                return "-"
            added = (engine["peak_bytes"] - engine["resident_before_bytes"]) / 1e6
            text = f"{engine['peak_bytes'] / 1e6:.0f}"
            return text if name == OURS else f"{text} ({added:.0f})"

        starts.append([row["network"], str(row["threads"]), start(OURS), *(start(p) for p in peers),
                       number(row.get("start_ratio"), 2), peak(OURS), *(peak(p) for p in peers)])
    return times, starts


def summary(result):
    lines = []
    for threads in sorted({row["threads"] for row in result["results"]}):
        rows = [r for r in result["results"] if r["threads"] == threads and "ratio_best" in r]
        if rows:
            worst = max(rows, key=lambda r: r["ratio_best"])
            against = ", ".join(
                f"{NAMES[p]} {geometric_mean(r['ratios'][p] for r in rows if p in r['ratios']):.2f}"
                for p in peers_of(result) if any(p in r["ratios"] for r in rows))
            lines.append(
                f"{threads} thread{'s' if threads > 1 else ''}: geometric mean against the best peer "
                f"{geometric_mean(r['ratio_best'] for r in rows):.2f}, worst {worst['ratio_best']:.2f} "
                f"({worst['network']}); against {against}")
    for row in result["results"]:
        for name, why in row["excluded"].items():
            lines.append(f"left out: {row['network']}, threads {row['threads']}: {why}")
    return lines


def aligned(table):
    widths = [max(map(len, column)) for column in zip(*table)]
    return "\n".join("  ".join(
        cell.ljust(width) if index == 0 else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(row, widths))) for row in table)


def table(result):
    if not result["results"]:
        return "nothing was compared"
    return "\n\n".join([*map(aligned, cells(result)), "\n".join(summary(result))])


def markdown(result):
    def rows(table):
        head, *body = table
        return "\n".join("| " + " | ".join(row) + " |"
                         for row in [head, ["---"] * len(head), *body])

    machine = result["machine"]
    versions = {}
    for row in result["results"]:
        for name, engine in row["engines"].items():
            versions[NAMES.get(name, "Swiftlet")] = engine["version"]
    about = (f"{result['date']}: {machine['cpu']}, {machine['isa']}, {machine['cores']} CPUs, "
             f"{machine['system']}; " + ", ".join(f"{k} {v}" for k, v in versions.items())
             + f"; {result['rounds']} blocks of {result['block_s']:g} s.")
    if result["load_average"] > 1:
        about += (f" The load average was {result['load_average']:.1f} at the start: other work disturbed "
                  "these times.")
    times, starts = cells(result)
    notes = "\n".join(f"* {line}" for line in summary(result))
    return f"{about}\n\n{rows(times)}\n\n{notes}\n\n{rows(starts)}"


def update(path, mark, text):
    """Replaces what lies between the marks of a document."""
    begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    document = path.read_text()
    if document.count(begin) != 1 or document.count(end) != 1:
        sys.exit(f"swiftlet: {path}: it lacks the lines '{begin}' and '{end}'; add them")
    head, rest = document.split(begin)
    path.write_text(f"{head}{begin}\n{text}\n{end}{rest.split(end)[1]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("results", type=Path, nargs="*")
    parser.add_argument("--table", nargs=2, metavar=("MARK", "TEXT.md"))
    parser.add_argument("--docs", type=Path, metavar="FILE.md")
    options = parser.parse_args()
    if bool(options.results) == bool(options.table) or options.table and not options.docs:
        parser.error("give either results, or --table and --docs")
    if options.table:
        mark, text = options.table
        update(options.docs, mark, Path(text).read_text().strip())
        return
    runs = [json.loads(path.read_text()) for path in options.results]
    result = runs[0] | {"results": [row for run in runs for row in run["results"]],
                        "rounds": min(run["rounds"] for run in runs),
                        "load_average": max(run["load_average"] for run in runs)}
    for row in result["results"]:
        add_ratios(row)
    print(table(result))
    if options.docs:
        update(options.docs, "peers", markdown(result))


if __name__ == "__main__":
    main()
