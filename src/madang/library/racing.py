"""The racers of `madang prove library`: four contests, each with the verb and without its guard."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from django.db import DatabaseError, connection
from django.db.models import Count
from django.utils import timezone

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
)
from madang.library.rules import Refused

GUARDS = ("library_item_lent_once", "library_loan_idempotency_key_once")
TOGETHER, ALONE = "together", "alone"
"""Items of two types: of one a patron may have many, of the other a single one."""


class Gate(Protocol):
    """Where all clients wait for each other."""

    def wait(self) -> int:
        """Go on when everybody is here."""
        ...

    def abort(self) -> None:
        """Let nobody wait any longer."""
        ...


def prepare(*, clients: int, rounds: int, is_guarded: bool) -> None:
    """Titles, copies and patrons for all rounds; without the guard, tables that refuse nothing."""
    category = PatronCategory.objects.create(code="race", name="race")
    location = Location.objects.create(code="race", name="race")
    many = ItemType.objects.create(code=TOGETHER, name=TOGETHER)
    single = ItemType.objects.create(code=ALONE, name=ALONE)
    CirculationRule.objects.create(
        name=TOGETHER, item_type=many, max_loans=10_000, max_holds=10_000, max_holds_per_bib=10_000
    )
    CirculationRule.objects.create(name=ALONE, item_type=single, max_loans=1)
    Patron.objects.bulk_create(
        Patron(name=card, card=card, category=category)
        for card in [*map(str, range(clients)), *(f"limit-{n}" for n in range(rounds)), "stock"]
    )
    for contest, copies, kind in (
        ("copy", 1, many),
        ("scan", 1, many),
        ("limit", clients, single),
        ("queue", served(clients), many),
    ):
        for n in range(rounds):
            bib = Bib.objects.create(title=f"{contest}-{n}")
            Item.objects.bulk_create(
                Item(bib=bib, barcode=f"{bib}-{copy}", item_type=kind, location=location)
                for copy in range(copies)
            )
    _lend_all()
    if not is_guarded:
        _remove_guards()


def served(clients: int) -> int:
    """How many of the clients in the queue find a copy."""
    return max(1, clients // 3)


def _lend_all() -> None:
    """What the queue waits for is out, so that it can come back."""
    stock = Patron.objects.get(card="stock")
    rule = CirculationRule.objects.get(name=TOGETHER)
    for item in Item.objects.filter(bib__title__startswith="queue-").order_by("pk"):
        _insert(item, stock, rule)


def _remove_guards() -> None:
    guards = [each for each in Loan._meta.constraints if each.name in GUARDS]
    # SQLite makes the table anew from what the model says.
    Loan._meta.constraints = [each for each in Loan._meta.constraints if each not in guards]
    with connection.schema_editor() as editor:
        for constraint in guards:
            editor.remove_constraint(Loan, constraint)


def client(number: int, rounds: int, gate: Gate, *, is_guarded: bool) -> Counter[str]:
    """Take part in every round of every contest at the same moment as all others."""
    told: Counter[str] = Counter()
    try:
        for contest, play in CONTESTS.items():
            for n in range(rounds):
                for step in play(number, n, is_guarded):
                    gate.wait()
                    told[f"{contest} {_outcome(step)}"] += 1
    except BaseException:
        gate.abort()
        raise
    finally:
        connection.close()
    return told


def _outcome(step: Callable[[], bool]) -> str:
    try:
        return "won" if step() else "lost"
    except DatabaseError:
        return "errors"


Steps = list[Callable[[], bool]]


def _copy(number: int, n: int, is_guarded: bool) -> Steps:  # noqa: FBT001 - one call, below
    return [lambda: _lend(f"copy-{n}-0", str(number), None, is_guarded=is_guarded)]


def _scan(number: int, n: int, is_guarded: bool) -> Steps:  # noqa: FBT001
    return [lambda: _lend(f"scan-{n}-0", "0", f"scan-{n}", is_guarded=is_guarded)]


def _limit(number: int, n: int, is_guarded: bool) -> Steps:  # noqa: FBT001
    return [lambda: _lend(f"limit-{n}-{number}", f"limit-{n}", None, is_guarded=is_guarded)]


def _queue(number: int, n: int, is_guarded: bool) -> Steps:  # noqa: FBT001
    """All get in line at once; then some bring copies back at once."""
    return [
        lambda: _place(f"queue-{n}", str(number)),
        lambda: _return(f"queue-{n}-{number}", is_guarded=is_guarded),
    ]


CONTESTS = {"copy": _copy, "scan": _scan, "limit": _limit, "queue": _queue}


def _lend(barcode: str, card: str, key: str | None, *, is_guarded: bool) -> bool:
    item, patron = Item.objects.get(barcode=barcode), Patron.objects.get(card=card)
    if not is_guarded:
        return _look_then_leap(item, patron, key)
    try:
        lending.check_out(item=item, patron=patron, at=timezone.now(), key=key)
    except Refused:
        return False
    return True


def _look_then_leap(item: Item, patron: Patron, key: str | None) -> bool:
    """The control: see that all is well, then write. What most lending programs do."""
    rule = CirculationRule.objects.get(item_type=item.item_type_id)
    is_out = item.loans.filter(returned_at__isnull=True).exists()
    count = Loan.objects.filter(patron=patron, rule=rule, returned_at__isnull=True).count()
    if is_out or count >= rule.max_loans:
        return False
    _let_others_look()
    _insert(item, patron, rule, key=key)
    return True


def _place(title: str, card: str) -> bool:
    bib = Bib.objects.get(title=title)
    patron = Patron.objects.get(card=card)
    return bool(holding.place(bib=bib, patron=patron, at=timezone.now()).pk)


def _return(barcode: str, *, is_guarded: bool) -> bool:
    item = Item.objects.filter(barcode=barcode).first()
    if item is None:
        return False
    if is_guarded:
        return lending.check_in(item=item, at=timezone.now()).hold is not None
    item.loans.update(returned_at=timezone.now())
    first = item.bib.holds.filter(status="waiting").order_by("placed_at", "pk").first()
    _let_others_look()
    if first is not None:
        today = timezone.now().date()
        Hold.objects.filter(pk=first.pk).update(
            status="ready", ready_item=item, ready_at=timezone.now(), pickup_until=today
        )
    return True


def _insert(item: Item, patron: Patron, rule: CirculationRule, *, key: str | None = None) -> None:
    due_on = timezone.now().date() + timedelta(days=rule.loan_days)
    Loan.objects.create(
        item=item,
        patron=patron,
        rule=rule,
        rule_name=rule.name,
        loan_days=rule.loan_days,
        max_renewals=rule.max_renewals,
        renewal_days=rule.renewal_days,
        suspension=rule.suspension,
        loaned_at=timezone.now() - timedelta(minutes=1),
        unmoved_due_on=due_on,
        due_on=due_on,
        idempotency_key=key,
    )


def _let_others_look() -> None:
    """A page takes a moment between looking and writing; so does the control."""
    threading.Event().wait(0.01)


def broken(clients: int) -> Counter[str]:
    """How many rounds of each contest ended with a broken promise."""
    out = Loan.objects.filter(returned_at__isnull=True).exclude(
        item__bib__title__startswith="queue-"
    )
    by_copy = out.values("item__bib__title").annotate(n=Count("pk")).filter(n__gt=1)
    told: Counter[str] = Counter(
        title.split("-")[0] for title in by_copy.values_list("item__bib__title", flat=True)
    )
    for bib in Bib.objects.filter(title__startswith="queue-").order_by("pk"):
        holds = bib.holds.order_by("placed_at", "pk")
        ready = list(holds.filter(status="ready").values_list("pk", flat=True))
        first = list(holds.values_list("pk", flat=True)[: served(clients)])
        told["queue"] += ready != first
    return told
