"""What a machine asks of copies, done by the verbs of the desk: lend, take back, renew, hold."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from madang.library import holding, lending, losing
from madang.library.desk import decided, refusal
from madang.library.models import Hold, Item, Loan, Patron
from madang.library.rules import Refused
from madang.library.sip2 import people
from madang.library.sip2.messages import Answer, Request, answer, last_of, yes
from madang.ui.templatetags.ui import day, money

ONE_COPY = "3"
"""The kind of hold (BY) that waits for this copy alone."""


def find(request: Request) -> Item | None:
    """The copy whose barcode the request names."""
    rows = Item.objects.select_related("bib", "location")
    return rows.filter(barcode=request.get("AB")).first()


def check_out(request: Request, terminal: int, at: datetime) -> Answer:
    """11 → 12. The same message, sent again by a machine that heard no answer, is one loan.

    A copy that the patron has already is renewed where the machine says that it may be (its
    renewal policy), and with BI a loan that it could not finish is taken back.
    """
    patron, item = people.find(request), find(request)
    if patron is None or item is None:
        return _lent(request, item, None, unknown(request, patron is None))
    if people.knows_password(patron, request) is False:
        return _lent(request, item, None, _("The password is wrong."))
    if request.get("BI") == "Y":
        return _undo(request, item, patron, at)
    own = item.loans.current().filter(patron=patron).first()
    key = people.key(request, terminal, "AA", "AB")
    if own is not None and own.idempotency_key != key and request.fixed["renewal"] == "Y":
        return renew(request, at, code="12")
    try:
        loan = _lend(item, patron, key, at)
    except Refused as no:
        return _lent(request, item, None, refusal(no))
    return _lent(request, item, loan, decided(loan))


def _lend(item: Item, patron: Patron, key: str | None, at: datetime) -> Loan:
    """A machine whose clock stands still names a new loan as one that is over: it is a new one."""
    loan = lending.check_out(item=item, patron=patron, at=at, key=key)
    if loan.returned_at is not None:
        loan = lending.check_out(item=item, patron=patron, at=at)
    return loan


def _undo(request: Request, item: Item, patron: Patron, at: datetime) -> Answer:
    own = item.loans.current().filter(patron=patron).first()
    if own is None:
        return _lent(request, item, None, _("This copy is not on loan."))
    lending.check_in(item=item, at=at, loan=own)
    return _lent(request, item, own, _("Taken back."))


def _lent(
    request: Request,
    item: Item | None,
    loan: Loan | None,
    told: str,
    *,
    code: str = "12",
    is_renewal: bool = False,
) -> Answer:
    flags = f"{'1' if loan else '0'}{yes(is_renewal)}N{yes(loan and not is_renewal)}"
    fields = [
        ("AO", request.get("AO")),
        ("AA", request.get("AA")),
        ("AB", request.get("AB")),
        ("AJ", str(item.bib) if item else ""),
        ("AH", last_of(loan.due_on) if loan else ""),
        ("AF", told),
    ]
    return answer(f"{code}{flags}{people.now()}", fields)


def check_in(request: Request, at: datetime) -> Answer:
    """09 → 10. What is kept for somebody, or was missing, says so with an alert (CV 01)."""
    item = find(request)
    if item is None:
        return _back(request, None, [], unknown(request, is_card=False), is_ok=False)
    try:
        returned = lending.check_in(item=item, at=at)
    except lending.NotOnLoan as no:
        return _found(request, item, refusal(no), at)
    told = []
    if returned.fine is not None:
        text = _("%(days)d days late: %(amount)s. Rule: %(rule)s.")
        about = {"days": returned.days_late, "rule": returned.loan.rule_name}
        told.append(text % {**about, "amount": money(returned.fine.amount)})
    if returned.suspension is not None and returned.suspension.ends_on is not None:
        text = _("%(days)d days late. Suspended until %(day)s. Rule: %(rule)s.")
        about = {"days": returned.days_late, "rule": returned.loan.rule_name}
        told.append(text % {**about, "day": day(returned.suspension.ends_on)})
    return _back(request, item, told, hold=returned.hold)


def _found(request: Request, item: Item, told: str, at: datetime) -> Answer:
    """A copy that nobody has: it was missing, or was only put in twice."""
    try:
        hold = losing.find(item=item, at=at)
    except losing.NotLost:
        return _back(request, item, [], told, is_ok=False)
    return _back(
        request, item, [_("“%(title)s” was missing and is found.") % {"title": item.bib}], hold=hold
    )


def _back(
    request: Request,
    item: Item | None,
    told: list[str],
    *more: str,
    is_ok: bool = True,
    hold: Hold | None = None,
) -> Answer:
    kept = []
    if hold is not None:
        kept = [_("Somebody waits for it.")]
    flags = f"{'1' if is_ok else '0'}{yes(is_ok)}N{yes(hold or not is_ok)}"
    fields = [
        ("AO", request.get("AO")),
        ("AB", request.get("AB")),
        ("AQ", str(item.location) if item else ""),
        ("AJ", str(item.bib) if item else ""),
        *([("CV", "01")] if hold else []),
        *(("AF", sentence) for sentence in [*kept, *told, *more]),
    ]
    return answer(f"10{flags}{people.now()}", fields)


def renew(request: Request, at: datetime, *, code: str = "30") -> Answer:
    """29 → 30."""
    patron, item = people.find(request), find(request)
    if patron is None or item is None:
        told = unknown(request, patron is None)
        return _lent(request, item, None, told, code=code)
    own = item.loans.current().filter(patron=patron).first()
    if own is None:
        return _lent(request, item, None, _("This copy is not on loan."), code=code)
    try:
        loan = lending.renew(loan=own, at=at)
    except Refused as no:
        return _lent(request, item, None, refusal(no), code=code)
    return _lent(request, item, loan, decided(loan), code=code, is_renewal=True)


def renew_all(request: Request, at: datetime) -> Answer:
    """65 → 66: each loan for itself, those that are due first first."""
    patron = people.find(request)
    renewed, left = [], []
    for loan in people.loans(patron) if patron else ():
        try:
            lending.renew(loan=loan, at=at)
        except Refused:
            left.append(loan.item.barcode)
        else:
            renewed.append(loan.item.barcode)
    counts = f"{len(renewed):04}{len(left):04}"
    fields = [("AO", request.get("AO")), *_each("BM", renewed), *_each("BN", left)]
    if patron is None:
        fields.append(("AF", unknown(request, is_card=True)))
    return answer(f"66{'1' if patron else '0'}{counts}{people.now()}", fields)


def hold(request: Request, at: datetime) -> Answer:
    """15 → 16: wait for the title of a copy (+), or no longer (-)."""
    patron, item = people.find(request), find(request)
    if patron is None or item is None:
        return _queued(request, item, None, unknown(request, patron is None))
    try:
        if request.fixed["mode"] == "+":
            alone = item if request.get("BY") == ONE_COPY else None
            made = holding.place(bib=item.bib, patron=patron, at=at, item=alone)
            return _queued(request, item, made, "")
        own = patron.holds.open().filter(bib=item.bib).first()
        if own is None or request.fixed["mode"] != "-":
            return _queued(request, item, None, _("This hold is not waiting any more."))
        return _queued(request, item, holding.cancel(hold=own, at=at), "")
    except Refused as no:
        return _queued(request, item, None, refusal(no))


def _queued(request: Request, item: Item | None, made: Hold | None, told: str) -> Answer:
    is_ready = made is not None and made.status == Hold.Status.READY
    fields = [
        ("AO", request.get("AO")),
        ("AA", request.get("AA")),
        ("AB", request.get("AB")),
        ("AJ", str(item.bib) if item else ""),
    ]
    if made is not None and made.status == Hold.Status.WAITING:
        fields.append(("BR", str(_place(made))))
    if made is not None and made.pickup_until is not None and is_ready:
        fields.append(("BW", last_of(made.pickup_until)))
    if told:
        fields.append(("AF", told))
    return answer(f"16{'1' if made else '0'}{yes(is_ready)}{people.now()}", fields)


def _place(made: Hold) -> int:
    """From 1, in the queue of those who wait."""
    queue = Hold.objects.filter(bib=made.bib_id, status=Hold.Status.WAITING)
    return list(queue.order_by("placed_at", "pk").values_list("pk", flat=True)).index(made.pk) + 1


def _each(name: str, values: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, value) for value in values]


def unknown(request: Request, is_card: bool) -> str:  # noqa: FBT001
    """That no card, or no copy, has the number which the request names."""
    name = "AA" if is_card else "AB"
    return _("Nothing has the number “%(number)s”.") % {"number": request.get(name)}
