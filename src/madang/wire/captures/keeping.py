"""Captures as files: taken in, unpacked within bounds, kept under random names, let go."""

from __future__ import annotations

import os
import secrets
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from madang.wire.captures import indexing
from madang.wire.engine import GZIP, MAGICS, Ending, NotACapture
from madang.wire.models import Capture

LARGEST = 20_000_000
UNPACKED = 100_000_000
"""Bytes of a file that is sent, and of what is in it."""
MOST = 50
"""Captures that are kept."""
SHORTEST = 24
"""The header of a pcap file without packets (draft-ietf-opsawg-pcap, 4); pcapng's has more."""
PIECE = 1 << 20
ABANDONED = 3600
"""Seconds after which a file that no row names was left behind by a process that ended."""
NAME = 100


class TooLarge(Exception):
    """More than `UNPACKED` bytes are in the file, however small it was packed."""


class TooMany(Exception):
    """As many captures are kept as may be."""


def keep(chunks: Iterable[bytes], *, name: str, by: str, at: datetime, folder: Path) -> Capture:
    """Take in a capture, plain or gzip, and index it; all of it or nothing.

    `name` is shown and never a path. Raises `NotACapture`, `TooLarge`, `TooMany`, and the errors
    of `engine.ask`.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep(folder)
    if Capture.objects.count() >= MOST:
        raise TooMany
    key = secrets.token_hex(16)
    path = file(folder, key)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
            size, is_whole = _write(out.write, chunks)
        with path.open("rb") as start:
            head = start.read(SHORTEST)
        if len(head) < SHORTEST or not head.startswith(MAGICS):
            raise NotACapture
        found = indexing.build(path)
        ending = found.ending if is_whole or found.ending is not Ending.WHOLE else Ending.CUT
        return Capture.objects.create(
            key=key,
            name=_printable(name),
            at=at,
            by=by,
            size=size,
            packets=found.packets,
            seconds=found.seconds,
            ending=ending,
        )
    except BaseException:
        _remove(folder, key)
        raise


def file(folder: Path, key: str) -> Path:
    """Where the packets of a capture are."""
    return folder / f"{key}.capture"


def forget(one: Capture, *, folder: Path) -> None:
    """Remove the row, then what lies on the disk."""
    key = one.key
    one.delete()
    _remove(folder, key)


def sweep(folder: Path) -> None:
    """Remove what a process that was ended in the middle has left behind."""
    known = set(Capture.objects.values_list("key", flat=True))
    old = time.time() - ABANDONED
    for path in folder.iterdir():
        if path.name.partition(".")[0] not in known and path.stat().st_mtime < old:
            path.unlink(missing_ok=True)


def _remove(folder: Path, key: str) -> None:
    for path in folder.glob(f"{key}.*"):
        path.unlink(missing_ok=True)


def _write(write: Callable[[bytes], object], chunks: Iterable[bytes]) -> tuple[int, bool]:
    """Write what the chunks hold; its size, and whether a gzip had its end."""
    unpacking = Unpacking()
    size = 0
    for piece in unpacking.pieces(chunks):
        size += len(piece)
        if size > UNPACKED:
            raise TooLarge
        write(piece)
    return size, unpacking.is_whole


class Unpacking:
    """gzip (RFC 1952), never more than `PIECE` bytes at once; what is no gzip passes as it is."""

    def __init__(self) -> None:
        self.is_whole = True

    def pieces(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """What is in the chunks; `NotACapture` where the gzip is damaged."""
        is_first, unpacker = True, None
        for chunk in chunks:
            if is_first and chunk.startswith(GZIP):
                unpacker = zlib.decompressobj(wbits=31)
            is_first = False
            if unpacker is None:
                yield chunk
                continue
            rest, piece = chunk, b""
            while rest or (len(piece) == PIECE and not unpacker.eof):  # full: more may be inside
                if unpacker.eof:  # members may follow each other (RFC 1952, 2.2)
                    unpacker = zlib.decompressobj(wbits=31)
                try:
                    piece = unpacker.decompress(rest, PIECE)
                except zlib.error:
                    raise NotACapture from None
                yield piece
                rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
        self.is_whole = unpacker is None or unpacker.eof


def _printable(name: str) -> str:
    """The last step of what may be a path, without what cannot be printed."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable()).strip()[:NAME] or "–"
