"""A capture's answers as lines for a terminal; nothing in a packet can steer the terminal."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from madang.lib.terminal import gettext as _
from madang.lib.terminal import gettext_noop
from madang.wire.capture import Capture, Conversation, Stream, hierarchy
from madang.wire.layers import Packet

LAYERS = (
    ("application", gettext_noop("application")),
    ("transport", gettext_noop("transport")),
    ("internet", gettext_noop("internet")),
    ("network_access", gettext_noop("network access")),
)


def plain(text: str) -> str:
    """`text` with `·` for whatever cannot be printed."""
    return "".join(letter if letter.isprintable() else "·" for letter in text)


def packets(found: list[Packet], *, layers: bool) -> Iterator[str]:
    """A line for each packet: number, seconds, from → to, protocol, bytes, info."""
    for packet in found:
        where = packet.internet or packet.network_access
        way = f"{where.source} → {where.target}" if where and where.source else ""
        head = f"{packet.number:>6} {packet.at:>11.6f}  {way:<33} {packet.protocol:<8}"
        yield plain(f"{head} {packet.size:>5}  {packet.info}")
        if layers:
            yield from _layers(packet)


def _layers(packet: Packet) -> Iterator[str]:
    for name, word in LAYERS:
        layer = getattr(packet, name)
        if layer is not None:
            way = f"  {layer.source} → {layer.target}" if layer.source else ""
            title = _(word)
            yield plain(f"         {title}: {layer.protocol}{way}")


def summary(found: Capture) -> Iterator[str]:
    """Packets, bytes and seconds, then the tree of protocols."""
    seconds = found.packets[-1].at if found.packets else 0.0
    size = sum(packet.size for packet in found.packets)
    sentence = _("{packets} packets, {size} bytes, {seconds:.3f} seconds")
    yield sentence.format(packets=len(found.packets), size=size, seconds=seconds)
    for chain, frames, held in hierarchy(found.packets):
        name = "  " * len(chain) + plain(chain[-1])
        yield f"{name:<28} {frames:>9} {held:>12}"


def summary_json(found: Capture) -> dict[str, object]:
    """The same for programs."""
    return {
        "packets": len(found.packets),
        "bytes": sum(packet.size for packet in found.packets),
        "seconds": found.packets[-1].at if found.packets else 0.0,
        "protocols": [
            {"chain": list(chain), "frames": frames, "bytes": held}
            for chain, frames, held in hierarchy(found.packets)
        ],
    }


def conversations(spoken: list[Conversation]) -> Iterator[str]:
    """A line for each two: what went out, what came back (frames/bytes)."""
    for one in spoken:
        way = f"{one.first} ↔ {one.second}"
        out, back = f"{one.frames_out}/{one.bytes_out}", f"{one.frames_back}/{one.bytes_back}"
        yield plain(f"{one.protocol:<5} {way:<48} → {out:<16} ← {back}")


def stream(found: Stream, *, as_hex: bool) -> Iterator[str]:
    """Both directions: `→` from who opened the stream, `←` from the other."""
    yield f"→ {found.first}"
    yield f"← {found.second}"
    for piece in found.pieces:
        sign = "→" if piece.from_first else "←"
        for line in _dump(piece.data) if as_hex else _text(piece.data):
            yield f"{sign} {line}"


def _text(data: bytes) -> Iterator[str]:
    for line in data.decode("utf-8", "replace").replace("\r\n", "\n").rstrip("\n").split("\n"):
        yield plain(line)


def _dump(data: bytes) -> Iterator[str]:
    for start in range(0, len(data), 16):
        row = data[start : start + 16]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in row)
        yield f"{start:08x}  {row.hex(' '):<47}  {letters}"


def stream_json(found: Stream) -> dict[str, object]:
    """The same for programs: each piece's bytes in base64 (RFC 4648)."""
    pieces = [
        {"from_first": piece.from_first, "base64": base64.b64encode(piece.data).decode("ascii")}
        for piece in found.pieces
    ]
    return {
        "first": found.first,
        "second": found.second,
        "pieces": pieces,
    }
