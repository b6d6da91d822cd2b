"""Pages on which a doctor, or an operator, says when the weekly hours do not hold."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madang.lib.public_holidays import country_of
from madang.people.access import member_of
from madang.reservation import booking, closing, forms, public_holidays, staff
from madang.reservation.models import Doctor, Reservation, ScheduleException
from madang.ui.parts import render_part

SHOWN = 200
"""As many exceptions are listed at once."""


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The own hours for a doctor; for staff everybody's to choose from."""
    member = member_of(request)
    if staff.is_staff(member):
        return render(request, "reservation/hours_index.html", {"doctors": Doctor.objects.all()})
    doctor = Doctor.objects.filter(member=member).first()
    if doctor is None or not doctor.may_be_run_by(member):
        raise PermissionDenied
    return _page(request, doctor)


@login_required
@require_safe
def hours(request: HttpRequest, doctor_id: int) -> HttpResponse:
    """What differs from the week from today on, and the meetings that lie in closed hours."""
    return _page(request, _doctor(request, doctor_id))


@login_required
@require_POST
def note(request: HttpRequest, doctor_id: int) -> HttpResponse:
    """Close hours or add some."""
    doctor = _doctor(request, doctor_id)
    form = forms.ExceptionForm(request.POST, doctor=doctor)
    if not form.is_valid():
        return _page(request, doctor, form, status=422)
    kind = form.cleaned_data["kind"]
    verb = closing.close if kind == ScheduleException.Kind.CLOSED else closing.add_hours
    try:
        verb(doctor=doctor, at=timezone.now(), by=member_of(request), **form.wanted())
    except closing.AlreadyNoted:
        form.add_error(None, _("These hours are noted already."))
        return _page(request, doctor, form, status=409)
    except closing.BadHours:
        form.add_error(None, _("These days are past, or more than a year."))
        return _page(request, doctor, form, status=422)
    if kind == ScheduleException.Kind.CLOSED:
        messages.success(request, _("Closed. Nobody can book this time any more."))
    else:
        messages.success(request, _("Open. The time can be booked from now on."))
    return redirect("reservation:hours_of", doctor.pk)


@login_required
@require_POST
def close_holidays(request: HttpRequest, doctor_id: int) -> HttpResponse:
    """Close the public holidays of a country, or of a part of it."""
    doctor = _doctor(request, doctor_id)
    form = forms.HolidaysForm(request.POST)
    if not form.is_valid():
        return _page(request, doctor, holidays=form, status=422)
    country, subdivision = form.cleaned_data["country"], form.cleaned_data["subdivision"]
    count = public_holidays.close_all(
        doctor=doctor,
        country=country,
        subdivision=subdivision,
        at=timezone.now(),
        by=member_of(request),
    )
    if count:
        text = ngettext(
            "%(count)s holiday is closed now.", "%(count)s holidays are closed now.", count
        )
        messages.success(request, text % {"count": count})
    else:
        messages.info(request, _("All of them are there already."))
    return redirect("reservation:hours_of", doctor.pk)


@login_required
@require_POST
def take_back(request: HttpRequest, doctor_id: int, exception_id: int) -> HttpResponse:
    """Let the week be as it was; a holiday is lifted."""
    try:
        _act(closing.take_back, request, doctor_id, exception_id)
    except closing.Gone:
        messages.info(request, _("Somebody has taken it back already."))
    else:
        messages.success(request, _("Taken back."))
    return redirect("reservation:hours_of", doctor_id)


@login_required
@require_POST
def restore(request: HttpRequest, doctor_id: int, exception_id: int) -> HttpResponse:
    """Close a holiday again."""
    try:
        _act(closing.restore, request, doctor_id, exception_id)
    except closing.Gone:
        messages.info(request, _("Somebody has taken it back already."))
    else:
        messages.success(request, _("Closed. Nobody can book this time any more."))
    return redirect("reservation:hours_of", doctor_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def call_off(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Ask once more, then cancel a meeting for its doctor; the patient is told by mail."""
    row = get_object_or_404(Reservation.objects.with_people(), uid=uid)
    member = member_of(request)
    if not row.doctor.may_be_run_by(member):
        raise PermissionDenied
    if request.method != "POST":
        return render_part(request, "reservation/call_off.html", "ask", {"reservation": row})
    try:
        booking.cancel(reservation=row, at=timezone.now(), by=member, is_staff=True)
    except booking.AlreadyOver:
        messages.info(request, _("This reservation was not open any more."))
    except booking.TooLateToCancel:
        messages.warning(request, _("This meeting has begun already."))
    else:
        messages.success(request, _("Cancelled."))
    return redirect("reservation:hours_of", row.doctor_id)


def _act(
    verb: Callable[..., None], request: HttpRequest, doctor_id: int, exception_id: int
) -> None:
    doctor = _doctor(request, doctor_id)
    mine = ScheduleException.objects.of(doctor).select_related("doctor", "schedule__doctor")
    exception = mine.filter(pk=exception_id).first()
    if exception is None:
        raise closing.Gone
    verb(exception=exception, at=timezone.now(), by=member_of(request))


def _doctor(request: HttpRequest, doctor_id: int) -> Doctor:
    doctor = get_object_or_404(Doctor, pk=doctor_id)
    if not doctor.may_be_run_by(member_of(request)):
        raise PermissionDenied
    return doctor


def _page(
    request: HttpRequest,
    doctor: Doctor,
    form: forms.ExceptionForm | None = None,
    holidays: forms.HolidaysForm | None = None,
    status: int = 200,
) -> HttpResponse:
    at = timezone.now()
    zone = closing.zone_of(doctor)
    here = at.astimezone(ZoneInfo(zone))
    rows = list(
        ScheduleException.objects.of(doctor)
        .filter(last_on__gte=here.date())
        .select_related("schedule__service")[:SHOWN]
    )
    context = {
        "doctor": doctor,
        "here": "hours",
        "is_own": doctor.member_id == member_of(request).pk,
        "concerned": closing.concerned(doctor=doctor, at=at),
        "rows": [row for row in rows if row.kind != ScheduleException.Kind.HOLIDAY],
        "holidays": [row for row in rows if row.kind == ScheduleException.Kind.HOLIDAY],
        "form": form or forms.ExceptionForm(doctor=doctor, initial={"first_on": here.date()}),
        "holidays_form": holidays or forms.HolidaysForm(initial={"country": country_of(zone)}),
        "presses": _presses(here),
        "zone": zone if zone != timezone.get_current_timezone_name() else "",
    }
    return render(request, "reservation/hours.html", context, status=status)


def _presses(here: datetime) -> list[tuple[str, date, str, str]]:
    """What is closed with one press: what the button says, the day, from when, until when."""
    now, later = here.strftime("%H:%M"), here + timedelta(hours=1)
    soon = later.strftime("%H:%M") if later.date() == here.date() else "00:00"
    return [
        (_("Close the next hour"), here.date(), now, soon),
        (_("Close the rest of today"), here.date(), now, "00:00"),
    ]
