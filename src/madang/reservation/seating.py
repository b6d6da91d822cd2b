"""Sessions of one doctor with many: to announce one, and to take a numbered seat in it."""

from __future__ import annotations

from copy import copy
from datetime import datetime

from django.db.models import F

from madang.db.constraints import REACH
from madang.lib.constraints import refused
from madang.people.models import Member
from madang.reservation import elsewhere, freeing, letters, reminding
from madang.reservation.attending import NotYours
from madang.reservation.booking import (
    CHANGING,
    AlreadyOver,
    NotOffered,
    PatientBusy,
    SlotTaken,
    TooSoonOrLate,
)
from madang.reservation.models import (
    Doctor,
    GroupSession,
    Patient,
    Reservation,
    ReservationEvent,
    Service,
)
from madang.reservation.models.schedule import MOST_SEATS

Kind = ReservationEvent.Kind


class NoSuchSeat(Exception):
    """The session has no seat of this number."""


class SeatTaken(Exception):
    """Somebody else has this seat."""


class Full(SeatTaken):
    """Somebody has every seat."""


class SeatsInUse(Exception):
    """Somebody sits on a seat that would be gone."""


def announce(
    *, doctor: Doctor, service: Service, starts_at: datetime, seats: int, at: datetime, by: Member
) -> GroupSession:
    """Let the doctor meet up to `seats` patients at once from `starts_at`, a whole minute.

    As long as `service` says, on the grid or off it. For the doctor and staff: raises `NotYours`,
    or of `booking` `NotOffered` where the service is not for many or off, `TooSoonOrLate` for
    what is past and `SlotTaken`; `NoSuchSeat` for no seats or more than `MOST_SEATS`. Kept apart
    by `reservation_session_one_place` and, once anybody has a seat, `reservation_doctor_one_place`.
    """
    _check(doctor, by)
    if not (service.is_for_many and service.is_active and doctor.is_active):
        raise NotOffered
    if not 1 <= seats <= MOST_SEATS:
        raise NoSuchSeat
    if starts_at <= at:
        raise TooSoonOrLate
    session = GroupSession(
        doctor=doctor,
        service=service,
        starts_at=starts_at.replace(second=0, microsecond=0),
        minutes=service.minutes,
        buffer_before=service.buffer_before,
        buffer_after=service.buffer_after,
        seats=seats,
        created_at=at,
        updated_at=at,
    )
    with freeing.turn(doctor=doctor, patient=None, at=at):
        if elsewhere.meets(doctor=doctor, span=session.span) or _meets_somebody(session):
            raise SlotTaken
        session.save(force_insert=True)
    return session


def take(
    *,
    session: GroupSession,
    patient: Patient,
    seat: int | None,
    at: datetime,
    by: Member | None,
    is_staff: bool = False,
) -> Reservation:
    """Give the patient a seat: `seat`, or the first that is free where it is None.

    Of those who race for a seat one gets it. Whoever has a seat changes to the other; asking
    twice is asking once. Until the service's notice, staff until it begins. Raises `NoSuchSeat`,
    `SeatTaken`, `Full`, or of `booking` `AlreadyOver` for what was called off, `TooSoonOrLate`,
    `PatientBusy`, or `SlotTaken` where the doctor is with somebody else against the rules. Kept by
    `reservation_seat_once`, `reservation_seat_exists` and `reservation_seat_of_session`.
    """
    with freeing.turn(doctor=session.doctor, patient=patient, at=at):
        session.refresh_from_db(fields=["starts_at", "seats", "called_off_at"])
        session.doctor.refresh_from_db(fields=["is_active"])
        if not session.is_on:
            raise AlreadyOver
        if not (session.can_be_joined(at=at) or (is_staff and at < session.starts_at)):
            raise TooSoonOrLate
        if seat is not None and not 1 <= seat <= session.seats:
            raise NoSuchSeat
        mine = session.reservations.filter(patient=patient, status__in=Reservation.OCCUPYING)
        had = mine.select_related("doctor", "patient", "service").first()
        if had is not None and seat in (None, had.seat):
            return had
        free = free_seats(session)
        if not free:
            raise Full
        wanted = free[0] if seat is None else seat
        if had is not None:
            return _change(had, wanted, at)
        return _sit(session, patient, wanted, at, by)


def change(
    *, session: GroupSession, starts_at: datetime, seats: int, at: datetime, by: Member
) -> None:
    """Let the session, and everybody with a seat, be at `starts_at`, a whole minute, of `seats`.

    All seats change in one statement with their session. Of a new time each patient is told by
    mail. Raises `NotYours`, `NoSuchSeat`, `SeatsInUse`, or of `booking` `AlreadyOver`,
    `TooSoonOrLate` where either time is past, `SlotTaken`, or `PatientBusy` where one of them is
    elsewhere; then nothing has changed. Kept by `reservation_seat_of_session`.
    """
    _check(session.doctor, by)
    if not 1 <= seats <= MOST_SEATS:
        raise NoSuchSeat
    starts_at = starts_at.replace(second=0, microsecond=0)
    with freeing.turn(doctor=session.doctor, patient=None, at=at, session=session, is_freeing=True):
        moved_from, was_taken = _still_ahead(session, at), session.span
        is_moved = starts_at != moved_from
        if starts_at <= at:
            raise TooSoonOrLate
        if any((row.seat or 0) > seats for row in _seated(session)):
            raise SeatsInUse
        wanted = copy(session)
        wanted.starts_at = starts_at
        if is_moved and (_meets_another(wanted) or _meets_somebody(wanted)):
            raise SlotTaken
        with refused({freeing.DOCTOR: SlotTaken, freeing.PATIENT: PatientBusy}):
            _update(session, at, starts_at=starts_at, seats=seats)
        session.starts_at, session.seats = starts_at, seats
        if is_moved:
            _tell(session, moved_from, at, by)
            freeing.offer(doctor=session.doctor, span=was_taken, at=at)


def _tell(session: GroupSession, moved_from: datetime, at: datetime, by: Member) -> None:
    """Write down for every seat that it moved, and to whom it is."""
    session.reservations.update(sequence=F("sequence") + 1, updated_at=at)
    for row in _seated(session):
        row.events.create(
            kind=Kind.MOVED,
            happened_at=at,
            by=by,
            moved_from=moved_from,
            moved_to=session.starts_at,
        )
        reminding.plan(reservation=row, at=at)
        letters.changed(row, moved_from=moved_from)


def call_off(*, session: GroupSession, at: datetime, by: Member, note: str = "") -> None:
    """Cancel the session and every seat in it; each patient is written to.

    `note` is kept in the events. The time is free, or offered to who waits for it. Raises
    `NotYours`, or of `booking` `AlreadyOver` and `TooSoonOrLate`.
    """
    _check(session.doctor, by)
    with freeing.turn(doctor=session.doctor, patient=None, at=at, session=session, is_freeing=True):
        _still_ahead(session, at)
        _update(session, at, called_off_at=at)
        session.called_off_at = at
        for row in _seated(session):
            Reservation.objects.filter(pk=row.pk).update(
                status=Reservation.Status.CANCELLED, sequence=F("sequence") + 1, updated_at=at
            )
            row.refresh_from_db(fields=CHANGING)
            row.events.create(kind=Kind.CANCELLED, happened_at=at, by=by, note=note)
            reminding.drop(reservation=row)
            letters.cancelled(row)
        freeing.offer(doctor=session.doctor, span=session.span, at=at)


def people(session: GroupSession) -> list[Reservation]:
    """Who has a seat, or had it and did not come, by the number."""
    kept = (*Reservation.OCCUPYING, Reservation.Status.NOSHOW)
    rows = session.reservations.filter(status__in=kept)
    return list(rows.select_related("doctor", "patient", "service").order_by("seat", "pk"))


def free_seats(session: GroupSession) -> list[int]:
    """The numbers of the seats that nobody has, in their order; one query."""
    occupying = session.reservations.filter(status__in=Reservation.OCCUPYING)
    taken = set(occupying.values_list("seat", flat=True))
    return [seat for seat in range(1, session.seats + 1) if seat not in taken]


def _check(doctor: Doctor, by: Member) -> None:
    if not doctor.may_be_run_by(by):
        raise NotYours


def _still_ahead(session: GroupSession, at: datetime) -> datetime:
    """When it is to begin, read while nobody else writes about it."""
    session.refresh_from_db(fields=["starts_at", "seats", "called_off_at"])
    if not session.is_on:
        raise AlreadyOver
    starts_at: datetime = session.starts_at
    if starts_at <= at:
        raise TooSoonOrLate
    return starts_at


def _update(session: GroupSession, at: datetime, **fields: object) -> None:
    """The copies in the seats change in the same statement."""
    rows = GroupSession.objects.filter(pk=session.pk)
    rows.update(sequence=F("sequence") + 1, updated_at=at, **fields)


def _seated(session: GroupSession) -> list[Reservation]:
    rows = session.reservations.filter(status__in=Reservation.OCCUPYING)
    return list(rows.select_related("doctor", "patient__member", "service").order_by("seat"))


def _meets_another(session: GroupSession) -> bool:
    """Whether a calendar of the doctor's, or another session, has any of its time."""
    others = GroupSession.objects.filter(doctor=session.doctor).exclude(pk=session.pk)
    busy = session.doctor.busy_times.all()
    start, end = session.span
    in_a_session = others.meeting(start, end).exists()
    return in_a_session or busy.filter(starts_at__lt=end, ends_at__gt=start).exists()


def _meets_somebody(session: GroupSession) -> bool:
    """Whether the doctor meets one person in any of its time."""
    near = (session.starts_at - REACH, session.starts_at + REACH)
    rows = Reservation.objects.filter(
        doctor=session.doctor,
        session__isnull=True,
        status__in=Reservation.OCCUPYING,
        overbook_reason="",
        appointed_time__gt=near[0],
        appointed_time__lt=near[1],
    )
    start, end = session.span
    return any(row.taken[0] < end and start < row.taken[1] for row in rows)


def _change(had: Reservation, seat: int, at: datetime) -> Reservation:
    """The same reservation on another seat."""
    with refused({freeing.SEAT: SeatTaken}):
        Reservation.objects.filter(pk=had.pk).update(seat=seat, updated_at=at)
    had.refresh_from_db(fields=["seat", *CHANGING])
    return had


def _sit(
    session: GroupSession, patient: Patient, seat: int, at: datetime, by: Member | None
) -> Reservation:
    row = Reservation(
        doctor=session.doctor,
        patient=patient,
        service=session.service,
        appointed_time=session.starts_at,
        minutes=session.minutes,
        buffer_before=session.buffer_before,
        buffer_after=session.buffer_after,
        session=session,
        seat=seat,
        seats=session.seats,
        created_at=at,
        updated_at=at,
    )
    answers: dict[str, type[Exception]] = {
        freeing.SEAT: SeatTaken,
        freeing.PATIENT: PatientBusy,
        freeing.DOCTOR: SlotTaken,
    }
    with refused(answers):
        row.save(force_insert=True)
    row.events.create(kind=Kind.BOOKED, happened_at=at, by=by)
    reminding.plan(reservation=row, at=at)
    letters.confirm(row)
    return row
