"""Secrets at rest: sealed with a key that follows from the site's own (AES-256-GCM, HKDF)."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12


class Unreadable(Exception):
    """Sealed with another key, for something else, or damaged."""


def seal(data: bytes, *, secret: str, label: bytes) -> bytes:
    """`data`, unreadable without `secret`; `label` says what it is and opens nothing else."""
    nonce = os.urandom(NONCE)
    return nonce + _cipher(secret).encrypt(nonce, data, label)


def unseal(sealed: bytes, *, secret: str, label: bytes) -> bytes:
    """What was sealed under the same `label`. Raises `Unreadable`."""
    try:
        return _cipher(secret).decrypt(sealed[:NONCE], sealed[NONCE:], label)
    except (InvalidTag, ValueError):
        raise Unreadable from None


def _cipher(secret: str) -> AESGCM:
    """HKDF (RFC 5869) of the secret, for this one use."""
    return AESGCM(HKDF(SHA256(), 32, None, b"madang sealing").derive(secret.encode()))
