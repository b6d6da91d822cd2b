"""Money and missing copies as JSON. Amounts are in the smallest unit of the site's currency."""

from __future__ import annotations

from typing import Annotated, Literal

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field, Strict

from madang.library import losing, owing
from madang.library.api import REFUSALS, Code, Id, Moment, Refusing, answering, librarian_only
from madang.library.models import Loan, Patron, Payment
from madang.people.access import member_of
from madang.people.api import Problem

router = Router(tags=["library"])

Amount = Annotated[int, Field(ge=0, le=owing.MOST), Strict()]


class RowOut(Schema):
    """A charge, or a payment where `amount` is below 0."""

    kind: str
    amount: int
    note: str
    made_at: Moment


class AccountOut(Schema):
    """What is owed, and the rows it is the sum of, the latest first."""

    owed: int
    currency: str
    rows: list[RowOut]


class MissingIn(Schema):
    """What became of a copy; `amount` is charged where it is lost."""

    model_config = ConfigDict(extra="forbid")

    what: Literal["lost", "claimed", "settled"]
    amount: Amount = 0


class PaymentIn(Schema):
    """Who pays how much, or is let off it."""

    model_config = ConfigDict(extra="forbid")

    patron_card: Code
    amount: Annotated[int, Field(ge=1, le=owing.MOST), Strict()]
    kind: Literal["paid", "waived"] = "paid"


@router.get(
    "/library/account", response={200: AccountOut, 404: Problem, **REFUSALS}, summary="Own account"
)
def account(request: HttpRequest) -> AccountOut:
    """Of the member who asks; 404 without a library card."""
    return _account(get_object_or_404(Patron, member=member_of(request)))


@router.post(
    "/library/payments",
    response={201: AccountOut, 404: Problem, 409: Refusing, **REFUSALS},
    summary="Take a payment",
)
def pay(request: HttpRequest, wanted: PaymentIn) -> Status[AccountOut]:
    """For librarians. Nobody pays more than is owed."""
    librarian_only(request)
    patron = get_object_or_404(Patron, card=wanted.patron_card)
    with answering():
        owing.pay(
            patron=patron,
            amount=wanted.amount,
            kind=Payment.Kind(wanted.kind),
            at=timezone.now(),
            by=member_of(request),
        )
    return Status(201, _account(patron))


@router.post(
    "/library/loans/{loan_id}/missing",
    response={200: AccountOut, 404: Problem, 409: Refusing, **REFUSALS},
    summary="Write down a copy as lost, said to be returned, or settled",
)
def missing(request: HttpRequest, loan_id: Id, wanted: MissingIn) -> AccountOut:
    """For librarians; answered with the account of the patron."""
    librarian_only(request)
    loan = get_object_or_404(Loan.objects.current(), pk=loan_id)
    at = timezone.now()
    with answering():
        if wanted.what == "lost":
            losing.lose(loan=loan, at=at, by=member_of(request), amount=wanted.amount)
        elif wanted.what == "claimed":
            losing.claim(loan=loan, at=at)
        else:
            losing.settle(loan=loan, at=at)
    assert loan.patron is not None  # an open loan has one
    return _account(loan.patron)


def _account(patron: Patron) -> AccountOut:
    rows = [
        RowOut(
            kind=row.kind,
            amount=-row.amount if row.is_credit else row.amount,
            note=row.note,
            made_at=row.made_at,
        )
        for row in owing.ledger(patron)
    ]
    return AccountOut(owed=owing.owed(patron), currency=settings.CURRENCY, rows=rows)
