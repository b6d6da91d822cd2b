"""Nobody pays more than is owed, however many take the money at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from madang.library import owing
from madang.library.models import Charge, Patron, Payment
from madang.people.models import Member
from tests.shelf import Shelf

CROWD = 12
OWED = 5000


@pytest.fixture
def patron(transactional_db: None, shelf: Shelf, hana: Member) -> Patron:
    """Somebody who owes for one lost book."""
    found = shelf.patron(hana)
    at = timezone.now()
    owing.charge(patron=found, kind=Charge.Kind.LOST, amount=OWED, at=at, by=None)
    return found


def at_once(act: Callable[[], str]) -> Counter[str]:
    """What a crowd is told, each in a thread with a connection of its own."""

    def alone(_number: int) -> str:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(CROWD) as pool:
        return Counter(pool.map(alone, range(CROWD)))


def test_of_many_who_take_the_whole_at_once_one_gets_it(patron: Patron) -> None:
    start = Barrier(CROWD)

    def pay() -> str:
        start.wait()
        try:
            owing.pay(patron=patron, amount=OWED, at=timezone.now(), by=None)
        except owing.PaysTooMuch:
            return "refused"
        return "paid"

    assert at_once(pay) == {"paid": 1, "refused": CROWD - 1}
    assert owing.owed(patron) == 0


def test_a_payment_that_is_told_many_times_is_one(patron: Patron) -> None:
    start = Barrier(CROWD)

    def pay() -> str:
        start.wait()
        owing.pay(patron=patron, amount=100, at=timezone.now(), by=None, key="told")
        return "taken"

    assert at_once(pay) == {"taken": CROWD}
    assert owing.owed(patron) == OWED - 100


def test_control_without_a_key_each_telling_is_a_payment(patron: Patron) -> None:
    start = Barrier(CROWD)

    def pay() -> str:
        start.wait()
        owing.pay(patron=patron, amount=100, at=timezone.now(), by=None)
        return "taken"

    assert at_once(pay) == {"taken": CROWD}
    assert owing.owed(patron) == OWED - CROWD * 100


def test_control_looking_before_leaping_takes_it_from_everybody(patron: Patron) -> None:
    """The same crowd, where each looks at what is owed before anybody writes."""
    looked = Barrier(CROWD)

    def pay() -> str:
        owed = owing.owed(patron)
        looked.wait()
        Payment.objects.create(patron=patron, amount=owed, made_at=timezone.now())
        return "paid"

    assert at_once(pay) == {"paid": CROWD}
    assert owing.owed(patron) == OWED - CROWD * OWED
