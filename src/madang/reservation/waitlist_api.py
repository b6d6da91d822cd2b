"""The waiting list as JSON."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field, Strict

from madang.people.access import member_of
from madang.people.api import Problem, Refusal
from madang.reservation import booking, waiting
from madang.reservation.api import REFUSALS, Asked, Id, Moment, Page, reasonable
from madang.reservation.models import Doctor, Patient, Schedule, Service, WaitlistEntry

router = Router(tags=["reservation"])


class WaitIn(Schema):
    """For what to wait: days in the schedule's zone, or moments; `to` is not included."""

    model_config = ConfigDict(extra="forbid")

    doctor: Annotated[Id, Strict()]
    service: Annotated[Id, Strict()]
    first: Asked | date = Field(alias="from")
    until: Asked | date = Field(alias="to")


class WaitOut(Schema):
    """Who waits for what; `place` is 1 for whoever is asked first, `offer` a held reservation."""

    model_config = ConfigDict(populate_by_name=True)  # ninja reads an answer's own attributes

    id: int
    doctor: int
    service: int
    first: Moment = Field(alias="from")
    until: Moment = Field(alias="to")
    place: int
    offer: int | None


@router.get(
    "/waitlist",
    response={200: list[WaitOut], **REFUSALS},
    summary="For what one waits",
    by_alias=True,
)
def entries(request: HttpRequest, page: Query[Page]) -> list[WaitOut]:
    """What the member who asks waits for, in the order of the ids."""
    at = timezone.now()
    mine = WaitlistEntry.objects.of(member_of(request)).waiting(at=at).filter(pk__gt=page.after)
    rows = mine.with_place(at=at).prefetch_related("offers").order_by("pk")
    return [_entry(row, at) for row in rows[: page.limit]]


@router.post(
    "/waitlist",
    response={201: WaitOut, 404: Problem, 409: Problem, **REFUSALS},
    summary="Wait for a time",
    by_alias=True,
)
def join(request: HttpRequest, wanted: WaitIn) -> Status[WaitOut]:
    """Wait for a time within a window of at most 62 days. Whoever joins first is asked first."""
    doctor = get_object_or_404(Doctor, pk=wanted.doctor, is_active=True)
    service = get_object_or_404(Service, pk=wanted.service, is_active=True)
    at = timezone.now()
    try:
        entry = waiting.join(
            doctor=doctor,
            service=service,
            patient=Patient.objects.of(member_of(request)),
            starts_at=_moment(wanted.first, doctor, service),
            ends_at=_moment(wanted.until, doctor, service),
            at=at,
        )
    except booking.NotOffered:
        raise Refusal(422, "not_offered", _("This time is not offered.")) from None
    except waiting.BadWindow:
        message = _("Ask for 1 to 62 days that are not over; the last is not included.")
        raise Refusal(422, "bad_range", message) from None
    except waiting.AlreadyWaiting:
        message = _("You are on this waiting list already.")
        raise Refusal(409, "already_waiting", message) from None
    return Status(201, _entry(WaitlistEntry.objects.with_place(at=at).get(pk=entry.pk), at))


@router.delete(
    "/waitlist/{entry_id}",
    response={204: None, 404: Problem, 409: Problem, **REFUSALS},
    summary="Wait no more",
)
def leave(request: HttpRequest, entry_id: Id) -> Status[None]:
    """Leave a waiting list; an open offer goes to the next."""
    own = WaitlistEntry.objects.of(member_of(request)).with_people()
    entry = get_object_or_404(own, pk=entry_id)
    try:
        waiting.leave(entry=entry, at=timezone.now(), by=member_of(request))
    except waiting.NotWaiting:
        message = _("You were not on this waiting list any more.")
        raise Refusal(409, "already_over", message) from None
    return Status(204, None)


def _moment(wanted: datetime | date, doctor: Doctor, service: Service) -> datetime:
    """A day begins at midnight in the zone of the schedule."""
    if not isinstance(wanted, datetime):
        schedule = Schedule.objects.filter(doctor=doctor, service=service).order_by("pk").first()
        zone = ZoneInfo(schedule.time_zone if schedule else "UTC")
        wanted = datetime.combine(wanted, time(), zone)
    return reasonable(wanted)


def _entry(entry: WaitlistEntry, at: datetime) -> WaitOut:
    offers = (row.pk for row in entry.offers.all() if row.is_held and not row.has_expired(at=at))
    return WaitOut.model_validate(
        {
            "id": entry.pk,
            "doctor": entry.doctor_id,
            "service": entry.service_id,
            "from": entry.starts_at,
            "to": entry.ends_at,
            "place": entry.place,
            "offer": next(offers, None),
        }
    )
