"""Posts without a name: who may write one, what is kept of it, and what is refused."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any  # changes of several types

import pytest
from django.db import IntegrityError, connection, transaction

from madang.lib import passes
from madang.microblog import epochs, posting, renewing, whispering
from madang.microblog.models import AnonEpoch, Post, Renewal, SpentPass, ThreadKey
from madang.people.models import Member
from tests.cast import NOW
from tests.microblog.holder import Voice, ask, enrol

WEEK, DAY = timedelta(days=7), timedelta(days=1)
THEN = NOW + WEEK + timedelta(hours=1)
"""In the epoch for which passes were given out at NOW."""
TICK = THEN.replace(minute=30)


@pytest.fixture(autouse=True)
def _site(db: None, settings: pytest.FixtureRequest) -> None:
    settings.ANON_ORIGIN = "https://anon.example.org"  # type: ignore[attr-defined]
    settings.ANON_FLOOR = 1  # type: ignore[attr-defined]
    epochs.prepare(NOW)


@pytest.fixture
def epoch() -> AnonEpoch:
    """The epoch to come."""
    return AnonEpoch.objects.get(number=2)


@pytest.fixture
def purse(hana: Member, epoch: AnonEpoch) -> list[passes.Pass]:
    """Hana's passes for it."""
    return enrol(hana, epoch, at=NOW)


def say(
    voice: Voice, spent: passes.Pass, text: str, epoch: AnonEpoch, parent: int | None = None
) -> Post:
    """What was received and written at the next tick."""
    held = whispering.receive(voice.says(spent, text, epoch=epoch, parent=parent), at=THEN)
    [number] = whispering.write([held], at=TICK)
    assert number is not None
    return Post.objects.get(pk=number)


def test_a_post_has_no_author_and_the_moment_of_the_tick(
    purse: list[passes.Pass], epoch: AnonEpoch
) -> None:
    post = say(Voice(), purse[0], "  아무도 모르게 #비밀  ", epoch)
    assert (post.author, post.text, post.said_at) == (None, "아무도 모르게 #비밀", TICK)
    assert post.pk >> 21 == int(TICK.timestamp() * 1000)
    assert [tag.name for tag in post.hashtags.all()] == ["비밀"]
    assert post.name == "글쓴이"
    assert SpentPass.objects.count() == Renewal.objects.count() == ThreadKey.objects.count() == 1
    assert SpentPass.objects.filter(pk=(epoch.pk, purse[0].nonce)).exists()


def test_in_a_thread_a_key_has_one_name_and_the_others_count_on(
    purse: list[passes.Pass], epoch: AnonEpoch, hana: Member
) -> None:
    opener, other = Voice(), Voice()
    first = say(opener, purse[0], "하나", epoch)
    second = say(other, purse[1], "둘", epoch, first.pk)
    third = say(other, purse[2], "셋", epoch, second.pk)
    fourth = say(opener, purse[3], "넷", epoch, third.pk)
    fifth = say(Voice(), purse[4], "다섯", epoch, first.pk)
    assert [each.name for each in (first, second, third, fourth, fifth)] == [
        "글쓴이",
        "익명 1",
        "익명 1",
        "글쓴이",
        "익명 2",
    ]
    assert {each.thread_id for each in (second, third, fourth, fifth)} == {first.pk}


def test_under_a_named_post_the_first_without_a_name_is_number_one(
    purse: list[passes.Pass], epoch: AnonEpoch, hana: Member
) -> None:
    named = posting.say(author=hana, text="이름 있는 글", at=NOW)
    assert say(Voice(), purse[0], "익명으로", epoch, named.pk).name == "익명 1"


def test_a_pass_is_spent_once(purse: list[passes.Pass], epoch: AnonEpoch) -> None:
    voice = Voice()
    twice = [
        whispering.receive(voice.says(purse[0], text, epoch=epoch), at=THEN) for text in ("a", "b")
    ]
    done = whispering.write(twice, at=TICK)
    assert sorted(each is None for each in done) == [False, True]
    assert Post.objects.count() == ThreadKey.objects.count() == 1
    with pytest.raises(whispering.AlreadySpent):
        whispering.receive(voice.says(purse[0], "c", epoch=epoch), at=THEN)


def test_a_request_for_the_next_pass_is_taken_once(
    purse: list[passes.Pass], epoch: AnonEpoch
) -> None:
    one = whispering.receive(Voice().says(purse[0], "a", epoch=epoch), at=THEN)
    other = whispering.receive(Voice().says(purse[1], "b", epoch=epoch), at=THEN)
    done = whispering.write([one, dataclasses.replace(other, renewal=one.renewal)], at=TICK)
    assert sorted(each is None for each in done) == [False, True]
    again = Voice().says(purse[2], "c", epoch=epoch)
    kept = Renewal.objects.get().request
    signed = dataclasses.replace(again, renewal=bytes(kept))
    voice = Voice()
    signed = dataclasses.replace(
        signed, key=voice.key, signature=voice.secret.sign(signed.signed(purse[2].nonce))
    )
    with pytest.raises(whispering.NoRenewal):
        whispering.receive(signed, at=THEN)


@pytest.mark.parametrize(
    ("at", "refusal"),
    [
        (NOW + timedelta(hours=1), whispering.TooEarly),
        (NOW + 2 * WEEK - DAY + timedelta(seconds=1), whispering.TooLate),
        (NOW + 2 * WEEK, whispering.TooLate),
    ],
)
def test_a_pass_is_for_its_epoch_but_the_last_day(
    purse: list[passes.Pass], epoch: AnonEpoch, at: datetime, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        whispering.receive(Voice().says(purse[0], "a", epoch=epoch), at=at)


def test_until_the_last_day_it_is_taken(purse: list[passes.Pass], epoch: AnonEpoch) -> None:
    last = epoch.ends_at - DAY
    for at in (epoch.starts_at, last):
        whispering.receive(Voice().says(purse[0], "a", epoch=epoch), at=at)
    later = Voice().says(purse[0], "a", epoch=epoch, wait="six_hours")
    whispering.receive(later, at=last - timedelta(hours=6))
    with pytest.raises(whispering.TooLate):
        whispering.receive(later, at=last - timedelta(hours=5))


def test_what_is_no_pass_is_refused(
    purse: list[passes.Pass], epoch: AnonEpoch, hana: Member
) -> None:
    whisper = Voice().says(purse[0], "a", epoch=epoch)
    good = whisper.token
    other = AnonEpoch.objects.get(number=3)
    [elsewhere, *_rest] = ask(other, b"another challenge")
    answer = passes.issue(epochs.signer(other), elsewhere.request)
    for token in (
        b"",
        good[:-1],
        good + b"x",
        good[:-1] + bytes([good[-1] ^ 1]),
        b"\x00\x01" + good[2:],
        good[:66] + bytes(32) + good[98:],
        bytes(elsewhere.finish(answer)),
    ):
        with pytest.raises(whispering.BadPass):
            whispering.receive(dataclasses.replace(whisper, token=token), at=THEN + WEEK)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"text": "other"}, whispering.NotSigned),
        ({"wait": "hour"}, whispering.NotSigned),
        ({"signature": bytes(64)}, whispering.NotSigned),
        ({"signature": b""}, whispering.NotSigned),
        ({"key": b"short"}, whispering.NotSigned),
        ({"key": bytes(32)}, whispering.NotSigned),
    ],
)
def test_what_the_key_did_not_sign_is_refused(
    purse: list[passes.Pass],
    epoch: AnonEpoch,
    change: dict[str, Any],
    refusal: type[Exception],
) -> None:
    whisper = dataclasses.replace(Voice().says(purse[0], "a", epoch=epoch), **change)
    with pytest.raises(refusal):
        whispering.receive(whisper, at=THEN)


@pytest.mark.parametrize("renewal", [b"", b"\x00\x02", bytes(259)])
def test_a_renewal_is_a_request_under_the_same_key(
    purse: list[passes.Pass], epoch: AnonEpoch, renewal: bytes
) -> None:
    voice = Voice()
    bare = dataclasses.replace(voice.says(purse[0], "a", epoch=epoch), renewal=renewal)
    signature = voice.secret.sign(bare.signed(purse[0].nonce))
    with pytest.raises(whispering.NoRenewal):
        whispering.receive(dataclasses.replace(bare, signature=signature), at=THEN)


@pytest.mark.parametrize(
    ("text", "parent", "refusal"),
    [
        (" \n\t", None, posting.NothingSaid),
        ("가" * 501, None, posting.TooLong),
        ("a", 12345, posting.PostGone),
    ],
)
def test_a_post_says_something_to_somebody(
    purse: list[passes.Pass],
    epoch: AnonEpoch,
    text: str,
    parent: int | None,
    refusal: type[Exception],
) -> None:
    with pytest.raises(refusal):
        whispering.receive(Voice().says(purse[0], text, epoch=epoch, parent=parent), at=THEN)


def test_what_is_taken_back_meanwhile_cannot_be_answered(
    purse: list[passes.Pass], epoch: AnonEpoch, hana: Member
) -> None:
    named = posting.say(author=hana, text="곧 없어질 글", at=NOW)
    whisper = Voice().says(purse[0], "a", epoch=epoch, parent=named.pk)
    held = whispering.receive(whisper, at=THEN)
    posting.take_back(post=named, by=hana)
    assert whispering.write([held], at=TICK) == [None]
    assert not SpentPass.objects.exists()
    with pytest.raises(posting.PostGone):
        whispering.receive(whisper, at=THEN)


def test_where_too_few_hold_passes_nobody_can_hide(
    purse: list[passes.Pass],
    epoch: AnonEpoch,
    minjun: Member,
    settings: pytest.FixtureRequest,
) -> None:
    settings.ANON_FLOOR = 2  # type: ignore[attr-defined]
    whisper = Voice().says(purse[0], "a", epoch=epoch)
    with pytest.raises(whispering.TooFew):
        whispering.receive(whisper, at=THEN)
    enrol(minjun, epoch, at=NOW)
    whispering.receive(whisper, at=THEN)
    assert whispering.holders(epoch) == 2


def test_the_wait_lies_within_what_was_chosen(purse: list[passes.Pass], epoch: AnonEpoch) -> None:
    for wait, longest in whispering.WAITS.items():
        whisper = Voice().says(purse[0], "a", epoch=epoch, wait=wait)
        due = {whispering.receive(whisper, at=THEN).due_at for _ in range(20)}
        assert all(THEN <= each <= THEN + longest for each in due)
        assert (len(due) > 1) == bool(longest)


def test_who_has_the_key_takes_a_post_back(purse: list[passes.Pass], epoch: AnonEpoch) -> None:
    voice = Voice()
    post = say(voice, purse[0], "지울 글 #비밀", epoch)
    with pytest.raises(whispering.NotSigned):
        whispering.take_back(post=post.pk, signature=Voice().takes_back(post.pk))
    for _ in range(2):
        whispering.take_back(post=post.pk, signature=voice.takes_back(post.pk))
    post.refresh_from_db()
    assert (post.state, post.text, post.hashtags.count()) == ("deleted", "", 0)


def test_a_named_post_cannot_be_taken_back_by_a_key(hana: Member) -> None:
    named = posting.say(author=hana, text="이름 있는 글", at=NOW)
    with pytest.raises(whispering.NotThere):
        whispering.take_back(post=named.pk, signature=Voice().takes_back(named.pk))


def test_a_post_has_an_author_or_a_key_never_both(
    purse: list[passes.Pass], epoch: AnonEpoch, hana: Member
) -> None:
    post = say(Voice(), purse[0], "a", epoch)
    for change in ({"author": hana}, {"thread_key": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Post.objects.filter(pk=post.pk).update(**change)


def test_a_pass_comes_back_after_a_day_and_stands_beside_no_post(
    purse: list[passes.Pass], epoch: AnonEpoch
) -> None:
    voice = Voice()
    pending = passes.ask(passes.public_key(bytes(epoch.public_key)), epochs.challenge())
    bare = dataclasses.replace(voice.says(purse[0], "a", epoch=epoch), renewal=pending.request)
    signature = voice.secret.sign(bare.signed(purse[0].nonce))
    held = whispering.receive(dataclasses.replace(bare, signature=signature), at=THEN)
    whispering.write([held], at=TICK)
    renewing.answer(TICK + DAY - timedelta(seconds=1))
    assert renewing.public(THEN) == []
    for _ in range(2):
        renewing.answer(TICK + DAY)
    row = Renewal.objects.get()
    assert row.post is None
    back = pending.finish(bytes(row.answer))
    assert say(Voice(), back, "또", epoch).text == "또"
    assert [len(pair["answer"]) for pair in renewing.public(THEN)] == [344]
    assert renewing.public(epoch.ends_at) == []


def test_a_request_that_cannot_be_signed_is_dropped(
    purse: list[passes.Pass], epoch: AnonEpoch
) -> None:
    say(Voice(), purse[0], "a", epoch)
    Renewal.objects.update(request=bytes(Renewal.objects.get().request)[:3] + b"\xff" * 256)
    renewing.answer(TICK + DAY)
    say(Voice(), purse[1], "b", epoch)
    AnonEpoch.objects.update(private_key=b"")
    renewing.answer(TICK + DAY)
    assert not Renewal.objects.exists()


def test_what_is_stored_is_the_same_whoever_wrote_but_for_what_was_sent(
    purse: list[passes.Pass], epoch: AnonEpoch
) -> None:
    """No column of what the anonymous path writes can hold a member or a finer moment."""
    say(Voice(), purse[0], "a", epoch)
    with connection.cursor() as cursor:
        for table, columns in {
            "microblog_spentpass": {"epoch_id", "nonce"},
            "microblog_threadkey": {"id", "thread_id", "key", "number", "is_muted"},
            "microblog_renewal": {"id", "epoch_id", "post_id", "request", "answer", "due_at"},
        }.items():
            found = connection.introspection.get_table_description(cursor, table)
            assert {column.name for column in found} == columns
    assert Renewal.objects.get().due_at == TICK + DAY
