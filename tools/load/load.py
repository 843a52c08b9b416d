"""Measures POST /process under load: images a second, latencies, errors, memory.

Each client sends one photo after the other over a connection that stays open. A client that is
refused (429, 503) waits as the service says, at most a second, and goes on; refusals are counted,
not timed. Prints a line a number of clients, or JSON.
"""

import argparse
import collections
import http.client
import json
import tempfile
import threading
import time

from service import Server, form, photos


def client(port, path, bodies, offset, deadline, latencies, statuses):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    index = offset
    while time.monotonic() < deadline:
        body, kind = bodies[index % len(bodies)]
        index += 1
        begin = time.monotonic()
        try:
            connection.request("POST", path, body=body, headers={"Content-Type": kind})
            response = connection.getresponse()
            response.read()
            status, wait = response.status, response.getheader("Retry-After")
        except (OSError, http.client.HTTPException):
            connection.close()
            status, wait = "broken", None
        statuses[status] += 1
        if status == 200:
            latencies.append(time.monotonic() - begin)
        elif wait:
            time.sleep(min(1.0, float(wait)))


def measure(port, path, bodies, clients, seconds):
    latencies, statuses = [], collections.Counter()
    begin = time.monotonic()
    deadline = begin + seconds
    threads = [
        threading.Thread(target=client, args=(port, path, bodies, i, deadline, latencies, statuses))
        for i in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.monotonic() - begin
    latencies.sort()

    def percentile(share):
        return latencies[min(len(latencies) - 1, int(share * len(latencies)))] * 1000 if latencies else None

    return {
        "clients": clients,
        "images_per_second": len(latencies) / elapsed,
        "p50_ms": percentile(0.50),
        "p95_ms": percentile(0.95),
        "p99_ms": percentile(0.99),
        "answers": {str(status): count for status, count in sorted(statuses.items(), key=str)},
        "errors": sum(n for status, n in statuses.items() if status not in (200, 429, 503)),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", default=".build/release/swiftlet")
    parser.add_argument("--photos", default="examples/photos")
    parser.add_argument("--largest", type=int, default=200_000, help="photos of more bytes are left out")
    parser.add_argument("--clients", default="1,8,64")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--workers", default="2")
    parser.add_argument("--path", default="/process")
    parser.add_argument("--port", type=int, help="measure a server that runs already")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    bodies = [form([("file", name, data)]) for name, data in photos(arguments.photos) if len(data) <= arguments.largest]
    with tempfile.TemporaryDirectory() as folder:
        server = None
        if arguments.port is None:
            server = Server(arguments.binary, f"{folder}/data", f"{folder}/log", ["--workers", arguments.workers])
            server.start()
        port = arguments.port or server.port
        measure(port, arguments.path, bodies, 1, min(2, arguments.seconds))
        rows = []
        for clients in map(int, arguments.clients.split(",")):
            row = measure(port, arguments.path, bodies, clients, arguments.seconds)
            if server:
                row["resident_bytes"], row["peak_bytes"] = server.memory()
            rows.append(row)
            if not arguments.json:
                times = " ".join(f"{k} {row[k + '_ms']:.0f} ms" for k in ("p50", "p95", "p99") if row[k + "_ms"])
                peak = f", peak {row['peak_bytes'] / 1e6:.0f} MB" if server else ""
                print(f"{clients} clients: {row['images_per_second']:.2f} images/s, {times}{peak}, {row['answers']}")
        if server:
            server.stop()
        if arguments.json:
            print(json.dumps({"schema": "swiftlet.load/1", "path": arguments.path, "rows": rows}))
        raise SystemExit(1 if any(row["errors"] for row in rows) else 0)


if __name__ == "__main__":
    main()
