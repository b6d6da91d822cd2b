"""Doctors, free times and reservations as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Annotated, Any, Literal, Self

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import (
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
    model_validator,
)

from madang.people.access import member_of
from madang.people.api import Problem, Refusal
from madang.people.models import Member
from madang.reservation import attending, booking, moving, slots, staff
from madang.reservation.models import Doctor, Patient, Reservation, Schedule, Service

MOST_DAYS = 62
PAGE = 50
FIRST_YEAR, LAST_YEAR = 1900, 9000

router = Router(tags=["reservation"])

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Moment = Annotated[
    datetime,
    PlainSerializer(lambda moment: moment.astimezone(UTC).isoformat().replace("+00:00", "Z")),
]
"""RFC 3339, in UTC."""


def _text(value: object) -> object:
    """Only text: a number would be taken for seconds since 1970."""
    if isinstance(value, str) and not value.lstrip("+-").replace(".", "").isdecimal():
        return value
    raise ValueError


Asked = Annotated[AwareDatetime, BeforeValidator(_text)]
"""RFC 3339, with an offset."""


class ServiceOut(Schema):
    """What a doctor offers, and in which zone's hours."""

    id: int
    name: str
    minutes: int
    time_zone: str


class DoctorOut(Schema):
    """A doctor and the services to book."""

    id: int
    name: str
    specialty: str
    services: list[ServiceOut]


class SlotOut(Schema):
    """A time on the grid; statuses as in FHIR R4 Slot."""

    start: Moment
    end: Moment
    status: slots.Status


class ReservationOut(Schema):
    """A reservation as its patient sees it."""

    id: int
    doctor: int
    service: int | None
    appointed_time: Moment
    end: Moment
    status: str
    hold_expires_at: Moment | None = None


class ReservationIn(Schema):
    """What to book, or with `hold` to keep for five minutes; the time carries its offset.

    For staff: `patient`, for whom, and `overbook_reason`, why beside somebody else.
    """

    model_config = ConfigDict(extra="forbid")

    doctor: Annotated[Id, Strict()]
    service: Annotated[Id, Strict()]
    appointed_time: Asked
    hold: Annotated[bool, Strict()] = False
    patient: Annotated[Id, Strict()] | None = None
    overbook_reason: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _no_overbooked_hold(self) -> Self:
        if self.hold and self.overbook_reason:
            raise ValueError
        return self


class ReservationChange(Schema):
    """What to change, one thing: the time, or the status, to cancel or to book what is held.

    For its doctor and staff: the statuses after `booked`, in the order of FHIR's Appointment, and
    `undo`, the status that was a slip, to go back to the one before it.
    """

    model_config = ConfigDict(extra="forbid")

    status: (
        Literal["booked", "arrived", "checked-in", "fulfilled", "noshow", "cancelled"] | None
    ) = None
    appointed_time: Asked | None = None
    undo: Literal["arrived", "checked-in", "fulfilled", "noshow"] | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if [self.status, self.appointed_time, self.undo].count(None) != 2:
            raise ValueError
        return self


class Taken(Problem):
    """409: somebody was faster; the nearest free times."""

    nearest: list[SlotOut] = []


class Days(Schema):
    """Which service on which days; `to` is not included."""

    service: Id
    first: date = Field(alias="from")
    until: date = Field(alias="to")


class Page(Schema):
    """Where to go on: the id after which the next rows follow."""

    after: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    limit: Annotated[int, Field(ge=1, le=100)] = PAGE


REFUSALS = dict.fromkeys((400, 401, 403, 413, 422, 429), Problem)
"""What any request can be answered: damaged, signed out, forged, too large, nonsense, too often."""


@router.get("/doctors", response={200: list[DoctorOut], **REFUSALS}, summary="Doctors")
def doctors(request: HttpRequest, page: Query[Page]) -> list[DoctorOut]:
    """Doctors who take reservations, with their services, in the order of their ids."""
    schedules = Schedule.objects.filter(service__is_active=True).select_related("service")
    rows = (
        Doctor.objects.filter(is_active=True, pk__gt=page.after)
        .order_by("pk")
        .prefetch_related(Prefetch("schedules", schedules.order_by("service__name", "pk")))
    )
    return [
        DoctorOut(
            id=doctor.pk,
            name=doctor.name,
            specialty=doctor.specialty,
            services=[
                ServiceOut(
                    id=schedule.service.pk,
                    name=schedule.service.name,
                    minutes=schedule.service.minutes,
                    time_zone=schedule.time_zone,
                )
                for schedule in doctor.schedules.all()
            ],
        )
        for doctor in rows[: page.limit]
    ]


@router.get(
    "/doctors/{doctor_id}/slots",
    response={200: list[SlotOut], 404: Problem, **REFUSALS},
    summary="Free and busy times",
    by_alias=True,
)
def doctor_slots(request: HttpRequest, doctor_id: Id, days: Query[Days]) -> list[SlotOut]:
    """The grid of one service with one doctor, busy times included; at most 62 days."""
    if not FIRST_YEAR <= days.first.year <= LAST_YEAR:
        raise Refusal(422, "bad_range", _("There is nothing to book in such a year."))
    if not days.first < days.until <= days.first + timedelta(days=MOST_DAYS):
        raise Refusal(422, "bad_range", _("Ask for 1 to 62 days; the last is not included."))
    doctor = get_object_or_404(Doctor, pk=doctor_id, is_active=True)
    service = get_object_or_404(Service, pk=days.service, is_active=True)
    found = slots.slots(
        doctors=[doctor], services=[service], first=days.first, until=days.until, at=timezone.now()
    )
    return [_slot(slot) for slot in found]


@router.get(
    "/reservations", response={200: list[ReservationOut], **REFUSALS}, summary="Own reservations"
)
def reservations(request: HttpRequest, page: Query[Page]) -> list[ReservationOut]:
    """The reservations of the member who asks, in the order of their ids."""
    rows = _own(request).filter(pk__gt=page.after).order_by("pk")
    return [_reservation(row) for row in rows[: page.limit]]


@router.post(
    "/reservations",
    response={201: ReservationOut, 404: Problem, 409: Taken, **REFUSALS},
    summary="Book, or hold",
)
def book(request: HttpRequest, wanted: ReservationIn) -> Status[Any]:
    """Book a time for the member who asks, or hold it. Of those who race for it, one gets 201."""
    doctor = get_object_or_404(Doctor, pk=wanted.doctor, is_active=True)
    service = get_object_or_404(Service, pk=wanted.service, is_active=True)
    start = reasonable(wanted.appointed_time)
    patient = _patient(member_of(request), wanted)
    at = timezone.now()
    verb = booking.hold
    if not wanted.hold:
        verb = partial(booking.book, overbook_reason=wanted.overbook_reason.strip())
    with _refusals(doctor, service, start, at):
        reservation = verb(
            doctor=doctor,
            patient=patient,
            service=service,
            appointed_time=start,
            at=at,
            by=member_of(request),
        )
    return Status(201, _reservation(reservation))


def _patient(member: Member, wanted: ReservationIn) -> Patient:
    """For whom to book: oneself; for staff, and for them alone, anybody."""
    is_for_staff = wanted.patient is not None or wanted.overbook_reason
    if is_for_staff and not staff.is_staff(member):
        raise PermissionDenied
    if wanted.patient is None:
        return Patient.objects.of(member)
    return get_object_or_404(Patient, pk=wanted.patient)


@contextmanager
def _refusals(
    doctor: Doctor, service: Service | None, wanted: datetime, at: datetime
) -> Iterator[None]:
    """Say no to a time in the member's language; where it is taken, with the nearest free ones."""
    try:
        yield
    except booking.NotOffered:
        raise Refusal(422, "not_offered", _("This time is not offered.")) from None
    except booking.TooSoonOrLate:
        raise Refusal(422, "too_soon_or_late", _("This time cannot be booked now.")) from None
    except booking.PatientBusy:
        message = _("You have another reservation at this time.")
        raise Refusal(409, "patient_busy", message, nearest=[]) from None
    except (booking.SlotTaken, booking.HoldExpired) as refusal:
        near = (
            slots.nearest(doctors=[doctor], service=service, wanted=wanted, at=at)
            if service
            else []
        )
        times = [_slot(slot).model_dump(mode="json") for slot in near]
        if isinstance(refusal, booking.HoldExpired):
            message = _("The hold has run out. These times are free:")
            raise Refusal(409, "hold_expired", message, nearest=times) from None
        message = _("Somebody was a moment faster. These times are free:")
        raise Refusal(409, "slot_taken", message, nearest=times) from None


@router.get(
    "/reservations/{reservation_id}",
    response={200: ReservationOut, 404: Problem, **REFUSALS},
    summary="One reservation",
)
def reservation(request: HttpRequest, reservation_id: Id) -> ReservationOut:
    """One of the member's own reservations."""
    return _reservation(get_object_or_404(_own(request), pk=reservation_id))


@router.patch(
    "/reservations/{reservation_id}",
    response={200: ReservationOut, 404: Problem, 409: Taken, **REFUSALS},
    summary="Move, cancel, book what is held, note who came, or undo a slip",
)
def change(request: HttpRequest, reservation_id: Id, wanted: ReservationChange) -> ReservationOut:
    """Move or cancel one of the member's own reservations, or book what is held.

    Its doctor and staff book what is held, note who arrived, is done or did not come, and undo a
    slip: `out_of_order` where the status is another one by now.
    """
    row = get_object_or_404(_changeable(request, wanted), pk=reservation_id)
    at, by = timezone.now(), member_of(request)
    try:
        _carry_out(row, wanted, at, by)
    except booking.TooLateToCancel:
        raise Refusal(409, "too_late", _("It is too late to cancel.")) from None
    except moving.TooLateToMove:
        raise Refusal(409, "too_late", _("It is too late to move.")) from None
    except booking.AlreadyOver:
        raise Refusal(409, "already_over", _("This reservation is not open any more.")) from None
    except attending.NotYours:
        raise PermissionDenied from None
    except attending.TooEarly:
        raise Refusal(409, "too_early", _("It is too early to say so.")) from None
    except attending.OutOfOrder:
        message = _("It has changed meanwhile. Please look again.")
        raise Refusal(409, "out_of_order", message) from None
    return _reservation(row)


def _carry_out(row: Reservation, wanted: ReservationChange, at: datetime, by: Member) -> None:
    """Do the one thing that is wanted, or raise what its verb raises."""
    time = reasonable(wanted.appointed_time) if wanted.appointed_time else None
    if wanted.undo:
        _undo(row, wanted.undo, at, by)
        return
    with _refusals(row.doctor, row.service, time or row.appointed_time, at):
        if time:
            moving.move(reservation=row, appointed_time=time, at=at, by=by)
        elif wanted.status == "booked" and row.patient.member_id == by.pk:
            booking.confirm(reservation=row, at=at, by=by)
        elif wanted.status in attending.VERBS:
            attending.VERBS[wanted.status](reservation=row, at=at, by=by)
        else:
            booking.cancel(reservation=row, at=at, by=by)


def _undo(row: Reservation, slip: str, at: datetime, by: Member) -> None:
    """Take a slip back; after a no-show others may have the time, and no other is asked for."""
    try:
        attending.undo(reservation=row, slip=slip, at=at, by=by)
    except (booking.SlotTaken, booking.PatientBusy) as refusal:
        code = "slot_taken" if isinstance(refusal, booking.SlotTaken) else "patient_busy"
        message = _("Somebody else has this time by now, so it stays as it was.")
        raise Refusal(409, code, message, nearest=[]) from None


def _changeable(request: HttpRequest, wanted: ReservationChange) -> Any:
    """Those of whoever asks as a patient, and for what doctors do those as a doctor; else all."""
    if wanted.undo is None and wanted.status not in attending.VERBS:
        return _own(request)
    member, rows = member_of(request), Reservation.objects.with_people()
    if staff.is_staff(member):
        return rows
    return rows.filter(Q(patient__member=member) | Q(doctor__member=member))


def _own(request: HttpRequest) -> Any:
    """The reservations of whoever asks, with what an answer needs."""
    return Reservation.objects.with_people().filter(patient__member=member_of(request))


def reasonable(moment: datetime) -> datetime:
    """In UTC; the ends of the calendar are refused, since clocks cannot be turned there."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Refusal(422, "not_offered", _("This time is not offered."))
    return moment.astimezone(UTC)


def _slot(slot: slots.Slot) -> SlotOut:
    return SlotOut(start=slot.start, end=slot.end, status=slot.status)


def _reservation(row: Reservation) -> ReservationOut:
    return ReservationOut(
        id=row.pk,
        doctor=row.doctor_id,
        service=row.service_id,
        appointed_time=row.appointed_time,
        end=row.ends_at,
        status=row.status,
        hold_expires_at=row.hold_expires_at,
    )
