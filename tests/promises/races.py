"""What the racers do: many threads with a connection each, in a process of their own.

Called through `tests.servers.run`, on a site's database, with the time passed in.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

from django.db import connection

from madang.people.models import Member
from madang.reservation import (
    attending,
    booking,
    freeing,
    moving,
    racing,
    waiting,
)
from madang.reservation.models import Doctor, Patient, Reservation, ReservationEvent, Service

CLIENTS = 50
WAITERS = 20
TEN = datetime(2031, 3, 3, 10, tzinfo=UTC)
NOW = TEN - timedelta(days=3)
OVER = NOW + booking.HOLD


def at_once(count: int, act: Callable[[int], str]) -> Counter[str]:
    """What `count` clients are told who all act at the same moment."""
    gate = threading.Barrier(count)

    def client(n: int) -> str:
        gate.wait()
        try:
            return act(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return Counter(pool.map(client, range(count)))


def patients(count: int) -> list[Patient]:
    """People without an account."""
    return Patient.objects.bulk_create(Patient(name=str(n)) for n in range(count))


def tell(told: Counter[str]) -> None:
    """Print what the clients were told, how many times are taken, by how many, and the events."""
    rows = Reservation.objects.filter(status__in=Reservation.OCCUPYING)
    seen = {
        "told": told,
        "taken": rows.count(),
        "patients": rows.values("patient").order_by().distinct().count(),
        "events": Counter(ReservationEvent.objects.values_list("kind", flat=True)),
    }
    print(json.dumps(seen))


def hold(*, is_guarded: bool) -> None:
    """A hold has just run out: its holder confirms, all others book or hold."""
    racing.prepare(is_guarded=is_guarded)
    doctor, service = Doctor.objects.get(), Service.objects.get()
    people = patients(CLIENTS)
    held = booking.hold(
        doctor=doctor, patient=people[0], service=service, appointed_time=TEN, at=NOW, by=None
    )

    everybody_looked = threading.Barrier(CLIENTS)

    def act(n: int) -> str:
        if not is_guarded:
            return look_then_leap(doctor, people[n], service, everybody_looked)
        try:
            if n == 0:
                booking.confirm(reservation=held, at=OVER, by=None)
            else:
                verb = booking.hold if n % 2 else booking.book
                verb(
                    doctor=doctor,
                    patient=people[n],
                    service=service,
                    appointed_time=TEN,
                    at=OVER,
                    by=None,
                )
        except (booking.SlotTaken, booking.HoldExpired) as refusal:
            return type(refusal).__name__
        return "won"

    tell(at_once(CLIENTS, act))


def look_then_leap(
    doctor: Doctor, patient: Patient, service: Service, everybody_looked: threading.Barrier
) -> str:
    """The control: look whether a live hold is in the way, free the dead one, then write."""
    there = doctor.reservations.filter(appointed_time=TEN)
    is_taken = there.open(at=OVER).exists()
    everybody_looked.wait()
    if is_taken:
        return "lost"
    there.expired(at=OVER).update(status="cancelled", hold_expires_at=None)
    Reservation.objects.create(doctor=doctor, patient=patient, service=service, appointed_time=TEN)
    return "won"


def move(*, is_guarded: bool) -> None:
    """Everybody has a time of their own, and wants to move to the same one."""
    racing.prepare(is_guarded=True)
    doctor, service = Doctor.objects.get(), Service.objects.get()
    rows = [
        booking.book(
            doctor=doctor,
            patient=patient,
            service=service,
            appointed_time=TEN + timedelta(hours=n + 1),
            at=NOW,
            by=None,
        )
        for n, patient in enumerate(patients(CLIENTS))
    ]

    def act(n: int) -> str:
        row = Reservation.objects.with_people().get(pk=rows[n].pk)
        try:
            if is_guarded:
                moving.move(reservation=row, appointed_time=TEN, at=NOW, by=None)
            else:
                _give_up_then_ask(row)
        except booking.SlotTaken:
            return "SlotTaken"
        return "won"

    tell(at_once(CLIENTS, act))


def _give_up_then_ask(row: Reservation) -> None:
    """The control: what most sites do, cancel the old time and then ask for the new one."""
    assert row.service is not None
    booking.cancel(reservation=row, at=NOW, by=None)
    booking.book(
        doctor=row.doctor,
        patient=row.patient,
        service=row.service,
        appointed_time=TEN,
        at=NOW,
        by=None,
    )


def press(*, is_guarded: bool) -> None:
    """One patient presses the same button many times at once."""
    racing.prepare(is_guarded=True)
    doctor, service = Doctor.objects.get(), Service.objects.get()
    row = booking.book(
        doctor=doctor,
        patient=patients(1)[0],
        service=service,
        appointed_time=TEN,
        at=NOW,
        by=None,
    )
    later = TEN + timedelta(hours=1)
    everybody_looked = threading.Barrier(CLIENTS)

    def act(_n: int) -> str:
        mine = Reservation.objects.with_people().get(pk=row.pk)
        if is_guarded:
            moving.move(reservation=mine, appointed_time=later, at=NOW, by=None)
        else:
            everybody_looked.wait()
            mine.appointed_time = later
            mine.save()
            mine.events.create(kind="moved", happened_at=NOW, moved_from=TEN, moved_to=later)
        return "moved"

    tell(at_once(CLIENTS, act))


def waitlist(*, is_guarded: bool) -> None:
    """Somebody cancels; twenty wait for the time, and fifty pass by and ask as long as they can."""
    racing.prepare(is_guarded=True)
    doctor, service = Doctor.objects.get(), Service.objects.get()
    holder, *waiters = patients(1 + WAITERS)
    row = booking.book(
        doctor=doctor, patient=holder, service=service, appointed_time=TEN, at=NOW, by=None
    )
    _join(doctor, service, waiters)
    passers_by = patients(CLIENTS)
    is_done, has_won = threading.Event(), threading.Event()
    honest = partial(booking.cancel, reservation=row, at=NOW, by=None)
    give_up = honest if is_guarded else partial(_cancel_then_offer, row, has_won)

    def act(n: int) -> str:
        if n == CLIENTS:
            try:
                give_up()
            finally:
                is_done.set()
            return "cancelled"
        while True:
            is_last = is_done.is_set()
            try:
                booking.book(
                    doctor=doctor,
                    patient=passers_by[n],
                    service=service,
                    appointed_time=TEN,
                    at=NOW,
                    by=None,
                )
            except booking.SlotTaken:
                if is_last:
                    return "SlotTaken"
            else:
                has_won.set()
                return "won"

    told = at_once(CLIENTS + 1, act)
    told["first waiter"] = Reservation.objects.filter(patient=waiters[0], status="pending").count()
    tell(told)


def _join(doctor: Doctor, service: Service, waiters: list[Patient]) -> None:
    """Each waits for the time, a second after the one before."""
    for n, waiter in enumerate(waiters):
        waiting.join(
            doctor=doctor,
            patient=waiter,
            service=service,
            starts_at=TEN,
            ends_at=TEN + timedelta(hours=1),
            at=NOW - timedelta(seconds=len(waiters) - n),
        )


def _cancel_then_offer(row: Reservation, has_won: threading.Event) -> None:
    """The control: the time is free first, and whoever waits is asked later, by a slow worker."""
    Reservation.objects.filter(pk=row.pk).update(status="cancelled")
    has_won.wait(60)
    with freeing.turn(doctor=row.doctor, patient=row.patient, at=NOW, is_freeing=True):
        freeing.pass_on(given_up=row, span=row.taken, at=NOW)


def offer(*, is_guarded: bool) -> None:
    """An offer has run out with nobody sweeping; fifty pass by at that moment."""
    racing.prepare(is_guarded=True)
    doctor, service = Doctor.objects.get(), Service.objects.get()
    holder, first, second = patients(3)
    row = booking.book(
        doctor=doctor, patient=holder, service=service, appointed_time=TEN, at=NOW, by=None
    )
    _join(doctor, service, [first, second])
    booking.cancel(reservation=row, at=NOW, by=None)
    over = NOW + timedelta(minutes=service.offer_minutes)
    if not is_guarded:  # the control: a sweeper that frees, and leaves asking to somebody else
        Reservation.objects.expired(at=over).update(status="cancelled", hold_expires_at=None)
    passers_by = patients(CLIENTS)

    def act(n: int) -> str:
        try:
            booking.book(
                doctor=doctor,
                patient=passers_by[n],
                service=service,
                appointed_time=TEN,
                at=over,
                by=None,
            )
        except booking.SlotTaken:
            return "SlotTaken"
        return "won"

    told = at_once(CLIENTS, act)
    told["second waiter"] = Reservation.objects.filter(patient=second, status="pending").count()
    tell(told)


def attend(*, is_guarded: bool, slip: str = "") -> None:
    """A doctor presses one button of the day many times at once: here, or back from `slip`."""
    racing.prepare(is_guarded=True)
    doctor, service = Doctor.objects.get(), Service.objects.get()
    row = booking.book(
        doctor=doctor,
        patient=patients(1)[0],
        service=service,
        appointed_time=TEN,
        at=NOW,
        by=None,
    )
    member = Member.objects.create_user("operator")
    member.grant("operator")
    if slip:
        attending.arrive(reservation=row, at=TEN, by=member)
        attending.check_in(reservation=row, at=TEN, by=member)
    everybody_looked = threading.Barrier(CLIENTS)

    def act(_n: int) -> str:
        mine = Reservation.objects.with_people().get(pk=row.pk)
        by = Member.objects.get(pk=member.pk)
        try:
            if not is_guarded:  # the control: look, then write
                everybody_looked.wait()
                mine.status = "arrived"
                mine.save()
                mine.events.create(kind="undone" if slip else "arrived", happened_at=TEN, by=by)
            elif slip:
                attending.undo(reservation=mine, slip=slip, at=TEN, by=by)
            else:
                attending.arrive(reservation=mine, at=TEN, by=by)
        except attending.OutOfOrder:
            return "OutOfOrder"
        return "pressed"

    tell(at_once(CLIENTS, act))


def undo(*, is_guarded: bool) -> None:
    """The same of the button that takes the last step back."""
    attend(is_guarded=is_guarded, slip="checked-in")
