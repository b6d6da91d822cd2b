"""Hypothesis lends, returns, renews, holds and lets time pass; a plain-Python model must agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from madang.library import holding, lending
from madang.library.models import (
    Bib,
    CirculationRule,
    Hold,
    Item,
    ItemType,
    Loan,
    Location,
    Patron,
    PatronCategory,
    Suspension,
)
from madang.library.rules import Refused
from tests.cast import NOW

DAY = timedelta(days=1)
TODAY = NOW.date()
COPIES, PATRONS = (0, 0, 1), 4
"""Which title each copy is of; how many patrons there are."""
DAYS, RENEWAL, LIMIT, HOLDS, QUEUE, PICKUP = 5, 3, 2, 2, 3, 2


@dataclass
class Out:
    """A loan of the model."""

    patron: int
    due: date
    order: int
    renewals: int = 0


@dataclass
class Waiting:
    """A hold of the model: who waits, and which copy is kept until when."""

    patron: int
    copy: int | None = None
    until: date | None = None


@dataclass
class Model:
    """What a careful librarian with a notebook would have."""

    today: date = TODAY
    out: dict[int, Out] = field(default_factory=dict)
    queues: dict[int, list[Waiting]] = field(default_factory=lambda: {0: [], 1: []})
    suspended: dict[int, date] = field(default_factory=dict)
    lent: int = 0

    def may_borrow(self, patron: int) -> str | None:
        """The code of the refusal, or nothing."""
        if self.suspended.get(patron, date.min) >= self.today:
            return "suspended"
        if any(row.patron == patron and row.due < self.today for row in self.out.values()):
            return "overdue"
        return None

    def free(self, title: int) -> list[int]:
        """Copies on the shelf that are kept for nobody."""
        kept = {row.copy for row in self.queues[title]}
        return [
            n for n, of in enumerate(COPIES) if of == title and n not in self.out and n not in kept
        ]

    def serve(self, title: int) -> None:
        """The next in the queue gets the next free copy."""
        for row in self.queues[title]:
            free = self.free(title)
            if row.copy is None and free:
                row.copy, row.until = free[0], self.today + PICKUP * DAY

    def lend(self, copy: int, patron: int) -> str | None:
        """Lend, or the code of the refusal."""
        title = COPIES[copy]
        if (refused := self.may_borrow(patron)) is not None:
            return refused
        if copy in self.out:
            return "already_on_loan"
        if sum(row.patron == patron for row in self.out.values()) >= LIMIT:
            return "limit_reached"
        queue = [row for row in self.queues[title] if row.patron != patron]
        kept = next((row for row in queue if row.copy == copy), None)
        taken = {row.copy for row in queue} | {copy} | set(self.out)
        others = [n for n, of in enumerate(COPIES) if of == title and n not in taken]
        if kept is not None and not others:
            return "held_for_other"
        if kept is not None:
            kept.copy = others[0]
        self.queues[title] = queue
        self.out[copy] = Out(patron, self.today + DAYS * DAY, self.lent)
        self.lent += 1
        self.serve(title)
        return None

    def take_back(self, copy: int) -> str | None:
        """Return, or the code of the refusal."""
        if copy not in self.out:
            return "not_on_loan"
        row = self.out.pop(copy)
        late = (self.today - row.due).days
        if late > 0:
            first = max(self.today, self.suspended.get(row.patron, date.min) + DAY)
            self.suspended[row.patron] = first + (late - 1) * DAY
        self.serve(COPIES[copy])
        return None

    def renew(self, copy: int) -> str | None:
        """Renew, or the code of the refusal."""
        row = self.out[copy]
        if row.due < self.today:
            return "overdue"
        if (refused := self.may_borrow(row.patron)) is not None:
            return refused
        if row.renewals == 1:
            return "renewal_limit_reached"
        title = COPIES[copy]
        sooner = sum(
            COPIES[n] == title and (other.due, other.order) < (row.due, row.order)
            for n, other in self.out.items()
        )
        if sooner < sum(each.copy is None for each in self.queues[title]):
            return "held_for_other"
        row.due += RENEWAL * DAY
        row.renewals += 1
        return None

    def place(self, title: int, patron: int) -> str | None:
        """Get in line, or the code of the refusal."""
        if (refused := self.may_borrow(patron)) is not None:
            return refused
        if any(row.patron == patron and COPIES[n] == title for n, row in self.out.items()):
            return "already_borrowed"
        if any(row.patron == patron for row in self.queues[title]):
            return "already_held"
        if sum(row.patron == patron for queue in self.queues.values() for row in queue) >= HOLDS:
            return "hold_limit_reached"
        if len(self.queues[title]) >= QUEUE:
            return "queue_full"
        self.queues[title].append(Waiting(patron))
        self.serve(title)
        return None

    def pass_days(self, days: int) -> None:
        """Time passes; what was not picked up goes to the next."""
        self.today += days * DAY
        for title, queue in self.queues.items():
            self.queues[title] = [row for row in queue if not row.until or row.until >= self.today]
            self.serve(title)


def told(step: Callable[[], object]) -> str | None:
    """The code of the refusal, or nothing."""
    try:
        step()
    except Refused as no:
        return no.code
    return None


class Library(RuleBasedStateMachine):
    """Three copies of two titles, four patrons."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        category = PatronCategory.objects.create(code="c", name="c")
        kind = ItemType.objects.create(code="t", name="t")
        location = Location.objects.create(code="l", name="l")
        CirculationRule.objects.create(
            name="r",
            loan_days=DAYS,
            renewal_days=RENEWAL,
            max_loans=LIMIT,
            max_holds=HOLDS,
            max_holds_per_bib=QUEUE,
            pickup_days=PICKUP,
        )
        self.bibs = [Bib.objects.create(title=str(n)) for n in range(2)]
        self.items = [
            Item.objects.create(
                bib=self.bibs[of], barcode=str(n), item_type=kind, location=location
            )
            for n, of in enumerate(COPIES)
        ]
        self.patrons = [
            Patron.objects.create(name=str(n), card=str(n), category=category)
            for n in range(PATRONS)
        ]
        self.model = Model()
        self.at = NOW

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @rule(copy=st.integers(0, 2), patron=st.integers(0, PATRONS - 1))
    def lend(self, copy: int, patron: int) -> None:
        expected = self.model.lend(copy, patron)
        assert (
            told(
                lambda: lending.check_out(
                    item=self.items[copy], patron=self.patrons[patron], at=self.at
                )
            )
            == expected
        )

    @rule(copy=st.integers(0, 2))
    def take_back(self, copy: int) -> None:
        expected = self.model.take_back(copy)
        assert told(lambda: lending.check_in(item=self.items[copy], at=self.at)) == expected

    @rule(copy=st.integers(0, 2))
    def renew(self, copy: int) -> None:
        loan = Loan.objects.current().filter(item=self.items[copy]).first()
        if loan is None:
            return
        expected = self.model.renew(copy)
        assert told(lambda: lending.renew(loan=loan, at=self.at)) == expected

    @rule(title=st.integers(0, 1), patron=st.integers(0, PATRONS - 1))
    def place(self, title: int, patron: int) -> None:
        expected = self.model.place(title, patron)
        assert (
            told(
                lambda: holding.place(bib=self.bibs[title], patron=self.patrons[patron], at=self.at)
            )
            == expected
        )

    @rule(title=st.integers(0, 1), place=st.integers(0, QUEUE - 1))
    def cancel(self, title: int, place: int) -> None:
        queue = list(Hold.objects.open().filter(bib=self.bibs[title]))
        if place >= len(queue):
            return
        del self.model.queues[title][place]
        self.model.serve(title)
        holding.cancel(hold=queue[place], at=self.at)

    @rule(days=st.integers(1, 4))
    def pass_days(self, days: int) -> None:
        self.model.pass_days(days)
        self.at += days * DAY
        holding.expire(self.at)

    @invariant()
    def agree(self) -> None:
        out = {
            int(row.item.barcode): (row.patron and int(row.patron.name), row.due_on)
            for row in Loan.objects.current()
        }
        assert out == {n: (row.patron, row.due) for n, row in self.model.out.items()}
        for title, bib in enumerate(self.bibs):
            queue = [
                (
                    row.patron and int(row.patron.name),
                    row.ready_item and int(row.ready_item.barcode),
                    row.pickup_until,
                )
                for row in Hold.objects.open()
                .filter(bib=bib)
                .select_related("patron", "ready_item")
            ]
            assert queue == [(row.patron, row.copy, row.until) for row in self.model.queues[title]]
        last: dict[int, date | None] = {}
        for row in Suspension.objects.select_related("patron").order_by("ends_on"):
            last[int(row.patron.name)] = row.ends_on
        assert last == self.model.suspended


class TestLibrary(Library.TestCase, TestCase):  # type: ignore[misc,valid-type]  # made at run time
    """The machine, run by Django's test case."""

    settings = settings(  # type: ignore[assignment]  # where Hypothesis looks
        max_examples=25, stateful_step_count=25, deadline=None
    )
