"""Of many who take in one file at once one writes each row, and its patient."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from threading import Barrier

import pytest

from madang.reservation import bringing
from madang.reservation.models import Patient, Reservation
from tests.cast import NOW, TEN, Room
from tests.promises.test_reservation_elsewhere import CROWD, at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = [
    bringing.Row("박서윤", "윤새봄", "학습 상담", TEN - n * timedelta(days=1), "cancelled")
    for n in range(3)
]
"""Of a status that takes no time, so that no rule about time keeps the others out."""


@pytest.mark.usefixtures("room")
def test_each_row_is_written_once() -> None:
    start = Barrier(CROWD + 1)

    def act(_number: int) -> str:
        start.wait()
        return " ".join(bringing.take_in(row=row, at=NOW) for row in ROWS)

    told = at_once(act)
    outcomes = Counter(" ".join(told.elements()).split())
    assert outcomes == Counter(new=len(ROWS), known=CROWD * len(ROWS))
    assert (Reservation.objects.count(), Patient.objects.count()) == (len(ROWS), 1)


def test_the_control_that_looks_before_it_writes_brings_everything_often(room: Room) -> None:
    looked = Barrier(CROWD + 1)

    def act(_number: int) -> str:
        is_known = Patient.objects.filter(name="윤새봄").exists()
        looked.wait()
        if is_known:
            return "known"
        patient = Patient.objects.create(name="윤새봄")
        for row in ROWS:
            patient.reservations.create(
                doctor=room.doctor, appointed_time=row.time, status=row.status
            )
        return "new"

    assert at_once(act) == Counter(new=CROWD + 1)
    assert Reservation.objects.count() == (CROWD + 1) * len(ROWS)
