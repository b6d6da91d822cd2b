"""What the racers do around a doctor's work: hours that are closed, people at the door."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any  # the arguments of two verbs

from madang.people.models import Member
from madang.reservation import booking, closing, racing, slots, walking_in
from madang.reservation.models import Doctor, Patient, Reservation, Service
from tests.promises.races import CLIENTS, NOW, TEN, at_once, look_then_leap, patients, tell


def close(*, is_guarded: bool) -> None:
    """A doctor closes some days while fifty patients book there, each another hour.

    `listed` is how many meetings the doctor is told of who has just closed them.
    """
    racing.prepare(is_guarded=True)
    doctor, service = Doctor.objects.get(), Service.objects.get()
    operator = Member.objects.create_user("operator")
    operator.grant("operator")
    people = patients(CLIENTS)
    everybody_looked, is_closed = threading.Barrier(CLIENTS + 1), threading.Event()
    listed: list[int] = []

    def act(n: int) -> str:
        if n == CLIENTS:
            if not is_guarded:
                everybody_looked.wait()
            try:
                listed.append(_close(doctor, operator))
            finally:
                is_closed.set()
            return "closed"
        wanted = TEN + timedelta(hours=n)
        if not is_guarded:  # the control: look whether the doctor is there, then write
            slot = slots.find(doctor=doctor, service=service, start=wanted, at=NOW)
            everybody_looked.wait()
            is_closed.wait(60)
            if slot is not None:
                people[n].reservations.create(doctor=doctor, appointed_time=wanted)
            return "won"
        try:
            _ask(service, doctor, people[n], wanted)
        except booking.NotOffered:
            return "NotOffered"
        return "won"

    told = at_once(CLIENTS + 1, act)
    told["listed"] = sum(listed)
    tell(told)


def _ask(service: Service, doctor: Doctor, patient: Patient, wanted: datetime) -> None:
    booking.book(
        doctor=doctor, patient=patient, service=service, appointed_time=wanted, at=NOW, by=None
    )


def _close(doctor: Doctor, operator: Member) -> int:
    """Close the days; how many meetings are known to lie there then."""
    closing.close(
        doctor=doctor,
        schedule=None,
        when=closing.When(TEN.date(), TEN.date() + timedelta(days=3)),
        reason="",
        at=NOW,
        by=operator,
    )
    return len(closing.concerned(doctor=doctor, at=NOW))


def walk_in(*, is_guarded: bool) -> None:
    """Every other one of fifty stands at the door, the others book; all want the same time."""
    racing.prepare(is_guarded=is_guarded)
    doctor, service = Doctor.objects.get(), Service.objects.get()
    operator = Member.objects.create_user("operator")
    operator.grant("operator")
    people = patients(CLIENTS)
    everybody_looked = threading.Barrier(CLIENTS)
    at = TEN - timedelta(hours=1)

    def act(n: int) -> str:
        if not is_guarded:
            return look_then_leap(doctor, people[n], service, everybody_looked)
        by = Member.objects.get(pk=operator.pk)
        wanted: dict[str, Any] = {"doctor": doctor, "service": service, "at": at, "by": by}
        try:
            if n % 2:
                walking_in.walk_in(who=f"new {n}", starts_at=TEN, minutes=60, **wanted)
            else:
                booking.book(patient=people[n], appointed_time=TEN, **wanted)
        except booking.SlotTaken:
            return "SlotTaken"
        return "won"

    told = at_once(CLIENTS, act)
    told["new"] = Patient.objects.filter(name__startswith="new").count()
    told["walked in"] = Reservation.objects.filter(status="arrived").count()
    tell(told)
