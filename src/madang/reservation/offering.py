"""What can be booked, with whom and when: pages on which staff keeps it in order."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from madang.reservation import opening, staff
from madang.reservation.models import Doctor, Schedule, Service
from madang.reservation.offer_forms import DoctorForm, ScheduleForm, ServiceForm


@staff.required
@require_safe
def offers(request: HttpRequest) -> HttpResponse:
    """Services, and doctors with their hours; what takes no reservations stands last."""
    schedules = Schedule.objects.select_related("service").prefetch_related("opening_rules")
    context = {
        "services": Service.objects.order_by("-is_active", "name", "pk"),
        "doctors": Doctor.objects.order_by("-is_active", "name", "pk").prefetch_related(
            Prefetch("schedules", schedules.order_by("service__name", "valid_from", "pk"))
        ),
    }
    return render(request, "reservation/reception/offers.html", context)


@staff.required
@require_http_methods(["GET", "HEAD", "POST"])
def service(request: HttpRequest, service_id: int | None = None) -> HttpResponse:
    """A service: a new one, or one to change."""
    row = get_object_or_404(Service, pk=service_id) if service_id else None
    form = ServiceForm(_sent(request), instance=row)
    return _form(request, form, title=str(row) if row else _("A new service"))


@staff.required
@require_http_methods(["GET", "HEAD", "POST"])
def doctor(request: HttpRequest, doctor_id: int | None = None) -> HttpResponse:
    """A doctor: a new one, or one to change."""
    row = get_object_or_404(Doctor, pk=doctor_id) if doctor_id else None
    form = DoctorForm(_sent(request), instance=row)
    return _form(request, form, title=str(row) if row else _("A new doctor"))


@staff.required
@require_http_methods(["GET", "HEAD", "POST"])
def new_schedule(request: HttpRequest, doctor_id: int) -> HttpResponse:
    """Hours in which a doctor offers one more service."""
    with_whom = get_object_or_404(Doctor, pk=doctor_id)
    zone = timezone.get_current_timezone_name()
    return _schedule(request, Schedule(doctor=with_whom, time_zone=zone))


@staff.required
@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: HttpRequest, schedule_id: int) -> HttpResponse:
    """The hours of a service with a doctor, and what is booked outside of them."""
    return _schedule(
        request, get_object_or_404(Schedule.objects.select_related("doctor"), pk=schedule_id)
    )


def _schedule(request: HttpRequest, row: Schedule) -> HttpResponse:
    form = ScheduleForm(_sent(request), instance=row)
    if form.is_valid():
        with transaction.atomic():
            saved = form.save()
            opening.set_hours(schedule=saved, hours=form.week)
        left = len(opening.outside(saved, at=timezone.now()))
        messages.success(request, _("Saved."))
        if left:
            text = ngettext(
                "%(n)s meeting lies outside the hours now. It stays booked; see below.",
                "%(n)s meetings lie outside the hours now. They stay booked; see below.",
                left,
            )
            messages.warning(request, text % {"n": left})
        return redirect("reservation:reception_schedule", schedule_id=saved.pk)
    context = {
        "form": form,
        "schedule": row,
        "doctor": row.doctor,
        "outside": opening.outside(row, at=timezone.now()) if row.pk and not form.errors else [],
    }
    status = 422 if form.errors else 200
    return render(request, "reservation/reception/schedule.html", context, status=status)


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _form(request: HttpRequest, form: DoctorForm | ServiceForm, *, title: str) -> HttpResponse:
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("reservation:reception_offers")
    context = {"form": form, "title": title}
    status = 422 if form.errors else 200
    return render(request, "reservation/reception/offer.html", context, status=status)
