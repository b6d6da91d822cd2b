"""The weeks of the anonymous path, each with an issuer key of its own.

Whoever holds a pass cannot be told from the others who hold one for the same key, so all members
must be shown the same keys: they are published, and chained so that none can be slipped in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from django.conf import settings
from django.db.models import Count

from madang.lib import base64url, passes, sealing
from madang.lib.blind import Signer
from madang.lib.constraints import refused
from madang.microblog.models import AnonEpoch
from madang.people import tasks

AHEAD = 4
"""For how many epochs to come a member may ask for passes."""
MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
"""Where the weeks begin that an epoch of seven days follows."""
LONGEST_WAIT = timedelta(hours=6)
"""How long a post may be held before it is written."""


class AlreadyThere(Exception):
    """Another process made this epoch at the same moment."""


class KeyGone(Exception):
    """The key signs no more, or was sealed with another secret key of the site."""


@tasks.on_sweep
def prepare(at: datetime) -> None:
    """Have an epoch that lasts at `at`, and `AHEAD` more, each beginning where one ends.

    The length is that of the setting; epochs that exist already keep theirs. Kept from being
    made twice by their number, however many processes prepare at once.
    """
    while len(live := list(AnonEpoch.objects.live(at))) <= AHEAD:
        last = live[-1] if live else AnonEpoch.objects.order_by("number").last()
        starts_at = max(_begin(at), last.ends_at) if last else _begin(at)
        try:
            _make(last, starts_at, taken={epoch.key_id[-2:] for epoch in live})
        except AlreadyThere:
            continue


@tasks.on_sweep
def forget_keys(at: datetime) -> None:
    """Remove private keys that sign no more: the epoch, and the renewal of its last posts, over."""
    over = at - settings.ANON_RENEWAL - LONGEST_WAIT
    AnonEpoch.objects.filter(ends_at__lt=over).exclude(private_key=b"").update(private_key=b"")


def signer(epoch: AnonEpoch) -> Signer:
    """What signs for `epoch`. Raises `KeyGone`."""
    return _signer(bytes(epoch.private_key), epoch.key_id, settings.SECRET_KEY)


def challenge() -> bytes:
    """The TokenChallenge (RFC 9577, 2.1) that passes of this site are for: its anonymous origin."""
    issuer = urlsplit(settings.SITE_ORIGIN).netloc
    return passes.challenge(issuer, origin=urlsplit(settings.ANON_ORIGIN).netloc)


def directory(at: datetime) -> dict[str, object]:
    """What RFC 9578, section 4 has an issuer publish, and what a client of ours needs besides.

    When a key is used, where passes are spent, and for which challenge they are made; how many a
    member has of each epoch, how many members hold some, and below how many nothing is taken.
    """
    live = AnonEpoch.objects.live(at).defer("private_key").annotate(held=Count("enrolments"))
    return {
        "anonymous-origin": settings.ANON_ORIGIN,
        "token-challenge": base64url.encode(challenge()),
        "issuer-request-uri": "/anon/issue",
        "passes": settings.ANON_PASSES,
        "floor": settings.ANON_FLOOR,
        "token-keys": [
            {
                "token-type": int.from_bytes(passes.TYPE),
                "token-key": base64url.encode(bytes(epoch.public_key)),
                "not-before": seconds(epoch.starts_at),
                "not-after": seconds(epoch.ends_at),
                "epoch": epoch.number,
                "holders": vars(epoch)["held"],
            }
            for epoch in live
        ],
    }


def log() -> list[dict[str, object]]:
    """Every key there ever was, each with the hash that seals it and all before it."""
    rows = AnonEpoch.objects.order_by("number").values_list(
        "number", "starts_at", "ends_at", "key_id", "chain"
    )
    return [
        {
            "epoch": number,
            "not-before": seconds(starts_at),
            "not-after": seconds(ends_at),
            "key-id": key_id,
            "chain": chain,
        }
        for number, starts_at, ends_at, key_id, chain in rows
    ]


def link(*, before: str, number: int, starts_at: datetime, ends_at: datetime, key_id: str) -> str:
    """SHA-256 (hex) over the chain before (32 bytes; zeros at first), three numbers and the key.

    The numbers take eight bytes each, big-endian: that of the epoch, and seconds since 1970.
    """
    numbers = (number, seconds(starts_at), seconds(ends_at))
    whole = bytes.fromhex(before) + b"".join(each.to_bytes(8) for each in numbers)
    return hashlib.sha256(whole + bytes.fromhex(key_id)).hexdigest()


def seconds(moment: datetime) -> int:
    """Since 1970, in UTC."""
    return int(moment.timestamp())


def _begin(at: datetime) -> datetime:
    """Where the epoch begins in which `at` lies, counted in whole epochs from a Monday."""
    length: timedelta = settings.ANON_EPOCH
    return MONDAY + (at.astimezone(UTC) - MONDAY) // length * length


def _make(last: AnonEpoch | None, starts_at: datetime, *, taken: Iterable[str]) -> None:
    """A request names its key by one byte, so no two live keys share their last (`taken`)."""
    number = 1 + (last.number if last else 0)
    ends_at = starts_at + settings.ANON_EPOCH
    private = generate_private_key(65537, passes.KEY_SIZE)
    while (key_id := passes.key_id(private.public_key()).hex())[-2:] in taken:
        private = generate_private_key(65537, passes.KEY_SIZE)
    encoded = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    before = last.chain if last else bytes(32).hex()
    answers = dict.fromkeys(
        ("microblog_anonepoch_pkey", "microblog_anon_epoch_starts_once"), AlreadyThere
    )
    with refused(answers):
        AnonEpoch.objects.create(
            number=number,
            starts_at=starts_at,
            ends_at=ends_at,
            key_id=key_id,
            public_key=passes.spki(private.public_key()),
            private_key=sealing.seal(
                encoded, secret=settings.SECRET_KEY, label=bytes.fromhex(key_id)
            ),
            chain=link(
                before=before, number=number, starts_at=starts_at, ends_at=ends_at, key_id=key_id
            ),
        )


@lru_cache(maxsize=16)
def _signer(sealed: bytes, key_id: str, secret: str) -> Signer:
    try:
        encoded = sealing.unseal(sealed, secret=secret, label=bytes.fromhex(key_id))
    except sealing.Unreadable:
        raise KeyGone from None
    private = load_der_private_key(encoded, None)
    assert isinstance(private, RSAPrivateKey)
    return Signer(private)
