"""Pages about a member's own reservations: to look at, to confirm, to move, to cancel."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madang.people.access import member_of
from madang.reservation import (
    booking,
    calendar,
    forms,
    moving,
    reminding,
    slots,
    times,
    waiting,
)
from madang.reservation.models import Patient, Reservation, WaitlistEntry
from madang.ui.parts import render_part
from madang.ui.templatetags.ui import clock


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The member's reservations: coming ones, what they wait for, then past and cancelled ones."""
    at = timezone.now()
    own = Reservation.objects.of(member_of(request)).with_people()
    context = {
        "coming": own.ahead(at=at)[:100],
        "past": own.over(at=at)[:100],
        "wants_reminders": reminding.is_on(member=member_of(request)),
        "waiting": list(
            WaitlistEntry.objects.of(member_of(request))
            .waiting(at=at)
            .with_place(at=at)
            .with_people()[:100]
        ),
    }
    return render(request, "reservation/mine.html", context)


@login_required
@require_POST
def reminders(request: HttpRequest) -> HttpResponse:
    """Have reminders by mail, or none."""
    choice = request.POST.get("reminders", "")
    if choice not in {"on", "off"}:
        raise BadRequest("neither on nor off")
    reminding.switch(member=member_of(request), is_on=choice == "on")
    if choice == "on":
        messages.success(request, _("You get a mail before each reservation."))
    else:
        messages.success(request, _("You get no reminders any more."))
    return redirect("reservation:mine")


@login_required
@require_safe
def detail(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """One of the member's reservations, with what can still be done."""
    at = timezone.now()
    reservation = get_object_or_404(
        Reservation.objects.of(member_of(request)).with_people(), uid=uid
    )
    until = reservation.cancellable_until()
    context = {
        "reservation": reservation,
        "has_expired": reservation.has_expired(at=at),
        "until": until,
        "movable_until": reservation.movable_until(),
        "is_movable": reservation.is_movable(at=at),
        "is_cancellable": reservation.is_open and at < until,
        "is_coming": reservation.is_open and at < reservation.ends_at,
        "zone": times.zone([reservation.doctor], reservation.service),
        "remind_at": reminding.expected(reservation=reservation, at=at),
    }
    return render(request, "reservation/detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Ask once more, then cancel. What is only held is given back without asking."""
    reservation = get_object_or_404(
        Reservation.objects.of(member_of(request)).with_people(), uid=uid
    )
    was_held = reservation.is_held
    if request.method != "POST":
        context = {"reservation": reservation, "until": reservation.cancellable_until()}
        return render_part(request, "reservation/cancel.html", "ask", context)
    try:
        booking.cancel(reservation=reservation, at=timezone.now(), by=member_of(request))
    except booking.AlreadyOver:
        messages.info(request, _("This reservation was not open any more."))
    except booking.TooLateToCancel:
        messages.warning(request, _("It is too late to cancel here. Please call."))
    else:
        if was_held:
            messages.success(request, _("Given back. The time is free for others again."))
            return redirect("reservation:doctor", doctor_id=reservation.doctor_id)
        messages.success(request, _("Cancelled. The time is free for others again."))
    return redirect("reservation:detail", uid=uid)


@login_required
@require_safe
def file(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The reservation for the member's own calendar program."""
    member = member_of(request)
    reservation = get_object_or_404(Reservation.objects.of(member).with_people(), uid=uid)
    content = calendar.calendar(reservation, method="PUBLISH", language=member.language)
    answer = HttpResponse(content, content_type=calendar.CONTENT_TYPE)
    answer["Content-Disposition"] = 'attachment; filename="reservation.ics"'
    return answer


@login_required
@require_POST
def confirm(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Book what is held. Where the hold has run out, whoever asks first has the time."""
    member = member_of(request)
    reservation = get_object_or_404(Reservation.objects.of(member).with_people(), uid=uid)
    at = timezone.now()
    try:
        booking.confirm(reservation=reservation, at=at, by=member)
    except booking.HoldExpired:
        assert reservation.service is not None  # what is held was wanted of a service
        wanted = forms.Wanted(reservation.doctor, reservation.service, reservation.appointed_time)
        return times.take(request, wanted)
    except booking.AlreadyOver:
        messages.info(request, _("This reservation was not open any more."))
    else:
        times.rejoice(request, reservation)
    return redirect("reservation:detail", uid=uid)


@login_required
@require_safe
def move(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Choose another time, by the week or the month; the own time is marked."""
    reservation = get_object_or_404(
        Reservation.objects.of(member_of(request)).with_people(), uid=uid
    )
    if reservation.service is None or not reservation.is_movable(at=timezone.now()):
        return _not_movable(request, reservation)
    context = {
        "moving": reservation,
        **times.layout(request, [reservation.doctor], [reservation.service], moving=reservation),
    }
    return render_part(request, "reservation/move.html", "times", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def move_to(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Ask once more, then move. Where the new time is gone, the old one is kept."""
    reservation = get_object_or_404(
        Reservation.objects.of(member_of(request)).with_people(), uid=uid
    )
    asked = request.POST if request.method == "POST" else request.GET
    try:
        time = forms.moment(asked.get("time", ""))
    except ValidationError as error:
        raise BadRequest("no such time") from error
    if reservation.service is None:
        return _not_movable(request, reservation)
    wanted = forms.Wanted(reservation.doctor, reservation.service, time)
    if request.method == "POST":
        return _move(request, reservation, wanted)
    at = timezone.now()
    if not reservation.is_movable(at=at):
        return _not_movable(request, reservation)
    slot = slots.find(
        doctor=wanted.doctor, service=wanted.service, start=time, at=at, apart_from=reservation
    )
    if slot is None or not slot.is_free:
        why = "taken" if slot and slot.status == "busy" else "closed"
        return times.lost(request, wanted, why, moving=reservation)
    zone = times.zone([wanted.doctor], wanted.service)
    context = {"moving": reservation, "slot": slot, "zone": zone}
    return render_part(request, "reservation/move_to.html", "ask", context)


def _move(request: HttpRequest, reservation: Reservation, wanted: forms.Wanted) -> HttpResponse:
    try:
        moving.move(
            reservation=reservation,
            appointed_time=wanted.time,
            at=timezone.now(),
            by=member_of(request),
        )
    except (moving.TooLateToMove, booking.AlreadyOver):
        return _not_movable(request, reservation)
    except (booking.NotOffered, booking.TooSoonOrLate):
        return times.lost(request, wanted, "closed", moving=reservation)
    except booking.SlotTaken:
        return times.lost(request, wanted, "taken", moving=reservation)
    except booking.PatientBusy:
        return times.lost(request, wanted, "elsewhere", moving=reservation)
    text = _("Your reservation is at %(time)s now. Nobody else can take this time.")
    messages.success(request, text % {"time": clock(reservation.appointed_time)})
    return redirect("reservation:detail", uid=reservation.uid)


def _not_movable(request: HttpRequest, reservation: Reservation) -> HttpResponse:
    """Back to the reservation, which says what can still be done."""
    messages.warning(request, _("This reservation cannot be moved any more."))
    return redirect("reservation:detail", uid=reservation.uid)


@login_required
@require_POST
def wait(request: HttpRequest) -> HttpResponse:
    """Join the waiting list for a window of time."""
    form = forms.WaitForm(request.POST)
    if not form.is_valid():
        raise BadRequest("no such window")
    patient = Patient.objects.of(member_of(request))
    try:
        waiting.join(patient=patient, at=timezone.now(), **form.cleaned_data)
    except waiting.AlreadyWaiting:
        messages.info(request, _("You are on this waiting list already."))
    except (waiting.BadWindow, booking.NotOffered):
        messages.warning(request, _("One cannot wait for this time."))
    else:
        messages.success(
            request, _("You are on the waiting list. When a time becomes free you get a mail.")
        )
    return redirect("reservation:mine")


@login_required
@require_POST
def leave(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Leave a waiting list."""
    member, at = member_of(request), timezone.now()
    entry = get_object_or_404(WaitlistEntry.objects.of(member).with_people(), pk=entry_id)
    try:
        waiting.leave(entry=entry, at=at, by=member)
    except waiting.NotWaiting:
        messages.info(request, _("You were not on this waiting list any more."))
    else:
        messages.success(request, _("You are off the waiting list."))
    return redirect("reservation:mine")
