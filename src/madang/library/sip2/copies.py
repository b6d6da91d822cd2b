"""What a machine asks and tells of a copy itself: where it is, and that it is there or missing."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from madang.library import losing
from madang.library.desk import refusal
from madang.library.lending import NotOnLoan
from madang.library.models import Hold, Item
from madang.library.rules import Refused
from madang.library.sip2 import people
from madang.library.sip2.desk import find, unknown
from madang.library.sip2.messages import Answer, Request, answer, last_of

LENT, KEPT, FREE, OTHER = "04", "08", "03", "01"
CLAIMED, LOST = "11", "12"
STATES = {
    Item.Status.PROCESSING: "06",
    Item.Status.CLAIMED: CLAIMED,
    Item.Status.LOST: LOST,
    Item.Status.MISSING: "13",
}
"""Circulation status of a copy that is neither lent nor kept; of others 03 (available) or 01."""


def information(request: Request, _at: datetime) -> Answer:
    """17 → 18."""
    item = find(request)
    if item is None:
        fields = [("AB", request.get("AB")), ("AJ", ""), ("AF", unknown(request, is_card=False))]
        return answer(f"18{OTHER}0001{people.now()}", fields)
    loan = item.loans.current().first()
    queue = Hold.objects.open().filter(bib=item.bib_id).count()
    fields = [
        ("CF", str(queue)),
        *([("AH", last_of(loan.due_on))] if loan else []),
        ("AB", item.barcode),
        ("AJ", str(item.bib)),
        ("AQ", str(item.location)),
        ("CH", item.call_number),
    ]
    return answer(f"18{_state(item)}0001{people.now()}", fields)


def update(request: Request, at: datetime) -> Answer:
    """19 → 20: CH is the circulation status that the copy is to have, as in an answer 18.

    Available (03) is for what was missing and is found; claimed returned (11) and lost (12) for
    what is on loan. A copy that has the status already keeps it; nothing else is written.
    """
    item = find(request)
    if item is None:
        return _updated(request, None, unknown(request, is_card=False))
    if request.get("CH") not in {FREE, CLAIMED, LOST}:
        return _updated(request, item, _("Only 03, 11 and 12 can be set."))
    try:
        _have(item, request.get("CH"), at)
    except Refused as no:
        return _updated(request, item, refusal(no))
    item.refresh_from_db()
    return _updated(request, item, "", is_set=True)


def _have(item: Item, wanted: str, at: datetime) -> None:
    loan = item.loans.current().first()
    if wanted == _state(item):
        return
    if wanted == FREE:
        losing.find(item=item, at=at)
    elif loan is None:
        raise NotOnLoan(_("What is missing was lent."))
    elif wanted == LOST:
        losing.lose(loan=loan, at=at, by=None)
    else:
        losing.claim(loan=loan, at=at)


def _state(item: Item) -> str:
    """What the copy is doing, as two digits."""
    state = STATES.get(Item.Status(item.status))
    if state is not None:
        return state
    if item.status != Item.Status.AVAILABLE:
        return OTHER
    if item.loans.current().exists():
        return LENT
    kept = Hold.objects.filter(ready_item=item, status=Hold.Status.READY)
    return KEPT if kept.exists() else FREE


def _updated(request: Request, item: Item | None, told: str, *, is_set: bool = False) -> Answer:
    fields = [
        ("AB", request.get("AB")),
        ("AJ", str(item.bib) if item else ""),
        ("CH", _state(item) if item else ""),
        ("AF", told),
    ]
    return answer(f"20{'1' if is_set else '0'}{people.now()}", fields)
