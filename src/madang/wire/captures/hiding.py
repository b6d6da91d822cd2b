"""Secrets of one packet, found in its bytes and in what tshark says of it, as stars in both."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from madang.wire.masking import mask, mask_text

SECRET = re.compile(
    r"passw|passwd|\.pass$|secret|token|cookie|credential|community|authbasic|authorization"
    r"|api_?key|auth\.(?:password|username)|private_?key",
    re.IGNORECASE,
)
"""Names of Wireshark's fields whose values are secrets, whatever they look like."""
LINE_END = rb"\r\n"
"""How Wireshark's labels write the end of a header, which no mask knows from the header."""
SHORTEST = 3
"""A secret of fewer bytes is hidden where it stands, and not wherever else its letters come."""


@dataclass(frozen=True)
class Field:
    """A line of the tree, `depth` 0 for a protocol; `name` is what a display filter calls it.

    Its bytes lie at `start`, -1 where they are not in the frame. `shown` and `held`, the value as
    text and as bytes, are emptied when secrets are hidden.
    """

    depth: int
    name: str
    label: str
    start: int
    size: int
    shown: str = ""
    held: bytes = b""


def hide(fields: list[Field], data: bytes, spans: list[range]) -> tuple[list[Field], bytes]:
    """The tree and the bytes with stars for secrets.

    `spans` is where in `data` secrets lie of which only other packets of the stream tell.
    """
    hidden = bytearray(mask(data))
    for span in spans:
        hidden[span.start : span.stop] = b"*" * len(span)
    found = set(stretches(data, bytes(hidden)))
    for one in fields:
        if one.depth and SECRET.search(one.name):
            found.add(one.shown.strip().encode())
        for plain in (one.label.encode(), one.shown.encode(), one.held):
            found |= set(stretches(plain, mask(plain)))
    found |= {plain for secret in found for plain in _decoded(secret)}
    secrets = sorted((one for one in found if len(one) >= SHORTEST), key=len, reverse=True)
    starred = bytes(hidden)
    for secret in secrets:
        starred = starred.replace(secret, b"*" * len(secret))
    return [_field(one, secrets, data, starred) for one in fields], starred


def stretches(plain: bytes, masked: bytes) -> Iterator[bytes]:
    """What stands behind each run of stars, without the end of a line, written out or not."""
    for run in re.finditer(rb"\*+", masked):
        behind = plain[run.start() : run.end()].rstrip(b"\r\n").removesuffix(LINE_END)
        if behind.strip(b"*"):
            yield behind


def _decoded(secret: bytes) -> list[bytes]:
    """What is packed into a secret as base64 (RFC 7617), whole and on each side of a colon."""
    found = []
    for word in secret.split():
        try:
            plain = base64.b64decode(word, validate=True)
        except binascii.Error:
            continue
        found += [part for part in (plain, plain.partition(b":")[2]) if len(part) >= SHORTEST]
    return found


def _field(one: Field, secrets: list[bytes], data: bytes, starred: bytes) -> Field:
    label = mask_text(one.label)
    for secret in secrets:
        word = secret.decode("utf-8", "replace")
        label = label.replace(word, "*" * len(word))
    if one.depth and (SECRET.search(one.name) or _is_told(one, secrets, data, starred)):
        title, colon, value = label.partition(": ")
        label = f"{title}: {'*' * len(value)}" if colon else "*" * len(label)
    return replace(one, label=label, shown="", held=b"")


def _is_told(one: Field, secrets: list[bytes], data: bytes, starred: bytes) -> bool:
    """Whether the label would tell a secret, or a part of one, in letters or hexadecimal."""
    bare = one.shown.strip().encode()
    if len(bare) >= SHORTEST and any(bare in secret for secret in secrets):
        return True
    here = slice(one.start, one.start + one.size) if one.start >= 0 else slice(0, 0)
    if starred[here] != data[here] and not starred[here].strip(b"*"):
        return True
    is_secret = starred[here] != data[here] or any(secret in one.held for secret in secrets)
    return is_secret and one.held.hex()[:6] in one.label.replace(":", "")
