"""Keeps the service busy at a share of what it can do and watches its memory.

Measures what two clients reach, then sends photos at the given share of that, batches among them. The
median of resident memory in the last minutes may be higher by at most 2 % than in the second minute.
"""

import argparse
import collections
import random
import statistics
import tempfile
import threading
import time

from load import measure, summary
from service import Server, form, photos


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", default=".build/release/swiftlet")
    parser.add_argument("--photos", default="examples/photos")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--share", type=float, default=0.8)
    parser.add_argument("--growth", type=float, default=2.0, help="the most percent by which memory may grow")
    parser.add_argument("--data", help="the folder of the server, instead of a temporary one")
    arguments = parser.parse_args()
    known = [photo for photo in photos(arguments.photos) if len(photo[1]) <= 200_000]
    bodies = [form([("file", *photo)]) for photo in known]
    batch, batch_kind = form([("files", *photo) for photo in known])
    with tempfile.TemporaryDirectory() as folder:
        server = Server(arguments.binary, arguments.data or f"{folder}/data", f"{folder}/log")
        server.start()
        rate = summary(2, [measure(server.port, "/process", bodies, 2, 10)])["images_per_second"]
        wanted = rate * arguments.share
        print(f"two clients: {rate:.1f} images/s; now {wanted:.1f} images/s for {arguments.minutes:g} minutes", flush=True)
        end = time.monotonic() + arguments.minutes * 60
        statuses, lock, samples = collections.Counter(), threading.Lock(), []
        turn = [time.monotonic()]

        def client(seed):
            chance = random.Random(seed)
            while True:
                with lock:
                    at = turn[0] = max(turn[0], time.monotonic() - 1) + 1 / wanted
                if at >= end:
                    return
                time.sleep(max(0, at - time.monotonic()))
                body, kind = chance.choice(bodies)
                try:
                    status = server.request("POST", "/process", body, {"Content-Type": kind})[0]
                    # A batch every minute or so, in the place of as many photos.
                    if chance.random() < 1 / (60 * wanted):
                        status = server.request("POST", "/batch", batch, {"Content-Type": batch_kind})[0]
                        with lock:
                            turn[0] += len(known) / wanted
                except OSError as error:
                    status = type(error).__name__
                with lock:
                    statuses[status] += 1

        threads = [threading.Thread(target=client, args=(i,), daemon=True) for i in range(8)]
        for thread in threads:
            thread.start()
        begin = time.monotonic()
        while any(thread.is_alive() for thread in threads) and server.process.poll() is None:
            samples.append((time.monotonic() - begin, server.memory()[0]))
            if len(samples) % 30 == 0:
                print(f"{samples[-1][0] / 60:5.1f} min: {samples[-1][1] / 1e6:.1f} MB, {dict(statuses)}", flush=True)
            time.sleep(2)
        for thread in threads:
            thread.join()
        alive = server.process.poll() is None
        last = max(60, arguments.minutes * 60 - 120)
        early = statistics.median(m for t, m in samples if 60 <= t < 120) if samples[-1][0] >= 120 else samples[0][1]
        late = statistics.median([m for t, m in samples if t >= last] or [samples[-1][1]])
        growth = (late / early - 1) * 100
        bad = sum(count for status, count in statuses.items() if status not in (200, 202, 429, 503))
        if alive:
            server.stop()
        print(
            f"{sum(statuses.values())} requests: {dict(statuses)}; resident {early / 1e6:.1f} MB in the second minute, "
            f"{late / 1e6:.1f} MB at the end: {growth:+.2f} %"
        )
        raise SystemExit(0 if alive and not bad and growth < arguments.growth else 1)


if __name__ == "__main__":
    main()
