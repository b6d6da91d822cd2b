"""Of a patient who is erased while a doctor writes, no note is left."""

from __future__ import annotations

from collections import Counter
from threading import Barrier, Event

import pytest

from madang.people import holdings
from madang.people.models import Member
from madang.reservation import noting
from madang.reservation.models import Reservation, ReservationNote
from tests.cast import NOW, TEN, Room
from tests.promises.test_reservation_elsewhere import CROWD, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_note_outlives_the_patient(room: Room, hana: Member, seoyun: Member) -> None:
    row = room.book(hana)
    start = Barrier(CROWD + 1)

    def act(number: int) -> str:
        start.wait()
        if number == CROWD:
            holdings.erase(member=Member.objects.get(pk=hana.pk), at=TEN)
            return "erased"
        mine = Reservation.objects.with_people().get(pk=row.pk)
        try:
            noting.write(reservation=mine, text=str(number), at=NOW, by=seoyun)
        except noting.Forgotten:
            return "Forgotten"
        return "written"

    told = at_once(act)
    assert (told["written"] + told["Forgotten"], told["erased"]) == (CROWD, 1)
    assert ReservationNote.objects.count() == 0


def test_the_control_that_looks_before_it_writes_leaves_notes(
    room: Room, hana: Member, seoyun: Member
) -> None:
    row = room.book(hana)
    looked, is_erased = Barrier(CROWD + 1), Event()

    def act(number: int) -> str:
        if number == CROWD:
            looked.wait()
            try:
                holdings.erase(member=Member.objects.get(pk=hana.pk), at=TEN)
            finally:
                is_erased.set()
            return "erased"
        mine = Reservation.objects.with_people().get(pk=row.pk)
        is_known = bool(mine.patient.name)
        looked.wait()
        assert is_erased.wait(60)
        if not is_known:
            return "Forgotten"
        mine.notes.create(author=seoyun, text=str(number), written_at=NOW)
        return "written"

    assert at_once(act) == Counter(written=CROWD, erased=1)
    assert ReservationNote.objects.count() == CROWD
