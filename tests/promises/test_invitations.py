"""An invitation admits as many people as it says, however many use it at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from madang.people import invitations
from madang.people.models import Invitation, Member

CROWD = 20
PLACES = 3


def at_once(act: Callable[[int], bool]) -> int:
    """How many of a crowd, each in a thread with its own connection, were admitted."""

    def alone(number: int) -> bool:
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(CROWD) as pool:
        return sum(pool.map(alone, range(CROWD)))


def invite(gwanu: Member) -> tuple[Invitation, str]:
    return invitations.invite(by=gwanu, note="정문 안내문", people=PLACES, at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_a_crowd_gets_exactly_the_places_there_are(gwanu: Member) -> None:
    invitation, code = invite(gwanu)
    start = Barrier(CROWD)

    def redeem(number: int) -> bool:
        start.wait()
        try:
            invitations.redeem(code=code, at=timezone.now())
        except invitations.InvitationUsedUp:
            return False
        return True

    assert at_once(redeem) == PLACES
    invitation.refresh_from_db()
    assert invitation.uses_left == 0


@pytest.mark.django_db(transaction=True)
def test_control_looking_before_leaping_admits_everybody(gwanu: Member) -> None:
    """The same crowd, with a check in the program where the constraint should be."""
    invitation, code = invite(gwanu)
    looked = Barrier(CROWD)

    def look_and_leap(number: int) -> bool:
        found = invitations.find(code=code, at=timezone.now())
        looked.wait()
        if found is None:
            return False
        Invitation.objects.filter(pk=found.pk).update(uses_left=found.uses_left - 1)
        return True

    assert at_once(look_and_leap) == CROWD
    invitation.refresh_from_db()
    assert invitation.uses_left == PLACES - 1


@pytest.mark.django_db(transaction=True)
def test_a_crowd_signing_up_leaves_as_many_members_as_places(gwanu: Member) -> None:
    _invitation, code = invite(gwanu)
    start = Barrier(CROWD)

    def sign_up(number: int) -> bool:
        client = Client(REMOTE_ADDR=f"192.0.2.{number}")
        client.get(f"/people/join/{code}/")
        start.wait()
        answer = client.post(
            "/people/signup/",
            {
                "display_name": f"새 사람 {number}",
                "username": f"new_{number}",
                "password1": "courtyard-with-pines",
                "password2": "courtyard-with-pines",
            },
        )
        # 409: lost the race; 403: joining was closed by then.
        assert answer.status_code in {302, 409, 403}
        return answer.status_code == 302

    assert at_once(sign_up) == PLACES
    assert Member.objects.exclude(pk=gwanu.pk).count() == PLACES


@pytest.mark.django_db(transaction=True)
def test_of_a_crowd_choosing_one_handle_one_gets_it_and_no_place_is_lost(gwanu: Member) -> None:
    invitation, code = invitations.invite(by=gwanu, note="", people=CROWD, at=timezone.now())
    start = Barrier(CROWD)

    def sign_up(number: int) -> bool:
        client = Client(REMOTE_ADDR=f"192.0.2.{number}")
        client.get(f"/people/join/{code}/")
        start.wait()
        answer = client.post(
            "/people/signup/",
            {
                "display_name": "솔",
                "username": "sol",
                "password1": "courtyard-with-pines",
                "password2": "courtyard-with-pines",
            },
        )
        assert answer.status_code in {302, 409, 422}
        return answer.status_code == 302

    assert at_once(sign_up) == 1
    invitation.refresh_from_db()
    assert invitation.uses_left == CROWD - 1


def _join_as_ghost(code: str) -> None:
    with transaction.atomic():
        Member.objects.create_user("ghost")
        invitations.redeem(code=code, at=timezone.now())


@pytest.mark.django_db
def test_whoever_is_refused_leaves_nothing_behind(gwanu: Member) -> None:
    invitation, code = invite(gwanu)
    invitations.withdraw(invitation)
    with pytest.raises(invitations.InvitationUsedUp):
        _join_as_ghost(code)
    assert not Member.objects.filter(handle="ghost").exists()
