"""What patrons owe: charges less payments, rows that are added and never changed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from madang.lib.constraints import refused
from madang.library.models import Charge, Loan, Patron, Payment
from madang.library.rules import Refused
from madang.people.models import Member

ROWS = 200
"""More rows of money than this are for reports, not for a page."""
MOST = 2**31 - 1
"""The largest amount that either database keeps."""


class AlreadyCharged(Refused):
    """The loan was charged for this already."""

    code = "already_charged"
    sentence = _("This was charged already.")


class PaysTooMuch(Refused):
    """More would be paid or let off than is owed."""

    code = "pays_too_much"
    sentence = _("That is more than is owed.")


class KeyReused(Refused):
    """The idempotency key stands for another payment."""

    code = "key_reused"
    sentence = _("This idempotency key was used for another payment.")


class _AlreadyCharged(AlreadyCharged):
    """As the database says it."""

    def __init__(self) -> None:
        super().__init__(gettext("A loan is charged once for each thing."))


class _KeyReused(KeyReused):
    """As the database says it."""

    def __init__(self) -> None:
        super().__init__(gettext("An idempotency key stands for one payment."))


def owed(patron: Patron) -> int:
    """How much `patron` owes now, in the smallest unit of money; never below 0."""
    charged = patron.charges.aggregate(all=Sum("amount"))["all"] or 0
    paid = patron.payments.aggregate(all=Sum("amount"))["all"] or 0
    return charged - paid


def ledger(patron: Patron) -> list[Charge | Payment]:
    """The charges and payments of `patron`, the latest first, at most `ROWS`."""
    rows: list[Charge | Payment] = [*patron.charges.order_by("-made_at", "-pk")[:ROWS]]
    rows += patron.payments.order_by("-made_at", "-pk")[:ROWS]
    return sorted(rows, key=lambda row: (row.made_at, row.pk), reverse=True)[:ROWS]


def charge(
    *,
    patron: Patron,
    kind: Charge.Kind,
    amount: int,
    at: datetime,
    by: Member | None,
    loan: Loan | None = None,
    note: str = "",
) -> Charge:
    """Write down that `patron` owes `amount`, at least 1.

    For a loan that was lost or came back late only once: `AlreadyCharged`, by the constraint
    `library_loan_charged_once`.
    """
    with refused({"library_loan_charged_once": _AlreadyCharged}):
        return Charge.objects.create(
            patron=patron, loan=loan, kind=kind, amount=amount, note=note, made_at=at, made_by=by
        )


def fine(*, loan: Loan, days_late: int, at: datetime) -> Charge | None:
    """Charge a late return by what the loan's rule said; None where it says nothing."""
    amount = loan.fine_per_day * days_late
    if loan.fine_most is not None:
        amount = min(amount, loan.fine_most)
    if not amount or loan.patron is None:
        return None
    return charge(
        patron=loan.patron,
        kind=Charge.Kind.OVERDUE,
        amount=min(amount, MOST),
        at=at,
        by=None,
        loan=loan,
        note=loan.rule_name,
    )


def pay(
    *,
    patron: Patron,
    amount: int,
    at: datetime,
    by: Member | None,
    kind: Payment.Kind = Payment.Kind.PAID,
    note: str = "",
    key: str | None = None,
) -> Payment:
    """Take `amount`, or let `patron` off it; of two who take the whole at once one gets it.

    `key` makes asking twice harmless: the second time the same payment is returned, also where
    the second waited for the first (`library_payment_idempotency_key_once`); `KeyReused` where it
    stands for another. `PaysTooMuch` where less is owed, with nothing written: payments of one
    patron wait for each other.
    """
    with transaction.atomic():
        Patron.objects.select_for_update(no_key=True).get(pk=patron.pk)
        before = Payment.objects.filter(idempotency_key=key).first() if key is not None else None
        if before is not None:
            if (before.patron_id, before.amount) != (patron.pk, amount):
                raise _KeyReused
            return before
        if amount > owed(patron):
            raise PaysTooMuch(gettext("Nobody pays more than is owed."))
        with refused({"library_payment_idempotency_key_once": _KeyReused}):
            return Payment.objects.create(
                patron=patron,
                kind=kind,
                amount=amount,
                note=note,
                made_at=at,
                made_by=by,
                idempotency_key=key,
            )
