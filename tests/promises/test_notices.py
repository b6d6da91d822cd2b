"""A reader is told once, however many sweepers tell at the same moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from madang.library import holding, lending, letters, telling
from madang.library.models import Notice, Patron
from madang.people.models import Member, OutboxMail
from tests.cast import NOW
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 12
DUE = NOW + timedelta(days=14)
GUARDS = ("library_loan_told_once", "library_hold_told_once")


@pytest.fixture
def patron(shelf: Shelf, hana: Member) -> Patron:
    """Somebody with two books that are due, and one that is ready."""
    found = shelf.patron(hana)
    for title in ("혼불", "토지"):
        lending.check_out(item=shelf.item(title), patron=found, at=NOW)
    holding.place(bib=shelf.bib("객지"), patron=found, at=DUE)
    return found


def at_once(act: Callable[[], int]) -> Counter[int]:
    """What a crowd does, each in a thread with a connection of its own."""

    def alone(_number: int) -> int:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(CROWD) as pool:
        return Counter(pool.map(alone, range(CROWD)))


def written() -> int:
    """How many letters of the library are in the outbox."""
    return OutboxMail.objects.filter(event__startswith="library/").count()


@pytest.mark.parametrize(("kind", "count"), [("due", 2), ("ready", 1)])
def test_of_many_who_tell_at_once_one_does(patron: Patron, kind: str, count: int) -> None:
    start = Barrier(CROWD)

    def tell() -> int:
        mine = Patron.objects.select_related("member").get(pk=patron.pk)
        start.wait()
        return telling.tell(patron=mine, kind=Notice.Kind(kind), at=DUE)

    assert at_once(tell) == {count: 1, 0: CROWD - 1}
    assert (written(), Notice.objects.count()) == (1, count)


@pytest.mark.parametrize("kind", ["due", "ready"])
def test_control_without_the_constraint_a_reader_is_told_by_everybody(
    patron: Patron, kind: str
) -> None:
    """The same crowd, where each looks at what is to be told before anybody writes."""
    looked = Barrier(CROWD)

    def tell() -> int:
        holds = list(telling._ready().filter(patron=patron.pk)) if kind == "ready" else []
        loans = list(telling._soon(DUE.date(), DUE).filter(patron=patron.pk)) if not holds else []
        looked.wait()
        letters.ready(patron=patron, holds=holds)
        letters.due_soon(patron=patron, loans=loans)
        made = [Notice(kind=kind, hold=hold) for hold in holds]
        made += [Notice(kind=kind, loan=loan, due_on=loan.due_on) for loan in loans]
        Notice.objects.bulk_create(made)
        return len(made)

    with unguarded():
        at_once(tell)
        assert written() == CROWD
        Notice.objects.all().delete()


@contextmanager
def unguarded() -> Iterator[None]:
    """The table without its constraints, which SQLite makes anew from what the model says."""
    meta = Notice._meta
    kept = meta.constraints
    guards = [each for each in kept if each.name in GUARDS]
    meta.constraints = [each for each in kept if each not in guards]
    with connection.schema_editor() as editor:
        for each in guards:
            editor.remove_constraint(Notice, each)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            for each in guards:
                meta.constraints = [*meta.constraints, each]
                editor.add_constraint(Notice, each)
        meta.constraints = kept
