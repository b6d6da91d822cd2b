"""Pages about a member's own reservations: to look at, to confirm, to cancel."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madang.people.access import member_of
from madang.reservation import booking, calendar, forms, times
from madang.reservation.models import Reservation
from madang.ui.parts import render_part


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The member's reservations: coming ones first, then past and cancelled ones."""
    at = timezone.now()
    own = Reservation.objects.of(member_of(request)).with_people()
    context = {
        "coming": own.open(at=at).starting_from(at)[:100],
        "past": own.over(at=at)[:100],
    }
    return render(request, "reservation/mine.html", context)


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
        "is_cancellable": reservation.is_open and at < until,
        "is_coming": reservation.is_open and at < reservation.ends_at,
        "zone": times.zone([reservation.doctor], reservation.service),
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
