"""A village of its own for tools and tests: a temporary folder, a free port, the real server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 60
ROOT = Path(__file__).resolve().parents[1]
DEMO = [sys.executable, "-m", "madang", "demo", "--trace"]


@contextmanager
def village(language: str) -> Iterator[str]:
    """The address of a running `madang demo` in `language`; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="madang-village-") as folder:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {key: value for key, value in os.environ.items() if key[:7] != "MADANG_"}
        environment |= {"MADANG_DATA": folder, "PYTHONPATH": str(ROOT / "src")}
        log = Path(folder) / "log"
        with log.open("wb") as output:
            server = subprocess.Popen(
                [*DEMO, "--lang", language, "--port", str(port)],
                env=environment,
                stdout=output,
                stderr=output,
            )
        try:
            address = f"http://localhost:{port}"
            _wait(address, server, log)
            yield address
        finally:
            server.terminate()
            server.wait()


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the village did not start:\n{log.read_text('utf-8', 'replace')}")
