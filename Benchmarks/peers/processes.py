"""Engines in processes of their own, each run once for a line of its standard input."""
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

from convert import Failure, run

OURS = "swiftlet"
PEERS = ("onnxruntime", "openvino", "ncnn")
WORKER = Path(__file__).with_name("worker.py")
PATIENCE = 300  # seconds for a line


class Engine:
    """A process that has loaded a network and run it once."""

    def __init__(self, name, folder, threads, swiftlet, outputs=None):
        self.name, self.facts = name, {}
        if name == OURS:
            command = [str(swiftlet), "bench", str(folder / "model.nest"), "--threads", str(threads)]
            fresh = json.loads(run(command + ["--runs", "1", "--json"], "swiftlet bench"))
            self.facts = {"load_ms": fresh["load_ms"], "first_ms": fresh["first_ms"],
                          "version": run([str(swiftlet), "--version"], "swiftlet").strip(),
                          "resident_before": 0}
            if outputs:
                run([str(swiftlet), "run", str(folder / "model.nest"), "--input",
                     str(folder / "input.npy"), "-o", str(outputs), "--threads", str(threads)],
                    "swiftlet run")
            command.append("--paced")
        else:
            command = [sys.executable, str(WORKER), name, str(folder), "--threads", str(threads)]
            if outputs:
                command += ["--outputs", str(outputs)]
        # A session of its own keeps Ctrl-C from it: the parent ends it, or its input's end does.
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            bufsize=0, start_new_session=True)
        try:
            line = self.line()
            if name != OURS:
                self.facts = json.loads(line)
        except BaseException:
            self.close()
            raise

    def line(self):
        text = b""
        while not text.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
            part = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            if not part:
                reason = "it gave no answer" if not ready else "it ended"
                if ready:
                    self.process.wait()
                    lines = self.process.stderr.read().decode(errors="replace").strip().splitlines()
                    reason = lines[-1] if lines else reason
                raise Failure(f"{self.name}: {reason}")
            text += part
        return text.decode()

    def block(self, seconds):
        """Runs for `seconds`, at least once; the milliseconds of each run."""
        times, start = [], time.perf_counter()
        while not times or time.perf_counter() - start < seconds:
            self.process.stdin.write(b"\n")
            times.append(float(self.line()))
        # The first run of several finds its caches cold.
        return times[1:] if len(times) > 2 else times

    @property
    def peak_bytes(self):
        """The most memory that the process has held at once, by the kernel's count."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise Failure(f"{self.name}: the kernel does not say how much memory it held")

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()
