"""Requests in a capture: the packets of each HTTP exchange, joined by the number in its answer.

A client's own header is never looked at: nginx writes `X-Request-ID` into the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from madang.wire import engine
from madang.wire.engine import Ending

FIELDS = (
    "frame.number",
    "frame.time_epoch",
    "frame.len",
    "eth.src",
    "eth.dst",
    "ip.src",
    "ip.dst",
    "ip.ttl",
    "ipv6.src",
    "ipv6.dst",
    "ipv6.hlim",
    "tcp.srcport",
    "tcp.dstport",
    "tcp.stream",
    "tcp.flags",
    "tcp.len",
    "tcp.analysis.retransmission",
    "http.request.method",
    "http.request.uri",
    "http.response.code",
    "http.response.line",
)
SYN = 0x02
SECONDS, OUTPUT = 60.0, 256 * 1024 * 1024
FRAMES = 200
"""Of one exchange that are kept."""
NUMBER = re.compile(r"^X-Request-ID:[ \t]*([0-9a-f]{32})[ \t\r]*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Frame:
    """One packet: `at` in seconds since 1970, bytes on the wire and of TCP's payload."""

    number: int
    at: float
    size: int
    payload: int
    is_from_client: bool
    is_handshake: bool
    is_again: bool


@dataclass(frozen=True)
class Exchange:
    """A request and its answer: `client` and `server` are (MAC, address, port).

    `id` and `path` are empty where the answer or the request cannot be read (TLS). `ttl` is that
    of the client's packets, -1 where there is none.
    """

    id: str
    path: str
    client: tuple[str, str, int]
    server: tuple[str, str, int]
    ttl: int
    frames: tuple[Frame, ...]
    frames_in_all: int
    is_whole: bool

    def as_json(self) -> dict[str, object]:
        """Its fields, as they are named here, without the path: nginx tells that masked."""
        return {name: value for name, value in asdict(self).items() if name not in {"id", "path"}}


def read(file: Path) -> tuple[list[Exchange], Ending]:
    """The exchanges over TCP in `file`, and how far it was read; errors of `engine.ask`."""
    arguments = ["-Y", "tcp", "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a"]
    arguments += ["-E", "aggregator=\x1f"]
    for field in FIELDS:
        arguments += ["-e", field]
    answer = engine.ask(file, arguments, seconds=SECONDS, limit=OUTPUT)
    streams: dict[str, list[dict[str, str]]] = {}
    for line in answer.output.decode("utf-8", "replace").split("\n"):
        values = line.split("\t")
        if len(values) == len(FIELDS):
            row = dict(zip(FIELDS, values, strict=True))
            streams.setdefault(row["tcp.stream"], []).append(row)
    found = [one for rows in streams.values() for one in _exchanges(rows)]
    return sorted(found, key=lambda one: one.frames[0].at), answer.ending


def _first(text: str) -> str:
    return text.partition("\x1f")[0]


def _exchanges(rows: list[dict[str, str]]) -> Iterable[Exchange]:
    """Cut the packets of one connection into exchanges: a new one begins after an answer."""
    client = _client(rows)
    part: list[dict[str, str]] = []
    is_answered = False
    for row in rows:
        speaks = _port(row) == client and int(_first(row["tcp.len"]) or 0) > 0
        if is_answered and speaks:
            yield _exchange(part, client)
            part, is_answered = [], False
        part.append(row)
        code = _first(row["http.response.code"])
        is_answered = is_answered or (code.isdigit() and int(code) >= 200)
    if part:
        yield _exchange(part, client)


def _client(rows: list[dict[str, str]]) -> tuple[str, str]:
    """Who opened the connection, or else who asked, or else who speaks from the higher port."""
    for row in rows:
        if int(_first(row["tcp.flags"]) or "0", 16) & 0x12 == SYN or row["http.request.method"]:
            return _port(row)
    row = rows[0]
    source, target = int(_first(row["tcp.srcport"])), int(_first(row["tcp.dstport"]))
    return _port(row) if source >= target else _port(row, end="dst")


def _port(row: dict[str, str], *, end: str = "src") -> tuple[str, str]:
    address = _first(row[f"ip.{end}"]) or _first(row[f"ipv6.{end}"])
    return address, _first(row[f"tcp.{end}port"])


def _exchange(rows: list[dict[str, str]], client: tuple[str, str]) -> Exchange:
    ours = next((row for row in rows if _port(row) == client), None)
    row, near, far = (ours, "src", "dst") if ours else (rows[0], "dst", "src")
    ends = [
        (_first(row[f"eth.{end}"]), _port(row, end=end)[0], int(_port(row, end=end)[1]))
        for end in (near, far)
    ]
    lines = "\n".join(row["http.response.line"].replace("\x1f", "\n") for row in rows)
    number = NUMBER.search(lines.replace("\\r\\n", "\n").replace("\\n", "\n"))
    ttl = _first(row["ip.ttl"]) or _first(row["ipv6.hlim"])
    return Exchange(
        id=number.group(1) if number else "",
        path=next((_first(row["http.request.uri"]) for row in rows if row["http.request.uri"]), ""),
        client=ends[0],
        server=ends[1],
        ttl=int(ttl) if ours and ttl else -1,
        frames=tuple(_frame(row, client) for row in rows[:FRAMES]),
        frames_in_all=len(rows),
        is_whole=number is not None,
    )


def _frame(row: dict[str, str], client: tuple[str, str]) -> Frame:
    flags = int(_first(row["tcp.flags"]) or "0", 16)
    return Frame(
        number=int(_first(row["frame.number"])),
        at=float(_first(row["frame.time_epoch"])),
        size=int(_first(row["frame.len"])),
        payload=int(_first(row["tcp.len"]) or 0),
        is_from_client=_port(row) == client,
        is_handshake=bool(flags & SYN),
        is_again=bool(row["tcp.analysis.retransmission"]),
    )
