"""What the racers do about one seat of a session."""

from __future__ import annotations

import threading
from datetime import timedelta

from django.db import connection

from madang.people.models import Member
from madang.reservation import booking, racing, seating
from madang.reservation.freeing import SEAT
from madang.reservation.models import Doctor, GroupSession, Patient, Reservation, Service
from tests.promises.races import CLIENTS, NOW, TEN, at_once, patients, tell

SEATS = 10


def seat(*, is_guarded: bool) -> None:
    """Fifty want seat seven of ten."""
    session = _session(is_guarded=is_guarded)
    people = patients(CLIENTS)
    everybody_looked = threading.Barrier(CLIENTS)

    def act(n: int) -> str:
        if not is_guarded:
            return _look_then_sit(session, people[n], everybody_looked)
        mine = GroupSession.objects.with_people().get(pk=session.pk)
        try:
            seating.take(session=mine, patient=people[n], seat=7, at=NOW, by=None)
        except seating.SeatTaken:
            return "SeatTaken"
        return "won"

    tell(at_once(CLIENTS, act))


def _look_then_sit(
    session: GroupSession, patient: Patient, everybody_looked: threading.Barrier
) -> str:
    """The control: see that nobody sits there, then write."""
    is_taken = session.reservations.filter(seat=7).exists()
    everybody_looked.wait()
    if is_taken:
        return "lost"
    _write(session, patient, 7)
    return "won"


def _write(session: GroupSession, patient: Patient, number: int) -> None:
    Reservation.objects.create(
        doctor=session.doctor,
        patient=patient,
        appointed_time=session.starts_at,
        minutes=session.minutes,
        session=session,
        seat=number,
        seats=session.seats,
    )


def any_seat(*, is_guarded: bool) -> None:
    """Fifty want any seat of ten, while one person books the same hour and another moves there."""
    session = _session(is_guarded=is_guarded)
    doctor, service = session.doctor, Service.objects.get(capacity=1)
    people = patients(CLIENTS + 1)
    everybody_looked = threading.Barrier(CLIENTS)

    def act(n: int) -> str:
        if n == CLIENTS:
            try:
                booking.book(
                    doctor=doctor,
                    patient=people[n],
                    service=service,
                    appointed_time=TEN,
                    at=NOW,
                    by=None,
                )
            except booking.SlotTaken:
                return "SlotTaken"
            return "alone"
        if not is_guarded:
            free = seating.free_seats(session)
            everybody_looked.wait()
            _write(session, people[n], free[0])
            return "won"
        mine = GroupSession.objects.with_people().get(pk=session.pk)
        try:
            seating.take(session=mine, patient=people[n], seat=None, at=NOW, by=None)
        except seating.Full:
            return "Full"
        return "won"

    told = at_once(CLIENTS + 1, act)
    seats = session.reservations.order_by("seat").values_list("seat", flat=True)
    told["seats"] = seats.distinct().count()
    tell(told)


def _session(*, is_guarded: bool) -> GroupSession:
    """Ten seats; without the guard, in a table that lets two sit on one."""
    racing.prepare(is_guarded=True)
    if not is_guarded:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX {SEAT}")
    operator = Member.objects.create_user("operator")
    operator.grant("operator")
    many = Service.objects.create(name="many", minutes=60, capacity=SEATS)
    return seating.announce(
        doctor=Doctor.objects.get(),
        service=many,
        starts_at=TEN,
        seats=SEATS,
        at=NOW - timedelta(days=1),
        by=operator,
    )
