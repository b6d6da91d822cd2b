"""A patron's own pages: what is on loan, what is waited for."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from madang.library import calendar, history, holding, lending, opening, owing, standing, telling
from madang.library.desk import decided, refusal
from madang.library.models import Hold, Loan, Patron
from madang.library.rules import Refused
from madang.people.access import member_of
from madang.ui.templatetags.ui import day


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Own loans by the day they are due, own holds, and whether one is suspended."""
    patron = Patron.objects.filter(member=member_of(request)).first()
    on = opening.today(timezone.now())
    context = {
        "patron": patron,
        "today": on,
        "loans": Loan.objects.current().filter(patron=patron) if patron else [],
        "holds": Hold.objects.open().filter(patron=patron) if patron else [],
        "past": _past(patron) if patron else [],
        "days": settings.LIBRARY_HISTORY_DAYS,
        "suspension": standing.suspended(patron=patron, on=on) if patron else None,
        "owed": owing.owed(patron) if patron else 0,
        "ledger": owing.ledger(patron) if patron else [],
    }
    return render(request, "library/mine.html", context)


def _past(patron: Patron) -> QuerySet[Loan]:
    """What the patron has returned, as far as it is still known, latest first."""
    rows = Loan.objects.filter(patron=patron, returned_at__isnull=False)
    return rows.select_related("item__bib").order_by("-returned_at", "-pk")[:100]


@login_required
@require_POST
def renew(request: HttpRequest, loan_id: int) -> HttpResponse:
    """Make one of the own loans longer."""
    loan = get_object_or_404(Loan.objects.current(), pk=loan_id, patron__member=member_of(request))
    try:
        lending.renew(loan=loan, at=timezone.now())
    except Refused as no:
        messages.warning(request, f"{loan.item.bib}: {refusal(no)}")
    else:
        text = _("“%(title)s” is lent until %(day)s.")
        about = text % {"title": loan.item.bib, "day": day(loan.due_on)}
        messages.success(request, f"{about} {decided(loan)}")
    return redirect("library:mine")


@login_required
@require_POST
def cancel(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Wait no longer for a title."""
    own = Hold.objects.select_related("patron", "bib").filter(patron__member=member_of(request))
    hold = get_object_or_404(own, pk=hold_id)
    try:
        holding.cancel(hold=hold, at=timezone.now())
    except Refused as no:
        messages.warning(request, f"{hold.bib}: {refusal(no)}")
    else:
        messages.success(request, _("You wait for “%(title)s” no longer.") % {"title": hold.bib})
    return redirect("library:mine")


@login_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep a reading history from now on, or not."""
    patron = get_object_or_404(Patron, member=member_of(request))
    history.choose(patron=patron, is_kept=request.POST.get("keep") == "yes")
    return redirect("library:mine")


@login_required
@require_POST
def remind(request: HttpRequest) -> HttpResponse:
    """Have letters before something is due, or none."""
    get_object_or_404(Patron, member=member_of(request))
    telling.choose(member=member_of(request), is_on=request.POST.get("on") == "yes")
    return redirect("library:mine")


@login_required
@require_safe
def file(request: HttpRequest) -> HttpResponse:
    """The days on which own loans are due, for the member's own calendar program."""
    member = member_of(request)
    loans = Loan.objects.current().filter(patron__member=member)
    content = calendar.calendar(loans, language=member.language)
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="library.ics"'
    return answer
