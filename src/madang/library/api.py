"""Loans and holds as JSON. Every refusal names the rule that decided it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Annotated, Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field, PlainSerializer, Strict

from madang.library import facets, holding, lending, search
from madang.library.models import Bib, Hold, Item, Loan, Patron
from madang.library.rules import Refused
from madang.people.access import member_of
from madang.people.api import Problem, Refusal

PAGE = 50

router = Router(tags=["library"])

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Moment = Annotated[
    datetime,
    PlainSerializer(lambda moment: moment.astimezone(UTC).isoformat().replace("+00:00", "Z")),
]
"""RFC 3339, in UTC."""
Code = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""What a scanner reads from a card or a copy."""
Key = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]


class LoanOut(Schema):
    """A loan; `rule` decided when it is due, `unmoved_due_on` is what it says of open days."""

    id: int
    item_barcode: str
    bib: int
    title: str
    loaned_at: Moment
    due_on: date
    unmoved_due_on: date
    rule: str
    returned_at: Moment | None


class HoldOut(Schema):
    """A place in the queue for a title."""

    id: int
    bib: int
    title: str
    status: str
    placed_at: Moment
    suspended_until: date | None
    pickup_until: date | None
    rule: str


class BibOut(Schema):
    """A title of the catalogue; `is_free` where a copy stands on the shelf for anybody."""

    id: int
    title: str
    subtitle: str
    author: str
    publisher: str
    year: int | None
    is_free: bool


class ReturnOut(Schema):
    """What a return brought: days late, a suspension's last day, the fine, whether it is kept.

    Money is in the smallest unit of the site's currency.
    """

    loan: LoanOut
    days_late: int
    suspended_until: date | None
    fine: int
    kept_for_hold: int | None


class LoanIn(Schema):
    """Which copy to lend on which card; the key makes asking twice harmless."""

    model_config = ConfigDict(extra="forbid")

    item_barcode: Code
    patron_card: Code
    idempotency_key: Key | None = None


class HoldIn(Schema):
    """Which title to wait for; a card only where a librarian asks for a patron."""

    model_config = ConfigDict(extra="forbid")

    bib: Annotated[Id, Strict()]
    patron_card: Code | None = None


class Refusing(Problem):
    """409: why it cannot be, and the rule that decided it."""

    rule: str
    until: date | None


class Page(Schema):
    """Where to go on: the id after which the next rows follow."""

    after: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    limit: Annotated[int, Field(ge=1, le=100)] = PAGE


class Question(Schema):
    """What to look for, and by what to narrow it down, as on the page.

    Everything by title where `q` is blank; `page` counts from 1, each of `limit` titles.
    """

    q: Annotated[str, Field(max_length=search.LONGEST)] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = PAGE
    page: Annotated[int, Field(ge=1, le=10_000)] = 1
    language: Annotated[str, Field(max_length=3)] = ""
    form: Annotated[str, Field(max_length=10)] = ""
    place: Annotated[str, Field(max_length=30)] = ""
    free: bool = False


REFUSALS = dict.fromkeys((400, 401, 403, 413, 422, 429), Problem)
"""What any request can be answered: damaged, signed out, forged, too large, nonsense, too often."""


@router.get("/library/bibs", response={200: list[BibOut], **REFUSALS}, summary="Find titles")
def bibs(request: HttpRequest, question: Query[Question]) -> list[BibOut]:
    """Words, `title:`, `author:` and `isbn:`; the best match first."""
    by = facets.Narrowing(
        language=question.language,
        form=question.form,
        place=question.place,
        is_free=question.free,
    )
    found = holding.with_free(facets.narrow(search.find(question.q), by))
    begin = (question.page - 1) * question.limit
    rows = found[begin : begin + question.limit]
    return [BibOut.from_orm(row) for row in rows]


@router.get("/library/loans", response={200: list[LoanOut], **REFUSALS}, summary="Own loans")
def loans(request: HttpRequest, page: Query[Page]) -> list[LoanOut]:
    """The open loans of the member who asks, in the order of their ids."""
    rows = _loans().filter(patron__member=member_of(request), returned_at__isnull=True)
    return [_loan(row) for row in rows.filter(pk__gt=page.after).order_by("pk")[: page.limit]]


@router.post(
    "/library/loans",
    response={201: LoanOut, 404: Problem, 409: Refusing, **REFUSALS},
    summary="Lend a copy",
)
def lend(request: HttpRequest, wanted: LoanIn) -> Status[Any]:
    """For librarians. Of those who race for a copy, one gets 201."""
    librarian_only(request)
    item = get_object_or_404(Item, barcode=wanted.item_barcode)
    patron = get_object_or_404(Patron, card=wanted.patron_card)
    with answering():
        loan = lending.check_out(
            item=item, patron=patron, at=timezone.now(), key=wanted.idempotency_key
        )
    return Status(201, _loan(loan))


@router.post(
    "/library/loans/{loan_id}/return",
    response={200: ReturnOut, 404: Problem, 409: Refusing, **REFUSALS},
    summary="Take a copy back",
)
def take_back(request: HttpRequest, loan_id: Id) -> ReturnOut:
    """For librarians."""
    librarian_only(request)
    loan = get_object_or_404(_loans(), pk=loan_id)
    with answering():
        returned = lending.check_in(item=loan.item, at=timezone.now(), loan=loan)
    return ReturnOut(
        loan=_loan(returned.loan),
        days_late=returned.days_late,
        suspended_until=returned.suspension.ends_on if returned.suspension else None,
        fine=returned.fine.amount if returned.fine else 0,
        kept_for_hold=returned.hold.pk if returned.hold else None,
    )


@router.post(
    "/library/loans/{loan_id}/renew",
    response={200: LoanOut, 404: Problem, 409: Refusing, **REFUSALS},
    summary="Renew",
)
def renew(request: HttpRequest, loan_id: Id) -> LoanOut:
    """For the patron, and for librarians."""
    rows = _loans()
    if not _is_librarian(request):
        rows = rows.filter(patron__member=member_of(request))
    loan = get_object_or_404(rows, pk=loan_id)
    with answering():
        return _loan(lending.renew(loan=loan, at=timezone.now()))


@router.get("/library/holds", response={200: list[HoldOut], **REFUSALS}, summary="Own holds")
def holds(request: HttpRequest, page: Query[Page]) -> list[HoldOut]:
    """The holds of the member who asks, those that are over included, in the order of ids."""
    rows = _own_holds(request).filter(pk__gt=page.after).order_by("pk")
    return [_hold(row) for row in rows[: page.limit]]


@router.post(
    "/library/holds",
    response={201: HoldOut, 404: Problem, 409: Refusing, **REFUSALS},
    summary="Wait for a title",
)
def place(request: HttpRequest, wanted: HoldIn) -> Status[Any]:
    """For the member who asks; with a card, for librarians."""
    if wanted.patron_card is not None:
        librarian_only(request)
        patron = get_object_or_404(Patron, card=wanted.patron_card)
    else:
        patron = get_object_or_404(Patron, member=member_of(request))
    bib = get_object_or_404(Bib, pk=wanted.bib, is_hidden=False)
    with answering():
        hold = holding.place(bib=bib, patron=patron, at=timezone.now())
    return Status(201, _hold(hold))


@router.delete(
    "/library/holds/{hold_id}",
    response={200: HoldOut, 404: Problem, 409: Refusing, **REFUSALS},
    summary="Wait no longer",
)
def cancel(request: HttpRequest, hold_id: Id) -> HoldOut:
    """For the patron, and for librarians. The next in the queue is served."""
    rows = Hold.objects.select_related("patron", "bib")
    if not _is_librarian(request):
        rows = rows.filter(patron__member=member_of(request))
    hold = get_object_or_404(rows, pk=hold_id)
    with answering():
        return _hold(holding.cancel(hold=hold, at=timezone.now()))


@contextmanager
def answering() -> Iterator[None]:
    """A verb's refusal as 409."""
    try:
        yield
    except Refused as no:
        until = no.until.isoformat() if no.until else None
        raise Refusal(409, no.code, str(no.sentence), rule=no.rule, until=until) from None


def _is_librarian(request: HttpRequest) -> bool:
    return "librarian" in member_of(request).roles


def librarian_only(request: HttpRequest) -> None:
    """403 for everybody else."""
    if not _is_librarian(request):
        raise PermissionDenied


def _loans() -> QuerySet[Loan]:
    return Loan.objects.select_related("item__bib", "patron")


def _own_holds(request: HttpRequest) -> QuerySet[Hold]:
    return Hold.objects.filter(patron__member=member_of(request)).select_related("bib")


def _loan(row: Loan) -> LoanOut:
    return LoanOut(
        id=row.pk,
        item_barcode=row.item.barcode,
        bib=row.item.bib_id,
        title=row.item.bib.title,
        loaned_at=row.loaned_at,
        due_on=row.due_on,
        unmoved_due_on=row.unmoved_due_on,
        rule=row.rule_name,
        returned_at=row.returned_at,
    )


def _hold(row: Hold) -> HoldOut:
    return HoldOut(
        id=row.pk,
        bib=row.bib_id,
        title=row.bib.title,
        status=row.status,
        placed_at=row.placed_at,
        suspended_until=row.suspended_until,
        pickup_until=row.pickup_until,
        rule=row.rule_name,
    )
