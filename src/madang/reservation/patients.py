"""Finding patients by their names, for staff."""

from __future__ import annotations

from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from madang.lib.hangul import pattern
from madang.reservation.models import Patient, Reservation

MOST = 30
"""Patients on a page; who sees so many writes more of the name."""
LONGEST = 80
"""Signs of a name that are looked at."""


def find(text: str, *, at: datetime) -> QuerySet[Patient]:
    """Patients in whose names `text` stands, whatever the spaces; by initials as well (ㄱㅎㄴ).

    Each has `next_at`, the next meeting from `at` on, and `last_at`, the last one held before, so
    that namesakes can be told apart. Nobody where nothing is asked; never who was forgotten.
    """
    wanted = pattern(text[:LONGEST])
    if not wanted:
        return Patient.objects.none()
    meetings = Reservation.objects.filter(patient=OuterRef("pk"))
    ahead = meetings.ahead(at=at).values("appointed_time")[:1]
    before = meetings.filter(status="fulfilled", appointed_time__lt=at).order_by("-appointed_time")
    return (
        Patient.objects.filter(name__iregex=wanted)
        .exclude(name="")
        .annotate(next_at=Subquery(ahead), last_at=Subquery(before.values("appointed_time")[:1]))
        .select_related("member")
        .order_by("name", "pk")
    )
