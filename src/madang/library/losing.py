"""Copies that do not come back: lost, said to be returned, paid for, and found again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from madang.library import holding, line, owing
from madang.library.lending import NotOnLoan
from madang.library.models import Charge, Hold, Item, Loan
from madang.library.rules import Refused
from madang.people.models import Member


class NotLost(Refused):
    """The copy is neither lost nor said to be returned."""

    code = "not_lost"
    sentence = _("This copy is not missing.")


def lose(*, loan: Loan, at: datetime, by: Member | None, amount: int = 0) -> Charge | None:
    """Write down that the copy is lost, and charge its patron `amount` if that is not 0.

    The loan stays open until it is settled or the copy is found. `NotOnLoan` where it is over,
    `AlreadyCharged` where its loss was charged before, with nothing written.
    """
    with transaction.atomic():
        _wait(loan)
        loan.item.status = Item.Status.LOST
        loan.item.save(update_fields=["status"])
        if not amount or loan.patron is None:
            return None
        return owing.charge(
            patron=loan.patron, kind=Charge.Kind.LOST, amount=amount, at=at, by=by, loan=loan
        )


def claim(*, loan: Loan, at: datetime) -> None:
    """Write down that the patron says it was returned; the shelves are searched for it.

    Meanwhile it keeps nobody from borrowing, and no further day counts as late. `NotOnLoan`.
    """
    with transaction.atomic():
        _wait(loan)
        loan.item.status = Item.Status.CLAIMED
        loan.item.save(update_fields=["status"])
        if loan.claimed_at is None:
            loan.claimed_at = max(at, loan.loaned_at)
            loan.save(update_fields=["claimed_at"])


def settle(*, loan: Loan, at: datetime) -> None:
    """End the loan of a copy that will not come back: it was paid for, replaced or let go.

    The copy stays lost. `NotOnLoan`, or `NotLost` where it was not written down as missing.
    """
    with transaction.atomic():
        _wait(loan)
        if not loan.item.is_missing:
            raise NotLost(gettext("What is settled is lost."))
        loan.item.status = Item.Status.LOST
        loan.item.save(update_fields=["status"])
        loan.returned_at = max(at, loan.loaned_at)
        loan.save(update_fields=["returned_at"])


def find(*, item: Item, at: datetime) -> Hold | None:
    """A copy that was missing and is with nobody stands on the shelf again.

    Returns the hold it is kept for now, or None. `NotLost` where it was not missing. A copy that
    is still on loan comes back as any other, by `lending.check_in`.
    """
    with transaction.atomic():
        line.wait(bib_id=item.bib_id, item=item)
        is_out = item.loans.filter(returned_at__isnull=True).exists()
        if is_out or not item.is_missing:
            raise NotLost(gettext("What is found was missing."))
        item.status = Item.Status.AVAILABLE
        item.save(update_fields=["status"])
        served = holding.serve(bib_id=item.bib_id, at=at)
    return next((each for each in served if each.ready_item_id == item.pk), None)


def _wait(loan: Loan) -> None:
    """Stand in line for all that a loan touches, and see that it is open still."""
    line.wait(patron=loan.patron, bib_id=loan.item.bib_id, item=loan.item)
    loan.refresh_from_db(fields=["returned_at", "claimed_at"])
    if loan.returned_at is not None:
        raise NotOnLoan(gettext("What is missing was lent."))
