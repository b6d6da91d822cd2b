"""Booking for somebody: finding the patient, choosing a time, overbooking with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from madang.people.access import member_of
from madang.reservation import booking, forms, slots, staff, times
from madang.reservation import patients as finding
from madang.reservation.models import Doctor, Patient, Reservation, Service
from madang.reservation.reception import patient_asked
from madang.ui.templatetags.ui import clock


@staff.required
@require_http_methods(["GET", "HEAD", "POST"])
def patients(request: HttpRequest) -> HttpResponse:
    """Find a patient by name, or make one; on to the time that was chosen before, if any."""
    asked = request.POST if request.method == "POST" else request.GET
    wanted = forms.WantedForm(asked)
    time = wanted.wanted() if wanted.is_valid() else None
    form = forms.PatientForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        patient = form.save()
        messages.success(request, _("%(name)s is a patient now.") % {"name": patient})
        return redirect(_book_address(time, patient) if time else _address(patient))
    q = asked.get("name" if form.is_bound else "q", "").strip()
    rows = list(finding.find(q, at=timezone.now())[: finding.MOST + 1])
    context = {
        "q": q,
        "rows": [
            (row, _book_address(time, row) if time else _address(row))
            for row in rows[: finding.MOST]
        ],
        "is_more": len(rows) > finding.MOST,
        "most": finding.MOST,
        "form": form if form.is_bound else forms.PatientForm(initial={} if rows else {"name": q}),
        "wanted": time,
    }
    status = 422 if form.errors else 200
    return render(request, "reservation/reception/patients.html", context, status=status)


@staff.required
@require_safe
def patient(request: HttpRequest, patient_id: int) -> HttpResponse:
    """A patient: what is coming, what has been, and with whom to book."""
    at = timezone.now()
    found = get_object_or_404(Patient.objects.select_related("member"), pk=patient_id)
    own = found.reservations.with_people()
    context = {
        "patient": found,
        "coming": own.ahead(at=at)[:50],
        "past": own.over(at=at)[:50],
        "doctors": Doctor.objects.open().filter(schedules__service__is_active=True).distinct(),
    }
    return render(request, "reservation/reception/patient.html", context)


@staff.required
@require_safe
def week(request: HttpRequest, patient_id: int, doctor_id: int) -> HttpResponse:
    """The times of one doctor for one patient; taken ones lead to overbooking."""
    found = get_object_or_404(Patient, pk=patient_id)
    doctor = get_object_or_404(Doctor, pk=doctor_id, is_active=True)
    services = list(Service.objects.filter(is_active=True, schedules__doctor=doctor).distinct())
    book_page = reverse("reservation:reception_book")
    context = {
        **times.layout(request, [doctor], services),
        "window": None,
        "patient": found,
        "doctor": doctor,
        "services": services,
        "take": f"{book_page}?{urlencode({'patient': found.pk})}&",
        "may_overbook": True,
    }
    return render(request, "reservation/reception/week.html", context)


@staff.required
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest) -> HttpResponse:
    """Ask once more, then book for the patient. A taken time says who is there first."""
    form = forms.WantedForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        raise BadRequest("no such time")
    wanted, chosen, at = form.wanted(), patient_asked(request), timezone.now()
    if chosen is None:
        query = {key: form.data[key] for key in ("doctor", "service", "time")}
        return redirect(f"{reverse('reservation:reception_patients')}?{urlencode(query)}")
    if request.method == "POST":
        return _take(request, wanted, chosen, at)
    slot = slots.find(doctor=wanted.doctor, service=wanted.service, start=wanted.time, at=at)
    if slot is None or slot.start < at:
        return _page(request, wanted, chosen, "closed", status=409)
    return _page(request, wanted, chosen, "taken" if slot.status == "busy" else "free")


def _take(
    request: HttpRequest, wanted: forms.Wanted, chosen: Patient, at: datetime
) -> HttpResponse:
    reason = forms.OverbookForm(request.POST if "reason" in request.POST else None)
    if reason.is_bound and not reason.is_valid():
        return _page(request, wanted, chosen, "taken", status=422, reason=reason)
    try:
        made = booking.book(
            doctor=wanted.doctor,
            patient=chosen,
            service=wanted.service,
            appointed_time=wanted.time,
            at=at,
            by=member_of(request),
            overbook_reason=reason.cleaned_data["reason"] if reason.is_bound else "",
            is_staff=True,
        )
    except (booking.NotOffered, booking.TooSoonOrLate):
        return _page(request, wanted, chosen, "closed", status=409)
    except (booking.SlotTaken, booking.PatientBusy) as refusal:
        open_ones = chosen.reservations.open(at=at)
        same = open_ones.filter(doctor=wanted.doctor, appointed_time=wanted.time).first()
        if same is not None:  # the button was pressed twice
            return redirect("reservation:reception_detail", uid=same.uid)
        state = "taken" if isinstance(refusal, booking.SlotTaken) else "elsewhere"
        return _page(request, wanted, chosen, state, status=409)
    text = _("%(name)s comes at %(time)s.")
    messages.success(request, text % {"name": chosen, "time": clock(made.appointed_time)})
    return redirect("reservation:reception_detail", uid=made.uid)


def _page(
    request: HttpRequest,
    wanted: forms.Wanted,
    chosen: Patient,
    state: str,
    *,
    status: int = 200,
    reason: forms.OverbookForm | None = None,
) -> HttpResponse:
    """What is to be booked; where the time is not free, why, who is there, and what is near."""
    at = timezone.now()
    near: list[slots.Slot] = []
    if state != "free":
        near = slots.nearest(
            doctors=[wanted.doctor], service=wanted.service, wanted=wanted.time, at=at
        )
    context = {
        "wanted": wanted,
        "patient": chosen,
        "state": state,
        "was_free": status == 409,
        "there": _there(wanted, at) if state == "taken" else [],
        "elsewhere": chosen.reservations.open(at=at)
        .with_people()
        .overlapping(wanted.time, wanted.service.minutes)
        if state == "elsewhere"
        else [],
        "reason": reason or forms.OverbookForm(),
        "nearest": near,
        "zone": times.zone([wanted.doctor], wanted.service),
    }
    return render(request, "reservation/reception/book.html", context, status=status)


def _there(wanted: forms.Wanted, at: datetime) -> list[Reservation]:
    """Who has the doctor's time, or comes so near that the service's buffers are gone."""
    service = wanted.service
    rows = wanted.doctor.reservations.unexpired(at=at).filter(status__in=Reservation.OCCUPYING)
    return rows.with_people().overlapping(
        wanted.time - timedelta(minutes=service.buffer_before),
        service.buffer_before + service.minutes + service.buffer_after,
    )


def _address(chosen: Patient) -> str:
    return reverse("reservation:reception_patient", args=[chosen.pk])


def _book_address(wanted: forms.Wanted, chosen: Patient) -> str:
    query: dict[str, str | int] = {
        "doctor": wanted.doctor.pk,
        "service": wanted.service.pk,
        "time": wanted.time.isoformat(),
        "patient": chosen.pk,
    }
    return f"{reverse('reservation:reception_book')}?{urlencode(query)}"
