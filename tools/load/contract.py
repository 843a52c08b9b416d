"""Checks the running service against the description that it serves, with schemathesis.

Generated requests to every operation: no 5xx (a full queue apart, which a wide one avoids), and every
status, content type and body as described.
"""

import argparse
import shutil
import subprocess
import tempfile

from service import Server


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", default=".build/release/swiftlet")
    parser.add_argument("--schemathesis", default="schemathesis", help="the command")
    parser.add_argument("--examples", type=int, default=50, help="requests an operation and kind, at most")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if not shutil.which(arguments.schemathesis):
        parser.error(f"there is no command {arguments.schemathesis}: pip install schemathesis, or name it")
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    with tempfile.TemporaryDirectory() as folder:
        server = Server(arguments.binary, f"{folder}/data", f"{folder}/log", ["--queue", "64"])
        server.start()
        status = subprocess.run(
            [
                arguments.schemathesis, "run", f"http://127.0.0.1:{server.port}/openapi.json", "--checks", checks,
                "--max-examples", str(arguments.examples), "--seed", str(arguments.seed), "--request-timeout", "60",
            ],
            check=False, cwd=folder,
        ).returncode
        alive = server.process.poll() is None
        if alive:
            server.stop()
        print(f"alive {alive}, schemathesis ended with {status}")
        raise SystemExit(status if alive else 1)


if __name__ == "__main__":
    main()
