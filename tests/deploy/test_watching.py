"""What is read of packets: who asked, and whether anything was sent back."""

from __future__ import annotations

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.deploy.watching import ACK, IPV4, IPV6, RST, SYN, Seen, Segment, read

pytestmark = pytest.mark.once


def tcp(source: int, target: int, flags: int) -> bytes:
    """A TCP header of twenty bytes."""
    return struct.pack("!HHIIBBHHH", source, target, 1, 0, 5 << 4, flags, 1024, 0, 0)


def four(source: str, target: str, payload: bytes, *, kind: int = 6, fragment: int = 0) -> bytes:
    """An IPv4 packet with one word of options."""
    head = struct.pack("!BBHHHBBH", 0x46, 0, 24 + len(payload), 1, fragment, 64, kind, 0)
    return head + socket.inet_aton(source) + socket.inet_aton(target) + b"\1\1\1\1" + payload


def six(source: str, target: str, payload: bytes) -> bytes:
    """An IPv6 packet."""
    ends = (socket.inet_pton(socket.AF_INET6, end) for end in (source, target))
    return struct.pack("!IHBB", 6 << 28, len(payload), 6, 64) + b"".join(ends) + payload


def test_segments_of_both_protocols_are_read() -> None:
    asked = four("192.0.2.7", "198.51.100.1", tcp(50000, 80, SYN))
    assert read(IPV4, asked) == Segment("192.0.2.7", 50000, "198.51.100.1", 80, SYN)
    asked = six("2001:db8::7", "2001:db8::1", tcp(50000, 443, SYN))
    assert read(IPV6, asked) == Segment("2001:db8::7", 50000, "2001:db8::1", 443, SYN)


@pytest.mark.parametrize(
    "packet",
    [
        four("192.0.2.7", "198.51.100.1", tcp(53, 80, SYN), kind=17),
        four("192.0.2.7", "198.51.100.1", tcp(50000, 80, SYN), fragment=8),
        four("192.0.2.7", "198.51.100.1", tcp(50000, 80, SYN)[:13]),
        b"",
    ],
)
def test_anything_else_is_none(packet: bytes) -> None:
    assert read(IPV4, packet) is None
    assert read(0x0806, packet) is None


@given(st.sampled_from([IPV4, IPV6]), st.binary(max_size=80))
def test_whatever_comes_is_read_or_is_none(protocol: int, packet: bytes) -> None:
    segment = read(protocol, packet)
    assert segment is None or 0 <= segment.source_port < 1 << 16


def test_who_was_answered_who_refused_and_who_ignored() -> None:
    seen, here = Seen(), "198.51.100.1"
    for guest in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        seen.take(Segment(guest, 50000, here, 80, SYN), 80, is_outgoing=False)
    seen.take(Segment(here, 80, "192.0.2.1", 50000, SYN | ACK), 80, is_outgoing=True)
    seen.take(Segment(here, 80, "192.0.2.2", 50000, RST | ACK), 80, is_outgoing=True)
    seen.take(Segment("192.0.2.9", 50000, here, 22, SYN), 80, is_outgoing=False)
    seen.take(Segment("192.0.2.9", 50000, here, 80, ACK), 80, is_outgoing=False)
    seen.take(Segment(here, 40000, "192.0.2.9", 443, SYN), 80, is_outgoing=True)
    assert seen.asked == {"192.0.2.1", "192.0.2.2", "192.0.2.3"}
    assert (seen.answered, seen.refused) == ({"192.0.2.1"}, {"192.0.2.2"})
    assert seen.ignored == {"192.0.2.3"}
