"""A doctor's day."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from madang.lib.clock import Span, without
from madang.people.access import member_of, role_required
from madang.reservation import attending, booking, elsewhere, forms, grid
from madang.reservation.models import (
    Doctor,
    GroupSession,
    Reservation,
    ReservationNote,
    ScheduleException,
)

GAP = timedelta(minutes=15)
"""Shorter pauses are not worth a line."""
PRESSES: Final = {
    "booked": pgettext_lazy("on a button of the doctor", "Confirm"),
    "arrived": pgettext_lazy("on a button of the doctor", "Arrived"),
    "checked-in": pgettext_lazy("on a button of the doctor", "Check in"),
    "fulfilled": pgettext_lazy("on a button of the doctor", "Done"),
    "noshow": pgettext_lazy("on a button of the doctor", "Did not come"),
}
"""What the button says that leads to a status."""


@dataclass(frozen=True)
class Line:
    """A meeting, a session, closed hours, a time of another calendar, or a pause between two."""

    start: datetime
    end: datetime
    reservation: Reservation | None
    possible: tuple[str, ...] = ()
    exception: ScheduleException | None = None
    is_elsewhere: bool = False
    session: GroupSession | None = None

    @property
    def presses(self) -> list[tuple[str, object]]:
        """The buttons to take the meeting further: the status each leads to, what it says."""
        return [(status, PRESSES[status]) for status in self.possible]

    @property
    def slip(self) -> str:
        """The status that can be taken back, or nothing."""
        status = self.reservation.status if self.reservation else ""
        return status if status in attending.AFTER else ""

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
        "here": "day",
    }
    return render(request, "reservation/day.html", context)


@login_required
@require_POST
def attend(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Take a meeting to the `status` pressed, or take the status `undo` back; then the day again.

    For its doctor, and for staff, who are led to the reservation.
    """
    row = get_object_or_404(Reservation.objects.with_people(), uid=uid)
    status, slip = request.POST.get("status", ""), request.POST.get("undo", "")
    if slip not in attending.AFTER and status not in attending.VERBS:
        raise BadRequest("no such status")
    member, at = member_of(request), timezone.now()
    try:
        if slip:
            attending.undo(reservation=row, slip=slip, at=at, by=member)
        else:
            attending.VERBS[status](reservation=row, at=at, by=member)
    except attending.NotYours as error:
        raise PermissionDenied from error
    except attending.TooEarly:
        messages.warning(request, _("It is too early to say so."))
    except (attending.OutOfOrder, booking.AlreadyOver):
        messages.warning(request, _("It has changed meanwhile. Please look again."))
    except booking.HoldExpired:
        messages.warning(request, _("The hold has run out."))
    except (booking.SlotTaken, booking.PatientBusy):
        messages.warning(request, _("Somebody else has this time by now, so it stays as it was."))
    if row.session_id is not None:
        return redirect("reservation:session", row.session_id)
    if row.doctor.member_id != member.pk:
        return redirect("reservation:reception_detail", row.uid)
    return redirect("reservation:day", timezone.localdate(row.appointed_time).isoformat())


def lines(doctor: Doctor, on: date) -> list[Line]:
    """The meetings of `on` on the reader's clock, what is closed or busy, and the pauses between.

    Without meetings that were cancelled, and without holds that have run out.
    """
    at = timezone.now()
    midnight = timezone.make_aware(datetime.combine(on, time()))
    span = (midnight, timezone.make_aware(datetime.combine(on + timedelta(days=1), time())))
    rows = [
        Line(row.appointed_time, row.ends_at, row, tuple(attending.possible(row, at=at)))
        for row in meetings(doctor, span, at)
    ]
    rows += [Line(row.starts_at, row.ends_at, None, session=row) for row in sessions(doctor, span)]
    first, until = on - 2 * grid.ZONES_APART, on + 2 * grid.ZONES_APART
    exceptions = ScheduleException.objects.of(doctor).within(first, until)
    shut = closed(exceptions.select_related("schedule__service"), span)
    busy = [
        Line(start, end, None, is_elsewhere=True)
        for start, end in elsewhere.within(doctor=doctor, span=span)
    ]
    found: list[Line] = []
    for line in sorted([*shut, *busy, *rows], key=lambda line: line.start):
        ended = max((each.end for each in found), default=line.start)
        if line.start - ended >= GAP:
            found.append(Line(ended, line.start, None))
        found.append(line)
    return found


def meetings(doctor: Doctor, span: Span, at: datetime) -> list[Reservation]:
    """Whom the doctor meets in `span`, soonest first; nothing cancelled, no hold that ran out.

    Not those who have a seat in one of the `sessions`. Each with `is_noted`: whether the doctor
    keeps a note about it.
    """
    rows = (
        doctor.reservations.unexpired(at=at)
        .exclude(status__in=["cancelled", "entered-in-error", "waitlist"])
        .filter(session__isnull=True)
        .filter(appointed_time__gte=span[0], appointed_time__lt=span[1])
    )
    notes = ReservationNote.objects.filter(reservation=OuterRef("pk"), author=doctor.member_id)
    noted = rows.annotate(is_noted=Exists(notes))
    return list(noted.with_people().order_by("appointed_time", "id"))


def sessions(doctor: Doctor, span: Span) -> list[GroupSession]:
    """The sessions that begin in `span`, soonest first, with how many seats are taken."""
    return list(doctor.sessions.within(*span).with_people())


def closed(exceptions: Iterable[ScheduleException], span: Span) -> list[Line]:
    """What is closed in `span`, as the notes about it say; a holiday without its extra hours."""
    start, end = span
    first, until = start.date() - grid.DAY, end.date() + grid.DAY
    rows = sorted(exceptions, key=lambda row: (row.first_on, row.opens_minute, row.pk))
    extra = grid.spans([row for row in rows if row.kind == grid.Kind.EXTRA], first, until)
    outside = [(start - 9 * grid.DAY, start), (end, end + 9 * grid.DAY)]
    found: list[Line] = []
    for row in rows:
        if row.is_closing:
            holes = extra if row.kind == grid.Kind.HOLIDAY else []
            left = without(grid.spans([row], first, until), [*outside, *holes])
            found.extend(Line(begin, stop, None, exception=row) for begin, stop in left)
    return found
