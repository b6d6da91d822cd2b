"""Small captures, made byte by byte: pcap (draft-ietf-opsawg-pcap) with Ethernet frames."""

from __future__ import annotations

import shutil
import socket
import struct
from pathlib import Path

import pytest

needs_tshark = pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is missing")

HERE, THERE = "10.0.0.1", "10.0.0.2"
SYN, ACK, PUSH = 0x02, 0x10, 0x18
HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)


def ethernet(kind: int, data: bytes, *, back: bool = False) -> bytes:
    ours, theirs = b"\x02\0\0\0\0\x01", b"\x02\0\0\0\0\x02"
    return (ours + theirs if back else theirs + ours) + struct.pack("!H", kind) + data


def tcp(seq: int, ack: int, flags: int, data: bytes = b"", *, back: bool = False) -> bytes:
    """A segment from port 40000 to port 80, or `back`."""
    ports = (80, 40000) if back else (40000, 80)
    segment = struct.pack("!HHIIBBHHH", *ports, seq, ack, 0x50, flags, 64000, 0, 0) + data
    source, target = (THERE, HERE) if back else (HERE, THERE)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0x4000, 64, 6, 0)
    addresses = socket.inet_aton(source) + socket.inet_aton(target)
    return ethernet(0x0800, head + addresses + segment, back=back)


def exchange(request: bytes, answer: bytes) -> list[bytes]:
    """One HTTP exchange with its handshake: five frames."""
    sent, heard = 101 + len(request), 501
    return [
        tcp(100, 0, SYN),
        tcp(500, 101, SYN | ACK, back=True),
        tcp(101, 501, ACK),
        tcp(101, 501, PUSH, request),
        tcp(heard, sent, PUSH, answer, back=True),
    ]


def arp(kind: int = 0x0806, operation: int = 1) -> bytes:
    """Who has THERE? With 0x8035 and 3, RARP (RFC 903)."""
    data = struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + b"\x02\0\0\0\0\x01"
    return ethernet(kind, data + socket.inet_aton(HERE) + bytes(6) + socket.inet_aton(THERE))


def pcap(frames: list[bytes]) -> bytes:
    """`frames`, a millisecond apart."""
    records = [
        struct.pack("<IIII", 1_700_000_000, at * 1000, len(frame), len(frame)) + frame
        for at, frame in enumerate(frames)
    ]
    return HEADER + b"".join(records)


def save(folder: Path, data: bytes, name: str = "some.pcap") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path
