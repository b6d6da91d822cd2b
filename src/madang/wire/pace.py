"""How a capture went on in time: what each interval carried, and who sent what when."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from madang.wire.capture import NoStream
from madang.wire.layers import Packet

MOST = 10_000
NANOSECONDS = 1_000_000_000


class TooFine(Exception):
    """The intervals would be more than `MOST`."""


@dataclass(frozen=True)
class Interval:
    """Frames and their bytes from `start` on, in seconds after the first packet."""

    start: float
    frames: int
    bytes: int


@dataclass(frozen=True)
class Step:
    """One segment of a stream: when, by whom, what; secrets masked."""

    number: int
    at: float
    from_first: bool
    label: str


@dataclass(frozen=True)
class Sequence:
    """A TCP stream as steps; `first` sent the first of them."""

    first: str
    second: str
    steps: list[Step]


class Timed(Protocol):
    """What has a moment, in seconds after the first packet, and a size in bytes."""

    @property
    def at(self) -> float: ...

    @property
    def size(self) -> int: ...


def intervals(found: Collection[Timed], *, seconds: float) -> list[Interval]:
    """What each `seconds` carried, quiet ones too, as tshark's `io,stat`; `TooFine`."""
    step = round(seconds * NANOSECONDS)
    places = [max(0, round(packet.at * NANOSECONDS)) // step for packet in found]
    count = max(places, default=-1) + 1
    if count > MOST:
        raise TooFine
    frames, sizes = [0] * count, [0] * count
    for place, packet in zip(places, found, strict=True):
        frames[place] += 1
        sizes[place] += packet.size
    return [Interval(at * seconds, frames[at], sizes[at]) for at in range(count)]


def sequence(found: list[Packet], *, stream: int) -> Sequence:
    """The steps of the TCP stream `stream`; `NoStream`."""
    places: list[tuple[str, str]] = []
    steps = []
    for packet in found:
        if packet.stream != stream or packet.internet is None or packet.transport is None:
            continue
        source = _place(packet.internet.source, packet.transport.source)
        if not places:
            places.append((source, _place(packet.internet.target, packet.transport.target)))
        steps.append(Step(packet.number, packet.at, source == places[0][0], _label(packet)))
    if not steps:
        raise NoStream
    return Sequence(*places[0], steps)


def _place(address: str, port: str) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _label(packet: Packet) -> str:
    """Wireshark's sentence without the ports, which stand at both sides."""
    said = re.sub(r"^(?:\[[^\]]+\] *)?\d+ → \d+ ", "", packet.info)
    said = re.sub(r" (?:Win|MSS|WS|SACK_PERM|TSval|TSecr)(?:=\S+)?", "", said).strip()
    return said if packet.protocol == "TCP" else f"{packet.protocol} {said}"
