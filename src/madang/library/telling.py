"""Letters to patrons: what is due soon, what is overdue, what is ready; each told once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from madang.lib.constraints import refused
from madang.library import letters, opening
from madang.library.models import Hold, Item, Loan, Notice, Patron
from madang.people.models import Member
from madang.people.tasks import on_sweep

MORNING = 8
"""The hour at the library from which letters about due dates are written; none come at night."""
MOST = 200
"""So many patrons are written to in one sweep; the others a minute later."""

Kind = Notice.Kind


class _Told(Exception):
    """Somebody else wrote the letter at the same moment."""


REFUSALS: dict[str, type[Exception]] = {
    "library_loan_told_once": _Told,
    "library_hold_told_once": _Told,
}


def tell(*, patron: Patron, kind: Notice.Kind, at: datetime) -> int:
    """Write one letter to `patron` of all that is to be told of this kind; of how much it is.

    What was told and the letter are one transaction: a crash leaves both or neither, and of many
    who tell at once one does (`library_loan_told_once`, `library_hold_told_once`). 0 where
    nothing is to be told, or nobody has an e-mail address.
    """
    try:
        with refused(REFUSALS):
            return _tell(patron, kind, at)
    except _Told:
        return 0


def _tell(patron: Patron, kind: Notice.Kind, at: datetime) -> int:
    on = opening.today(at)
    if kind == Kind.READY:
        holds = list(_ready().filter(patron=patron).select_related("bib", "ready_item__location"))
        notices = [Notice(kind=kind, hold=hold, written_at=at) for hold in holds]
        letters.ready(patron=patron, holds=holds)
    else:
        steps = [(0, _soon(on, at))] if kind == Kind.DUE else list(_late(on))
        found = [(step, loan) for step, loans in steps for loan in loans.filter(patron=patron)]
        notices = [
            Notice(kind=kind, loan=loan, due_on=loan.due_on, step=step, written_at=at)
            for step, loan in found
        ]
        loans = sorted((loan for _step, loan in found), key=lambda loan: (loan.due_on, loan.pk))
        write = letters.due_soon if kind == Kind.DUE else letters.overdue
        write(patron=patron, loans=loans)
    Notice.objects.bulk_create(notices)
    return len(notices)


@on_sweep
def tell_all(at: datetime) -> None:
    """Tell every patron what is to be told; of due dates not before the morning."""
    on = opening.today(at)
    wanted: list[tuple[Notice.Kind, QuerySet[Loan] | QuerySet[Hold]]] = [(Kind.READY, _ready())]
    if at.astimezone(ZoneInfo(settings.TIME_ZONE)).hour >= MORNING:
        wanted.append((Kind.DUE, _soon(on, at)))
        wanted += [(Kind.OVERDUE, loans) for _step, loans in _late(on)]
    for kind, rows in wanted:
        keys = set(rows.order_by().values_list("patron", flat=True)[:MOST])
        for patron in Patron.objects.filter(pk__in=keys).select_related("member"):
            tell(patron=patron, kind=kind, at=at)


def choose(*, member: Member, is_on: bool) -> None:
    """Let `member` have letters before something is due, or none."""
    Patron.objects.filter(member=member).update(wants_reminders=is_on)


def _ready() -> QuerySet[Hold]:
    """Holds that are ready and of which nobody was told."""
    told = Notice.objects.filter(hold=OuterRef("pk"))
    ready = Hold.objects.filter(~Exists(told), status=Hold.Status.READY).exclude(_unreachable())
    return ready.order_by("pickup_until", "pk")


def _soon(on: date, at: datetime) -> QuerySet[Loan]:
    """Loans that are due within `settings.LIBRARY_DUE_SOON_DAYS`, of patrons who want to know.

    Not on the day of the loan itself; where the days are 0, none.
    """
    last = on + timedelta(days=settings.LIBRARY_DUE_SOON_DAYS)
    midnight = at.astimezone(ZoneInfo(settings.TIME_ZONE)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    rows = _out(Kind.DUE, 0).filter(
        due_on__gte=on, due_on__lte=last, loaned_at__lt=midnight, patron__wants_reminders=True
    )
    return rows if last > on else rows.none()


def _late(on: date) -> Iterator[tuple[int, QuerySet[Loan]]]:
    """For each step of `settings.LIBRARY_OVERDUE_DAYS` the loans that are so late, and no later."""
    steps: tuple[int, ...] = settings.LIBRARY_OVERDUE_DAYS
    for step, after in zip(steps, (*steps[1:], None), strict=False):  # there may be no steps
        rows = _out(Kind.OVERDUE, step).filter(due_on__lte=on - timedelta(days=step))
        if after is not None:
            rows = rows.filter(due_on__gt=on - timedelta(days=after))
        yield step, rows


def _out(kind: Notice.Kind, step: int) -> QuerySet[Loan]:
    """Loans of which this was not told, of copies that are with their patrons."""
    told = Notice.objects.filter(
        loan=OuterRef("pk"), kind=kind, due_on=OuterRef("due_on"), step=step
    )
    rows = Loan.objects.current().filter(~Exists(told)).exclude(_unreachable())
    return rows.exclude(item__status__in=Item.MISSING)


def _unreachable() -> Q:
    """Patrons without an address: nothing is told them, until they have one."""
    return Q(patron__member__isnull=True) | Q(patron__member__email="")
