"""What the tools of this folder share: a server of their own, and requests by the standard library."""

import atexit
import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import uuid


# A run that is ended takes its server with it.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


class Server:
    """`swiftlet serve` on a port of its own, with its data in a given folder."""

    def __init__(self, binary, data, log, extra=(), environment=None, user=None):
        self.command = [binary, "serve", "--port", "0", "--data", data, *extra]
        self.log_path = log
        self.environment = {**os.environ, **(environment or {})}
        self.user = user
        self.port = None
        self.process = None
        atexit.register(self.end)

    def start(self):
        log = open(self.log_path, "a+", encoding="utf-8", errors="replace")
        log.seek(0, os.SEEK_END)
        begin = log.tell()
        self.process = subprocess.Popen(
            self.command, stderr=log, stdout=log, env=self.environment, user=self.user, group=self.user
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            log.seek(begin)
            match = re.search(r"listening at http://[^:]+:(\d+)", log.read())
            if match:
                self.port = int(match.group(1))
                if self.is_ready():
                    return
            time.sleep(0.02)
        log.seek(begin)
        raise SystemExit(f"load: {' '.join(self.command)}: it did not become ready\n{log.read()[-2000:]}")

    def is_ready(self):
        try:
            return self.request("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def request(self, method, path, body=None, headers=None, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def json(self, path):
        status, _, body = self.request("GET", path)
        if status != 200:
            raise RuntimeError(f"{path}: {status} {body[:200]!r}")
        return json.loads(body)

    def memory(self):
        """Resident bytes now, and at their highest."""
        return memory(self.process.pid)


@contextlib.contextmanager
def workplace(state):
    """A folder for the run: `state`, which stays so that the run can go on later, or a temporary one."""
    if state:
        os.makedirs(state, exist_ok=True)
        yield state
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield folder


class Progress:
    """What a run has come to, kept in a file of its folder."""

    def __init__(self, folder, settings, start):
        self.path = os.path.join(folder, "progress.json")
        self.values = {"settings": settings, **start}
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as file:
                earlier = json.load(file)
            if earlier["settings"] != settings:
                raise SystemExit(f"load: {self.path}: it is of a run with {earlier['settings']}; name another --state")
            self.values = earlier

    def __getitem__(self, name):
        return self.values[name]

    def __setitem__(self, name, value):
        self.values[name] = value

    def save(self):
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            json.dump(self.values, file)
        os.replace(self.path + ".new", self.path)


def memory(process):
    """Resident bytes of a process now, and at their highest."""
    with open(f"/proc/{process}/status", encoding="utf-8") as status:
        fields = dict(line.split(":", 1) for line in status if line.startswith("Vm"))
    return tuple(int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))


def form(parts):
    """A multipart body of (name, file name or None, bytes), and its content type."""
    boundary = uuid.uuid4().hex
    pieces = []
    for name, file, content in parts:
        disposition = f'form-data; name="{name}"' + (f'; filename="{file}"' if file else "")
        pieces.append(f"--{boundary}\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n")
    return b"".join(pieces) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def photos(folder):
    """The JPEG and PNG files of a folder by name."""
    names = sorted(n for n in os.listdir(folder) if n.lower().endswith((".jpg", ".jpeg", ".png")))
    found = []
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            found.append((name, file.read()))
    if not found:
        raise SystemExit(f"load: {folder}: there is no photo; give --photos FOLDER")
    return found
