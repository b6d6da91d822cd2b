"""HTTP/1 bodies in one direction of a stream, unpacked: chunked, gzip and deflate."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

LARGEST = 1024 * 1024
"""Bytes into which the bodies of one direction are unpacked, however small they were packed."""
HEAD = 64 * 1024
CODINGS = 3
"""Bytes of a message's head, and codings within each other, that are looked at."""
START = re.compile(rb"(?:HTTP/1\.[01] (?P<status>\d{3})|[A-Z]{1,20} [^\r\n ]{1,8192} HTTP/1\.[01])")
FIELD = re.compile(rb"^(?P<name>[!-9;-~]+):[ \t]*(?P<value>[^\r\n]*?)[ \t]*\r?$", re.MULTILINE)
SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")
WINDOWS = {b"gzip": (31,), b"x-gzip": (31,), b"deflate": (15, -15)}
"""How zlib is asked for each coding; deflate comes with and without its header (RFC 9110 8.4.1)."""


@dataclass(frozen=True)
class Body:
    """Where in a direction a body lies, and what it says."""

    start: int
    end: int
    plain: bytes


def unpack(parts: list[bytes]) -> list[bytes]:
    """The pieces of one direction, each body unpacked in the piece where it began.

    What goes on of a body in later pieces is taken out of them, so a piece may become empty.
    What is no HTTP/1 (RFC 9112), is broken, or is packed in another way stays as it is.
    """
    bodies, first = list(_bodies(b"".join(parts))), 0
    said, at = [], 0
    for part in parts:
        piece, done, end = b"", at, at + len(part)
        while first < len(bodies) and bodies[first].start < end:
            body = bodies[first]
            piece += part[done - at : max(body.start, done) - at]
            if body.start >= at:
                piece += body.plain
            done = min(body.end, end)
            if body.end > end:
                break
            first += 1
        said.append(piece + part[done - at :])
        at = end
    return said


def _bodies(data: bytes) -> Iterator[Body]:
    """Those that are packed, one message after the other."""
    at, room = 0, LARGEST
    while begun := START.match(data, at):
        stop = data.find(b"\r\n\r\n", at, at + HEAD)
        if stop < 0:
            return
        fields = {
            found["name"].lower(): found["value"].lower()
            for found in FIELD.finditer(data[at : stop + 2])
        }
        start = stop + 4
        plain, at = _sent(data, start, fields, begun["status"])
        unpacked = _decoded(plain, fields.get(b"content-encoding", b""), room)
        room -= len(unpacked)
        if unpacked != data[start:at]:
            yield Body(start, at, unpacked)


def _sent(
    data: bytes, start: int, fields: dict[bytes, bytes], status: bytes | None
) -> tuple[bytes, int]:
    """A body without its transfer coding, and where it ends (RFC 9112 6.3)."""
    is_bare = status is not None and (status[:1] == b"1" or status in {b"204", b"304"})
    if is_bare or START.match(data, start):  # an answer to HEAD has a length and no body
        return b"", start
    if fields.get(b"transfer-encoding", b"").rpartition(b",")[2].strip() == b"chunked":
        return _chunks(data, start)
    length = fields.get(b"content-length", b"")
    if length.isdigit() and len(length) < 12:
        end = min(start + int(length), len(data))
    else:
        end = start if status is None else len(data)
    return data[start:end], end


def _chunks(data: bytes, at: int) -> tuple[bytes, int]:
    """What is in the chunks, and where the last of them that is there ends (RFC 9112 7.1)."""
    pieces: list[bytes] = []
    while found := SIZE.match(data, at):
        size = int(found[1], 16)
        if not size:
            end = data.find(b"\r\n\r\n", found.end() - 2, found.end() + HEAD)
            return b"".join(pieces), end + 4 if end >= 0 else len(data)
        pieces.append(data[found.end() : found.end() + size])
        at = min(found.end() + size + 2, len(data))
    return b"".join(pieces), at


def _decoded(data: bytes, codings: bytes, room: int) -> bytes:
    """`data` without its content codings, at most `room` bytes of it, or as it is."""
    names = [name.strip() for name in codings.split(b",") if name.strip() not in {b"", b"identity"}]
    if len(names) > CODINGS or not all(name in WINDOWS for name in names):
        return data
    plain = data
    for name in reversed(names):
        found = (_inflated(plain, window, room) for window in WINDOWS[name])
        plain = next(filter(None, found), b"")
        if not plain:
            return data
    return plain


def _inflated(data: bytes, window: int, room: int) -> bytes:
    """What zlib makes of the beginning of `data`, empty where it makes nothing."""
    if room <= 0:
        return b""
    try:
        return zlib.decompressobj(wbits=window).decompress(data, room)
    except zlib.error:
        return b""
