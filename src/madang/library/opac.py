"""The catalogue for readers: finding a title, where its copies stand, waiting for it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from madang.library import holding
from madang.library import search as searching
from madang.library.desk import refusal
from madang.library.models import Bib, Hold, Item, Loan, Patron
from madang.library.rules import Refused
from madang.people.access import member_of
from madang.ui.templatetags.ui import day

MOST = 50
"""Titles on the page; who sees so many says more."""


@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The titles that are asked for, best first; without a question those that came last."""
    text = request.GET.get("q", "")[: searching.LONGEST]
    found = searching.find(text)
    if not text.strip():
        found = found.order_by("-pk")
    rows = list(holding.with_free(found)[: MOST + 1])
    context = {"q": text.strip(), "rows": rows[:MOST], "is_more": len(rows) > MOST, "most": MOST}
    return render(request, "library/search.html", context)


@login_required
@require_safe
def title(request: HttpRequest, bib_id: int) -> HttpResponse:
    """A title, its copies, and how many wait for it."""
    bib = get_object_or_404(Bib, pk=bib_id, is_hidden=False)
    holds = Hold.objects.open().filter(bib=bib)
    patron = Patron.objects.filter(member=member_of(request)).first()
    context = {
        "bib": bib,
        "copies": _copies(bib),
        "isbns": bib.identifiers.filter(kind="isbn"),
        "waiting": holds.filter(status=Hold.Status.WAITING).count(),
        "patron": patron,
        "own": holds.filter(patron=patron).first() if patron else None,
    }
    return render(request, "library/title.html", context)


def _copies(bib: Bib) -> list[Item]:
    """What can be seen of the copies: `out` is the open loan, `kept` the hold, if any."""
    loans = Loan.objects.filter(returned_at__isnull=True)
    holds = Hold.objects.filter(status=Hold.Status.READY)
    rows = bib.items.exclude(status=Item.Status.WITHDRAWN).select_related("location")
    return list(
        rows.prefetch_related(
            Prefetch("loans", queryset=loans, to_attr="out"),
            Prefetch("ready_holds", queryset=holds, to_attr="kept"),
        )
    )


@login_required
@require_POST
def place(request: HttpRequest, bib_id: int) -> HttpResponse:
    """Wait for a title."""
    bib = get_object_or_404(Bib, pk=bib_id, is_hidden=False)
    patron = get_object_or_404(Patron, member=member_of(request))
    try:
        hold = holding.place(bib=bib, patron=patron, at=timezone.now())
    except Refused as no:
        messages.warning(request, f"{bib}: {refusal(no)}")
    else:
        text = _("You wait for “%(title)s” now.") % {"title": bib}
        if hold.pickup_until is not None:
            ready = _("“%(title)s” is ready for you: please pick it up until %(day)s.")
            text = ready % {"title": bib, "day": day(hold.pickup_until)}
        messages.success(request, text)
    return redirect("library:title", bib_id=bib.pk)
