"""Epochs follow one another, each with its key; the chain shows one that was slipped in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any  # settings hold anything

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from madang.lib import base64url, passes
from madang.microblog import epochs
from madang.microblog.models import AnonEpoch
from tests.cast import NOW
from tests.microblog.conftest import key

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def begins() -> list[datetime]:
    """When each epoch begins, in their order."""
    return [epoch.starts_at for epoch in AnonEpoch.objects.all()]


def test_there_is_this_week_and_four_to_come() -> None:
    epochs.prepare(NOW)
    epochs.prepare(NOW)
    monday = datetime(2027, 3, 1, tzinfo=UTC)
    assert begins() == [monday + n * WEEK for n in range(5)]
    epochs.prepare(NOW + WEEK)
    assert begins() == [monday + n * WEEK for n in range(6)]
    assert [str(epoch)[:13] for epoch in AnonEpoch.objects.all()[:2]] == [
        "1: 2027-03-01",
        "2: 2027-03-08",
    ]


def test_after_a_gap_it_goes_on_with_the_week_that_is(settings: Any) -> None:
    epochs.prepare(NOW)
    AnonEpoch.objects.filter(number__gt=1).delete()
    epochs.prepare(NOW + 3 * WEEK)
    assert begins()[:2] == [NOW, NOW + 3 * WEEK]
    settings.ANON_EPOCH = timedelta(days=30)
    later = AnonEpoch.objects.latest("number").ends_at + timedelta(hours=1)
    epochs.prepare(later)
    assert begins()[6] == later - timedelta(hours=1)  # the last one's end, never within it


def test_what_somebody_else_was_quicker_with_is_not_made_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys = iter(range(100))

    def slowly(_exponent: int, _size: int) -> RSAPrivateKey:
        number = next(keys)
        if number == 0:
            epochs.prepare(NOW)  # another process, while this one looks for its key
        return key(number)

    monkeypatch.setattr(epochs, "generate_private_key", slowly)
    epochs.prepare(NOW)
    assert begins() == [NOW + n * WEEK for n in range(5)]


def test_no_two_live_keys_are_named_by_one_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = iter([1, 1, 2, 3, 4, 5, *range(6, 100)])
    monkeypatch.setattr(epochs, "generate_private_key", lambda _e, _size: key(next(keys)))
    epochs.prepare(NOW)
    names = [epoch.key_id[-2:] for epoch in AnonEpoch.objects.all()]
    assert len(set(names)) == len(names) == 5


def test_the_chain_is_what_anybody_can_compute_again() -> None:
    epochs.prepare(NOW)
    before = "00" * 32
    for each in epochs.log():
        starts_at, ends_at = (
            datetime.fromtimestamp(int(str(each[name])), UTC)
            for name in ("not-before", "not-after")
        )
        before = epochs.link(
            before=before,
            number=int(str(each["epoch"])),
            starts_at=starts_at,
            ends_at=ends_at,
            key_id=str(each["key-id"]),
        )
        assert each["chain"] == before
    assert len(epochs.log()) == 5


def test_the_chain_is_written_down_once_for_all() -> None:
    assert (
        epochs.link(before="00" * 32, number=1, starts_at=NOW, ends_at=NOW + WEEK, key_id="ab" * 32)
        == "e690355bf531e2db9c00fd35a57b71c718946f10f67ea271f7e8729d197eeca0"
    )


def test_the_directory_is_that_of_the_standard() -> None:
    epochs.prepare(NOW)
    shown = epochs.directory(NOW + WEEK)
    rows = list(AnonEpoch.objects.filter(number__gt=1))
    assert shown == {
        "anonymous-origin": "",
        "token-challenge": base64url.encode(epochs.challenge()),
        "issuer-request-uri": "/anon/issue",
        "passes": 5,
        "floor": 5,
        "token-keys": [
            {
                "token-type": 2,
                "token-key": base64url.encode(bytes(row.public_key)),
                "not-before": int(row.starts_at.timestamp()),
                "not-after": int(row.ends_at.timestamp()),
                "epoch": row.number,
                "holders": 0,
            }
            for row in rows
        ],
    }
    assert [passes.key_id(passes.public_key(bytes(row.public_key))).hex() for row in rows] == [
        row.key_id for row in rows
    ]


def test_the_private_key_is_sealed_and_in_the_end_gone() -> None:
    epochs.prepare(NOW)
    first = AnonEpoch.objects.get(number=1)
    assert (
        epochs.signer(first).public.public_numbers()
        == passes.public_key(bytes(first.public_key)).public_numbers()
    )
    over = first.ends_at + timedelta(hours=30)
    epochs.forget_keys(over)
    first.refresh_from_db()
    assert bytes(first.private_key) != b""
    epochs.forget_keys(over + timedelta(seconds=1))
    kept = [bool(bytes(epoch.private_key)) for epoch in AnonEpoch.objects.all()]
    assert kept == [False, True, True, True, True]
    with pytest.raises(epochs.KeyGone):
        epochs.signer(AnonEpoch.objects.get(number=1))


def test_another_secret_key_of_the_site_signs_no_more(settings: Any) -> None:
    epochs.prepare(NOW)
    settings.SECRET_KEY = "another " * 5
    with pytest.raises(epochs.KeyGone):
        epochs.signer(AnonEpoch.objects.get(number=1))
