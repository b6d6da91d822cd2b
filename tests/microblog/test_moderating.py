"""Reports, what moderators do about them, and the log that keeps it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from madang.lib import passes
from madang.lib.constraints import violated
from madang.microblog import epochs, moderating, posting, renewing, reporting, timelines, whispering
from madang.microblog.models import AnonEpoch, ModAction, Post, Renewal, Report
from madang.people import holdings
from madang.people.models import Member
from tests.cast import NOW
from tests.microblog.holder import Voice, enrol

DAY = timedelta(days=1)
THEN = NOW + timedelta(days=7, hours=1)
TICK = THEN.replace(minute=30)
WHY = moderating.Why("hurtful", "그런 말은 하지 않습니다")
DEEDS: list[Callable[..., ModAction]] = [moderating.hide, moderating.lock, moderating.leave]


@pytest.fixture
def post(hana: Member) -> Post:
    """Something Hana said."""
    return posting.say(author=hana, text="심한 말 #마당", at=NOW)


@pytest.fixture
def epoch(db: None, settings: pytest.FixtureRequest) -> AnonEpoch:
    """The epoch to come, on a site where people write without a name."""
    settings.ANON_ORIGIN = "https://anon.example.org"  # type: ignore[attr-defined]
    settings.ANON_FLOOR = 1  # type: ignore[attr-defined]
    epochs.prepare(NOW)
    return AnonEpoch.objects.get(number=2)


@pytest.fixture
def purse(emma: Member, epoch: AnonEpoch) -> list[passes.Pass]:
    """Emma's passes for it."""
    return enrol(emma, epoch, at=NOW)


def held(
    voice: Voice, spent: passes.Pass, epoch: AnonEpoch, parent: int | None = None
) -> whispering.Held:
    """What was received and waits for its tick."""
    return whispering.receive(voice.says(spent, "익명", epoch=epoch, parent=parent), at=THEN)


def whisper(voice: Voice, spent: passes.Pass, epoch: AnonEpoch, parent: int | None = None) -> Post:
    """What was received and written."""
    [number] = whispering.write([held(voice, spent, epoch, parent)], at=TICK)
    assert number is not None
    return Post.objects.get(pk=number)


def report(post: Post, reporter: Member) -> Report:
    return reporting.report(post=post, reporter=reporter, reason="spam", note="또", at=NOW)


def test_a_member_has_one_open_report_of_a_post(
    post: Post, minjun: Member, emma: Member, dohyun: Member
) -> None:
    first = report(post, minjun)
    with pytest.raises(reporting.AlreadyReported):
        report(post, minjun)
    report(post, emma)
    assert (str(first), str(first.reported_on)) == (
        f"{post.pk}: 광고이거나 같은 말을 되풀이합니다.",
        "2027-03-01",
    )
    moderating.leave(post=post, why=WHY, by=dohyun, at=NOW)
    assert set(Report.objects.values_list("state", flat=True)) == {"closed"}
    report(post, minjun)
    assert Report.objects.count() == 3


def test_what_was_taken_back_is_not_reported(post: Post, hana: Member, minjun: Member) -> None:
    posting.take_back(post=post, by=hana)
    with pytest.raises(posting.PostGone):
        report(post, minjun)


def test_a_hidden_post_is_read_by_nobody_until_it_is_put_back(
    post: Post, hana: Member, minjun: Member, dohyun: Member
) -> None:
    report(post, minjun)
    action = moderating.hide(post=post, why=WHY, by=dohyun, at=NOW)
    assert str(action) == f"가림: {post.pk}"
    assert (Report.objects.get().state, Post.objects.get().text) == ("closed", post.text)
    for whose in (timelines.followed_by(hana), timelines.of(hana)):
        assert timelines.told(whose, reader=hana, cursor=None).posts == []
    with pytest.raises(posting.PostGone):
        posting.say(author=minjun, text="네?", at=NOW, parent=post)
    with pytest.raises(moderating.AlreadyDone):
        moderating.hide(post=post, why=WHY, by=dohyun, at=NOW)
    moderating.undo(action=action, by=dohyun, at=NOW)
    assert Post.objects.get().state == "visible"
    rows = ModAction.objects.newest_first()
    assert [(row.kind, row.undoes, vars(row)["is_undone"]) for row in rows] == [
        ("hide", action, False),
        ("hide", None, True),
    ]


def test_what_its_author_took_back_stays_away(post: Post, hana: Member, dohyun: Member) -> None:
    action = moderating.hide(post=post, why=WHY, by=dohyun, at=NOW)
    posting.take_back(post=post, by=hana)
    assert (post.state, post.text) == ("hidden", "")
    moderating.undo(action=action, by=dohyun, at=NOW)
    assert Post.objects.get().state == "deleted"
    with pytest.raises(posting.PostGone):
        moderating.hide(post=post, why=WHY, by=dohyun, at=NOW)


def test_a_locked_thread_takes_no_answer_with_or_without_a_name(
    post: Post, purse: list[passes.Pass], epoch: AnonEpoch, minjun: Member, dohyun: Member
) -> None:
    answer = posting.say(author=minjun, text="답", at=NOW, parent=post)
    waiting = held(Voice(), purse[0], epoch, answer.pk)
    action = moderating.lock(post=answer, why=WHY, by=dohyun, at=NOW)
    with pytest.raises(moderating.AlreadyDone):
        moderating.lock(post=post, why=WHY, by=dohyun, at=NOW)
    for parent in (post, answer):
        with pytest.raises(posting.ThreadLocked):
            posting.say(author=minjun, text="또", at=NOW, parent=parent)
        with pytest.raises(posting.ThreadLocked):
            held(Voice(), purse[1], epoch, parent.pk)
    assert whispering.write([waiting], at=TICK) == [None]
    moderating.undo(action=action, by=dohyun, at=NOW)
    assert None not in whispering.write([waiting], at=TICK)
    posting.say(author=minjun, text="또", at=NOW, parent=answer)


def test_a_silenced_key_says_no_more_in_that_thread_and_others_do(
    purse: list[passes.Pass], epoch: AnonEpoch, post: Post, dohyun: Member
) -> None:
    voice, other = Voice(), Voice()
    first = whisper(voice, purse[0], epoch, post.pk)
    waiting = held(voice, purse[1], epoch, first.pk)
    action = moderating.mute(post=first, why=WHY, by=dohyun, at=NOW)
    assert action.thread_key == first.thread_key
    with pytest.raises(moderating.AlreadyDone):
        moderating.mute(post=first, why=WHY, by=dohyun, at=NOW)
    with pytest.raises(whispering.Muted):
        held(voice, purse[2], epoch, post.pk)
    assert whispering.write([waiting], at=TICK) == [None]
    assert whisper(other, purse[2], epoch, post.pk).name == "익명 2"
    assert whisper(voice, purse[3], epoch).name == "글쓴이"
    moderating.undo(action=action, by=dohyun, at=NOW)
    assert whispering.write([waiting], at=TICK) != [None]


def test_a_member_is_not_silenced(post: Post, dohyun: Member) -> None:
    with pytest.raises(moderating.NotAnonymous):
        moderating.mute(post=post, why=WHY, by=dohyun, at=NOW)


def test_the_pass_of_a_hidden_post_does_not_come_back(
    purse: list[passes.Pass], epoch: AnonEpoch, dohyun: Member
) -> None:
    voices = [Voice() for _ in range(3)]
    kept, back, gone = (
        whisper(voice, spent, epoch) for voice, spent in zip(voices, purse[:3], strict=True)
    )
    moderating.hide(post=kept, why=WHY, by=dohyun, at=TICK)
    whispering.take_back(post=kept.pk, signature=voices[0].takes_back(kept.pk))
    action = moderating.hide(post=back, why=WHY, by=dohyun, at=TICK)
    renewing.answer(TICK + DAY)
    assert len(renewing.public(THEN)) == 1
    assert set(Renewal.objects.filter(answer=b"").values_list("post", flat=True)) == {
        kept.pk,
        back.pk,
    }
    moderating.undo(action=action, by=dohyun, at=TICK)
    renewing.answer(TICK + DAY)
    assert len(renewing.public(THEN)) == 2
    assert not Renewal.objects.filter(post=gone).exists()
    AnonEpoch.objects.update(private_key=b"")
    renewing.answer(TICK + DAY)
    assert Renewal.objects.filter(post__isnull=False).count() == 0


def test_a_post_that_is_hidden_at_that_moment_keeps_its_pass(
    purse: list[passes.Pass],
    epoch: AnonEpoch,
    dohyun: Member,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    post, sign = whisper(Voice(), purse[0], epoch), renewing._sign

    def late(epoch: AnonEpoch, request: bytes) -> bytes | None:
        moderating.hide(post=post, why=WHY, by=dohyun, at=TICK)
        return sign(epoch, request)

    monkeypatch.setattr(renewing, "_sign", late)
    renewing.answer(TICK + DAY)
    assert (Renewal.objects.get().post, renewing.public(THEN)) == (post, [])


@pytest.mark.parametrize("verb", DEEDS)
def test_a_deed_is_in_the_log_once(
    post: Post, minjun: Member, dohyun: Member, verb: Callable[..., ModAction]
) -> None:
    report(post, minjun)
    verb(post=post, why=WHY, by=dohyun, at=NOW)
    with pytest.raises(moderating.AlreadyDone):
        verb(post=post, why=WHY, by=dohyun, at=NOW)
    row = ModAction.objects.get()
    assert (row.reason, row.note, row.by, row.acted_at) == (*dataclasses.astuple(WHY), dohyun, NOW)


def test_what_is_undone_is_undone_once_and_an_undoing_stays(
    post: Post, minjun: Member, dohyun: Member
) -> None:
    report(post, minjun)
    left = moderating.leave(post=post, why=WHY, by=dohyun, at=NOW)
    action = moderating.lock(post=post, why=WHY, by=dohyun, at=NOW)
    undoing = moderating.undo(action=action, by=dohyun, at=NOW)
    with pytest.raises(moderating.AlreadyDone):
        moderating.undo(action=action, by=dohyun, at=NOW)
    for other in (left, undoing):
        with pytest.raises(moderating.NotUndoable):
            moderating.undo(action=other, by=dohyun, at=NOW)
    assert ModAction.objects.count() == 3


@pytest.mark.parametrize(
    "change", [{"note": "anders"}, {"kind": "lock"}, {"acted_at": NOW + DAY}, None]
)
def test_the_log_is_neither_changed_nor_removed(
    post: Post, dohyun: Member, hana: Member, change: dict[str, object] | None
) -> None:
    action = moderating.hide(post=post, why=WHY, by=dohyun, at=NOW)
    rows = ModAction.objects.filter(pk=action.pk)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        rows.delete() if change is None else rows.update(**change)
    assert violated(refusal.value) == "microblog_mod_action_only_added"
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(by=hana)
    rows.update(by=None)
    assert ModAction.objects.get().by is None


def test_the_log_outlives_the_moderator_and_reports_forget_who_leaves(
    post: Post, minjun: Member, dohyun: Member
) -> None:
    report(post, minjun)
    handed = holdings.hand_over(minjun)["microblog"]
    assert isinstance(handed, dict)
    assert handed["reports"] == [
        {
            "post": str(post.pk),
            "reason": "spam",
            "note": "또",
            "reported_on": "2027-03-01",
            "state": "open",
        }
    ]
    holdings.erase(member=minjun, at=NOW)
    row = Report.objects.get()
    assert (row.reporter, row.note, row.state) == (None, "", "open")
    moderating.hide(post=post, why=WHY, by=dohyun, at=NOW)
    holdings.erase(member=dohyun, at=NOW)
    action = ModAction.objects.get()
    assert (action.kind, action.by) == ("hide", None)


def test_only_an_opener_is_locked(post: Post, minjun: Member) -> None:
    answer = posting.say(author=minjun, text="답", at=NOW, parent=post)
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=answer.pk).update(is_locked=True)
