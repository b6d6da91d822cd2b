"""A doctor's day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from madang.people.access import member_of, role_required
from madang.reservation import forms
from madang.reservation.models import Doctor, Reservation

GAP = timedelta(minutes=15)
"""Shorter pauses are not worth a line."""


@dataclass(frozen=True)
class Line:
    """A meeting, or a pause between two."""

    start: datetime
    end: datetime
    reservation: Reservation | None

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return int((self.end - self.start).total_seconds() // 60)


@role_required("doctor")
@require_safe
def day(request: HttpRequest, on: str = "") -> HttpResponse:
    """Who comes when; the pauses between. For the doctor alone."""
    doctor = Doctor.objects.filter(member=member_of(request)).first()
    if doctor is None:
        raise PermissionDenied
    today = timezone.localdate()
    try:
        wanted = forms.day(on, today)
    except ValidationError as error:
        raise BadRequest("no day") from error
    context = {
        "doctor": doctor,
        "on": wanted,
        "lines": lines(doctor, wanted),
        "is_today": wanted == today,
        "before": wanted - timedelta(days=1),
        "after": wanted + timedelta(days=1),
    }
    return render(request, "reservation/day.html", context)


def lines(doctor: Doctor, on: date) -> list[Line]:
    """The meetings of `on` on the reader's clock, cancelled ones left out, with the pauses."""
    midnight = timezone.make_aware(datetime.combine(on, time()))
    rows = list(
        doctor.reservations.exclude(status__in=["cancelled", "entered-in-error", "waitlist"])
        .filter(appointed_time__gte=midnight, appointed_time__lt=midnight + timedelta(days=1))
        .with_people()
        .order_by("appointed_time", "id")
    )
    found: list[Line] = []
    for row in rows:
        ended = max((line.end for line in found), default=row.appointed_time)
        if row.appointed_time - ended >= GAP:
            found.append(Line(ended, row.appointed_time, None))
        found.append(Line(row.appointed_time, row.ends_at, row))
    return found
