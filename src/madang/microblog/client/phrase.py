"""A secret on paper: 14 groups of four letters and digits, the last of which catch slips."""

from __future__ import annotations

import base64
import hashlib

SECRET = 32
CHECK = 3
"""Bytes of the checksum: one slip in 16 million is not noticed."""


class NotAPhrase(Exception):
    """Too short, too long, or with a slip."""


def write(secret: bytes) -> str:
    """The secret and its checksum in base32 (RFC 4648, section 6), in groups of four."""
    text = base64.b32encode(secret + _check(secret)).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def read(phrase: str) -> bytes:
    """The secret. Case, spaces and hyphens do not matter, nor 0 for O, 1 for I or 8 for B.

    Raises `NotAPhrase`.
    """
    text = "".join(phrase.upper().replace("-", " ").split())
    try:
        whole = base64.b32decode(text.translate(str.maketrans("018", "OIB")))
    except ValueError:  # not of its alphabet, or cut
        raise NotAPhrase from None
    secret, check = whole[:SECRET], whole[SECRET:]
    if len(secret) != SECRET or check != _check(secret):
        raise NotAPhrase
    return secret


def _check(secret: bytes) -> bytes:
    return hashlib.sha256(b"madang phrase v1" + secret).digest()[:CHECK]
