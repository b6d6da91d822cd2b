"""An invitation admits as many as it says, however many use it at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from madang.people import invitations
from madang.people.models import Invitation
from tests.cast import NOW, person

PLACES, GUESTS = 3, 12


def race(redeem: Callable[[str], bool]) -> Counter[bool]:
    """All guests at once with one code; how many were told yes."""
    _made, code = invitations.invite(by=person("gwanu"), note="all", people=PLACES, at=NOW)
    gate = threading.Barrier(GUESTS)

    def guest(_: int) -> bool:
        try:
            gate.wait()
            return redeem(code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(GUESTS) as pool:
        return Counter(pool.map(guest, range(GUESTS)))


@pytest.mark.django_db(transaction=True)
def test_so_many_come_in_as_it_says() -> None:
    def redeem(code: str) -> bool:
        try:
            invitations.redeem(code=code, at=NOW)
        except invitations.InvitationUsedUp:
            return False
        return True

    assert race(redeem) == {True: PLACES, False: GUESTS - PLACES}
    assert Invitation.objects.get().uses_left == 0


@pytest.mark.django_db(transaction=True)
def test_looking_first_lets_too_many_in() -> None:
    """The control: read how many are left, then write one less."""
    looked = threading.Barrier(GUESTS)

    def redeem(code: str) -> bool:
        invitation = invitations.find(code=code, at=NOW)
        looked.wait()
        if invitation is None or invitation.uses_left < 1:
            return False
        Invitation.objects.filter(pk=invitation.pk).update(uses_left=invitation.uses_left - 1)
        return True

    assert race(redeem)[True] > PLACES


@pytest.mark.django_db
def test_an_unknown_or_old_code_admits_nobody() -> None:
    made, code = invitations.invite(by=person("gwanu"), note="", people=1, at=NOW)
    for wrong, at in ((code + "x", NOW), (code, NOW + timedelta(days=15))):
        with pytest.raises(invitations.InvitationUnknown):
            invitations.redeem(code=wrong, at=at)
    made.refresh_from_db()
    assert made.uses_left == 1
