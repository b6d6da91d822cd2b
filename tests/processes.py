"""Looking at the processes of this machine (Linux)."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

SECONDS = 180


def children_of(pid: int) -> list[int]:
    """The processes that `pid` has started and that have not ended."""
    return [child for child, parent, state in _all() if parent == pid and state not in "ZX"]


def name_of(pid: int) -> str:
    """What the process runs, from the moment at which it does; nothing if it has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text("utf-8").strip()
    except OSError:
        return ""


def marked(mark: str) -> list[int]:
    """The processes with `mark` in the environment they were started with."""
    found = []
    for pid, _parent, state in _all():
        try:
            environ = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if mark.encode() in environ and state not in "ZX":
            found.append(pid)
    return found


def _all() -> list[tuple[int, int, str]]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text("utf-8", "replace").rpartition(") ")[2].split()[:2]
        except OSError:
            continue
        found.append((int(path.parent.name), int(parent), state))
    return found


def eventually(is_so: Callable[[], object]) -> None:
    """Wait until `is_so()`; it has three minutes, for machines that are busy."""
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
