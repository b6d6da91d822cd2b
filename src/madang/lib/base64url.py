"""Bytes as text that fits into addresses, headers and JSON (RFC 4648, section 5)."""

import base64
import binascii
import re

SIGNS = re.compile(r"[A-Za-z0-9_-]*={0,2}", re.ASCII)


class BadText(ValueError):
    """No base64url."""


def encode(data: bytes) -> str:
    """With padding, as RFC 9577 and RFC 9578 write it."""
    return base64.urlsafe_b64encode(data).decode()


def decode(text: str) -> bytes:
    """What `text` says, with or without padding. Raises `BadText`."""
    if not SIGNS.fullmatch(text):
        raise BadText
    bare = text.rstrip("=")
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error:
        raise BadText from None
