"""Holds: placing, putting off, cancelling, and serving the next in the queue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from madang.lib.constraints import refused
from madang.library import line, opening, rules, standing
from madang.library.models import Bib, CirculationRule, Hold, Item, Loan, Patron
from madang.library.models.holds import OPEN
from madang.library.rules import Refused
from madang.people.tasks import on_sweep


class AlreadyHeld(Refused):
    """The patron waits for this title already."""

    code = "already_held"
    sentence = _("This patron waits for the title already.")


class AlreadyBorrowed(Refused):
    """The patron has a copy of this title."""

    code = "already_borrowed"
    sentence = _("This patron has a copy of the title already.")


class HoldLimit(Refused):
    """The patron has as many holds as the rule allows."""

    code = "hold_limit_reached"
    sentence = _("No more holds at once are allowed.")


class QueueFull(Refused):
    """The title has as many holds as the rule allows."""

    code = "queue_full"
    sentence = _("The queue for this title is full.")


class HeldForOther(Refused):
    """The copy is kept for somebody who asked earlier."""

    code = "held_for_other"
    sentence = _("This copy is kept for somebody who asked earlier.")


class NotWaiting(Refused):
    """The hold does not wait any more: it is ready, or over."""

    code = "not_waiting"
    sentence = _("This hold is not waiting any more.")


def place(*, bib: Bib, patron: Patron, at: datetime, item: Item | None = None) -> Hold:
    """Put `patron` at the end of the queue for `bib`, or for `item` alone, a copy of it.

    Ready at once where a copy is free. Raises a `Refused`, with nothing written. Once a title by
    the constraint `library_hold_once_a_title`; the queue is that of (`placed_at`, `id`).
    """
    with transaction.atomic():
        line.wait(patron=patron, bib_id=bib.pk)
        standing.check(patron=patron, on=opening.today(at))
        rule = _rule(bib=bib, patron=patron, item=item)
        if Loan.objects.filter(patron=patron, item__bib=bib, returned_at__isnull=True).exists():
            raise AlreadyBorrowed(gettext("One copy of a title for each patron."))
        queue = Hold.objects.filter(bib=bib, status__in=OPEN)
        with refused({"library_hold_once_a_title": _AlreadyHeld}):
            hold = Hold.objects.create(
                patron=patron,
                bib=bib,
                item=item,
                rule_name=rule.name,
                pickup_days=rule.pickup_days,
                placed_at=max([at, *queue.values_list("placed_at", flat=True)]),
            )
        if Hold.objects.filter(patron=patron, status__in=OPEN).count() > rule.max_holds:
            raise HoldLimit(rule)
        if queue.count() > rule.max_holds_per_bib:
            raise QueueFull(rule)
        serve(bib_id=bib.pk, at=at)
        hold.refresh_from_db()
    return hold


class _AlreadyHeld(AlreadyHeld):
    """As the database says it."""

    def __init__(self) -> None:
        super().__init__(gettext("A patron waits once for a title."))


def _rule(*, bib: Bib, patron: Patron, item: Item | None) -> CirculationRule:
    """The rule of the copy that is asked for, or of the first copy that the patron may borrow."""
    copies = [item] if item is not None else list(bib.items.order_by("pk"))
    among = rules.every()
    reason: Refused = rules.NotLent(gettext("The title has no copy."))
    for copy in copies:
        try:
            return rules.lendable(patron=patron, item=copy, among=among)
        except Refused as error:
            reason = error
    raise reason


def cancel(*, hold: Hold, at: datetime) -> Hold:
    """Take `hold` out of the queue and serve the next; `NotWaiting` if it is over already."""
    with transaction.atomic():
        line.wait(patron=hold.patron, bib_id=hold.bib_id)
        _close(hold, Hold.Status.CANCELLED, at=at)
        serve(bib_id=hold.bib_id, at=at)
        hold.refresh_from_db()
    return hold


def suspend(*, hold: Hold, until: date | None, at: datetime) -> Hold:
    """Pass `hold` over before the day `until`, with its place kept; None ends that.

    Raises `NotWaiting` where it is ready or over.
    """
    with transaction.atomic():
        line.wait(patron=hold.patron, bib_id=hold.bib_id)
        waiting = Hold.objects.filter(pk=hold.pk, status=Hold.Status.WAITING)
        if not waiting.update(suspended_until=until):
            raise NotWaiting(gettext("A hold can be put off while it waits."))
        serve(bib_id=hold.bib_id, at=at)
        hold.refresh_from_db()
    return hold


@on_sweep
def expire(at: datetime) -> None:
    """Close what was not picked up in time and serve the next; serve also who waits no longer.

    Each title in a transaction of its own. Doing it twice changes nothing.
    """
    on = opening.today(at)
    late = Hold.objects.filter(status=Hold.Status.READY, pickup_until__lt=on)
    could = _waiting(on).filter(Exists(free().filter(bib=OuterRef("bib"))))
    found = {*late.values_list("bib", flat=True), *could.values_list("bib", flat=True)}
    for bib_id in sorted(found):
        with transaction.atomic():
            line.wait(bib_id=bib_id)
            late.filter(bib=bib_id).update(status=Hold.Status.EXPIRED, closed_at=at)
            serve(bib_id=bib_id, at=at)


def serve(*, bib_id: int, at: datetime) -> list[Hold]:
    """Keep free copies for those who wait, in their order; the holds that are ready now.

    The caller stands in line for the title. One hold a copy by the constraint
    `library_item_ready_once`.
    """
    on = opening.today(at)
    waiting = list(
        _waiting(on).filter(bib=bib_id).order_by("placed_at", "pk").select_related("patron")
    )
    if not waiting:
        return []
    copies = list(free().filter(bib=bib_id))
    asked = {hold.item_id for hold in waiting}
    copies.sort(key=lambda item: (item.pk in asked, item.pk))
    among = rules.every() if copies else []
    served = []
    for hold in waiting:
        item = _fitting(hold, copies, among)
        if item is None:
            continue
        copies.remove(item)
        hold.status, hold.ready_item, hold.ready_at = Hold.Status.READY, item, at
        hold.pickup_until = opening.open_after(on, hold.pickup_days)
        hold.save(update_fields=["status", "ready_item", "ready_at", "pickup_until"])
        served.append(hold)
    return served


def _fitting(hold: Hold, copies: list[Item], among: Iterable[CirculationRule]) -> Item | None:
    """The first free copy that the hold asks for and its patron may borrow."""
    assert hold.patron is not None
    for item in copies:
        if hold.item_id not in {None, item.pk}:
            continue
        try:
            rules.lendable(patron=hold.patron, item=item, among=among)
        except Refused:
            continue
        return item
    return None


def claim(*, item: Item, patron: Patron, at: datetime) -> None:
    """Let `patron` have `item`: close the patron's own hold, or see that nobody's is harmed.

    A copy that is kept for another is given only where a second one is free to be kept in its
    stead; else `HeldForOther`. What was kept for `patron` instead goes to the next. The caller
    stands in line for the title.
    """
    kept = Q(ready_item=item, status=Hold.Status.READY)
    rows = Hold.objects.filter(kept | Q(bib=item.bib_id, patron=patron, status__in=OPEN))
    holds = {row.patron_id == patron.pk: row for row in rows}
    own, other = holds.get(True), holds.get(False)
    if own is not None:
        _close(own, Hold.Status.FULFILLED, at=at)
    if other is not None:
        second = None if other.item_id else free().filter(bib=item.bib_id).order_by("pk").first()
        if second is None:
            raise HeldForOther(gettext("Holds are served in the order in which they were placed."))
        Hold.objects.filter(pk=other.pk).update(ready_item=second)
    if own is not None and own.ready_item_id not in {None, item.pk}:
        serve(bib_id=item.bib_id, at=at)


def ahead(*, loan: Loan, at: datetime) -> int:
    """How many others wait for the title of `loan` and could be given its copy."""
    waiting = _waiting(opening.today(at)).filter(bib=loan.item.bib_id)
    return waiting.filter(Q(item__isnull=True) | Q(item=loan.item_id)).count()


def _waiting(on: date) -> QuerySet[Hold]:
    """Holds that can be served on that day."""
    return Hold.objects.filter(status=Hold.Status.WAITING).exclude(suspended_until__gt=on)


def with_free(bibs: QuerySet[Bib]) -> QuerySet[Bib]:
    """`bibs` with `is_free`: whether a copy stands on the shelf and is kept for nobody."""
    return bibs.annotate(is_free=Exists(free().filter(bib=OuterRef("pk"))))


def free() -> QuerySet[Item]:
    """Copies that stand on the shelf and are kept for nobody."""
    lent = Loan.objects.filter(item=OuterRef("pk"), returned_at__isnull=True)
    kept = Hold.objects.filter(ready_item=OuterRef("pk"), status=Hold.Status.READY)
    return Item.objects.filter(~Exists(lent), ~Exists(kept), status=Item.Status.AVAILABLE)


def _close(hold: Hold, status: Hold.Status, *, at: datetime) -> None:
    still_open = Hold.objects.filter(pk=hold.pk, status__in=OPEN)
    if not still_open.update(status=status, closed_at=at):
        raise NotWaiting(gettext("A hold ends once."))
