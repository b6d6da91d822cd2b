"""Looking after child processes: what ends is started again, and none is left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType

GRACE = 30.0
"""Seconds that children get to finish what they are doing."""
LONGEST_PAUSE = 30.0
"""Seconds between two starts of a child that keeps ending; one that lasted longer is well."""
STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PR_SET_PDEATHSIG = 1


def supervise(tasks: Mapping[str, Callable[[], None]], *, announce: Callable[[], None]) -> int:
    """Run each of `tasks` in a process of its own until told to stop; returns 0 then.

    `announce` is called once they are started. A child that ends is started again, with longer
    and longer pauses. SIGTERM, SIGINT and SIGHUP end all children with SIGTERM, a second one at
    once. Nothing is left behind, even if this process is killed (Linux).
    """
    asked = 0

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked += 1

    for number in STOPS:
        signal.signal(number, stop)
    children = [Child(name, task) for name, task in tasks.items()]
    announce()
    while not asked:
        for child in children:
            child.keep_running()
        time.sleep(0.05)
    _end(children, is_hurried=lambda: asked > 1)
    return 0


class Child:
    """A task in a process, and a session, of its own."""

    def __init__(self, name: str, task: Callable[[], None]) -> None:
        self.name = name
        self.task = task
        self.pause = 0.25
        self.again_at: float | None = None
        self.is_running = False
        self._start()

    def _start(self) -> None:
        self.again_at = None
        self.started = time.monotonic()
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            _become_child(parent, self.task)
        self.is_running = True

    def keep_running(self) -> None:
        """Notice that it ended, and start it again when its pause is over."""
        now = time.monotonic()
        if self.has_ended():
            self.tell(signal.SIGTERM)  # what it had started has nobody to look after it
            is_well = now - self.started > LONGEST_PAUSE
            self.pause = 0.5 if is_well else min(self.pause * 2, LONGEST_PAUSE)
            self.again_at = now + self.pause
            print(f"madang: {self.name} ended; again in {self.pause} s", file=sys.stderr)
        elif self.again_at is not None and now >= self.again_at:
            self._start()

    def has_ended(self) -> bool:
        """True once, when it is found to have ended."""
        if self.is_running and os.waitpid(self.pid, os.WNOHANG)[0]:
            self.is_running = False
            return True
        return False

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to it and to all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)


def end_with(parent: int) -> bool:
    """Have this process get SIGTERM when its parent dies, however that dies (Linux, prctl(2)).

    False if `parent` is not the parent any more: it died before.
    """
    if sys.platform == "linux":  # pragma: no branch - the tests run on Linux
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    return os.getppid() == parent


def _become_child(parent: int, task: Callable[[], None]) -> None:
    """Run `task` and exit; SIGTERM comes when the parent dies, however it dies."""
    code = 1
    try:
        os.setsid()
        for number in STOPS:
            signal.signal(number, signal.SIG_DFL)
        if not end_with(parent):
            return
        task()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _end(children: list[Child], *, is_hurried: Callable[[], bool]) -> None:
    for child in children:
        if child.is_running:
            os.kill(child.pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline and not is_hurried():
        for child in children:
            child.has_ended()
        if not any(child.is_running for child in children):
            break
        time.sleep(0.02)
    for child in children:
        child.tell(signal.SIGKILL)
        if child.is_running:
            os.waitpid(child.pid, 0)
