"""Times on pages: a week or a month to choose from, taking one, what is left when it is gone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from madang.people.access import member_of
from madang.reservation import booking, forms, slots, weeks
from madang.reservation.models import Doctor, Patient, Reservation, Schedule, Service
from madang.ui.templatetags.ui import clock


def layout(
    request: HttpRequest,
    doctors: list[Doctor],
    services: list[Service],
    *,
    moving: Reservation | None = None,
) -> dict[str, object]:
    """What a week or a month of one service needs on a page."""
    at = timezone.now()
    today = timezone.localdate(at)
    wanted = request.GET.get("service", "")
    chosen = next((each for each in services if str(each.pk) == wanted), None)
    if chosen is None and services:
        chosen = services[0]
    try:
        day = forms.day(request.GET.get("from", ""), today)
    except ValidationError as error:
        raise BadRequest("no day") from error
    context: dict[str, object] = {"service": chosen, "today": today, "zone": zone(doctors, chosen)}
    if chosen is None:
        return context
    if request.GET.get("view") == "month":
        first = day.replace(day=1)
        context["month"] = weeks.month(
            doctors=doctors, service=chosen, first=first, at=at, apart_from=moving
        )
        context["first"] = first
        context["before"] = (first - timedelta(days=1)).replace(day=1)
        context["after"] = (first + timedelta(days=32)).replace(day=1)
        context["is_first"] = first <= today.replace(day=1)
        return context
    first = max(day, today)
    days = weeks.week(doctors=doctors, service=chosen, first=first, at=at, apart_from=moving)
    context.update(
        week=days,
        window=_window(days, at) if moving is None and len(doctors) == 1 else None,
        has_free=any(day.free for day in days),
        first=first,
        last=first + timedelta(days=6),
        before=max(first - timedelta(days=7), today),
        after=first + timedelta(days=7),
        is_first=first == today,
    )
    return context


def _window(days: list[weeks.Day], at: datetime) -> tuple[datetime, datetime] | None:
    """What one can wait for in a full week: from now or its beginning until its last time ends."""
    held = [slot for day in days for slot in day.times if slot.status == "busy"]
    if not held or any(day.free for day in days):
        return None
    return max(at, held[0].start), max(slot.end for slot in held)


def zone(doctors: list[Doctor], service: Service | None) -> str:
    """The zone of the hours, where it is another than the reader's."""
    zones = (
        Schedule.objects.filter(doctor__in=doctors, service=service)
        .order_by("pk")
        .values_list("time_zone", flat=True)
    )
    other = [zone for zone in zones if zone != timezone.get_current_timezone_name()]
    return other[0] if other else ""


def take(request: HttpRequest, wanted: forms.Wanted, *, is_hold: bool = False) -> HttpResponse:
    """Book the time for the member who asks, or hold it; then to its page."""
    member, at = member_of(request), timezone.now()
    patient = Patient.objects.of(member)
    verb = booking.hold if is_hold else booking.book
    try:
        reservation = verb(
            doctor=wanted.doctor,
            service=wanted.service,
            appointed_time=wanted.time,
            patient=patient,
            at=at,
            by=member,
        )
    except (booking.NotOffered, booking.TooSoonOrLate):
        return lost(request, wanted, "closed")
    except (booking.SlotTaken, booking.PatientBusy) as refusal:
        open_ones = patient.reservations.open(at=at)
        same = open_ones.filter(doctor=wanted.doctor, appointed_time=wanted.time).first()
        if same is not None:  # the button was pressed twice
            return redirect("reservation:detail", uid=same.uid)
        why = "taken" if isinstance(refusal, booking.SlotTaken) else "elsewhere"
        return lost(request, wanted, why)
    if not is_hold:
        rejoice(request, reservation)
    return redirect("reservation:detail", uid=reservation.uid)


def rejoice(request: HttpRequest, reservation: Reservation) -> None:
    """Say on the next page that the time is the member's."""
    text = _("Your reservation at %(time)s is made. Nobody else can take this time.")
    messages.success(request, text % {"time": clock(reservation.appointed_time)})


def lost(
    request: HttpRequest, wanted: forms.Wanted, why: str, *, moving: Reservation | None = None
) -> HttpResponse:
    """409: what happened, and the three nearest free times to book, or to move to."""
    at = timezone.now()
    near = slots.nearest(doctors=[wanted.doctor], service=wanted.service, wanted=wanted.time, at=at)
    own = Reservation.objects.of(member_of(request)).open(at=at).with_people()
    others = own.exclude(pk=moving.pk) if moving else own
    context = {
        "wanted": wanted,
        "why": why,
        "nearest": near,
        "elsewhere": others.overlapping(wanted.time, wanted.service.minutes),
        "moving": moving,
    }
    return render(request, "reservation/lost.html", context, status=409)
