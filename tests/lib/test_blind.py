"""Blind signatures, byte by byte as RFC 9474 (A.3) publishes them."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from madang.lib import blind

VECTOR = json.loads((Path(__file__).parent / "vectors/rfc9474.json").read_text())
"""RSABSSA-SHA384-PSS-Deterministic, with its key of 4096 bits."""
P, Q, N, E, D, INVERSE = (int(VECTOR[name], 16) for name in ("p", "q", "n", "e", "d", "inv"))
MESSAGE, SALT, BLINDED, BLIND_SIGNATURE, SIGNATURE = (
    bytes.fromhex(VECTOR[name]) for name in ("input_msg", "salt", "blinded_msg", "blind_sig", "sig")
)


def private(*, d: int = D, fault: int = 0) -> rsa.RSAPrivateKey:
    """The key of the vector, damaged by `d` and by `fault` in one of its other numbers."""
    numbers = rsa.RSAPrivateNumbers(
        P, Q, d, D % (P - 1) + fault, D % (Q - 1), pow(Q, -1, P), rsa.RSAPublicNumbers(E, N)
    )
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


SIGNER = blind.Signer(private())


def test_all_three_steps_give_the_published_bytes() -> None:
    blinded = blind.blind(SIGNER.public, MESSAGE, salt=SALT, factor=pow(INVERSE, -1, N))
    assert blinded == (BLINDED, INVERSE)
    assert SIGNER.sign(BLINDED) == BLIND_SIGNATURE
    assert blind.finalize(SIGNER.public, MESSAGE, BLIND_SIGNATURE, INVERSE) == SIGNATURE


def test_each_blind_is_another_and_its_signature_is_valid() -> None:
    first, second = (blind.blind(SIGNER.public, MESSAGE) for _time in range(2))
    assert first.message != second.message
    for blinded in (first, second):
        signature = SIGNER.sign(blinded.message)
        bare = blind.finalize(SIGNER.public, MESSAGE, signature, blinded.inverse)
        blind.verify(SIGNER.public, MESSAGE, bare)


def test_threads_share_a_key() -> None:
    with ThreadPoolExecutor(4) as threads:
        signatures = set(threads.map(SIGNER.sign, [BLINDED] * 16))
    assert signatures == {BLIND_SIGNATURE}


@pytest.mark.parametrize(
    "wrong",
    [b"", BLINDED[:-1], BLINDED + b"\0", N.to_bytes(512), b"\xff" * 512],
    ids=["empty", "short", "long", "the modulus", "above the modulus"],
)
def test_what_is_no_number_below_the_modulus_is_not_signed(wrong: bytes) -> None:
    with pytest.raises(blind.BadMessage):
        SIGNER.sign(wrong)
    assert SIGNER.sign(BLINDED) == BLIND_SIGNATURE


def test_a_fault_in_one_number_of_the_key_does_not_show() -> None:
    assert blind.Signer(private(fault=2)).sign(BLINDED) == BLIND_SIGNATURE


def test_a_damaged_key_gives_no_signature_away() -> None:
    with pytest.raises(blind.SigningFailed):
        blind.Signer(private(d=D - 2, fault=2)).sign(BLINDED)


def test_a_message_that_shares_a_factor_with_the_key_is_not_blinded() -> None:
    public = rsa.RSAPublicNumbers(E, 3 * (2**2046 + 1)).public_key()
    with pytest.raises(blind.BadMessage):
        blind.blind(public, MESSAGE, factor=3)


@pytest.mark.parametrize("wrong", [BLIND_SIGNATURE[:-1], BLINDED, bytes(512)])
def test_the_sender_notices_a_signature_of_something_else(wrong: bytes) -> None:
    with pytest.raises(blind.BadSignature):
        blind.finalize(SIGNER.public, MESSAGE, wrong, INVERSE)


def test_a_signature_is_of_one_message_only() -> None:
    with pytest.raises(blind.BadSignature):
        blind.verify(SIGNER.public, MESSAGE + b"!", SIGNATURE)
