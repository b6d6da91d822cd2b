"""The four layers of TCP/IP as RFC 1122 (1.1.3) teaches them, for each packet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from madang.wire.masking import mask_text

FIELDS = (
    "frame.number",
    "frame.time_relative",
    "frame.len",
    "frame.protocols",
    "eth.src",
    "eth.dst",
    "ip.src",
    "ip.dst",
    "ipv6.src",
    "ipv6.dst",
    "arp.src.proto_ipv4",
    "arp.dst.proto_ipv4",
    "tcp.srcport",
    "tcp.dstport",
    "udp.srcport",
    "udp.dstport",
    "tcp.stream",
    "_ws.col.Protocol",
    "_ws.col.Info",
)
INTERNET = frozenset({"ip", "ipv6", "arp", "icmp", "icmpv6", "igmp", "ipv6.hopopts"})
TRANSPORT = frozenset({"tcp", "udp", "sctp", "dccp"})
SILENT = frozenset({"ethertype", "frame", "data-text-lines"})
WORDS = {"eth": "Ethernet", "ip": "IPv4", "ipv6": "IPv6", "sll": "Linux cooked"}


@dataclass(frozen=True)
class Layer:
    """One layer of one packet; `source` and `target` are empty where it has no addresses."""

    protocol: str
    source: str = ""
    target: str = ""


@dataclass(frozen=True)
class Packet:
    """`at` in seconds after the first packet, `size` in bytes on the wire, secrets masked."""

    number: int
    at: float
    size: int
    protocols: tuple[str, ...]
    protocol: str
    info: str
    stream: int | None
    network_access: Layer | None
    internet: Layer | None
    transport: Layer | None
    application: Layer | None

    def as_json(self) -> dict[str, object]:
        """Its fields, as they are named here."""
        return asdict(self)


def packets(output: bytes) -> list[Packet]:
    """What `tshark -T fields` printed for `FIELDS`, one line a packet."""
    lines = output.decode("utf-8", "surrogateescape").split("\n")
    return [packet(line) for line in lines if line]


def packet(line: str) -> Packet:
    """What one line says."""
    field = dict(zip(FIELDS, line.split("\t", len(FIELDS) - 1), strict=True))
    protocols = tuple(field["frame.protocols"].split(":"))
    access, internet, transport, application = sort(protocols)
    return Packet(
        number=int(field["frame.number"]),
        at=float(field["frame.time_relative"] or 0),
        size=int(field["frame.len"]),
        protocols=protocols,
        protocol=field["_ws.col.Protocol"],
        info=mask_text(field["_ws.col.Info"]),
        stream=int(field["tcp.stream"]) if field["tcp.stream"] else None,
        network_access=_layer(access, field["eth.src"], field["eth.dst"]),
        internet=_layer(
            internet,
            field["ip.src"] or field["ipv6.src"] or field["arp.src.proto_ipv4"],
            field["ip.dst"] or field["ipv6.dst"] or field["arp.dst.proto_ipv4"],
        ),
        transport=_layer(
            transport,
            field["tcp.srcport"] or field["udp.srcport"],
            field["tcp.dstport"] or field["udp.dstport"],
        ),
        application=_layer(application, "", ""),
    )


def sort(protocols: Iterable[str]) -> tuple[list[str], list[str], list[str], list[str]]:
    """Each protocol in its layer; what an error message quotes (ICMP) is not the packet's own."""
    layers: tuple[list[str], list[str], list[str], list[str]] = ([], [], [], [])
    depth = 0
    for name in protocols:
        if name in SILENT:
            continue
        if name in INTERNET:
            depth = max(depth, 1)
        elif name in TRANSPORT:
            depth = max(depth, 2)
        elif depth:
            depth = 3
        if name not in layers[depth]:
            layers[depth].append(name)
    return layers


def _layer(names: list[str], source: str, target: str) -> Layer | None:
    if not names:
        return None
    return Layer(" + ".join(WORDS.get(name, name.upper()) for name in names), source, target)
