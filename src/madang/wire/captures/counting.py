"""What a capture is made of, counted line by line while tshark still reads."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from madang.wire.capture import Conversation, place
from madang.wire.layers import FIELDS, WORDS, sort

AT = {name: at for at, name in enumerate(FIELDS)}
SIZE, PROTOCOLS, STREAM = AT["frame.len"], AT["frame.protocols"], AT["tcp.stream"]
ADDRESSES = [
    (AT["ip.src"], AT["ip.dst"]),
    (AT["ipv6.src"], AT["ipv6.dst"]),
    (AT["arp.src.proto_ipv4"], AT["arp.dst.proto_ipv4"]),
]
BELOW = (AT["eth.src"], AT["eth.dst"])
PORTS = [(AT["tcp.srcport"], AT["tcp.dstport"]), (AT["udp.srcport"], AT["udp.dstport"])]
Way = tuple[str, str, str, str, str, str]
Key = TypeVar("Key")


@dataclass(frozen=True)
class Endpoint:
    """An address, with the frames and bytes that it sent and got."""

    address: str
    frames_sent: int
    bytes_sent: int
    frames_got: int
    bytes_got: int


@dataclass(frozen=True)
class Statistics:
    """The tree of protocols (chain, frames, bytes), who spoke with whom, and each of them."""

    hierarchy: list[tuple[tuple[str, ...], int, int]]
    conversations: list[Conversation]
    endpoints: list[Endpoint]


class Counting:
    """Frames and bytes by chain of protocols, and by way: who to whom, through which ports."""

    def __init__(self) -> None:
        self.chains: dict[str, list[int]] = {}
        self.ways: dict[Way, list[int]] = {}
        self.ends: dict[tuple[str, str], list[int]] = {}

    def add(self, values: list[str]) -> None:
        """Count one packet; `values` in the order of `FIELDS`."""
        size, protocols = int(values[SIZE]), values[PROTOCOLS]
        _count(self.chains, protocols, size)
        source, target = _first(values, ADDRESSES)
        protocol = _transport(protocols)
        if protocol:
            ports = _first(values, PORTS)
            way = (protocol, source, ports[0], target, ports[1], values[STREAM])
            _count(self.ways, way, size)
        if not source:
            source, target = values[BELOW[0]], values[BELOW[1]]
        _count(self.ends, (source, target), size)

    def statistics(self, most: int) -> Statistics:
        """At most `most` rows of each; the same as `capture.hierarchy` and `conversations` say."""
        return Statistics(
            self._hierarchy()[:most], self._conversations()[:most], self._endpoints()[:most]
        )

    def _hierarchy(self) -> list[tuple[tuple[str, ...], int, int]]:
        tallies: dict[tuple[str, ...], list[int]] = {}
        for protocols, (frames, held) in self.chains.items():
            chain = tuple(name for name in protocols.split(":") if name != "ethertype")
            for depth in range(1, len(chain) + 1):
                tally = tallies.setdefault(chain[:depth], [0, 0])
                tally[0] += frames
                tally[1] += held
        return [(chain, tallies[chain][0], tallies[chain][1]) for chain in sorted(tallies)]

    def _conversations(self) -> list[Conversation]:
        spoken, seen = [], set()
        for way, out in self.ways.items():
            if way in seen:
                continue
            protocol, source, port, target, other, stream = way
            back_way = (protocol, target, other, source, port, stream)
            seen.add(back_way)
            back = self.ways.get(back_way, [0, 0]) if back_way != way else [0, 0]
            first, second = place(source, port), place(target, other)
            spoken.append(Conversation(protocol, first, second, *out, *back))
        return sorted(spoken, key=lambda one: -(one.bytes_out + one.bytes_back))

    def _endpoints(self) -> list[Endpoint]:
        tallies: Counter[tuple[str, int]] = Counter()
        for pair, (frames, held) in self.ends.items():
            for side, address in enumerate(pair):
                tallies[address, 2 * side] += frames
                tallies[address, 2 * side + 1] += held
        addresses = dict.fromkeys(address for address, _side in tallies if address)
        found = [Endpoint(each, *(tallies[each, at] for at in range(4))) for each in addresses]
        return sorted(found, key=lambda one: -(one.bytes_sent + one.bytes_got))


def _count(tallies: dict[Key, list[int]], key: Key, size: int) -> None:
    tally = tallies.setdefault(key, [0, 0])
    tally[0] += 1
    tally[1] += size


def _first(values: list[str], pairs: list[tuple[int, int]]) -> tuple[str, str]:
    """The first pair of fields of which one says something."""
    for one, other in pairs:
        if values[one] or values[other]:
            return values[one], values[other]
    return "", ""


@lru_cache(maxsize=1000)
def _transport(protocols: str) -> str:
    """What stands in the transport layer over an internet layer, empty where nothing does."""
    __, internet, transport, __ = sort(protocols.split(":"))
    return " + ".join(WORDS.get(name, name.upper()) for name in transport) if internet else ""
