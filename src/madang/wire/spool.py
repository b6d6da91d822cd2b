"""Records of requests on their way to the index: lines of JSON in numbered files.

Several processes append to the same file; Linux keeps each `write` in one piece (POSIX, write:
O_APPEND). A line begins with a line break of its own, so that a torn one takes no other along.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

SEGMENT = 4 * 1024 * 1024
SEGMENTS = 16
LONGEST = 512 * 1024
"""Bytes of a file after which the next begins, how many are kept, bytes of one record."""
ENDING = ".jsonl"


class Spool:
    """Where one process writes; of threads one at a time, and a forked child opens its own."""

    def __init__(self, folder: Path, *, segment: int = SEGMENT, segments: int = SEGMENTS) -> None:
        self._folder, self._segment, self._segments = folder, segment, segments
        self._number, self._door = 0, -1
        self._is_broken = False
        self._lock = threading.Lock()
        os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        """The parent's lock may have been held, and its file is the parent's."""
        self._lock, self._door = threading.Lock(), -1

    def write(self, record: Mapping[str, object]) -> bool:
        """Append `record`; False, and once a warning, where the disk refuses. Never raises."""
        line = b"\n" + json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "replace"
        )
        if len(line) >= LONGEST:
            return False
        try:
            with self._lock:
                if self._door < 0 or os.fstat(self._door).st_size >= self._segment:
                    self._advance()
                os.write(self._door, line + b"\n")
        except OSError as error:
            if not self._is_broken:
                logger.warning("no request is traced: the spool says %s", error.strerror)
            self._is_broken = True
            return False
        self._is_broken = False
        return True

    def _advance(self) -> None:
        """Open the newest file that has room, and remove those that are too many."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        numbers = _numbers(self._folder)
        number = numbers[-1] if numbers else 1
        if numbers and _path(self._folder, number).stat().st_size >= self._segment:
            number += 1
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        door = os.open(_path(self._folder, number), flags, 0o600)
        if self._door >= 0:
            os.close(self._door)
        self._number, self._door = number, door
        for old in numbers:
            if old <= number - self._segments:
                _path(self._folder, old).unlink(missing_ok=True)


@dataclass(frozen=True)
class Mark:
    """How far a spool was read: a file's number and the byte after its last whole line."""

    number: int = 0
    offset: int = 0


def read(folder: Path, since: Mark) -> Iterator[tuple[Mark, dict[str, object]]]:
    """Each record after `since`, oldest first, with the mark behind it; damaged lines left out."""
    for number in _numbers(folder) if folder.is_dir() else []:
        if number < since.number:
            continue
        offset = since.offset if number == since.number else 0
        with _path(folder, number).open("rb") as lines:
            lines.seek(offset)
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                offset += len(line)
                record = _record(line)
                if record is not None:
                    yield Mark(number, offset), record


def _record(line: bytes) -> dict[str, object] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _numbers(folder: Path) -> list[int]:
    names = [path.stem for path in folder.iterdir() if path.suffix == ENDING]
    return sorted(int(name) for name in names if name.isascii() and name.isdigit())


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number:08d}{ENDING}"
