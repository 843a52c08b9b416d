"""Takes the disk, the folder and the clock away from the service, and gives them back.

A full disk (a small tmpfs), a folder that may not be written to (as another user than root) and a clock
that jumps (libfaketime): each must be told clearly, must lose nothing that was accepted, and must be
over when its cause is. Needs root for the first two; what cannot be done here is said and left out.
"""

import argparse
import contextlib
import glob
import json
import os
import pwd
import subprocess
import tempfile
import time

from service import Server, form, photos

faults = []


def expect(condition, text):
    print(f"  {'ok' if condition else 'FAULT'}: {text}", flush=True)
    if not condition:
        faults.append(text)


def send(server, known, count):
    body, kind = form([("files", *known[i % len(known)]) for i in range(count)])
    status, headers, answer = server.request("POST", "/batch", body, {"Content-Type": kind})
    return status, headers, json.loads(answer)


def is_clear(status, headers, answer):
    """Whether an answer says that nothing can be stored now, and when to come again."""
    code = (answer.get("errors") or [{}])[0].get("code")
    return status in (503, 507) and code in ("storage_unavailable", "storage_full") and "Retry-After" in headers


def finished(server, names, seconds=120):
    """The jobs of these names when all are finished."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            jobs = [server.json(f"/jobs/{name}") for name in names]
        except RuntimeError:
            jobs = []
        if jobs and all(job["status"] not in ("queued", "running") for job in jobs):
            return jobs
        time.sleep(0.5)
    return []


def whole(server, jobs):
    for job in jobs:
        for item in job["items"]:
            if item["status"] not in ("succeeded", "needs_review"):
                return False
            if item["output_url"]:
                status, _, picture = server.request("GET", item["output_url"])
                if status != 200 or picture[:2] != b"\xff\xd8" or picture[-2:] != b"\xff\xd9":
                    return False
    return bool(jobs)


def process(server, known):
    body, kind = form([("file", *known[0])])
    return server.request("POST", "/process", body, {"Content-Type": kind})[0]


def full_disk(binary, known, folder):
    print("full disk")
    data = f"{folder}/small"
    os.mkdir(data)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", data], check=True)
    server = Server(binary, data, f"{folder}/full.log")
    try:
        server.start()
        accepted = []
        status, headers, answer = send(server, known, 3)
        expect(status == 202, f"a batch is accepted while there is room: {status}")
        accepted.append(answer["job_id"])
        jobs = finished(server, accepted)
        expect(whole(server, jobs), "it is finished")
        # Room for the photos of the next batch, and for few of its pictures.
        status, headers, answer = send(server, known, 20)
        expect(status == 202, f"another one is accepted: {status}")
        if status == 202:
            accepted.append(answer["job_id"])
        with open(f"{data}/filler", "wb", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(b"\0" * 4096)
        status, headers, answer = send(server, known, 8)
        expect(is_clear(status, headers, answer), f"a batch is refused when the disk is full: {status} {answer.get('detail')}")
        time.sleep(12)
        expect(process(server, known) == 200, "single photos are served all the while")
        expect(server.request("GET", "/healthz")[0] == 200, "the service is alive")
        os.unlink(f"{data}/filler")
        jobs = finished(server, accepted[1:])
        expect(whole(server, jobs), "the accepted batch is finished when there is room again")
        expect(send(server, known, 1)[0] == 202, "batches are accepted again")
        expect(server.stop() == 0, "it ends as it should")
        stored = {os.path.basename(path) for path in glob.glob(f"{data}/files/.*")}
        expect(not stored, f"no half-written file stays: {stored}")
    finally:
        if server.process and server.process.poll() is None:
            server.kill()
        subprocess.run(["umount", data], check=False)


def read_only(binary, known, folder):
    print("read-only folder")
    nobody = pwd.getpwnam("nobody").pw_uid
    data = f"{folder}/owned"
    os.mkdir(data)
    os.chown(data, nobody, nobody)
    for path in (folder, data):
        os.chmod(path, 0o755)
    server = Server(binary, data, f"{folder}/owned.log", user=nobody)
    try:
        server.start()
        status, _, answer = send(server, known, 10)
        expect(status == 202, f"a batch is accepted: {status}")
        os.chmod(f"{data}/files", 0o500)
        os.chmod(data, 0o500)
        status, headers, refusal = send(server, known, 2)
        expect(is_clear(status, headers, refusal), f"a batch is refused in a read-only folder: {status} {refusal.get('detail')}")
        time.sleep(6)
        expect(process(server, known) == 200, "single photos are served all the while")
        os.chmod(data, 0o700)
        os.chmod(f"{data}/files", 0o700)
        expect(whole(server, finished(server, [answer["job_id"]])), "the accepted batch is finished afterwards")
        expect(send(server, known, 1)[0] == 202, "batches are accepted again")
        server.stop()
        os.chmod(data, 0o500)
        begun = subprocess.run(
            [*server.command, "--port", "0"], user=nobody, group=nobody, capture_output=True, text=True, timeout=60, check=False
        )
        os.chmod(data, 0o700)
        lines = [line for line in begun.stderr.splitlines() if data in line]
        expect(begun.returncode != 0 and lines, f"it does not begin in such a folder: {lines[:1]}")
    finally:
        if server.process and server.process.poll() is None:
            server.kill()


def clock(binary, known, folder):
    print("clock jumps")
    library = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1") + glob.glob("/usr/lib/faketime/libfaketime.so.1")), None)
    if not library:
        print("  left out: there is no libfaketime")
        return
    setting = f"{folder}/clock"

    def turn(offset):
        with open(setting + ".new", "w", encoding="utf-8") as file:
            file.write(offset + "\n")
        os.replace(setting + ".new", setting)

    turn("+0")
    environment = {
        "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": setting, "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    server = Server(binary, f"{folder}/clocked", f"{folder}/clock.log", ["--keep-hours", "1"], environment)
    # The library changes the environment of the first process that it is loaded into, after which Swift does
    # not find the arguments: that process is a shell.
    server.command = ["sh", "-c", 'exec "$0" "$@"', *server.command]
    try:
        server.start()
        status, _, first = send(server, known, 2)
        jobs = finished(server, [first["job_id"]])
        expect(status == 202 and whole(server, jobs), "a batch is finished")
        for name, offset in (("two days ahead", "+2d"), ("two days back", "-2d"), ("to the right time", "+0")):
            status, _, running = send(server, known, 8)
            time.sleep(0.3)
            turn(offset)
            # Longer than the service takes to look for what has expired.
            time.sleep(33)
            expect(server.process.poll() is None, f"it stands the clock's jump {name}")
            expect(whole(server, finished(server, [running["job_id"]])), "the batch in progress is finished")
            status, _, old = server.request("GET", f"/jobs/{first['job_id']}")
            expect(json.loads(old)["status"] == "succeeded", "a job from before is not taken for expired")
        expect("clock was set" in open(f"{folder}/clock.log", encoding="utf-8").read(), "the log says so")
        expect(server.stop() == 0, "it ends as it should")
    finally:
        if server.process and server.process.poll() is None:
            server.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", default=".build/release/swiftlet")
    parser.add_argument("--photos", default="examples/photos")
    parser.add_argument("--only", choices=["disk", "folder", "clock"])
    arguments = parser.parse_args()
    known = [photo for photo in photos(arguments.photos) if len(photo[1]) < 200_000]
    with tempfile.TemporaryDirectory() as folder:
        for name, part in (("disk", full_disk), ("folder", read_only), ("clock", clock)):
            if arguments.only not in (None, name):
                continue
            if name != "clock" and os.geteuid() != 0:
                print(f"{name}: left out: only root can take it away")
                continue
            part(os.path.abspath(arguments.binary), known, folder)
    print(f"{len(faults)} faults")
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()
