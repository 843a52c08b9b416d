"""Measures POST /process under load: images a second, latencies, errors, memory.

Each client sends one photo after the other over a connection that stays open. A client that is
refused (429, 503) waits as the service says, at most a second, and goes on; refusals are counted,
not timed. With --rembg, rembg's server with the same network weights is measured on the same photos:
the two take turns in blocks of some seconds, since a machine's speed drifts, and the median of the
ratios of neighbouring blocks counts. Prints a line a number of clients, or JSON.
"""

import argparse
import collections
import http.client
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from service import Server, form, memory, photos


class Rembg:
    """rembg's server on a port of its own, with u2netp from a given file."""

    def __init__(self, python, weights, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        home = os.path.join(folder, "u2net")
        os.makedirs(home)
        shutil.copy(weights, os.path.join(home, "u2netp.onnx"))
        environment = dict(os.environ, U2NET_HOME=home, MODEL_CHECKSUM_DISABLED="1")
        command = [os.path.join(os.path.dirname(python), "rembg"), "s", "--no-ui", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--log_level", "warning"]
        self.log = open(os.path.join(folder, "rembg.log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            command, env=environment, stdout=self.log, stderr=self.log, start_new_session=True
        )

    def start(self, path, body, kind):
        """Waits until the first photo has been answered."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.poll() is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
            try:
                connection.request("POST", path, body=body, headers={"Content-Type": kind})
                response = connection.getresponse()
                response.read()
                if response.status == 200:
                    return
            except OSError:
                pass
            finally:
                connection.close()
            time.sleep(0.5)
        self.log.seek(0)
        raise SystemExit(f"load: rembg: it did not become ready\n{self.log.read()[-2000:]}")

    def memory(self):
        return memory(self.process.pid) if self.process.poll() is None else None

    def stop(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Connection:
    """A connection that stays open, read with next to no work: the client runs on the cores of the server."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.buffer = b""

    def exchange(self, request):
        """The status and the headers of the answer, in lower case, once its body has been read."""
        self.socket.sendall(request)
        while b"\r\n\r\n" not in self.buffer:
            self.receive()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        left = int(headers["content-length"])
        while len(self.buffer) < left:
            self.receive()
        self.buffer = self.buffer[left:]
        return int(lines[0].split(" ")[1]), headers

    def receive(self):
        piece = self.socket.recv(1 << 18)
        if not piece:
            raise ConnectionError("closed")
        self.buffer += piece


def client(port, path, bodies, offset, deadline, latencies, statuses):
    requests = [
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n".encode() + body
        for body, kind in bodies
    ]
    connection, index = None, offset
    while time.monotonic() < deadline:
        request = requests[index % len(requests)]
        index += 1
        begin = time.monotonic()
        wait = None
        try:
            connection = connection or Connection(port)
            status, headers = connection.exchange(request)
            wait = headers.get("retry-after")
            if headers.get("connection") == "close":
                connection = None
        except (OSError, ValueError, KeyError):
            connection, status = None, "broken"
        statuses[status] += 1
        if status == 200:
            latencies.append(time.monotonic() - begin)
        elif wait:
            time.sleep(max(0.0, min(1.0, float(wait), deadline - time.monotonic())))


# Seconds between blocks of different servers.
PAUSE = 0.25

# Reads a photo from standard input, writes it at no more than so many pixels.
REDUCE = """
import io, sys
from PIL import Image
photo = Image.open(io.BytesIO(sys.stdin.buffer.read())).convert("RGB")
scale = (float(sys.argv[1]) / (photo.width * photo.height)) ** 0.5
if scale < 1:
    photo = photo.resize((round(photo.width * scale), round(photo.height * scale)), Image.LANCZOS)
photo.save(sys.stdout.buffer, "JPEG", quality=90)
"""


def reduced(known, megapixels, pythons):
    """The photos at `megapixels` at most, by the first Python that has Pillow, and that number; the photos as
    they are, and None, without one."""
    for python in pythons:
        command = [python, "-c", REDUCE, str(megapixels * 1e6)]
        runs = [subprocess.run(command, input=photo, capture_output=True) for _, photo in known]
        if all(run.returncode == 0 for run in runs):
            names = [f"{os.path.splitext(name)[0]}.jpg" for name, _ in known]
            return list(zip(names, (run.stdout for run in runs))), megapixels
    print("load: no Python with Pillow, so photos keep their size", file=sys.stderr)
    return known, None


def measure(port, path, bodies, clients, seconds):
    """A block: latencies, answers by status, and the seconds that it took."""
    latencies, statuses = [], collections.Counter()
    begin = time.monotonic()
    deadline = begin + seconds
    threads = [
        threading.Thread(
            target=client, args=(port, path, bodies, i, deadline, latencies, statuses), daemon=True
        )
        for i in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return latencies, statuses, time.monotonic() - begin


def summary(clients, blocks):
    """What blocks of the same number of clients come to together."""
    latencies = sorted(latency for block in blocks for latency in block[0])
    statuses = sum((block[1] for block in blocks), collections.Counter())

    def percentile(share):
        return latencies[min(len(latencies) - 1, int(share * len(latencies)))] * 1000 if latencies else None

    return {
        "clients": clients,
        "images_per_second": len(latencies) / sum(block[2] for block in blocks),
        "blocks": [len(block[0]) / block[2] for block in blocks],
        "p50_ms": percentile(0.50),
        "p95_ms": percentile(0.95),
        "p99_ms": percentile(0.99),
        "answers": {str(status): count for status, count in sorted(statuses.items(), key=str)},
        "errors": sum(n for status, n in statuses.items() if status not in (200, 429, 503)),
    }


def show(name, row):
    times = " ".join(f"{k} {row[k + '_ms']:.0f} ms" for k in ("p50", "p95", "p99") if row[k + "_ms"])
    peak = ""
    if "peak_bytes" in row:
        peak = f", resident {row['resident_bytes'] / 1e6:.0f} MB, peak {row['peak_bytes'] / 1e6:.0f} MB"
    print(
        f"{name}, {row['clients']} clients: {row['images_per_second']:.2f} images/s, {times}"
        f"{peak}, {row['answers']}",
        flush=True,
    )


def verdicts(ours, theirs):
    """What the figures have to be, as (text, holds)."""
    alone = [row for row in ours if row["clients"] == 1]
    many = [row for row in ours if row["clients"] >= 64]
    found = [(f"no error but 429 and 503: {sum(r['errors'] for r in ours)}", not any(r["errors"] for r in ours))]
    if alone:
        p95 = alone[0]["p95_ms"] or float("inf")
        found.append((f"p95 at one client {p95:.0f} ms, at most 150", p95 <= 150))
    if many:
        # Sixteen places, and as long again for what the machine does beside.
        bound = 2 * 16 / max(many[0]["images_per_second"], 0.01) * 1000
        p99 = many[0]["p99_ms"] or float("inf")
        found.append((f"p99 at {many[0]['clients']} clients {p99:.0f} ms, at most {bound:.0f} by the queue", p99 <= bound))
    if theirs:
        errors = sum(r["errors"] for r in theirs)
        found.append((f"no error of rembg's: {errors}", not errors))
        if not {row["clients"] for row in ours} & {row["clients"] for row in theirs}:
            found.append(("no number of clients in common with rembg's", False))
        for row in theirs:
            same = next((r for r in ours if r["clients"] == row["clients"]), None)
            if same and all(row["blocks"]):
                ratios = [mine / other for mine, other in zip(same["blocks"], row["blocks"])]
                ratio = statistics.median(ratios)
                text = f"throughput at {row['clients']} clients {ratio:.1f} times rembg's"
                text += f" (blocks {min(ratios):.1f} to {max(ratios):.1f}), at least 8"
                found.append((text, ratio >= 8))
            elif same:
                found.append((f"a block without an answer of rembg's at {row['clients']} clients", False))
        # Of a server that runs already, or has ended, it is not known.
        if all("peak_bytes" in r for r in ours + theirs):
            share = max(r["peak_bytes"] for r in ours) / max(r["peak_bytes"] for r in theirs)
            found.append((f"peak memory {share:.3f} of rembg's, at most 0.2", share <= 0.2))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", default=".build/release/swiftlet")
    parser.add_argument("--photos", default="examples/photos")
    parser.add_argument("--largest", type=int, default=200_000, help="photos of more bytes are left out")
    parser.add_argument("--megapixels", type=float, default=0.5, help="photos are reduced to this, with Pillow")
    parser.add_argument("--clients", default="1,8,64")
    parser.add_argument("--seconds", type=float, default=15, help="for each number of clients")
    parser.add_argument("--blocks", type=int, default=3, help="in so many blocks where rembg takes turns")
    parser.add_argument("--workers", help="as of serve")
    parser.add_argument("--path", default="/process")
    parser.add_argument("--port", type=int, help="measure a server that runs already")
    parser.add_argument("--rembg", metavar="PYTHON", help="a Python with rembg[cpu,cli], to compare with")
    parser.add_argument("--rembg-clients", default="1,8", help="clients of rembg's server")
    parser.add_argument("--weights", default="../shared/models/u2netp.onnx", help="the network of rembg")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="end with status 1 where a target is missed")
    arguments = parser.parse_args()
    if arguments.blocks < 1 or arguments.seconds <= 0:
        parser.error("there are --seconds and --blocks only above 0")

    known = [photo for photo in photos(arguments.photos) if len(photo[1]) <= arguments.largest]
    known, megapixels = reduced(known, arguments.megapixels, [p for p in (arguments.rembg, sys.executable) if p])
    bodies = [form([("file", *photo)]) for photo in known]
    rembg_bodies = [form([("file", *photo), ("model", None, b"u2netp")]) for photo in known]
    with tempfile.TemporaryDirectory() as folder:
        server, other, theirs, rows = None, None, [], []
        if arguments.port is None:
            extra = ["--workers", arguments.workers] if arguments.workers else []
            server = Server(arguments.binary, f"{folder}/data", f"{folder}/log", extra)
            server.start()
        port = arguments.port or server.port
        rembg_path = "/api/remove"
        if arguments.rembg:
            other = Rembg(arguments.rembg, arguments.weights, folder)
        try:
            if other:
                other.start(rembg_path, *rembg_bodies[0])
            measure(port, arguments.path, bodies, 1, min(2, arguments.seconds))
            counts = [int(text) for text in arguments.clients.split(",")]
            rembg_counts = [int(text) for text in arguments.rembg_clients.split(",")] if other else []
            for clients in sorted({*counts, *rembg_counts}):
                ours, other_ones = clients in counts, clients in rembg_counts
                number = arguments.blocks if ours and other_ones else 1
                seconds = arguments.seconds / number
                blocks, other_blocks = [], []
                for block in range(number):
                    # Each is the first one in turn: a machine that slows down favours the first.
                    for is_ours in (True, False) if block % 2 == 0 else (False, True):
                        if is_ours and ours:
                            blocks.append(measure(port, arguments.path, bodies, clients, seconds))
                            memories = server.memory() if server else None
                        if not is_ours and other_ones:
                            # Whoever was measured before may still spin.
                            time.sleep(PAUSE)
                            other_blocks.append(measure(other.port, rembg_path, rembg_bodies, clients, seconds))
                            other_memories = other.memory()
                            time.sleep(PAUSE)
                if blocks:
                    rows.append(summary(clients, blocks))
                    if server:
                        rows[-1]["resident_bytes"], rows[-1]["peak_bytes"] = memories
                    if not arguments.json:
                        show("swiftlet", rows[-1])
                if other_blocks:
                    theirs.append(summary(clients, other_blocks))
                    if other_memories:
                        theirs[-1]["resident_bytes"], theirs[-1]["peak_bytes"] = other_memories
                    if not arguments.json:
                        show("rembg", theirs[-1])
        finally:
            if other:
                other.stop()
            if server:
                server.stop()
        found = verdicts(rows, theirs)
        if arguments.json:
            checks = [{"what": text, "holds": holds} for text, holds in found]
            print(json.dumps({"schema": "swiftlet.load/3", "path": arguments.path, "megapixels": megapixels, "rows": rows, "rembg": theirs, "checks": checks}))
        else:
            for text, holds in found:
                print(f"{'holds' if holds else 'MISSED'}: {text}")
        failed = any(row["errors"] for row in rows) or arguments.check and not all(holds for _, holds in found)
        raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
