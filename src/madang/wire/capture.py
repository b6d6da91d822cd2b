"""Questions to a capture: its packets, what it is made of, who spoke with whom, one stream."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from madang.wire import engine
from madang.wire.bodies import unpack
from madang.wire.engine import Ending
from madang.wire.layers import FIELDS, Packet, packets
from madang.wire.masking import mask_parts


class NoStream(Exception):
    """The capture holds no TCP stream of that number."""


@dataclass(frozen=True)
class Capture:
    """The packets that a filter let through, and how far the file was read."""

    packets: list[Packet]
    ending: Ending


@dataclass(frozen=True)
class Conversation:
    """Two who spoke: frames and bytes from `first` to `second`, and back."""

    protocol: str
    first: str
    second: str
    frames_out: int
    bytes_out: int
    frames_back: int
    bytes_back: int


@dataclass(frozen=True)
class Piece:
    """Bytes that one side of a stream sent in one go, secrets masked."""

    from_first: bool
    data: bytes


@dataclass(frozen=True)
class Stream:
    """A TCP stream, reassembled: `first` opened it."""

    first: str
    second: str
    pieces: list[Piece]
    ending: Ending


def read(file: Path, *, display_filter: str = "") -> Capture:
    """The packets of `file` for which Wireshark's `display_filter` holds; errors of `ask`."""
    arguments = ["-T", "fields", "-E", "separator=/t", "-E", "occurrence=f"]
    for field in FIELDS:
        arguments += ["-e", field]
    if display_filter:
        arguments += ["-Y", display_filter]
    answer = engine.ask(file, arguments)
    return Capture(packets(answer.output), answer.ending)


def hierarchy(found: list[Packet]) -> list[tuple[tuple[str, ...], int, int]]:
    """Each chain of protocols with its frames and bytes, a chain before those that extend it."""
    frames: Counter[tuple[str, ...]] = Counter()
    sizes: Counter[tuple[str, ...]] = Counter()
    for packet in found:
        chain = tuple(name for name in packet.protocols if name != "ethertype")
        for depth in range(1, len(chain) + 1):
            frames[chain[:depth]] += 1
            sizes[chain[:depth]] += packet.size
    return [(chain, frames[chain], sizes[chain]) for chain in sorted(frames)]


def conversations(found: list[Packet]) -> list[Conversation]:
    """Who spoke with whom over TCP and UDP, the largest first; `first` sent the first packet."""
    tallies: dict[tuple[str, str, str, int | None], list[int]] = {}
    for packet in found:
        if packet.internet is None or packet.transport is None:
            continue
        protocol = packet.transport.protocol
        source = place(packet.internet.source, packet.transport.source)
        target = place(packet.internet.target, packet.transport.target)
        key, back = (protocol, source, target, packet.stream), 0
        if (protocol, target, source, packet.stream) in tallies:
            key, back = (protocol, target, source, packet.stream), 2
        tally = tallies.setdefault(key, [0, 0, 0, 0])
        tally[back] += 1
        tally[back + 1] += packet.size
    spoken = [
        Conversation(protocol, first, second, *tally)
        for (protocol, first, second, _stream), tally in tallies.items()
    ]
    return sorted(spoken, key=lambda one: -(one.bytes_out + one.bytes_back))


def place(address: str, port: str) -> str:
    """An address with its port, as in a URL (RFC 3986 3.2.2)."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def follow(file: Path, *, stream: int, unpacked: bool = False) -> Stream:
    """The TCP stream `stream` of `file`, both directions; `NoStream`, and the errors of `ask`.

    With `unpacked` the bodies of HTTP/1 are what was packed in them; they are masked after that.
    """
    answer = engine.ask(file, ["-q", "-z", f"follow,tcp,raw,{stream}"])
    lines = answer.output.decode("ascii", "replace").splitlines()
    nodes = [line.partition(": ")[2] for line in lines if line.startswith("Node ")]
    if len(nodes) != 2 or nodes[0] == ":0":
        raise NoStream
    start = next(at for at, line in enumerate(lines) if line.startswith("Node 1")) + 1
    body = [line for line in lines[start:] if line and not line.startswith("=")]
    sides = [not line.startswith("\t") for line in body]
    data = [bytes.fromhex(line.strip()) for line in body]
    masked = {}
    for side in (True, False):
        parts = [part for part, one in zip(data, sides, strict=True) if one is side]
        masked[side] = iter(mask_parts(unpack(parts) if unpacked else parts))
    pieces = [Piece(side, next(masked[side])) for side in sides]
    return Stream(nodes[0], nodes[1], pieces, answer.ending)
