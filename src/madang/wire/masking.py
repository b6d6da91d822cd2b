"""Secrets in what went over the wire, replaced by as many stars: every offset stays right."""

from __future__ import annotations

import re

NAMES = (
    rb"[\w.\-]{0,64}(?:passw(?:or)?d|passwd|pwd|secret|token|csrf|session|api[_\-]?key|code)"
    rb"[\w.\-]{0,64}"
)
"""Bounded, so that a hostile stream cannot make the search slow."""
PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rb"(?:Proxy-)?Authorization:[ \t]*(?P<secret>[^\r\n]+)",
        rb"(?:Set-)?Cookie:[ \t]*(?P<secret>[^\r\n]+)",
        rb"X-[\w\-]*(?:Token|Key|Secret)[\w\-]*:[ \t]*(?P<secret>[^\r\n]+)",
        rb"(?<![\w.\-])" + NAMES + rb"=(?P<secret>[^&\s;\"]+)",
        rb"[\"']" + NAMES + rb"[\"'][ \t]*:[ \t]*[\"'](?P<secret>(?:\\.|[^\"'\\])+)",
        rb"name=\"" + NAMES + rb"\"(?:\r\n[^\r\n]{1,200}){0,4}\r\n\r\n(?P<secret>[^\r\n]+)",
        rb"(?<![\w\-])PASS(?:[ \t]+|:[ \t]*)(?P<secret>[^\r\n]+)",
        rb"(?<![\w\-])AUTH[ \t]+(?:PLAIN|LOGIN|CRAM-MD5|XOAUTH2)[ \t]+(?P<secret>[^\r\n]+)",
        rb"://[^/\s:@]*:(?P<secret>[^/\s@]+)@",
    )
)
"""HTTP headers (RFC 9110 11.6, RFC 6265), queries, forms, JSON, multipart, FTP, POP3, SMTP."""

HINT = re.compile(rb"AUTH|COOKIE|TOKEN|KEY|SECRET|PASS|PWD|CSRF|SESSION|CODE|://", re.IGNORECASE)
"""One of these stands wherever a pattern matches: most packets are done with after one look."""


def mask(data: bytes) -> bytes:
    """`data` with each secret as stars, as long as before."""
    if not HINT.search(data):
        return data
    hidden = bytearray(data)
    for pattern in PATTERNS:
        for found in pattern.finditer(data):
            start, end = found.span("secret")
            hidden[start:end] = b"*" * (end - start)
    return bytes(hidden)


def mask_text(text: str) -> str:
    """`text` with each secret as stars."""
    return mask(text.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")


def mask_parts(parts: list[bytes]) -> list[bytes]:
    """The pieces of one direction of a stream; a secret that lies over a border is found too."""
    whole = mask(b"".join(parts))
    masked, start = [], 0
    for part in parts:
        masked.append(whole[start : start + len(part)])
        start += len(part)
    return masked
