"""What of an exchange is shown: secrets as stars, and the way back for whoever edits it.

Standard library only: it runs inside the environment of mitmproxy.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from madang.lib.masking import KEYS
from madang.wire.masking import NAMES, mask

Header = tuple[str, str]
SHORTEST = 6
"""Shorter values are hidden where their name says so, and not looked for elsewhere."""
SECRET_HEADER = re.compile(r"auth|cookie|credential|csrf|passw|secret|session|token|key", re.I)
OPEN_HEADERS = {"www-authenticate", "proxy-authenticate", "sec-websocket-key"}
NAMED = rb"[\"']" + NAMES + rb"[\"']"
PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rb"name=" + NAMED + rb"[^<>]{0,200}?\bvalue=[\"'](?P<secret>[^\"'<>]+)",
        rb"\bvalue=[\"'](?P<secret>[^\"'<>]+)[\"'][^<>]{0,200}?\bname=" + NAMED,
        rb"&quot;" + NAMES + rb"&quot;:\s*&quot;(?P<secret>[^&<>]+)",
        rb"[\"']" + NAMES + rb"[\"']\s*:\s*(?P<secret>[\w.+\-]+)",
        rb"<" + NAMES + rb">(?P<secret>[^<]+)</",
        rb"(?<=/)(?P<secret>[\w.~%\-]{24,})(?=[/?#\s\"'<>]|$)",
    )
)
"""Fields and JSON in HTML, JSON that is no string, XML, long steps of addresses."""
ADDRESSES = re.compile(KEYS.pattern.encode())
"""What opens something by itself."""


def hide(data: bytes) -> bytes:
    """`data` with each secret as stars, as long as before."""
    hidden = bytearray(mask(data))
    spans = [found.span("secret") for each in PATTERNS for found in each.finditer(data)]
    spans += [(found.end(1), found.end()) for found in ADDRESSES.finditer(data)]
    for start, end in spans:
        hidden[start:end] = b"*" * (end - start)
    return bytes(hidden)


def hide_text(text: str) -> str:
    """As `hide`, for an address."""
    return hide(text.encode("utf-8", "replace")).decode("utf-8", "replace")


def hide_header(header: Header) -> Header:
    """The header, its value as stars where its name says that it is secret; of cookies, theirs."""
    name, value = header
    lower = name.lower()
    if lower in {"cookie", "set-cookie"} and "=" in value:
        count = 1 if lower == "set-cookie" else 0  # its attributes are nobody's secret (RFC 6265)
        return name, re.sub(r"(?<==)[^;]+", _stars, value, count=count)
    if SECRET_HEADER.search(name) and lower not in OPEN_HEADERS:
        return name, re.sub(r".+", _stars, value, flags=re.DOTALL)
    return name, hide_text(value)


def secrets_in(headers: list[Header], *texts: bytes) -> set[bytes]:
    """The values that are hidden there, to be hidden wherever else they stand."""
    pairs = [(value.encode(), hide_header((name, value))[1].encode()) for name, value in headers]
    pairs += [(text, hide(text)) for text in texts]
    found = {true[start:end] for true, hidden in pairs for start, end in _runs(hidden, true)}
    found |= {word for secret in found for word in re.split(rb"[\s;,]+", secret)}
    found |= {_password(secret) for secret in found}
    found |= {quote(secret).encode() for secret in found}
    return {secret for secret in found if len(secret) >= SHORTEST}


class Veil:
    """What one exchange is shown through: its own secrets are stars wherever they stand in it."""

    def __init__(self, known: set[bytes]) -> None:
        self.known = sorted(known, key=len, reverse=True)  # a longer one may hold a shorter

    def over(self, data: bytes) -> bytes:
        """`hide`, and each known secret as stars."""
        hidden = hide(data)
        for secret in self.known:
            hidden = hidden.replace(secret, b"*" * len(secret))
        return hidden

    def over_text(self, text: str) -> str:
        """As `over`."""
        return self.over(text.encode("utf-8", "replace")).decode("utf-8", "replace")

    def over_header(self, header: Header) -> Header:
        """As `hide_header`."""
        name, value = hide_header(header)
        return self.over_text(name), self.over_text(value)

    def restore(self, shown: bytes, true: bytes) -> bytes:
        """`shown`, with stars that stand for a secret of `true` made that secret again.

        Only where its place says that it is one: no secret comes out by being moved.
        """
        hidden = self.over(true)
        if shown == hidden:
            return true
        secrets = [true[start:end] for start, end in _runs(hidden, true)]
        if len(secrets) != len(re.findall(rb"\*+", shown)):
            return shown
        left = iter(secrets)
        tried = re.sub(rb"\*+", lambda _stars: next(left), shown)
        return tried if hide(tried) == shown else shown

    def restore_headers(self, shown: list[Header], true: list[Header]) -> list[Header]:
        """Each header that is as it was shown gets its value back."""
        left = [(self.over_header(header), header) for header in true]
        found = []
        for header in shown:
            same = next((pair for pair in left if pair[0] == header), None)
            if same is not None:
                left.remove(same)
            found.append(header if same is None else same[1])
        return found


def is_same_server(one: str, other: str) -> bool:
    """Whether both addresses lead to one place: a secret goes nowhere else."""
    return urlsplit(one)[:2] == urlsplit(other)[:2]


def _runs(hidden: bytes, true: bytes) -> Iterator[tuple[int, int]]:
    for stars in re.finditer(rb"\*+", hidden):
        if true[stars.start() : stars.end()] != stars.group():
            yield stars.span()


def _stars(found: re.Match[str]) -> str:
    return "*" * len(found.group().encode())


def _password(word: bytes) -> bytes:
    """Of HTTP's Basic scheme (RFC 7617)."""
    try:
        return base64.b64decode(word, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""
