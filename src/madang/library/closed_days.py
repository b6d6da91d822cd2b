"""The librarian's page for the days on which the library is closed."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from madang.lib.public_holidays import country_of
from madang.library import closing, opening
from madang.library.closing_forms import ClosingForm, HolidaysForm, OpeningForm, WeekForm
from madang.library.models import ClosedDay, ClosedWeekday
from madang.people.access import role_required

SHOWN = 200
"""As many closed days are listed at once."""
DAYS, OPENED, HOLIDAYS = "days_%s", "opened_%s", "holidays_%s"
"""How the fields of three forms of the page are told apart."""


@role_required("librarian")
@require_safe
def closed_days(request: HttpRequest) -> HttpResponse:
    """The days of the week, and the single days from today on, without lending."""
    return _page(request)


@role_required("librarian")
@require_POST
def weekly(request: HttpRequest) -> HttpResponse:
    """Be closed on these days of every week."""
    form = WeekForm(request.POST)
    if not form.is_valid():
        return _page(request, week=form, status=422)
    closed = closing.close_weekly(weekdays=form.cleaned_data["weekdays"], at=timezone.now())
    _say(request, _("Saved."), closed)
    return redirect("library:closed_days")


@role_required("librarian")
@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """Close a day, or some in a row."""
    form = ClosingForm(request.POST, auto_id=DAYS)
    if not form.is_valid():
        return _page(request, days=form, status=422)
    try:
        closed = closing.close(at=timezone.now(), **form.wanted())
    except closing.BadDays:
        form.add_error(None, _("These days are past, or more than a year."))
        return _page(request, days=form, status=422)
    return _told(request, closed)


@role_required("librarian")
@require_POST
def open_up(request: HttpRequest) -> HttpResponse:
    """Be open on a day that is mostly closed, or on some in a row."""
    form = OpeningForm(request.POST, auto_id=OPENED)
    if not form.is_valid():
        return _page(request, opened=form, status=422)
    try:
        count = closing.open_up(at=timezone.now(), **form.wanted())
    except closing.BadDays:
        form.add_error(None, _("These days are past, or more than a year."))
        return _page(request, opened=form, status=422)
    if not count:
        messages.info(request, _("None of them was closed. They stay open."))
        return redirect("library:closed_days")
    text = ngettext("%(count)s day is open now.", "%(count)s days are open now.", count)
    messages.success(request, text % {"count": count})
    return redirect("library:closed_days")


@role_required("librarian")
@require_POST
def close_holidays(request: HttpRequest) -> HttpResponse:
    """Close the public holidays of a year."""
    form = HolidaysForm(request.POST, auto_id=HOLIDAYS)
    if not form.is_valid():
        return _page(request, holidays=form, status=422)
    return _told(request, closing.close_holidays(at=timezone.now(), **form.cleaned_data))


@role_required("librarian")
@require_POST
def reopen(request: HttpRequest, day_id: int) -> HttpResponse:
    """Be open on a day after all."""
    closing.reopen(day=get_object_or_404(ClosedDay, pk=day_id))
    messages.success(request, _("Open. What was moved to a later day stays there."))
    return redirect("library:closed_days")


@role_required("librarian")
@require_POST
def as_usual(request: HttpRequest, day_id: int) -> HttpResponse:
    """Be open or closed on a day as on the same day of other weeks."""
    day = get_object_or_404(ClosedDay, pk=day_id)
    closed = closing.as_usual(day=day, at=timezone.now())
    _say(request, _("Closed as every week.") if closed.days else _("Open as every week."), closed)
    return redirect("library:closed_days")


def _told(request: HttpRequest, closed: closing.Closed) -> HttpResponse:
    if not closed.days:
        messages.info(request, _("All of them are there already."))
        return redirect("library:closed_days")
    text = ngettext("%(count)s day is closed now.", "%(count)s days are closed now.", closed.days)
    _say(request, text % {"count": closed.days}, closed)
    return redirect("library:closed_days")


def _say(request: HttpRequest, done: str, closed: closing.Closed) -> None:
    if closed.moved:
        text = ngettext(
            "%(count)s date moved to the next open day.",
            "%(count)s dates moved to the next open day.",
            closed.moved,
        )
        done += " " + text % {"count": closed.moved}
    messages.success(request, done)


def _page(
    request: HttpRequest,
    *,
    week: WeekForm | None = None,
    days: ClosingForm | None = None,
    opened: OpeningForm | None = None,
    holidays: HolidaysForm | None = None,
    status: int = 200,
) -> HttpResponse:
    on = opening.today(timezone.now())
    weekdays = set(ClosedWeekday.objects.values_list("weekday", flat=True))
    first = {"country": country_of(settings.TIME_ZONE), "year": on.year}
    rows = ClosedDay.objects.filter(on__gte=on).order_by("on", "pk")[:SHOWN]
    context = {
        "week": [(day, day.value in weekdays) for day in ClosedWeekday.Weekday],
        "week_form": week,
        "rows": [row for row in rows if not row.is_open],
        "opened": [row for row in rows if row.is_open],
        "days_form": days or ClosingForm(auto_id=DAYS, initial={"first_on": on}),
        "opened_form": opened or OpeningForm(auto_id=OPENED, initial={"first_on": on}),
        "holidays_form": holidays or HolidaysForm(auto_id=HOLIDAYS, initial=first),
    }
    return render(request, "library/closed_days.html", context, status=status)
