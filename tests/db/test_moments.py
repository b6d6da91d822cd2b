from datetime import datetime, timedelta

import pytest
from django.db.models import F

from madang.db.moments import MinutesLater
from madang.people.models import Member
from madang.reservation.models import Reservation
from tests.cast import TEN, Room

pytestmark = pytest.mark.django_db
END = TEN + timedelta(minutes=45)


@pytest.mark.parametrize(
    ("moment", "is_before"),
    [
        (END - timedelta(seconds=1), True),
        (END - timedelta(microseconds=1), True),
        (END, False),
        (END + timedelta(microseconds=1), False),
        (END - timedelta(days=1), True),
        (END + timedelta(days=1), False),
    ],
)
def test_the_end_compares_with_a_moment(
    room: Room, hana: Member, moment: datetime, is_before: bool
) -> None:
    room.book(hana)
    Reservation.objects.update(minutes=45)
    later = Reservation.objects.annotate(end=MinutesLater(F("appointed_time"), F("minutes")))
    assert later.filter(end__gt=moment).exists() is is_before
    assert later.values_list("end", flat=True).get() == END
