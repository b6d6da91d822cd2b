"""`madang serve`: the web processes and the background worker, under one parent."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

GRACE = 30.0
"""Seconds that children get to finish what they are doing."""
LONGEST_PAUSE = 30.0


def run(argv: list[str]) -> int:
    """Serve until SIGTERM or SIGINT; 0 then, 1 if the web server would not start."""
    parser = argparse.ArgumentParser("madang serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=2, help="web processes")
    parser.add_argument("--threads", type=int, default=4, help="threads in each of them")
    options = parser.parse_args(argv)
    data = Path(os.environ.get("MADANG_DATA", "var")).resolve()
    (data / "static").mkdir(parents=True, exist_ok=True)
    web = [sys.executable, "-m", "gunicorn", "madang.wsgi", "--worker-class", "gthread"]
    web += ["--bind", f"{options.host}:{options.port}", "--workers", str(options.workers)]
    web += ["--threads", str(options.threads), "--graceful-timeout", "20", "--timeout", "60"]
    web += ["--log-level", "warning", "--no-control-socket"]
    worker = [sys.executable, "-m", "madang", "manage", "work"]
    return supervise({"web": web, "worker": worker}, first="web")


def supervise(commands: dict[str, list[str]], *, first: str) -> int:
    """Run `commands` until told to stop; one that ends is started again, with longer pauses.

    If `first` ends within its first second, everything ends: it could not start at all. Children
    are told to stop as the parent was, and none is left behind.
    """
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler
        nonlocal stopping
        stopping = True

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    children = {name: _Child(command) for name, command in commands.items()}
    while not stopping:
        for name, child in children.items():
            lasted = child.keep_running()
            if name == first and lasted is not None and lasted < 1:
                _end(children)
                return 1
        time.sleep(0.1)
    _end(children)
    return 0


class _Child:
    """One command, started again when it ends."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.pause = 0.5
        self.again_at = 0.0
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        self.started = time.monotonic()
        return subprocess.Popen(self.command, start_new_session=True)

    def keep_running(self) -> float | None:
        """Start it again if it ended and its pause is over; how long it had lasted, if it ended."""
        if self.process.poll() is None:
            return None
        now = time.monotonic()
        if not self.again_at:
            lasted = now - self.started
            self.pause = 0.5 if lasted > LONGEST_PAUSE else min(self.pause * 2, LONGEST_PAUSE)
            self.again_at = now + self.pause
            return lasted
        if now >= self.again_at:
            self.again_at = 0.0
            self.process = self._start()
        return None


def _end(children: dict[str, _Child]) -> None:
    for child in children.values():
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + GRACE
    for child in children.values():
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
