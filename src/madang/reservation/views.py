"""Pages on which members find a doctor and a time, and take it."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madang.people.access import member_of
from madang.reservation import forms, slots, staff, times
from madang.reservation.models import Doctor, GroupSession, Patient, Reservation, Service
from madang.ui.parts import is_part, render_part

AHEAD = timedelta(days=14)
"""How far the list of doctors looks for a first free time."""
SESSIONS = 3
"""So many sessions are named beside the doctors."""


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
        "is_staff": staff.is_staff(member),
        "sessions": GroupSession.objects.ahead(at=at).to_be_joined().with_people()[:SESSIONS],
        "coming": Reservation.objects.of(member).ahead(at=at).with_people()[:3],
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
        **times.layout(request, [found], services),
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
        **times.layout(request, doctors, [found]),
    }
    return render_part(request, "reservation/service.html", "times", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest) -> HttpResponse:
    """Ask once more, then book or hold. A lost race is answered with the nearest free times."""
    form = forms.WantedForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        raise BadRequest("no such time")
    wanted = form.wanted()
    if request.method == "POST":
        return times.take(request, wanted, is_hold="hold" in request.POST)
    slot = slots.find(
        doctor=wanted.doctor, service=wanted.service, start=wanted.time, at=timezone.now()
    )
    if slot is None or not slot.is_free:
        return times.lost(request, wanted, "taken" if slot and slot.status == "busy" else "closed")
    zone = times.zone([wanted.doctor], wanted.service)
    context = {"wanted": wanted, "slot": slot, "zone": zone}
    return render_part(request, "reservation/book.html", "ask", context)


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
