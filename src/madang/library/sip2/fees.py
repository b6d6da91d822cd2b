"""What a machine tells of money: what a patron has paid into it."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from madang.lib.money import digits
from madang.library import owing
from madang.library.desk import refusal
from madang.library.rules import Refused
from madang.library.sip2 import people
from madang.library.sip2.messages import Answer, Request, answer
from madang.people.models import Member

AMOUNT = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,4})?")


def pay(request: Request, terminal: Member, at: datetime) -> Answer:
    """37 → 38. The same message, sent again by a machine that heard no answer, is one payment.

    No more is taken than is owed, and no other money than the site's.
    """
    patron = people.find(request)
    if patron is None:
        text = _("Nothing has the number “%(number)s”.")
        return _answer(request, text % {"number": request.get("AA")}, is_paid=False)
    if people.knows_password(patron, request) is False:
        return _answer(request, _("The password is wrong."), is_paid=False)
    if request.fixed["currency"] != settings.CURRENCY:
        text = _("Only %(currency)s is taken.")
        return _answer(request, text % {"currency": settings.CURRENCY}, is_paid=False)
    amount = _amount(request.get("BV"))
    if not amount:
        return _answer(request, _("This is no amount."), is_paid=False)
    key = people.key(request, terminal.pk, "AA", "BV", "BK")
    try:
        owing.pay(
            patron=patron, amount=amount, at=at, by=terminal, note=request.get("BK")[:250], key=key
        )
    except Refused as no:
        return _answer(request, refusal(no), is_paid=False)
    return _answer(request, "", is_paid=True)


def _amount(text: str) -> int:
    """In the smallest unit of the site's money; 0 where `text` is no amount of it."""
    if not AMOUNT.fullmatch(text):
        return 0
    amount = Decimal(text).scaleb(digits(settings.CURRENCY))
    return int(amount) if amount == int(amount) and amount <= owing.MOST else 0


def _answer(request: Request, told: str, *, is_paid: bool) -> Answer:
    fields = [
        ("AO", request.get("AO")),
        ("AA", request.get("AA")),
        ("BK", request.get("BK")),
        ("AF", told),
    ]
    return answer(f"38{'Y' if is_paid else 'N'}{people.now()}", fields)
