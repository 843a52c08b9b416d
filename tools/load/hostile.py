"""Sends requests that no honest client would, and checks that the service stands.

No crash, no 5xx but 503, an answer to everyone, and memory back near its level: each that fails ends
with status 1. The requests follow from the seed alone.
"""

import argparse
import collections
import random
import socket
import struct
import threading
import time
import zlib

from service import Progress, Server, form, photos, workplace

NAMES = ["../../etc/passwd", "/etc/passwd", "a\x00b.jpg", "C:\\x.jpg", "%2e%2e%2f", "x" * 5000, "ü\u202e.jpg", '"; DROP TABLE item', ""]


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def bomb(width, height):
    """A PNG that states a size and holds little."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    data = zlib.compress(b"\0" * 1_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def mutated(chance, data):
    data = bytearray(data)
    for _ in range(chance.randint(1, 30)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data[: chance.randint(1, len(data))] if chance.random() < 0.3 else data)


def head(method, path, headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    return ("\r\n".join(lines + [f"{k}: {v}" for k, v in headers.items()]) + "\r\n\r\n").encode("latin-1", "replace")


def request(chance, known):
    """The bytes of a request, and how slowly they are sent."""
    photo = chance.choice(known)[1]
    path = chance.choice(["/process", "/batch", "/v1.0/removebg", "/api/remove", "/process", "/batch"])
    field = {"/process": "file", "/batch": "files", "/v1.0/removebg": "image_file", "/api/remove": "file"}[path]
    name = chance.choice(NAMES).replace("\r", "").replace("\n", "")
    shape = chance.randrange(16)
    if shape == 0:  # Truncated multipart with a true length, then the end.
        body, kind = form([(field, name, photo)])
        cut = body[: chance.randint(0, len(body))]
        return head("POST", path, {"Content-Type": kind, "Content-Length": len(body)}) + cut, 0
    if shape == 1:  # Lengths that lie.
        body, kind = form([(field, name, photo)])
        length = chance.choice([0, 1, len(body) - 7, len(body) + 9, 10**18, 2**63 - 1, -1, "x", "1, 2"])
        return head("POST", path, {"Content-Type": kind, "Content-Length": length}) + body, 0
    if shape == 2:  # Bombs.
        size = chance.choice([(60000, 60000), (2**31 - 1, 1), (7000, 7000), (1, 2**31 - 1), (0, 0)])
        body, kind = form([(field, "a.png", bomb(*size))])
        return head("POST", path, {"Content-Type": kind, "Content-Length": len(body)}) + body, 0
    if shape == 3:  # Many fields.
        body, kind = form([(chance.choice(["profile", f"f{i}"]), None, b"x") for i in range(chance.choice([20, 10000]))])
        return head("POST", path, {"Content-Type": kind, "Content-Length": len(body)}) + body, 0
    if shape == 4:  # Slow senders that give up.
        body, kind = form([(field, name, photo[:5000])])
        return head("POST", path, {"Content-Type": kind, "Content-Length": len(body)}) + body[:2000], 0.05
    if shape == 5:  # Path-like and other odd names.
        body, kind = form([(field, name, photo), ("profile", None, name.encode()[:200])])
        return head("POST", path, {"Content-Type": kind, "Content-Length": len(body)}) + body, 0
    if shape == 6:  # Wrong types.
        kind = chance.choice(["text/html", "application/json", "multipart/form-data", "multipart/form-data; boundary=", "image/png; a", ";"])
        return head("POST", path, {"Content-Type": kind, "Content-Length": len(photo)}) + photo, 0
    if shape == 7:  # Damaged photos.
        body, kind = form([(field, "a.jpg", mutated(chance, photo))])
        return head("POST", path, {"Content-Type": kind, "Content-Length": len(body)}) + body, 0
    if shape == 8:  # Damaged multipart.
        body, kind = form([(field, name, photo[:3000])])
        body = mutated(chance, body)
        return head("POST", path, {"Content-Type": kind, "Content-Length": len(body)}) + body, 0
    if shape == 9:  # Bad chunks.
        body = b"".join(f"{chance.choice([5, 3, 0xffffff]):x}\r\nabcde\r\n".encode() for _ in range(20))
        return head("POST", path, {"Content-Type": "image/png", "Transfer-Encoding": "chunked"}) + body, 0
    if shape == 10:  # No HTTP.
        return bytes(chance.randrange(256) for _ in range(chance.randint(1, 400))) + b"\r\n\r\n", 0
    if shape == 11:  # Huge heads.
        return head("GET", "/" + "a" * chance.choice([100, 70000]), {f"X-{i}": "y" * 100 for i in range(chance.choice([5, 500]))}), 0
    if shape == 12:  # Odd paths and methods.
        odd = chance.choice(["/jobs/../../etc", "/jobs/%00", "/jobs/" + "9" * 400, "/results/..%2f", "/jobs/x/items/-1", "/jobs?limit=1e9", "/jobs?cursor=99999999999999999999", "/%ff%fe", "//", "/review?cursor=9-9-9"])
        return head(chance.choice(["GET", "PUT", "DELETE", "PATCH", "TRACE", "FOO"]), odd, {}), 0
    if shape == 13:  # JSON that is none, or too deep.
        body = chance.choice([b"[" * 50000, b'{"image_file_b64": 5}', b'{"image_file_b64": "%%%"}', b'{"a":' * 3000, b"\xff\xfe", b'{"image_url": "http://169.254.169.254/"}'])
        return head("POST", "/v1.0/removebg", {"Content-Type": "application/json", "Content-Length": len(body)}) + body, 0
    if shape == 14:  # Header values out of order.
        body, kind = form([(field, "a.jpg", photo)])
        headers = {"Content-Type": kind, "Content-Length": len(body), "Accept": chance.choice(["," * 500, "image/*;q=nan", "a/b;" * 300, "*/*;q=-1"]), "Idempotency-Key": chance.choice(["", "k" * 300, "\x7f", "ok"]), "X-Request-ID": chance.choice(["a\tb", "z" * 100, "<script>"])}
        return head("POST", path, headers) + body, 0
    body, kind = form([(field, "a.jpg", photo)])  # An honest one among them.
    return head("POST", path, {"Content-Type": kind, "Content-Length": len(body)}) + body, 0


def exchange(port, data, pause):
    """The status of the answer, or a word for none."""
    answer = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=90) as connection:
            try:
                if pause:
                    for start in range(0, len(data), 200):
                        connection.sendall(data[start : start + 200])
                        time.sleep(pause)
                else:
                    connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            while True:
                piece = connection.recv(65536)
                if not piece:
                    break
                answer = (answer + piece)[:4096] if len(answer) < 4096 else answer
    except ConnectionResetError:
        if not answer:
            return "reset"
    except TimeoutError:
        return "hung"
    if answer.startswith(b"HTTP/1.1 100"):
        answer = answer.split(b"\r\n\r\n", 1)[-1]
    return answer[9:12].decode("latin-1") if answer.startswith(b"HTTP/1.1 ") else "none"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", default=".build/release/swiftlet")
    parser.add_argument("--photos", default="examples/photos")
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--growth", type=int, default=16, help="the most MB by which resident memory may end higher")
    parser.add_argument("--state", help="a folder that keeps the run, so that the same command goes on with it")
    arguments = parser.parse_args()
    known = [photo for photo in photos(arguments.photos) if len(photo[1]) < 200_000]
    settings = {"requests": arguments.requests, "seed": arguments.seed}
    with workplace(arguments.state) as folder:
        progress = Progress(folder, settings, {"next": 0, "answers": {}, "faults": []})
        server = Server(arguments.binary, f"{folder}/data", f"{folder}/log")
        server.start()
        body, kind = form([("file", *known[0])])
        batch, batch_kind = form([("files", *photo) for photo in known])

        def level():
            """Resident memory of a server at rest after honest work: photos, enough to fill the memory that
            pictures are kept in, and a batch."""
            statuses = collections.Counter()

            def work():
                for _ in range(200):
                    statuses[server.request("POST", "/process", body, {"Content-Type": kind})[0]] += 1

            workers = [threading.Thread(target=work) for _ in range(4)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            statuses[server.request("POST", "/batch", batch, {"Content-Type": batch_kind})[0]] += 1
            if set(statuses) != {200, 202}:
                raise SystemExit(f"hostile: honest work was answered {dict(statuses)}")
            rest(server)
            # The service gives memory back when no photo has come for two looks, three seconds apart.
            time.sleep(8)
            return server.memory()[0]

        before = level()
        missing = ("hung", "none", "reset")
        answers = collections.Counter(progress["answers"])
        lock = threading.Lock()
        open_numbers = set()
        numbers = iter(range(progress["next"], arguments.requests))

        def client():
            while server.process.poll() is None:
                with lock:
                    number = next(numbers, None)
                    if number is None:
                        return
                    open_numbers.add(number)
                data, pause = request(random.Random(f"{arguments.seed}-{number}"), known)
                status = exchange(server.port, data, pause)
                with lock:
                    answers[status] += 1
                    open_numbers.discard(number)
                    if status.startswith("5") and status != "503" or status in missing:
                        progress["faults"].append(f"request {number}: {status}")
                        print(progress["faults"][-1], flush=True)
                    if number % 500 == 0:
                        # What is still open is sent again by a later run.
                        progress["next"] = min(open_numbers, default=number + 1)
                        progress["answers"] = dict(answers)
                        progress.save()
                        print(f"{number} requests, resident {server.memory()[0] / 1e6:.0f} MB", flush=True)

        threads = [threading.Thread(target=client, daemon=True) for _ in range(arguments.clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        alive = server.process.poll() is None
        after = level() if alive else 0
        still = alive and server.request("POST", "/process", body, {"Content-Type": kind})[0] == 200
        peak = server.memory()[1] if alive else 0
        grown = (after - before) / 1e6 > arguments.growth
        if alive:
            server.stop()
        print(f"{arguments.requests} requests: {dict(sorted(answers.items()))}")
        print(
            f"alive {alive}, serves {still}, {len(progress['faults'])} bad or missing answers, resident "
            f"{before / 1e6:.0f} MB before, {after / 1e6:.0f} MB after, peak {peak / 1e6:.0f} MB"
        )
        raise SystemExit(0 if still and not (progress["faults"] or grown) else 1)


def rest(server):
    """Waits until no job is in progress."""
    deadline = time.monotonic() + 1800
    while server.process.poll() is None and time.monotonic() < deadline:
        jobs = server.json("/jobs?limit=200")["jobs"]
        if all(job["status"] not in ("queued", "running") for job in jobs):
            return
        time.sleep(1)


if __name__ == "__main__":
    main()
