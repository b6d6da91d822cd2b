"""Whether visitors' SYNs reach this machine at all, and whether it answers them.

What stands between a server and the world (a provider's firewall, a router) cannot be asked. But
while somebody tries from outside, it shows in what arrives here.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import time
from dataclasses import dataclass, field

IPV4, IPV6 = 0x0800, 0x86DD
TCP = 6
SYN, RST, ACK = 0x02, 0x04, 0x10
OUTGOING = 4
"""What packet(7) calls PACKET_OUTGOING."""
EVERY = 0x0003
"""ETH_P_ALL of packet(7)."""


@dataclass(frozen=True)
class Segment:
    """The ends and the flags of a TCP segment (RFC 9293, 3.1)."""

    source: str
    source_port: int
    target: str
    target_port: int
    flags: int


@dataclass
class Seen:
    """Addresses that sent a SYN to the port, and those that were answered, or refused."""

    asked: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    @property
    def ignored(self) -> set[str]:
        """Those that nothing was sent back to."""
        return self.asked - self.answered - self.refused

    def take(self, segment: Segment, port: int, *, is_outgoing: bool) -> None:
        """Note what the segment says about the port."""
        if not is_outgoing and segment.target_port == port:
            if segment.flags & (SYN | ACK) == SYN:
                self.asked.add(segment.source)
        elif is_outgoing and segment.source_port == port:
            if segment.flags & (SYN | ACK) == SYN | ACK:
                self.answered.add(segment.target)
            elif segment.flags & RST:
                self.refused.add(segment.target)


def watch(port: int, *, seconds: float) -> Seen:
    """What comes to the port and leaves it within `seconds`, but for the loopback; needs root."""
    seen, end = Seen(), time.monotonic() + seconds
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(EVERY)) as ear:
        while (left := end - time.monotonic()) > 0:
            ear.settimeout(left)
            try:
                packet, (interface, protocol, kind, *_more) = ear.recvfrom(256)
            except TimeoutError:
                break
            segment = read(protocol, packet) if interface != "lo" else None
            if segment is not None:
                seen.take(segment, port, is_outgoing=kind == OUTGOING)
    return seen


def read(protocol: int, packet: bytes) -> Segment | None:
    """The TCP segment in an IP packet (RFC 791, 3.1; RFC 8200, 3); None for anything else.

    Of fragments only the first has ports; extension headers of IPv6 are not looked through.
    """
    if protocol == IPV4 and len(packet) >= 20 and packet[0] >> 4 == 4:
        length, fragment = (packet[0] & 15) * 4, struct.unpack("!H", packet[6:8])[0] & 0x1FFF
        kind, ends = packet[9], (packet[12:16], packet[16:20])
    elif protocol == IPV6 and len(packet) >= 40 and packet[0] >> 4 == 6:
        length, fragment = 40, 0
        kind, ends = packet[6], (packet[8:24], packet[24:40])
    else:
        return None
    if kind != TCP or fragment or len(packet) < length + 14:
        return None
    source_port, target_port = struct.unpack("!HH", packet[length : length + 4])
    source, target = (str(ipaddress.ip_address(end)) for end in ends)
    return Segment(source, source_port, target, target_port, packet[length + 13])
