"""A queue for writers of one SQLite file, across processes and threads.

SQLite lets one connection write at a time and makes the others ask again after pauses that
grow to 100 ms; whoever comes late in that game can starve. Here a writer first takes a lock on a
file beside the database and asks for it at short, even intervals, so that nobody's turn is less
likely than another's. Decision record 1 has the measurements.
"""

import fcntl
import os
import random
import time
from pathlib import Path

PAUSE = 0.001
"""Seconds between two attempts, on average."""


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
        self._owner = 0

    @property
    def is_held(self) -> bool:
        """Whether this connection may write now."""
        return self._file is not None and self._owner == os.getpid()

    def enter(self) -> None:
        """Wait for the turn, at most `timeout` seconds, then `QueueTimeout`."""
        if self.is_held:
            return
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
        deadline = time.monotonic() + self.timeout
        try:
            while not _locked(file):
                if time.monotonic() >= deadline:
                    raise QueueTimeout(self.path.name)
                time.sleep(PAUSE * (0.5 + random.random()))  # noqa: S311 - no secret is drawn
        except BaseException:
            os.close(file)
            raise
        self._file, self._owner = file, os.getpid()

    def leave(self) -> None:
        """Let the next one write. Harmless when the turn was not taken."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
