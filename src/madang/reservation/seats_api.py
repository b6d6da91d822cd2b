"""Sessions of one doctor with many, and their seats, as JSON."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field, Strict

from madang.people.access import member_of
from madang.people.api import Problem, Refusal
from madang.reservation import booking, seating
from madang.reservation.api import REFUSALS, Id, Moment, Page, ReservationOut
from madang.reservation.models import GroupSession, Patient, Reservation

router = Router(tags=["reservation"])


class SessionOut(Schema):
    """A session that is still to end, and the numbers of the seats that nobody has."""

    id: int
    doctor: int
    service: int
    start: Moment
    end: Moment
    seats: int
    free: list[int]


class SeatIn(Schema):
    """Which seat; the first that is free where none is named."""

    model_config = ConfigDict(extra="forbid")

    seat: Annotated[int, Field(ge=1, le=32767), Strict()] | None = None


class SeatOut(ReservationOut):
    """The reservation that it is, and its number."""

    session: int
    seat: int


class SeatTaken(Problem):
    """409: the numbers of the seats that nobody has."""

    free: list[int] = []


@router.get(
    "/group-sessions",
    response={200: list[SessionOut], **REFUSALS},
    summary="Sessions with free seats and without",
)
def sessions(request: HttpRequest, page: Query[Page]) -> list[SessionOut]:
    """What is announced and not over, in the order of the ids."""
    ahead = GroupSession.objects.ahead(at=timezone.now())
    rows = ahead.to_be_joined().filter(pk__gt=page.after)
    found = list(rows.order_by("pk")[: page.limit])
    taken: dict[int, set[int]] = {}
    seats = Reservation.objects.filter(session__in=found, status__in=Reservation.OCCUPYING)
    for row in seats.only("session_id", "seat").order_by():
        taken.setdefault(row.session_id or 0, set()).add(row.seat or 0)
    return [_session(row, taken.get(row.pk, set())) for row in found]


@router.post(
    "/group-sessions/{group_id}/seats",
    response={201: SeatOut, 404: Problem, 409: SeatTaken, **REFUSALS},
    summary="Take a seat",
)
def take(request: HttpRequest, group_id: Id, wanted: SeatIn) -> Status[Any]:
    """Take a seat, or another than one has. Of those who race for it, one gets 201."""
    session = get_object_or_404(GroupSession.objects.with_people(), pk=group_id)
    member = member_of(request)
    try:
        row = seating.take(
            session=session,
            patient=Patient.objects.of(member),
            seat=wanted.seat,
            at=timezone.now(),
            by=member,
        )
    except seating.NoSuchSeat:
        raise Refusal(422, "no_such_seat", _("There is no such seat.")) from None
    except (booking.AlreadyOver, booking.TooSoonOrLate):
        message = _("This seat cannot be taken any more.")
        raise Refusal(409, "already_over", message, free=[]) from None
    except booking.PatientBusy:
        message = _("You have another reservation at this time.")
        raise Refusal(409, "patient_busy", message, free=[]) from None
    except booking.SlotTaken:
        message = _("The doctor cannot be there. Please ask.")
        raise Refusal(409, "slot_taken", message, free=[]) from None
    except seating.SeatTaken as refusal:
        free = seating.free_seats(session)
        if isinstance(refusal, seating.Full):
            message = _("Every seat is taken by now.")
            raise Refusal(409, "session_full", message, free=free) from None
        message = _("Somebody was a moment faster. Please take another seat.")
        raise Refusal(409, "seat_taken", message, free=free) from None
    return Status(201, _seat(row))


def _session(row: GroupSession, taken: set[int]) -> SessionOut:
    return SessionOut(
        id=row.pk,
        doctor=row.doctor_id,
        service=row.service_id,
        start=row.starts_at,
        end=row.ends_at,
        seats=row.seats,
        free=[seat for seat in range(1, row.seats + 1) if seat not in taken],
    )


def _seat(row: Reservation) -> SeatOut:
    assert row.session_id is not None
    assert row.seat is not None
    return SeatOut(
        id=row.pk,
        doctor=row.doctor_id,
        service=row.service_id,
        appointed_time=row.appointed_time,
        end=row.ends_at,
        status=row.status,
        session=row.session_id,
        seat=row.seat,
    )
