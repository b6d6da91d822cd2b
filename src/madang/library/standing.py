"""Whether a patron may borrow now, whatever it is."""

from __future__ import annotations

from datetime import date

from django.db.models import F
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from madang.library import owing
from madang.library.models import CirculationRule, Item, Loan, Patron, Suspension
from madang.library.rules import Refused


class CardExpired(Refused):
    """The card's last day is past."""

    code = "card_expired"
    sentence = _("The card has expired.")


class Suspended(Refused):
    """The patron is suspended; `until` is the last day, None until further notice."""

    code = "suspended"
    sentence = _("The patron is suspended from borrowing.")


class HasOverdue(Refused):
    """The patron has a copy that should be back, and its rule suspends for that."""

    code = "overdue"
    sentence = _("Something is overdue. It has to be returned first.")


class OwesTooMuch(Refused):
    """The patron owes more than the category allows."""

    code = "owes_too_much"
    sentence = _("More is owed than may be. It has to be paid first.")


def check(*, patron: Patron, on: date) -> None:
    """Nothing where `patron` may borrow on that day, else what keeps from it.

    `CardExpired`, `Suspended` (of several the one that lasts longest), `HasOverdue` (a copy that
    is said to be returned keeps nobody from borrowing), `OwesTooMuch`.
    """
    if patron.expires_on is not None and patron.expires_on < on:
        raise CardExpired(gettext("A card is valid until its last day."), until=patron.expires_on)
    suspension = suspended(patron=patron, on=on)
    if suspension is not None:
        raise Suspended(suspension.rule_name, until=suspension.ends_on)
    late = (
        Loan.objects.filter(patron=patron, returned_at__isnull=True, due_on__lt=on)
        .exclude(suspension=CirculationRule.Suspension.NONE)
        .exclude(item__status=Item.Status.CLAIMED)
        .order_by("due_on", "pk")
        .first()
    )
    if late is not None:
        raise HasOverdue(late.rule_name)
    limit = patron.category.max_owed
    if limit is not None and owing.owed(patron) > limit:
        raise OwesTooMuch(patron.category)


def suspended(*, patron: Patron, on: date) -> Suspension | None:
    """The suspension that keeps `patron` from borrowing on that day, the longest of several."""
    rows = Suspension.objects.filter(patron=patron, lifted_at__isnull=True, begins_on__lte=on)
    rows = rows.exclude(ends_on__lt=on)
    return rows.order_by(F("ends_on").desc(nulls_first=True), "pk").first()
