"""Pages of the reservation room for patients."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madang.people.access import member_of
from madang.reservation import booking, calendar, forms, slots, weeks
from madang.reservation.models import Doctor, Patient, Reservation, Schedule, Service
from madang.ui.parts import is_part, render_part
from madang.ui.templatetags.ui import clock

AHEAD = timedelta(days=14)
"""How far the list of doctors looks for a first free time."""


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Doctors, with the first free time of each, and what the member has coming."""
    at = timezone.now()
    member = member_of(request)
    doctors = list(Doctor.objects.open())
    services = list(Service.objects.filter(is_active=True, schedules__isnull=False).distinct())
    today = timezone.localdate(at)
    found = slots.slots(doctors=doctors, services=services, first=today, until=today + AHEAD, at=at)
    first: dict[int, slots.Slot] = {}
    for slot in found:
        if slot.is_free:
            first.setdefault(slot.doctor_id, slot)
    mine = set(Doctor.objects.filter(patients__member=member).values_list("pk", flat=True))
    rows = [(doctor, first.get(doctor.pk), doctor.pk in mine) for doctor in doctors]
    rows.sort(key=lambda row: not row[2])
    context = {
        "rows": rows,
        "services": services,
        "coming": Reservation.objects.of(member).open().starting_from(at).with_people()[:3],
    }
    return render(request, "reservation/index.html", context)


@login_required
@require_safe
def doctor(request: HttpRequest, doctor_id: int) -> HttpResponse:
    """One doctor: who it is, and the free times of a service by the week or the month."""
    found = get_object_or_404(Doctor, pk=doctor_id, is_active=True)
    services = list(Service.objects.filter(is_active=True, schedules__doctor=found).distinct())
    context = {
        "doctor": found,
        "services": services,
        "is_mine": found.patients.filter(member=member_of(request)).exists(),
        **_times(request, [found], services),
    }
    return render_part(request, "reservation/doctor.html", "times", context)


@login_required
@require_safe
def service(request: HttpRequest, service_id: int) -> HttpResponse:
    """One service with whoever is free first."""
    found = get_object_or_404(Service, pk=service_id, is_active=True)
    doctors = list(Doctor.objects.open().filter(schedules__service=found).distinct())
    context = {
        "names": {doctor.pk: doctor.name for doctor in doctors},
        **_times(request, doctors, [found]),
    }
    return render_part(request, "reservation/service.html", "times", context)


def _times(
    request: HttpRequest, doctors: list[Doctor], services: list[Service]
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
    context: dict[str, object] = {"service": chosen, "today": today, "zone": _zone(doctors, chosen)}
    if chosen is None:
        return context
    if request.GET.get("view") == "month":
        first = day.replace(day=1)
        context["month"] = weeks.month(doctors=doctors, service=chosen, first=first, at=at)
        context["first"] = first
        context["before"] = (first - timedelta(days=1)).replace(day=1)
        context["after"] = (first + timedelta(days=32)).replace(day=1)
        context["is_first"] = first <= today.replace(day=1)
        return context
    first = max(day, today)
    days = weeks.week(doctors=doctors, service=chosen, first=first, at=at)
    context.update(
        week=days,
        has_free=any(day.free for day in days),
        first=first,
        last=first + timedelta(days=6),
        before=max(first - timedelta(days=7), today),
        after=first + timedelta(days=7),
        is_first=first == today,
    )
    return context


def _zone(doctors: list[Doctor], service: Service | None) -> str:
    """The zone of the hours, where it is another than the reader's."""
    zones = (
        Schedule.objects.filter(doctor__in=doctors, service=service)
        .order_by("pk")
        .values_list("time_zone", flat=True)
    )
    other = [zone for zone in zones if zone != timezone.get_current_timezone_name()]
    return other[0] if other else ""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest) -> HttpResponse:
    """Ask once more, then book. A lost race is answered with the nearest free times."""
    form = forms.WantedForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        raise BadRequest("no such time")
    wanted = form.wanted()
    if request.method == "POST":
        return _book(request, wanted)
    slot = slots.find(
        doctor=wanted.doctor, service=wanted.service, start=wanted.time, at=timezone.now()
    )
    if slot is None or not slot.is_free:
        return _lost(request, wanted, "taken" if slot and slot.status == "busy" else "closed")
    zone = _zone([wanted.doctor], wanted.service)
    context = {"wanted": wanted, "slot": slot, "zone": zone}
    return render_part(request, "reservation/book.html", "ask", context)


def _book(request: HttpRequest, wanted: forms.Wanted) -> HttpResponse:
    member = member_of(request)
    patient = Patient.objects.of(member)
    try:
        reservation = booking.book(
            doctor=wanted.doctor,
            service=wanted.service,
            appointed_time=wanted.time,
            patient=patient,
            at=timezone.now(),
            by=member,
        )
    except (booking.NotOffered, booking.TooSoonOrLate):
        return _lost(request, wanted, "closed")
    except (booking.SlotTaken, booking.PatientBusy) as lost:
        open_ones = patient.reservations.open()
        same = open_ones.filter(doctor=wanted.doctor, appointed_time=wanted.time).first()
        if same is not None:  # the button was pressed twice
            return redirect("reservation:detail", uid=same.uid)
        why = "taken" if isinstance(lost, booking.SlotTaken) else "elsewhere"
        return _lost(request, wanted, why)
    text = _("Your reservation at %(time)s is made. Nobody else can take this time.")
    messages.success(request, text % {"time": clock(reservation.appointed_time)})
    return redirect("reservation:detail", uid=reservation.uid)


def _lost(request: HttpRequest, wanted: forms.Wanted, why: str) -> HttpResponse:
    """409: what happened, and the three nearest free times."""
    near = slots.nearest(
        doctors=[wanted.doctor], service=wanted.service, wanted=wanted.time, at=timezone.now()
    )
    own = Reservation.objects.of(member_of(request)).open().with_people()
    elsewhere = own.overlapping(wanted.time, wanted.service.minutes)
    context = {"wanted": wanted, "why": why, "nearest": near, "elsewhere": elsewhere}
    return render(request, "reservation/lost.html", context, status=409)


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The member's reservations: coming ones first, then past and cancelled ones."""
    at = timezone.now()
    own = Reservation.objects.of(member_of(request)).with_people()
    context = {
        "coming": own.open().starting_from(at)[:100],
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
        "until": until,
        "is_cancellable": reservation.is_open and at < until,
        "is_coming": reservation.is_open and at < reservation.ends_at,
        "zone": _zone([reservation.doctor], reservation.service),
    }
    return render(request, "reservation/detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Ask once more, then cancel."""
    reservation = get_object_or_404(
        Reservation.objects.of(member_of(request)).with_people(), uid=uid
    )
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
def keep(request: HttpRequest, doctor_id: int) -> HttpResponse:
    """Add a doctor to "my doctors", or take it off again."""
    doctor = get_object_or_404(Doctor, pk=doctor_id, is_active=True)
    patient = Patient.objects.of(member_of(request))
    if request.POST.get("keep") == "yes":
        patient.doctors.add(doctor)
    else:
        patient.doctors.remove(doctor)
    if is_part(request):
        context = {"doctor": doctor, "is_mine": patient.doctors.contains(doctor)}
        return render_part(request, "reservation/doctor.html", "keep", context)
    return redirect("reservation:doctor", doctor_id=doctor.pk)
