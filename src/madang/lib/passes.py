"""Passes that anybody can check and nobody can trace: RFC 9578, token type 0x0002.

A member asks for a pass with `ask`, the issuer signs the request with `issue` and sees neither
the pass nor its number, the member takes the blind off with `Pending.finish`, and whoever
receives the pass reads it with `read` and checks it with `Pass.verify`.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from madang.lib import blind

TYPE = b"\x00\x02"
"""Blind RSA (2048 bits), as RFC 9578, 8.2 registers it."""
KEY_SIZE = 2048
SIGNATURE = KEY_SIZE // 8
"""Bytes of a signature and of a blinded message."""
NONCE = 32
DIGEST = 32
SPKI = bytes.fromhex(
    "30820152303d06092a864886f70d01010a3030a00d300b0609608648016503040202"
    "a11a301806092a864886f70d010108300b0609608648016503040202a2030201300382010f00"
)
"""What precedes the two numbers of a key: RSASSA-PSS with SHA-384, MGF1, 48 bytes of salt."""


class BadKey(Exception):
    """No key of this type, or not written in its one form."""


class BadRequest(Exception):
    """No request for a pass, or one for another key."""


class BadPass(Exception):
    """No pass, or one for another key or another challenge, or forged."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A pass as its receiver sees it. A nonce may be spent once for each key."""

    nonce: bytes
    challenge: bytes
    key: bytes
    signature: bytes

    def verify(self, public: RSAPublicKey, challenge: bytes) -> None:
        """Return if the owner of `public` issued this for `challenge`, else raise `BadPass`."""
        if self.key != key_id(public) or self.challenge != hashlib.sha256(challenge).digest():
            raise BadPass
        try:
            blind.verify(public, self._signed(), self.signature)
        except blind.BadSignature:
            raise BadPass from None

    def _signed(self) -> bytes:
        return TYPE + self.nonce + self.challenge + self.key

    def __bytes__(self) -> bytes:
        """The Token of RFC 9577, 2.2."""
        return self._signed() + self.signature


@dataclass(frozen=True, slots=True)
class Pending:
    """A request on its way: `request` is sent, everything else stays with its sender."""

    request: bytes
    public: RSAPublicKey
    signed: bytes
    inverse: int

    def finish(self, response: bytes) -> Pass:
        """The pass, from what the issuer answered (RFC 9578, 6.3). Raises `BadPass`."""
        try:
            signature = blind.finalize(self.public, self.signed, response, self.inverse)
        except blind.BadSignature:
            raise BadPass from None
        return read(self.signed + signature)


def ask(
    public: RSAPublicKey,
    challenge: bytes,
    *,
    nonce: bytes | None = None,
    salt: bytes | None = None,
    factor: int | None = None,
) -> Pending:
    """A request for a pass for `challenge` (RFC 9578, 6.1).

    `nonce` (32 bytes), `salt` and `factor` are drawn at random; test vectors set them, and who
    must be able to repeat a request derives them from a secret.
    """
    nonce = secrets.token_bytes(NONCE) if nonce is None else nonce
    signed = TYPE + nonce + hashlib.sha256(challenge).digest() + key_id(public)
    message, inverse = blind.blind(public, signed, salt=salt, factor=factor)
    return Pending(TYPE + key_id(public)[-1:] + message, public, signed, inverse)


def issue(signer: blind.Signer, request: bytes) -> bytes:
    """The answer to `request`, the same each time (RFC 9578, 6.2). Raises `BadRequest`."""
    head = TYPE + key_id(signer.public)[-1:]
    if not request.startswith(head):
        raise BadRequest
    try:
        return signer.sign(request.removeprefix(head))
    except blind.BadMessage:
        raise BadRequest from None


def read(token: bytes) -> Pass:
    """The parts of a pass (RFC 9577, 2.2), not yet verified. Raises `BadPass`."""
    if len(token) != len(TYPE) + NONCE + 2 * DIGEST + SIGNATURE or not token.startswith(TYPE):
        raise BadPass
    nonce, challenge, key = (token[at : at + DIGEST] for at in (2, 34, 66))
    return Pass(nonce, challenge, key, token[98:])


def challenge(issuer: str, *, context: bytes = b"", origin: str = "") -> bytes:
    """The TokenChallenge of RFC 9577, 2.1: who issues, for what (0 or 32 bytes), for whom."""
    name, places = issuer.encode(), origin.encode()
    return b"".join(
        [
            TYPE,
            len(name).to_bytes(2) + name,
            len(context).to_bytes(1) + context,
            len(places).to_bytes(2) + places,
        ]
    )


def spki(public: RSAPublicKey) -> bytes:
    """The key as the issuer publishes it (RFC 9578, 6.5). Raises `BadKey`."""
    encoded = SPKI + public.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    if public.key_size != KEY_SIZE or len(encoded) != int.from_bytes(SPKI[2:4]) + 4:
        raise BadKey
    return encoded


def public_key(encoded: bytes) -> RSAPublicKey:
    """The key that `spki` wrote. Raises `BadKey`, also for a second way to write the same key."""
    try:
        public = load_der_public_key(encoded.removeprefix(SPKI))
    except (ValueError, UnsupportedAlgorithm):
        raise BadKey from None
    if not isinstance(public, RSAPublicKey) or spki(public) != encoded:
        raise BadKey
    return public


def key_id(public: RSAPublicKey) -> bytes:
    """By what a pass names the key that signed it: SHA-256 of `spki`. Raises `BadKey`."""
    return hashlib.sha256(spki(public)).digest()
