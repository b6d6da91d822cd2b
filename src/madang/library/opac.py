"""The catalogue for readers: finding a title, where its copies stand, waiting for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from madang.library import facets, holding
from madang.library import search as searching
from madang.library.desk import refusal
from madang.library.models import Bib, Hold, Item, Loan, Patron
from madang.library.rules import Refused
from madang.people.access import member_of
from madang.ui.templatetags.ui import day

PAGE = 20
"""Titles on a page."""

View = Callable[..., HttpResponse]


def readable(view: View) -> View:
    """For members; for everybody where the site shows its catalogue to strangers."""
    guarded = login_required(view)

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        open_or_not = view if settings.LIBRARY_OPEN_CATALOGUE else guarded
        return open_or_not(request, *args, **kwargs)

    return answer


@readable
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The titles that are asked for, best first; without a question those that came last."""
    text = request.GET.get("q", "")[: searching.LONGEST].strip()
    by = facets.read(request.GET.dict())
    found = facets.narrow(searching.find(text), by)
    if not text:
        found = found.order_by("-pk")
    page = Paginator(holding.with_free(found), PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    context = {
        "q": text,
        "by": by,
        "rows": rows,
        "page": page,
        "facets": facets.facets(found, by, text) if rows else [],
        "everything": by.query(text),
        "is_narrowed": by != facets.Narrowing(),
    }
    return render(request, "library/search.html", context)


@readable
@require_safe
def title(request: HttpRequest, bib_id: int) -> HttpResponse:
    """A title, its copies, and how many wait for it; never who."""
    bib = get_object_or_404(Bib, pk=bib_id, is_hidden=False)
    holds = Hold.objects.open().filter(bib=bib)
    is_member = request.user.is_authenticated
    patron = Patron.objects.filter(member=member_of(request)).first() if is_member else None
    context = {
        "bib": bib,
        "copies": _copies(bib),
        "isbns": bib.identifiers.filter(kind="isbn"),
        "waiting": holds.filter(status=Hold.Status.WAITING).count(),
        "patron": patron,
        "is_member": is_member,
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
