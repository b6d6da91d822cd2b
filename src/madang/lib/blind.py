"""Blind RSA signatures: RSABSSA-SHA384-PSS-Deterministic of RFC 9474.

Who signs does not see what is signed, and cannot tell later which request a signature came from.
The private key is used by libcrypto alone, in constant time and with its own blinding; Python's
`pow` takes a time that depends on its numbers, so here it meets only public ones on the server.
"""

from __future__ import annotations

import ctypes
import hashlib
import math
import secrets
import weakref
from functools import cache
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

SALT = 48
"""Bytes of salt, as many as SHA-384 gives."""
NO_PADDING = 3
"""RSA_NO_PADDING of openssl/rsa.h."""


class BadMessage(Exception):
    """What should be signed is no number below the modulus, or shares a factor with it."""


class BadSignature(Exception):
    """The signature does not belong to this message and key."""


class SigningFailed(Exception):
    """The key is damaged: its signature would be wrong, and would betray its factors."""


class Blinded(NamedTuple):
    """A message as its signer sees it, and what its sender keeps to take the blind off."""

    message: bytes
    inverse: int


def blind(
    public: RSAPublicKey, message: bytes, *, salt: bytes | None = None, factor: int | None = None
) -> Blinded:
    """`message` under a random blind (RFC 9474, 4.2). Raises `BadMessage`.

    `salt` (48 bytes) and `factor` (below the modulus) are drawn at random; test vectors set them.
    """
    numbers = public.public_numbers()
    salt = secrets.token_bytes(SALT) if salt is None else salt
    factor = 1 + secrets.randbelow(numbers.n - 1) if factor is None else factor
    number = int.from_bytes(_encode(message, salt, numbers.n.bit_length() - 1))
    if math.gcd(number * factor, numbers.n) != 1:
        raise BadMessage
    hidden = number * pow(factor, numbers.e, numbers.n) % numbers.n
    return Blinded(hidden.to_bytes(_size(public)), pow(factor, -1, numbers.n))


def finalize(public: RSAPublicKey, message: bytes, signature: bytes, inverse: int) -> bytes:
    """The signature of `message`, from the one under the blind (RFC 9474, 4.4).

    Raises `BadSignature` if the signer did not sign what was sent.
    """
    modulus = public.public_numbers().n
    if len(signature) != _size(public):
        raise BadSignature
    bare = (int.from_bytes(signature) * inverse % modulus).to_bytes(_size(public))
    verify(public, message, bare)
    return bare


def verify(public: RSAPublicKey, message: bytes, signature: bytes) -> None:
    """Return if `signature` is of `message` (RFC 8017, 8.1.2), else raise `BadSignature`."""
    scheme = padding.PSS(padding.MGF1(SHA384()), SALT)
    try:
        public.verify(signature, message, scheme, SHA384())
    except InvalidSignature:
        raise BadSignature from None


class Signer:
    """A private key that signs what it cannot read. Threads may share it."""

    def __init__(self, private: RSAPrivateKey) -> None:
        self.public = private.public_key()
        encoded = private.private_bytes(
            Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        )
        at = ctypes.c_char_p(encoded)
        self._key = _libcrypto().d2i_AutoPrivateKey(None, ctypes.byref(at), len(encoded))
        weakref.finalize(self, _libcrypto().EVP_PKEY_free, self._key)

    def sign(self, blinded: bytes) -> bytes:
        """The signature of `blinded` as it came (RFC 9474, 4.3).

        Raises `BadMessage` if it is not as long as the modulus and below it, `SigningFailed`
        rather than give a wrong signature away.
        """
        numbers = self.public.public_numbers()
        signature = _sign(self._key, blinded, _size(self.public))
        if pow(int.from_bytes(signature), numbers.e, numbers.n) != int.from_bytes(blinded):
            raise SigningFailed
        return signature


def _sign(key: int, blinded: bytes, size: int) -> bytes:
    library = _libcrypto()
    signature = ctypes.create_string_buffer(size)
    length = ctypes.c_size_t(size)
    context = library.EVP_PKEY_CTX_new(key, None)
    try:
        library.EVP_PKEY_sign_init(context)
        library.EVP_PKEY_CTX_set_rsa_padding(context, NO_PADDING)
        library.EVP_PKEY_sign(
            context, signature, ctypes.byref(length), blinded, ctypes.c_size_t(len(blinded))
        )
    finally:
        library.EVP_PKEY_CTX_free(context)
    return signature.raw


@cache
def _libcrypto() -> ctypes.CDLL:
    """OpenSSL 3, on which Debian's Python itself stands."""
    library = ctypes.CDLL("libcrypto.so.3")
    pointer, number = ctypes.c_void_p, ctypes.c_int
    functions: dict[str, tuple[Any, list[Any]]] = {
        "d2i_AutoPrivateKey": (pointer, [pointer, pointer, ctypes.c_long]),
        "EVP_PKEY_CTX_new": (pointer, [pointer, pointer]),
        "EVP_PKEY_sign_init": (number, [pointer]),
        "EVP_PKEY_CTX_set_rsa_padding": (number, [pointer, number]),
        "EVP_PKEY_sign": (number, [pointer, pointer, pointer, pointer, ctypes.c_size_t]),
    }
    for name, (result, arguments) in functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes, function.errcheck = result, arguments, _succeeded
    for name in ("EVP_PKEY_CTX_free", "EVP_PKEY_free"):
        function = getattr(library, name)
        function.restype, function.argtypes = None, [pointer]
    return library


def _succeeded(result: int | None, function: Any, arguments: Any) -> int:  # as ctypes calls it
    if result is None or result <= 0:
        _libcrypto().ERR_clear_error()
        raise BadMessage
    return result


def _size(public: RSAPublicKey) -> int:
    return (public.key_size + 7) // 8


def _encode(message: bytes, salt: bytes, bits: int) -> bytes:
    """EMSA-PSS-ENCODE (RFC 8017, 9.1.1) with SHA-384 and MGF1."""
    length = (bits + 7) // 8
    digest = hashlib.sha384(message).digest()
    seal = hashlib.sha384(bytes(8) + digest + salt).digest()
    block = (b"\x01" + salt).rjust(length - len(seal) - 1, b"\0")
    mask = _mask(seal, len(block))
    masked = bytes(a ^ b for a, b in zip(block, mask, strict=True))
    first = masked[0] & (0xFF >> (8 * length - bits))
    return bytes([first]) + masked[1:] + seal + b"\xbc"


def _mask(seed: bytes, length: int) -> bytes:
    """MGF1 (RFC 8017, B.2.1)."""
    blocks = range(-(-length // SALT))
    whole = b"".join(hashlib.sha384(seed + n.to_bytes(4)).digest() for n in blocks)
    return whole[:length]
