"""`madang wire recorder` started for a test, and one that only pretends to be."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.processes import eventually

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def recorder(
    ports: str, *more: str, **variables: str
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """One that listens; a socket's name has room for 107 bytes, so its folder has a short one."""
    with TemporaryDirectory(dir="/tmp") as folder:
        path = Path(folder) / "recorder"
        words = ["-m", "madang", "wire", "recorder", "--socket", str(path), "--ports", ports]
        with subprocess.Popen(
            [sys.executable, *words, *more],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "LC_ALL": "C.UTF-8", **variables},
        ) as process:
            try:
                eventually(lambda: process.poll() is not None or listens(path))
                yield process, path
            finally:
                process.terminate()
                process.wait()


def listens(path: Path) -> bool:
    """A socket has its name a moment before anybody listens there."""
    with socket.socket(socket.AF_UNIX) as door:
        return door.connect_ex(str(path)) == 0


@contextmanager
def pretended(*answers: tuple[object, bytes]) -> Iterator[tuple[Path, list[object]]]:
    """A socket that gives these answers in turn, the last again and again, and what was asked."""
    asked: list[object] = []
    with TemporaryDirectory(dir="/tmp") as folder, socket.socket(socket.AF_UNIX) as door:
        path = Path(folder) / "recorder"
        door.bind(str(path))
        door.listen()
        left = list(answers)

        def serve() -> None:
            while True:
                try:
                    client, __ = door.accept()
                except OSError:
                    return
                with client, client.makefile("rwb") as stream:
                    asked.append(json.loads(stream.readline()))
                    said, data = left.pop(0) if len(left) > 1 else left[0]
                    stream.write(json.dumps(said).encode() + b"\n" + data)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield path, asked
        door.shutdown(socket.SHUT_RDWR)
        thread.join()
