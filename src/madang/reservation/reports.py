"""Pages on which staff, and a doctor for the own work, sees how the time was used."""

from __future__ import annotations

import csv
from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from madang.lib.tables import plain
from madang.people.access import member_of
from madang.reservation import charts, forms, reporting, staff
from madang.reservation.models import Doctor
from madang.reservation.reporting import Report, Week


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every doctor for staff, for a doctor the own figures; nobody else."""
    doctors, form = _asked(request)
    is_valid = form.is_valid()
    reports = _reports(doctors, form) if is_valid else []
    context = {
        "form": form,
        "days": form.cleaned_data if is_valid else {},
        "reports": [(each, charts.charts(each)) for each in reports],
        "is_staff": staff.is_staff(member_of(request)),
        "here": "reports",
    }
    return render(request, "reservation/reports.html", context, status=200 if is_valid else 422)


@login_required
@require_safe
def table(request: HttpRequest) -> HttpResponse:
    """The same figures as CSV, with a mark that spreadsheets look for to read it as UTF-8."""
    doctors, form = _asked(request)
    if not form.is_valid():
        raise BadRequest("no such days")
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    first, last = form.cleaned_data["first_on"], form.cleaned_data["last_on"]
    answer["Content-Disposition"] = f'attachment; filename="reservations-{first}-{last}.csv"'
    writer = csv.writer(answer)
    writer.writerow(
        [
            _("Doctor"),
            _("first day"),
            _("last day"),
            _("Open minutes"),
            _("Booked minutes"),
            _("Percent booked"),
            _("Meetings"),
            _("Did not come"),
            _("Percent that did not come"),
            _("Days booked ahead, median"),
        ]
    )
    for each in _reports(doctors, form):
        writer.writerows(_row(each.doctor, week) for week in each.weeks)
    return answer


def _row(doctor: Doctor, week: Week) -> list[object]:
    figures = week.figures
    return [
        plain(doctor.name),
        week.first,
        week.last,
        figures.open_minutes,
        figures.booked_minutes,
        figures.used,
        figures.meetings,
        figures.noshows,
        figures.missed,
        figures.lead,
    ]


def _asked(request: HttpRequest) -> tuple[list[Doctor], forms.ReportForm]:
    """Whose figures, and of which days: of the last four whole weeks where none are said."""
    member = member_of(request)
    if staff.is_staff(member):
        doctors = list(Doctor.objects.all())
    else:
        doctors = list(Doctor.objects.filter(member=member))
        if not doctors or not doctors[0].may_be_run_by(member):
            raise PermissionDenied
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday())
    usual = {"first_on": monday - timedelta(weeks=4), "last_on": monday - timedelta(days=1)}
    said = {name: request.GET.get(name) or day.isoformat() for name, day in usual.items()}
    return doctors, forms.ReportForm(said)


def _reports(doctors: list[Doctor], form: forms.ReportForm) -> list[Report]:
    first, last = form.cleaned_data["first_on"], form.cleaned_data["last_on"]
    return reporting.report(doctors=doctors, first=first, last=last, at=timezone.now())
