"""The reception's pages: everybody's day, and what staff does about one reservation."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from madang.people.access import member_of
from madang.reservation import attending, board, booking, forms, moving, slots, staff, times
from madang.reservation.day import PRESSES
from madang.reservation.models import Doctor, Patient, Reservation, Service
from madang.ui.templatetags.ui import clock


@staff.required
@require_safe
def day(request: HttpRequest, on: str = "") -> HttpResponse:
    """Everybody's day. With a patient in the address, times lead to booking for this patient."""
    at = timezone.now()
    today = timezone.localdate(at)
    try:
        wanted = forms.day(on, today)
    except ValidationError as error:
        raise BadRequest("no day") from error
    services = list(Service.objects.filter(is_active=True))
    columns = board.board(doctors=Doctor.objects.open(), services=services, on=wanted, at=at)
    context = {
        "columns": columns,
        "names": {service.pk: service.name for service in services},
        "patient": patient_asked(request),
        "on": wanted,
        "is_today": wanted == today,
        "before": wanted - timedelta(days=1),
        "after": wanted + timedelta(days=1),
    }
    return render(request, "reservation/reception/day.html", context)


def patient_asked(request: HttpRequest) -> Patient | None:
    """The patient whom the address or the form names; 404 where there is none such."""
    asked = request.POST if request.method == "POST" else request.GET
    if "patient" not in asked:
        return None
    number = asked["patient"]
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise Http404
    return get_object_or_404(Patient, pk=int(number))


@staff.required
@require_safe
def detail(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """One reservation, what can be done about it, and everything that happened to it."""
    at = timezone.now()
    row = _any(uid)
    context = {
        "reservation": row,
        "events": row.events.select_related("by"),
        "presses": [(status, PRESSES[status]) for status in attending.possible(row, at=at)],
        "slip": row.status if row.status in attending.AFTER else "",
        "is_movable": _is_movable(row, at),
        "is_cancellable": row.is_open and at < row.cancellable_until(is_staff=True),
        "zone": times.zone([row.doctor], row.service),
    }
    return render(request, "reservation/reception/detail.html", context)


@staff.required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Ask once more, then cancel; past the patient's deadline with a note."""
    row, at = _any(uid), timezone.now()
    sent = request.POST if request.method == "POST" else None
    form = forms.NoteForm(sent, is_required=at >= row.cancellable_until())
    if not form.is_valid():
        context = {"reservation": row, "form": form}
        status = 422 if form.errors else 200
        return render(request, "reservation/reception/cancel.html", context, status=status)
    try:
        booking.cancel(
            reservation=row,
            at=at,
            by=member_of(request),
            is_staff=True,
            note=form.cleaned_data["note"],
        )
    except booking.AlreadyOver:
        messages.info(request, _("This reservation was not open any more."))
    except booking.TooLateToCancel:
        messages.warning(request, _("It has begun already, so it cannot be cancelled."))
    else:
        messages.success(request, _("Cancelled. The time is free for others again."))
    return redirect("reservation:reception_detail", uid=uid)


@staff.required
@require_safe
def move(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Choose another time, by the week or the month."""
    row = _any(uid)
    if row.service is None or not _is_movable(row, timezone.now()):
        return _not_movable(request, row)
    return _week(request, row)


@staff.required
@require_http_methods(["GET", "HEAD", "POST"])
def move_to(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Ask once more, then move; past the patient's deadline with a note."""
    row, at = _any(uid), timezone.now()
    asked = request.POST if request.method == "POST" else request.GET
    try:
        time = forms.moment(asked.get("time", ""))
    except ValidationError as error:
        raise BadRequest("no such time") from error
    if row.service is None or not _is_movable(row, at):
        return _not_movable(request, row)
    sent = request.POST if request.method == "POST" else None
    form = forms.NoteForm(sent, is_required=at >= row.movable_until())
    if form.is_valid():
        return _move(request, row, time, form.cleaned_data["note"])
    slot = slots.find(doctor=row.doctor, service=row.service, start=time, at=at, apart_from=row)
    if slot is None or slot.status == "busy" or slot.start < at:
        return _week(request, row, why="taken" if slot and slot.status == "busy" else "closed")
    context = {
        "moving": row,
        "slot": slot,
        "form": form,
        "zone": times.zone([row.doctor], row.service),
    }
    status = 422 if form.errors else 200
    return render(request, "reservation/reception/move_to.html", context, status=status)


def _move(request: HttpRequest, row: Reservation, time: datetime, note: str) -> HttpResponse:
    try:
        moving.move(
            reservation=row,
            appointed_time=time,
            at=timezone.now(),
            by=member_of(request),
            is_staff=True,
            note=note,
        )
    except (moving.TooLateToMove, booking.AlreadyOver):
        return _not_movable(request, row)
    except (booking.NotOffered, booking.TooSoonOrLate):
        return _week(request, row, why="closed")
    except booking.SlotTaken:
        return _week(request, row, why="taken")
    except booking.PatientBusy:
        return _week(request, row, why="elsewhere")
    text = _("The reservation is at %(time)s now.") % {"time": clock(row.appointed_time)}
    messages.success(request, text)
    return redirect("reservation:reception_detail", uid=row.uid)


def _any(uid: uuid.UUID) -> Reservation:
    return get_object_or_404(Reservation.objects.with_people(), uid=uid)


def _is_movable(row: Reservation, at: datetime) -> bool:
    is_booked = row.status == Reservation.Status.BOOKED
    return is_booked and row.service is not None and at < row.movable_until(is_staff=True)


def _not_movable(request: HttpRequest, row: Reservation) -> HttpResponse:
    messages.warning(request, _("This reservation cannot be moved any more."))
    return redirect("reservation:reception_detail", uid=row.uid)


def _week(request: HttpRequest, row: Reservation, *, why: str = "") -> HttpResponse:
    """The times to move to; 409 where the one that was wanted is gone."""
    assert row.service is not None
    context = {
        **times.layout(request, [row.doctor], [row.service], moving=row),
        "moving": row,
        "why": why,
        "take": reverse("reservation:reception_move_to", args=[row.uid]) + "?",
    }
    status = 409 if why else 200
    return render(request, "reservation/reception/move.html", context, status=status)
