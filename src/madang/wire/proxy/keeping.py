"""What is kept of the exchanges, in memory alone, bounded in number and bytes.

Runs inside the environment of mitmproxy, which is all that it needs beside the standard library.
"""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any  # JSON

from mitmproxy import http

from madang.wire.proxy import hiding

MOST, BYTES = 1000, 64_000_000
LARGEST = 1_000_000
"""Exchanges, bytes of all their bodies, and bytes of one body that is kept."""
Told = dict[str, Any]
TRAVEL = {"content-length", "transfer-encoding", "content-encoding"}


@dataclass
class Exchange:
    """One, with its true values; `held` is the side at which it waits, empty where it does not."""

    number: int
    flow: http.HTTPFlow
    origin: str = "live"
    held: str = ""
    rules: list[str] = field(default_factory=list)
    known: set[bytes] = field(default_factory=set)
    """Secrets of what it was made from, or of what it was before somebody edited it."""

    @property
    def size(self) -> int:
        """Bytes of both bodies."""
        sides = (self.flow.request, self.flow.response)
        return sum(len(side.raw_content or b"") for side in sides if side)

    def veil(self) -> hiding.Veil:
        """What it is shown through."""
        known = set(self.known)
        for side in (self.flow.request, self.flow.response):
            if side is not None:
                url = side.url.encode() if isinstance(side, http.Request) else b""
                known |= hiding.secrets_in(headers_of(side), url, body_of(side)[:LARGEST])
        return hiding.Veil(known)

    def as_json(self) -> Told:
        """What may be shown of it: secrets are stars."""
        veil, request, response = self.veil(), self.flow.request, self.flow.response
        asked = {"method": request.method, "url": veil.over_text(request.url)}
        answered = None
        if response is not None:
            answered = {"status": response.status_code, "reason": veil.over_text(response.reason)}
            answered |= _side(response, veil)
        return self.row() | {"request": _side(request, veil) | asked, "response": answered}

    def row(self) -> Told:
        """A line of the list."""
        flow, answer = self.flow, self.flow.response
        end = answer.timestamp_end if answer else None
        began = flow.request.timestamp_start
        return {
            "number": self.number,
            "at": began,
            "ms": None if end is None else round((end - began) * 1000, 3),
            "method": flow.request.method,
            "url": hiding.hide_text(flow.request.url),
            "status": answer.status_code if answer else None,
            "kind": answer.headers.get("content-type", "").partition(";")[0] if answer else "",
            "size": len(answer.raw_content or b"") if answer else 0,
            "version": flow.request.http_version,
            "origin": self.origin,
            "held": self.held,
            "rules": self.rules,
            "error": hiding.hide_text(flow.error.msg) if flow.error else "",
        }


class Kept:
    """The latest exchanges by number."""

    def __init__(self) -> None:
        self.by_number: OrderedDict[int, Exchange] = OrderedDict()
        self.last = 0

    def add(self, flow: http.HTTPFlow, origin: str) -> Exchange:
        """Keep one more; the oldest that wait for nobody go."""
        self.last += 1
        found = self.by_number[self.last] = Exchange(self.last, flow, origin)
        flow.metadata["madang"] = self.last
        self.shrink()
        return found

    def of(self, flow: http.HTTPFlow) -> Exchange | None:
        """The one that this flow is, or None."""
        number = flow.metadata.get("madang")
        return self.by_number.get(number) if isinstance(number, int) else None

    def shrink(self) -> None:
        """Back within the bounds."""
        sizes = {number: one.size for number, one in self.by_number.items()}
        total = sum(sizes.values())
        for number in [number for number, one in self.by_number.items() if not one.held]:
            if len(self.by_number) <= MOST and total <= BYTES:
                return
            del self.by_number[number]
            total -= sizes[number]

    def latest(self, limit: int) -> Iterator[Exchange]:
        """The newest first."""
        for number in list(reversed(self.by_number))[:limit]:
            yield self.by_number[number]


def headers_told(told: Told) -> list[hiding.Header]:
    """The headers of a message, as they were written.

    `ValueError` for one that could end the line or begin another (RFC 9110 5.5).
    """
    headers = []
    for name, value in told["headers"]:
        word = name.replace("-", "").replace("_", "")
        if not (word.isascii() and word.isalnum()) or any(sign in value for sign in "\r\n\0"):
            raise ValueError("header")
        headers.append((name, value))
    return headers


def without_travel(headers: list[hiding.Header]) -> list[hiding.Header]:
    """Without those that say how a body travels, which was edited since."""
    return [header for header in headers if header[0].lower() not in TRAVEL]


def fields(headers: list[hiding.Header]) -> http.Headers:
    """As mitmproxy keeps them."""
    return http.Headers(
        [(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in headers]
    )


def headers_of(side: http.Message) -> list[hiding.Header]:
    """In order, with their own capitals."""
    return [
        (name.decode("utf-8", "replace"), value.decode("utf-8", "replace"))
        for name, value in side.headers.fields
    ]


def body_of(side: http.Message) -> bytes:
    """As it was before it was packed for the way; nothing where it was not kept."""
    return side.get_content(strict=False) or b""


def _side(side: http.Message, veil: hiding.Veil) -> Told:
    body = body_of(side)
    return {
        "version": side.http_version,
        "headers": [list(veil.over_header(header)) for header in headers_of(side)],
        "body": base64.b64encode(veil.over(body[:LARGEST])).decode(),
        "size": len(body),
        "is_cut": len(body) > LARGEST or side.raw_content is None,
    }
