"""A queue for writers of one SQLite file, across processes and threads.

SQLite lets one connection write at a time and makes the others ask again after pauses that
grow to 100 ms; whoever comes late in that game can starve. Here a writer first stands in line
with the threads of its own process, and whoever is first there asks for a lock on a file beside
the database at short, even intervals, so that no process's turn is less likely than another's.
Decision record 1 has the measurements.
"""

import fcntl
import os
import random
import threading
import time
from collections import defaultdict
from pathlib import Path

PAUSE = 0.0005
"""Seconds between two attempts, on average."""

_lines: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
"""Where the threads of this process stand in line, for each file."""


def _forget_lines() -> None:
    """A forked child has none of the threads that stood in line."""
    _lines.clear()


os.register_at_fork(after_in_child=_forget_lines)


class QueueTimeout(Exception):
    """Others wrote for longer than a writer is willing to wait."""


class WriterQueue:
    """One connection's place in the queue for the file at `path`.

    The lock belongs to an open file of its own, so that two connections of one process exclude
    each other too, and the kernel frees it when the process dies (flock(2)).
    """

    def __init__(self, path: Path, timeout: float) -> None:
        self.path = path
        self.timeout = timeout
        self._file: int | None = None
        self._line: threading.Lock | None = None
        self._owner = 0

    @property
    def is_held(self) -> bool:
        """Whether this connection may write now."""
        return self._file is not None and self._owner == os.getpid()

    def enter(self) -> None:
        """Wait for the turn, at most `timeout` seconds, then `QueueTimeout`."""
        if self.is_held:
            return
        deadline = time.monotonic() + self.timeout
        line = _lines[str(self.path)]
        was_free = line.acquire(blocking=False)
        if not was_free and not line.acquire(timeout=self.timeout):
            raise QueueTimeout(self.path.name)
        try:
            if not was_free:
                _pause()  # the other processes come first, now that this one has had a turn
            self._file = self._lock(deadline)
        except BaseException:
            line.release()
            raise
        self._line, self._owner = line, os.getpid()

    def _lock(self, deadline: float) -> int:
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
        try:
            while not _locked(file):
                if time.monotonic() >= deadline:
                    raise QueueTimeout(self.path.name)
                _pause()
        except BaseException:
            os.close(file)
            raise
        return file

    def leave(self) -> None:
        """Let the next one write. Harmless when the turn was not taken."""
        file, line, was_mine = self._file, self._line, self.is_held
        self._file = self._line = None
        if file is not None:
            os.close(file)
        if line is not None and was_mine:
            line.release()


def _pause() -> None:
    time.sleep(PAUSE * (0.5 + random.random()))  # noqa: S311 - no secret is drawn


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
