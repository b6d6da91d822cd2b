"""The desk: made for a scanner that types a number and presses Enter. Card, then books.

Every scan is one form sent to the server and answered with the page again, with the field in
focus, whatever became of it: a scan that fails never breaks the next.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from madang.library import lending, losing, opening, owing, standing
from madang.library.forms import ScanForm
from madang.library.models import Charge, Hold, Item, Loan, Patron
from madang.library.rules import Refused
from madang.people.access import role_required
from madang.ui.templatetags.ui import day, money

LIST = 200
"""More rows than this are for reports, not for a page."""


@role_required("librarian")
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: HttpRequest) -> HttpResponse:
    """Scan a card, then books: each is lent to whoever has the card."""
    form = ScanForm(request.POST if request.method == "POST" else request.GET)
    form.is_valid()
    patron: Patron | None = form.cleaned_data.get("patron")
    at = timezone.now()
    if request.method == "POST":
        patron = _scanned(request, form, patron, at)
        address = redirect("library:desk")
        if patron is not None:
            address["Location"] += f"?patron={patron.pk}"
        return address
    on = opening.today(at)
    context = {
        "patron": patron,
        "key": uuid.uuid4().hex,
        "today": on,
        "loans": patron.loans.current().order_by("-loaned_at", "-pk") if patron else [],
        "ready": Hold.objects.ready().filter(patron=patron) if patron else [],
        "suspension": standing.suspended(patron=patron, on=on) if patron else None,
        "owed": owing.owed(patron) if patron else 0,
    }
    return render(request, "library/desk.html", context)


def _scanned(
    request: HttpRequest, form: ScanForm, patron: Patron | None, at: datetime
) -> Patron | None:
    """Do what the scan means; whose turn it is afterwards."""
    scan = form.cleaned_data.get("scan", "")
    reader = Patron.objects.filter(card=scan).first() if scan else None
    if reader is not None:
        return reader
    item = Item.objects.filter(barcode=scan).select_related("bib").first() if scan else None
    if item is None:
        text = _("Nothing has the number “%(number)s”. Please scan again.")
        messages.warning(request, text % {"number": scan})
    elif patron is None:
        text = _("“%(title)s” is a book. Please scan the card first.")
        messages.warning(request, text % {"title": item.bib})
    else:
        _lend(request, item, patron, form.cleaned_data.get("key") or None, at)
    return patron


def _lend(request: HttpRequest, item: Item, patron: Patron, key: str | None, at: datetime) -> None:
    try:
        loan = lending.check_out(item=item, patron=patron, at=at, key=key)
    except Refused as no:
        messages.warning(request, f"{item.bib}: {refusal(no)}")
        return
    text = _("“%(title)s” is lent until %(day)s.") % {"title": item.bib, "day": day(loan.due_on)}
    messages.success(request, f"{text} {decided(loan)}")


def refusal(no: Refused) -> str:
    """A refusal as a sentence, with the rule that decided it and how long it holds."""
    text = _("%(sentence)s (%(rule)s)") % {"sentence": no.sentence, "rule": no.rule}
    if no.until is not None:
        text += " " + _("Until: %(day)s.") % {"day": day(no.until)}
    return text


def decided(loan: Loan) -> str:
    """Which rule decided when a loan is due, and whether a closed day moved it."""
    text = _("Rule: %(rule)s.") % {"rule": loan.rule_name}
    if loan.due_on != loan.unmoved_due_on:
        text += " " + _("Closed on %(day)s.") % {"day": day(loan.unmoved_due_on)}
    return text


@role_required("librarian")
@require_http_methods(["GET", "HEAD", "POST"])
def returns(request: HttpRequest) -> HttpResponse:
    """Scan books that come back, one after the other."""
    if request.method != "POST":
        return render(request, "library/returns.html")
    form = ScanForm(request.POST)
    form.is_valid()
    scan = form.cleaned_data.get("scan", "")
    item = Item.objects.filter(barcode=scan).select_related("bib").first() if scan else None
    if item is None:
        text = _("Nothing has the number “%(number)s”. Please scan again.")
        messages.warning(request, text % {"number": scan})
    else:
        _take_back(request, item)
    return redirect("library:returns")


def _take_back(request: HttpRequest, item: Item) -> None:
    at, before = timezone.now(), item.status
    try:
        returned = lending.check_in(item=item, at=at)
    except lending.NotOnLoan as no:
        _find(request, item, no, at)
        return
    messages.success(request, _("“%(title)s” is back.") % {"title": item.bib})
    if before == Item.Status.LOST and returned.loan.charges.filter(kind=Charge.Kind.LOST).exists():
        text = _("Its loss was charged. What is still owed can be let off on the account.")
        messages.warning(request, text)
    if returned.fine is not None:
        text = _("%(days)d days late: %(amount)s. Rule: %(rule)s.")
        about = {"days": returned.days_late, "rule": returned.loan.rule_name}
        messages.warning(request, text % {**about, "amount": money(returned.fine.amount)})
    if returned.suspension is not None and returned.suspension.ends_on is not None:
        text = _("%(days)d days late. Suspended until %(day)s. Rule: %(rule)s.")
        about = {"days": returned.days_late, "rule": returned.loan.rule_name}
        messages.warning(request, text % {**about, "day": day(returned.suspension.ends_on)})
    _keep(request, returned.hold)


def _find(request: HttpRequest, item: Item, no: Refused, at: datetime) -> None:
    """A copy that nobody has: it was missing, or was only scanned twice."""
    try:
        hold = losing.find(item=item, at=at)
    except losing.NotLost:
        messages.warning(request, f"{item.bib}: {refusal(no)}")
        return
    messages.success(request, _("“%(title)s” was missing and is found.") % {"title": item.bib})
    _keep(request, hold)


def _keep(request: HttpRequest, hold: Hold | None) -> None:
    if hold is not None and hold.pickup_until is not None:
        text = _("Somebody waits for it: please put it on the holds shelf, until %(day)s.")
        messages.warning(request, text % {"day": day(hold.pickup_until)})


@role_required("librarian")
@require_safe
def shelf(request: HttpRequest) -> HttpResponse:
    """What is kept for somebody: where it stands, for whom, and until when."""
    holds = Hold.objects.ready().order_by("pickup_until", "pk")[:LIST]
    return render(request, "library/shelf.html", {"holds": holds})


@role_required("librarian")
@require_safe
def overdue(request: HttpRequest) -> HttpResponse:
    """What should be back, the longest overdue first."""
    today = opening.today(timezone.now())
    loans = Loan.objects.current().filter(due_on__lt=today).order_by("due_on", "pk")[:LIST]
    rows = [(loan, (today - loan.due_on).days) for loan in loans]
    return render(request, "library/overdue.html", {"rows": rows})
