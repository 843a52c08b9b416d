"""Kills the service with SIGKILL at random moments during batches and checks that nothing is lost.

Every batch that was accepted must be finished in the end, each photo recorded once, each picture
whole, and the data folder must hold the files of these photos and no others.
"""

import argparse
import glob
import json
import os
import random
import sqlite3
import threading
import time

from service import Progress, Server, form, photos, workplace


def send(server, body, kind, accepted, refused):
    try:
        status, _, answer = server.request("POST", "/batch", body, {"Content-Type": kind})
    except (OSError, Exception):  # The connection breaks when the server is killed.
        refused.append("broken")
        return
    if status == 202:
        accepted.append(json.loads(answer)["job_id"])
    else:
        refused.append(status)


def waiting(server):
    return [job for job in server.json("/jobs?limit=200")["jobs"] if job["status"] in ("queued", "running")]


def check(server, data, accepted, size):
    faults = []
    for job_id in accepted:
        job = server.json(f"/jobs/{job_id}")
        if job["total"] != size or len(job["items"]) != size:
            faults.append(f"job {job_id} has {job['total']} photos of {size}")
        if job["status"] not in ("succeeded", "partial", "failed"):
            faults.append(f"job {job_id} is {job['status']}")
        for item in job["items"]:
            if item["status"] not in ("succeeded", "needs_review"):
                faults.append(f"{item['url']} is {item['status']}: {item['error']}")
            if item["output_url"]:
                status, _, picture = server.request("GET", item["output_url"])
                whole = picture[:2] == b"\xff\xd8" and picture[-2:] == b"\xff\xd9" or picture[-8:-4] == b"IEND"
                if status != 200 or not whole:
                    faults.append(f"{item['output_url']}: {status}, {len(picture)} bytes, not whole")
    server.stop()
    database = sqlite3.connect(f"{data}/jobs.sqlite")
    if database.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
        faults.append("the database is damaged")
    for job, position, times in database.execute("SELECT job, position, completions FROM item WHERE completions <> 1"):
        faults.append(f"photo {position} of job {job} was recorded {times} times")
    known = {row[0] for row in database.execute("SELECT input FROM item UNION SELECT output FROM item")} - {None}
    files = {os.path.basename(path) for path in glob.glob(f"{data}/files/*") + glob.glob(f"{data}/files/.*")}
    if files != known:
        faults.append(f"{len(files - known)} files too many, {len(known - files)} too few")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", default=".build/release/swiftlet")
    parser.add_argument("--photos", default="examples/photos")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--size", type=int, default=50, help="photos of a batch")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--state", help="a folder that keeps the run, so that the same command goes on with it")
    arguments = parser.parse_args()
    known = [photo for photo in photos(arguments.photos) if len(photo[1]) < 200_000]
    body, kind = form([("files", *known[i % len(known)]) for i in range(arguments.size)])
    settings = {"kills": arguments.kills, "size": arguments.size, "seed": arguments.seed}

    with workplace(arguments.state) as folder:
        progress = Progress(folder, settings, {"kills": 0, "accepted": [], "refused": [], "faults": []})
        data = f"{folder}/data"
        server = Server(arguments.binary, data, f"{folder}/log", ["--keep-hours", "8000"])
        accepted, refused = progress["accepted"], progress["refused"]
        for kill in range(progress["kills"], arguments.kills):
            chance = random.Random(f"{arguments.seed}-{kill}")
            server.start()
            sender = None
            if len(waiting(server)) < 2:
                sender = threading.Thread(target=send, args=(server, body, kind, accepted, refused), daemon=True)
                sender.start()
                # Half of the batches are sent to their end, so that the kills hit the work on them too.
                if chance.random() < 0.5:
                    sender.join()
            # From within the upload to well into the work.
            time.sleep(chance.choice((chance.uniform(0, 0.1), chance.uniform(0, 1), chance.uniform(0, 4))))
            server.kill()
            if sender:
                sender.join()
            progress["kills"] = kill + 1
            progress.save()
            print(f"kill {kill + 1}: {len(accepted)} accepted, {len(refused)} not", flush=True)
        server.start()
        deadline = time.monotonic() + 60 + 2.0 * arguments.size * len(accepted)
        while waiting(server) and time.monotonic() < deadline:
            time.sleep(0.5)
        # Also those whose answer was lost with the connection.
        accepted = sorted({*accepted, *(job["job_id"] for job in server.json("/jobs?limit=200")["jobs"])})
        faults = check(server, data, accepted, arguments.size)
        for fault in faults[:20]:
            print(fault)
        print(
            f"{arguments.kills} kills, {len(accepted)} jobs of {arguments.size} photos accepted, "
            f"{len(refused)} uploads broken, {len(faults)} faults"
        )
        raise SystemExit(1 if faults or not accepted else 0)


if __name__ == "__main__":
    main()
