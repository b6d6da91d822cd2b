"""What a machine is told of a patron: may they borrow, what have they, what do they owe."""

from __future__ import annotations

import hashlib
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from madang.lib.money import digits
from madang.library import opening, owing, standing
from madang.library.desk import refusal
from madang.library.models import Hold, Loan, Patron
from madang.library.rules import Refused
from madang.library.sip2.messages import Request, moment, yes
from madang.ui.templatetags.ui import money as written

NOTHING_DENIED = " " * 14
ALL_DENIED = "YY Y" + " " * 10
"""Of fourteen flags, the first, second and fourth: to borrow, to renew, to place holds."""
REASONS = {standing.HasOverdue: 6, standing.OwesTooMuch: 10}
"""Which flag more says why: too many overdue, too much owed."""
TRIES, PAUSE = 5, 600
"""So many wrong passwords of a patron in so many seconds, and none is compared any more."""

Fields = list[tuple[str, str]]


def now() -> str:
    """The transaction's date of an answer: the time at the library."""
    return moment(timezone.now().astimezone(ZoneInfo(settings.TIME_ZONE)))


def key(request: Request, terminal: int, *names: str) -> str | None:
    """The same for a message that is sent again; none where the machine tells no time.

    `names` are the fields that say what it is about.
    """
    told = request.fixed["at"]
    if not told.strip():
        return None
    parts = "\0".join([str(terminal), told, *map(request.get, names)])
    return "sip2-" + hashlib.sha256(parts.encode()).hexdigest()


def find(request: Request) -> Patron | None:
    """Whose card the request names."""
    card = request.get("AA")
    return Patron.objects.filter(card=card).select_related("category", "member").first()


def state(patron: Patron, at: datetime) -> tuple[str, str]:
    """The fourteen flags, and the sentence of the first reason for one; nothing where all is well.

    With the rule that decided, as on the desk.
    """
    on = opening.today(at)
    try:
        standing.check(patron=patron, on=on)
    except Refused as no:
        flags = list(ALL_DENIED)
        if type(no) in REASONS:
            flags[REASONS[type(no)]] = "Y"
        return "".join(flags), refusal(no)
    limit = patron.category.max_loans
    if limit is not None and loans(patron).count() >= limit:
        return "Y    Y" + " " * 8, _("No more loans at once are allowed.")
    return NOTHING_DENIED, ""


def knows_password(patron: Patron, request: Request) -> bool | None:
    """Whether the password is that of the patron's account; None where none was typed.

    After `TRIES` wrong ones it is False for `PAUSE` seconds, whatever is typed.
    """
    typed = request.get("AD")
    if not typed:
        return None
    if patron.member is None:
        return False
    key = f"library-sip2-{patron.pk}"
    wrong = cache.get(key, 0)
    if wrong >= TRIES:
        return False
    if patron.member.check_password(typed):
        return True
    cache.set(key, wrong + 1, PAUSE)
    return False


def identity(request: Request, patron: Patron | None, *, is_right: bool | None) -> Fields:
    """Who it is: institution, name, card, whether card and password are right."""
    return [
        ("AO", request.get("AO")),
        ("AE", str(patron) if patron and is_right is not False else ""),
        ("AA", request.get("AA")),
        ("BL", yes(patron)),
        ("CQ", yes(is_right)),
    ]


def money(patron: Patron) -> Fields:
    """The currency, and what is owed as a decimal number."""
    amount = Decimal(owing.owed(patron)).scaleb(-digits(settings.CURRENCY))
    return [("BH", settings.CURRENCY), ("BV", str(amount))]


def loans(patron: Patron) -> QuerySet[Loan]:
    """What the patron has, the first due first."""
    return patron.loans.current().order_by("due_on", "pk")


def lists(patron: Patron, at: datetime) -> dict[str, tuple[str, list[str]]]:
    """By the place of the letter in the summary: the field's name, and barcodes or titles."""
    on = opening.today(at)
    rows = [(loan.item.barcode, loan.due_on) for loan in loans(patron)]
    owed = owing.owed(patron)
    ready = Hold.objects.ready().filter(patron=patron).order_by("ready_at", "pk")
    waiting = patron.holds.open().filter(status=Hold.Status.WAITING)
    return {
        "hold": ("AS", [hold.ready_item.barcode for hold in ready if hold.ready_item]),
        "overdue": ("AT", [barcode for barcode, due_on in rows if due_on < on]),
        "charged": ("AU", [barcode for barcode, _due_on in rows]),
        "fine": ("AV", [written(owed)] if owed else []),
        "recall": ("BU", []),
        "unavailable": ("CD", [str(hold.bib) for hold in waiting]),
    }
