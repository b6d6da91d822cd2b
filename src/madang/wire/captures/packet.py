"""One packet taken apart: its tree of fields, and its bytes, each field knowing which are its."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from madang.wire import engine
from madang.wire.captures.hiding import Field, hide
from madang.wire.layers import Packet
from madang.wire.masking import mask_parts

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FIELDS = 3000
"""Lines of a tree that are shown."""
BYTES = 16_384
ROW = 16
IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML may hold (XML 1.0, 2.2)."""
STREAM = 4_000_000
"""Bytes of a stream that is searched for secrets which lie over the borders of packets."""


@dataclass(frozen=True)
class Parts:
    """The tree and the bytes of a packet, secrets masked. `is_whole`: nothing was left out."""

    fields: list[Field]
    data: bytes
    is_whole: bool


@dataclass(frozen=True)
class Cell:
    """A byte in a dump."""

    digits: str
    letter: str
    is_marked: bool


@dataclass(frozen=True)
class Row:
    """A row of a dump; `offset` in hexadecimal. `is_first`: no row before it is marked."""

    offset: str
    cells: list[Cell]
    is_first: bool


def take_apart(file: Path, one: Packet) -> Parts:
    """The fields and bytes of a packet; errors of `engine.ask`."""
    only = f"frame.number == {one.number}"
    arguments = ["-T", "pdml", "-Y", only, "-c", str(one.number)]
    answer = engine.ask(file, arguments)
    data = engine.frame(file, one.number)
    fields = list(_fields(answer.output, data))
    is_whole = len(fields) <= FIELDS and len(data) <= BYTES and bool(fields)
    sent = next((each for each in fields if each.name == "tcp.payload" and each.start >= 0), None)
    told = [] if fields else [range(len(data))]  # what nobody took apart nobody can judge
    if one.stream is not None and sent is not None:
        payload = data[sent.start : sent.start + sent.size]
        told = _of_stream(file, one.stream, payload, sent.start)
    shown, hidden = hide(fields[:FIELDS], data, told)
    return Parts(shown, hidden[:BYTES], is_whole)


def dump(data: bytes, marked: range) -> list[Row]:
    """`data` in rows of 16 bytes, those in `marked` marked."""
    return [
        Row(
            f"{start:04x}",
            [
                Cell(f"{byte:02x}", chr(byte) if 32 <= byte < 127 else "·", at in marked)
                for at, byte in enumerate(data[start : start + ROW], start)
            ],
            bool(marked) and start <= marked.start < start + ROW,
        )
        for start in range(0, len(data), ROW)
    ]


def _fields(output: bytes, data: bytes) -> Iterator[Field]:
    """The tree of PDML (Wireshark's doc/README.xml-output), what it hides left out."""
    text = IMPOSSIBLE.sub("·", output.decode("utf-8", "replace"))
    try:
        packet = fromstring(text.encode()).find("packet")
    except (ParseError, DefusedXmlException):
        return
    if packet is not None:
        for proto in packet:
            if proto.get("name") != "geninfo":
                yield from _below(proto, 0, data)


def _below(element: Element, depth: int, data: bytes) -> Iterator[Field]:
    if element.get("hide") == "yes":
        return
    name, label = element.get("name", ""), element.get("showname") or element.get("show", "")
    start, size = int(element.get("pos", 0)), int(element.get("size", 0))
    held = _held(element)
    if not size or (held or data[start : start + size]) != data[start : start + size]:
        start, size = -1, 0  # in what was put together from many frames
    if label:
        yield Field(depth, name, label, start, size, element.get("show", ""), held)
    for child in element:
        yield from _below(child, depth + 1 if label else depth, data)


def _held(element: Element) -> bytes:
    value = element.get("unmaskedvalue") or element.get("value") or ""
    try:
        return bytes.fromhex(value)
    except ValueError:
        return b""


def _of_stream(file: Path, stream: int, payload: bytes, start: int) -> list[range]:
    """Where in the frame, whose `payload` begins at `start`, a secret of the stream lies.

    All of it, where the payload is not found in the stream: then nobody can tell.
    """
    answer = engine.ask(
        file, ["-q", "-z", f"follow,tcp,raw,{stream}"], seconds=3.0, limit=2 * STREAM
    )
    sides: tuple[list[bytes], list[bytes]] = ([], [])
    for line in answer.output.decode("ascii", "replace").splitlines():
        digits = line.strip()
        if digits and not len(digits) % 2 and not set(digits) - set("0123456789abcdef"):
            sides[line.startswith("\t")].append(bytes.fromhex(digits))
    found, is_there = [], False
    for side in sides:
        for piece, masked in zip(side, mask_parts(side), strict=True):
            if piece == payload:
                is_there = True
                found += [
                    range(start + run.start(), start + run.end())
                    for run in re.finditer(rb"\*+", masked)
                ]
    return found if is_there else [range(start, start + len(payload))]
