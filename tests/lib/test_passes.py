"""Passes, byte by byte as two implementations of RFC 9578 publish them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from madang.lib import passes
from madang.lib.blind import Signer

FOLDER = Path(__file__).parent / "vectors"
VECTORS = {
    f"{name}-{number}": {field: bytes.fromhex(text) for field, text in vector.items()}
    for name in ("go", "rust")
    for number, vector in enumerate(json.loads((FOLDER / f"rfc9578_{name}.json").read_text()))
}
every_vector = pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())
ONE, OTHER = VECTORS["go-0"], VECTORS["rust-0"]


def signer(vector: dict[str, bytes]) -> Signer:
    return Signer(cast("rsa.RSAPrivateKey", load_pem_private_key(vector["skS"], None)))


@every_vector
def test_asking_issuing_and_finishing_give_the_published_bytes(vector: dict[str, bytes]) -> None:
    issuer = signer(vector)
    assert passes.spki(issuer.public) == vector["pkS"]
    public = passes.public_key(vector["pkS"])
    pending = passes.ask(
        public,
        vector["token_challenge"],
        nonce=vector["nonce"],
        salt=vector["salt"],
        factor=int.from_bytes(vector["blind"]),
    )
    assert pending.request == vector["token_request"]
    assert passes.issue(issuer, pending.request) == vector["token_response"]
    finished = pending.finish(vector["token_response"])
    assert bytes(finished) == vector["token"]
    finished.verify(public, vector["token_challenge"])


def test_the_same_request_gets_the_same_answer() -> None:
    issuer = signer(ONE)
    request = passes.ask(issuer.public, b"challenge").request
    assert passes.issue(issuer, request) == passes.issue(issuer, request)


def test_two_passes_have_two_numbers_and_share_nothing_with_their_requests() -> None:
    issuer = signer(ONE)
    pendings = [passes.ask(issuer.public, b"challenge") for _time in range(2)]
    done = [pending.finish(passes.issue(issuer, pending.request)) for pending in pendings]
    assert done[0].nonce != done[1].nonce
    sent = [pending.request[3:] for pending in pendings]
    assert not {one.signature for one in done} & set(sent)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"",
        ONE["token_request"][:-1],
        ONE["token_request"] + b"\0",
        b"\x00\x01" + ONE["token_request"][2:],
        OTHER["token_request"],
        ONE["token_request"][:3] + b"\xff" * 256,
    ],
    ids=["empty", "short", "long", "another type", "another key", "above the modulus"],
)
def test_what_is_no_request_for_this_key_is_refused(request_bytes: bytes) -> None:
    with pytest.raises(passes.BadRequest):
        passes.issue(signer(ONE), request_bytes)


@pytest.mark.parametrize(
    "token",
    [b"", ONE["token"][:-1], ONE["token"] + b"\0", b"\x00\x01" + ONE["token"][2:]],
    ids=["empty", "short", "long", "another type"],
)
def test_what_is_no_pass_is_not_read(token: bytes) -> None:
    with pytest.raises(passes.BadPass):
        passes.read(token)


@pytest.mark.parametrize("part", ["nonce", "challenge", "key", "signature"])
def test_a_pass_with_another_part_is_refused(part: str) -> None:
    other = getattr(passes.read(OTHER["token"]), part)
    forged = replace(passes.read(ONE["token"]), **{part: other})
    with pytest.raises(passes.BadPass):
        forged.verify(passes.public_key(ONE["pkS"]), ONE["token_challenge"])


def test_a_pass_for_another_challenge_is_refused() -> None:
    with pytest.raises(passes.BadPass):
        passes.read(ONE["token"]).verify(passes.public_key(ONE["pkS"]), OTHER["token_challenge"])


def test_the_member_notices_an_answer_that_is_no_signature() -> None:
    with pytest.raises(passes.BadPass):
        passes.ask(signer(ONE).public, b"challenge").finish(ONE["token_response"])


def test_a_challenge_is_written_as_the_standard_says() -> None:
    assert passes.challenge("issuer.example", origin="origin.example") == bytes.fromhex(
        "0002000e" + b"issuer.example".hex() + "00000e" + b"origin.example".hex()
    )
    context = bytes(range(32))
    written = passes.challenge("issuer.example", context=context)
    assert written == b"\0\x02\0\x0eissuer.example\x20" + context + b"\0\0"


def test_only_one_way_to_write_a_key_is_accepted() -> None:
    public = passes.public_key(ONE["pkS"])
    usual = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    bare = public.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = curve.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for encoded in (b"", usual, bare, point, ONE["pkS"][:-1], ONE["pkS"] + b"\0"):
        with pytest.raises(passes.BadKey):
            passes.public_key(encoded)


@pytest.mark.parametrize("numbers", [(65537, 2**3071 + 1), (3, 2**2047 + 1)])
def test_a_key_of_another_size_has_no_name(numbers: tuple[int, int]) -> None:
    with pytest.raises(passes.BadKey):
        passes.key_id(rsa.RSAPublicNumbers(*numbers).public_key())
