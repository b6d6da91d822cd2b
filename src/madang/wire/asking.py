"""Display filters that may be asked on a page: none that could guess what stars hide.

A filter that compares the value of a cookie with a guess tells by its answer whether the guess
was right. So any field may be asked whether it is there, and those alone compared of which no
page hides anything: decision 13.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

LONGEST = 500
DEEPEST = 20
"""Characters of a filter, and parentheses within each other."""
COMPARED = frozenset(
    [
        "frame.number",
        "frame.len",
        "frame.cap_len",
        "frame.time",
        "frame.time_epoch",
        "frame.time_delta",
        "frame.time_relative",
        "frame.interface_id",
        "eth.src",
        "eth.dst",
        "eth.addr",
        "eth.type",
        "eth.len",
        "vlan.id",
        "arp.opcode",
        "arp.src.hw_mac",
        "arp.dst.hw_mac",
        "arp.src.proto_ipv4",
        "arp.dst.proto_ipv4",
        "ip.src",
        "ip.dst",
        "ip.addr",
        "ip.version",
        "ip.len",
        "ip.ttl",
        "ip.proto",
        "ip.id",
        "ip.flags",
        "ip.flags.df",
        "ip.flags.mf",
        "ip.frag_offset",
        "ip.hdr_len",
        "ipv6.src",
        "ipv6.dst",
        "ipv6.addr",
        "ipv6.plen",
        "ipv6.nxt",
        "ipv6.hlim",
        "icmp.type",
        "icmp.code",
        "icmp.seq",
        "icmpv6.type",
        "icmpv6.code",
        "tcp.srcport",
        "tcp.dstport",
        "tcp.port",
        "tcp.stream",
        "tcp.len",
        "tcp.seq",
        "tcp.ack",
        "tcp.nxtseq",
        "tcp.hdr_len",
        "tcp.window_size",
        "tcp.window_size_value",
        "tcp.time_delta",
        "tcp.time_relative",
        "tcp.flags",
        "tcp.flags.syn",
        "tcp.flags.ack",
        "tcp.flags.fin",
        "tcp.flags.reset",
        "tcp.flags.push",
        "tcp.flags.urg",
        "tcp.analysis.ack_rtt",
        "tcp.analysis.bytes_in_flight",
        "udp.srcport",
        "udp.dstport",
        "udp.port",
        "udp.length",
        "udp.stream",
        "http.request.method",
        "http.response.code",
        "http.content_length",
        "http.time",
        "http2.streamid",
        "http2.type",
        "http2.length",
        "http2.headers.method",
        "http2.headers.status",
        "dns.flags.response",
        "dns.flags.rcode",
        "dns.qry.type",
        "dns.count.answers",
        "dns.time",
        "tls.record.content_type",
        "tls.record.length",
        "tls.handshake.type",
        "tls.handshake.length",
        "ftp.response.code",
        "smtp.response.code",
        "usb.src",
        "usb.dst",
        "usb.addr",
        "usb.device_address",
        "usb.bus_id",
        "usb.transfer_type",
        "usb.data_len",
    ]
)
"""Addresses, ports, lengths, flags, methods, status codes, numbers of frames, and times."""
TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r'|(?P<string>"[^"\\\x00-\x1f]{0,200}")'
    r"|(?P<sign>==|!=|>=|<=|&&|\|\||[><()!])"
    r"|(?P<address>[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,40}(?:/\d{1,3})?(?![\w.]))"
    r"|(?P<number>-?\d[\w.]{0,60}(?:/\d{1,2})?(?![\w.:]))"
    r"|(?P<word>[A-Za-z_][\w.\-]{0,100})"
)
COMPARISONS = {
    "==": "==",
    "eq": "==",
    "!=": "!=",
    "ne": "!=",
    ">": ">",
    "gt": ">",
    "<": "<",
    "lt": "<",
    ">=": ">=",
    "ge": ">=",
    "<=": "<=",
    "le": "<=",
}
JOINS = {"and": "&&", "&&": "&&", "or": "||", "||": "||"}
FIELD = re.compile(r"_?[a-z0-9][a-z0-9_\-]*(?:\._?[A-Za-z0-9_\-]+)*")
WORD = re.compile(r"[A-Z][A-Z_\-]*")


class Why(StrEnum):
    """What is wrong with a filter."""

    SIGN = "sign"
    FIELD = "field"
    COMPARED = "compared"
    VALUE = "value"
    END = "end"
    MORE = "more"
    LONG = "long"


class NotAsked(Exception):
    """The filter is not one of those; `position` counts its characters from 0."""

    def __init__(self, why: Why, position: int) -> None:
        super().__init__(why, position)
        self.why, self.position = why, position


@dataclass(frozen=True)
class Token:
    """A piece of the text."""

    kind: str
    text: str
    position: int


def checked(text: str) -> str:
    """`text` as tshark shall have it, empty for an empty one; `NotAsked`.

    The grammar: tests joined by `and`, `or` (`&&`, `||`), turned by `not` (`!`), grouped by
    parentheses; a test is a field, or a field of `COMPARED`, a comparison and a value. Contains,
    matches, slices, functions, macros, sets and layers (wireshark-filter(4)) are not in it.
    """
    if len(text) > LONGEST:
        raise NotAsked(Why.LONG, LONGEST)
    reading = _Reading([*_tokens(text), Token("end", "", len(text))])
    if reading.now.kind == "end":
        return ""
    said = " ".join(reading.joined(0))
    if reading.now.kind != "end":
        raise NotAsked(Why.MORE, reading.now.position)
    return said


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise NotAsked(Why.SIGN, at)
        kind = found.lastgroup or ""
        if kind != "space":
            yield Token(kind, found.group(), at)
        at = found.end()


class _Reading:
    """The tokens, read from left to right; each method returns what tshark shall have."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = iter(tokens)
        self.now = next(self.tokens)

    def taken(self) -> Token:
        token, self.now = self.now, next(self.tokens, self.now)
        return token

    def joined(self, depth: int) -> list[str]:
        said = self.test(depth)
        while self.now.text in JOINS:
            said += [JOINS[self.taken().text], *self.test(depth)]
        return said

    def test(self, depth: int) -> list[str]:
        said = []
        while self.now.text in {"not", "!"}:
            self.taken()
            said.append("!")
        if self.now.text == "(":
            if depth == DEEPEST:
                raise NotAsked(Why.LONG, self.now.position)
            self.taken()
            said += ["(", *self.joined(depth + 1), ")"]
            if self.now.text != ")":
                why = Why.END if self.now.kind == "end" else Why.MORE
                raise NotAsked(why, self.now.position)
            self.taken()
            return said
        return said + self.field()

    def field(self) -> list[str]:
        if self.now.kind == "end":
            raise NotAsked(Why.END, self.now.position)
        is_word = self.now.kind == "word" and FIELD.fullmatch(self.now.text)
        if not is_word or self.now.text in {*JOINS, *COMPARISONS}:
            raise NotAsked(Why.FIELD, self.now.position)
        field = self.taken()
        if self.now.text not in COMPARISONS:
            return [field.text]
        if field.text not in COMPARED:
            raise NotAsked(Why.COMPARED, field.position)
        return [field.text, COMPARISONS[self.taken().text], self.value()]

    def value(self) -> str:
        token = self.taken()
        if token.kind == "end":
            raise NotAsked(Why.END, token.position)
        if token.kind == "word" and WORD.fullmatch(token.text):
            return f'"{token.text}"'
        if token.kind in {"string", "number", "address"}:
            return token.text
        raise NotAsked(Why.VALUE, token.position)
