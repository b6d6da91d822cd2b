"""Passes are given out once a member and epoch, all or nothing, and before the epoch begins."""

from __future__ import annotations

from datetime import timedelta

import pytest

from madang.lib import passes
from madang.microblog import epochs, issuing
from madang.microblog.models import AnonEpoch, Enrolment
from madang.people import holdings
from madang.people.models import Member
from tests.cast import NOW
from tests.microblog.holder import ask, public

WEEK = timedelta(days=7)
COUNT = 5


def epoch(number: int) -> AnonEpoch:
    """The epoch with this number; the second is the next one."""
    return AnonEpoch.objects.get(number=number)


@pytest.fixture(autouse=True)
def _keys(db: None) -> None:
    epochs.prepare(NOW)


def test_a_member_is_given_passes_for_all_epochs_to_come(hana: Member) -> None:
    pending = [one for number in (3, 2, 4, 5) for one in ask(epoch(number))]
    answers = issuing.issue(member=hana, requests=[one.request for one in pending], at=NOW)
    done = [one.finish(answer) for one, answer in zip(pending, answers, strict=True)]
    for one, asked in zip(done, pending, strict=True):
        one.verify(asked.public, b"challenge")
    assert len({one.nonce for one in done}) == 4 * COUNT
    assert [str(row)[-1] for row in Enrolment.objects.all()] == ["2", "3", "4", "5"]


def test_the_same_requests_get_the_same_answers_also_when_the_epoch_has_begun(
    hana: Member,
) -> None:
    requests = [one.request for one in ask(epoch(2))]
    first = issuing.issue(member=hana, requests=requests, at=NOW)
    assert issuing.issue(member=hana, requests=requests, at=NOW) == first
    assert issuing.issue(member=hana, requests=requests, at=NOW + WEEK) == first
    with pytest.raises(issuing.NoRequests):
        issuing.issue(member=hana, requests=requests, at=NOW + 2 * WEEK)
    assert Enrolment.objects.count() == 1


def test_other_requests_are_refused_and_nothing_else_of_them_is_granted(hana: Member) -> None:
    issuing.issue(member=hana, requests=[one.request for one in ask(epoch(3))], at=NOW)
    both = [one.request for number in (2, 3) for one in ask(epoch(number))]
    with pytest.raises(issuing.AlreadyEnrolled):
        issuing.issue(member=hana, requests=both, at=NOW)
    assert list(Enrolment.objects.values_list("epoch", flat=True)) == [3]


def test_nobody_begins_in_an_epoch_that_has_begun(hana: Member) -> None:
    with pytest.raises(issuing.TooLate):
        issuing.issue(member=hana, requests=[one.request for one in ask(epoch(1))], at=NOW)
    late = [one.request for one in ask(epoch(2))]
    with pytest.raises(issuing.TooLate):
        issuing.issue(member=hana, requests=late, at=epoch(2).starts_at)
    just = epoch(2).starts_at - timedelta(seconds=1)
    assert len(issuing.issue(member=hana, requests=late, at=just)) == COUNT


@pytest.mark.parametrize("count", [1, 4, 6])
def test_an_epoch_takes_five_neither_more_nor_fewer(hana: Member, count: int) -> None:
    requests = [one.request for one in (*ask(epoch(2)), *ask(epoch(2)))][:count]
    with pytest.raises(issuing.WrongNumber):
        issuing.issue(member=hana, requests=requests, at=NOW)
    assert Enrolment.objects.count() == 0


def test_what_is_no_request_under_a_live_key_is_refused(hana: Member) -> None:
    good = [one.request for one in ask(epoch(2))]
    above = good[0][:3] + b"\xff" * 256
    for bad in (b"", good[0][:2], good[0] + b"\0", above):
        with pytest.raises(issuing.NoRequests):
            issuing.issue(member=hana, requests=[*good[:4], bad], at=NOW)
    assert Enrolment.objects.count() == 0


def test_two_members_have_passes_that_nobody_can_tell_apart(hana: Member, minjun: Member) -> None:
    done = []
    for member in (hana, minjun):
        pending = ask(epoch(2))
        answers = issuing.issue(member=member, requests=[p.request for p in pending], at=NOW)
        done += [one.finish(each) for one, each in zip(pending, answers, strict=True)]
    assert {(one.key, one.challenge) for one in done} == {
        (passes.key_id(public(epoch(2))), done[0].challenge)
    }


def test_who_leaves_leaves_no_enrolment(hana: Member) -> None:
    issuing.issue(member=hana, requests=[one.request for one in ask(epoch(2))], at=NOW)
    handed = holdings.hand_over(hana)["microblog"]
    assert isinstance(handed, dict)
    assert handed["passes_for"] == ["2027-03-08T00:00:00+00:00"]
    holdings.erase(member=hana, at=NOW)
    assert Enrolment.objects.count() == 0
