"""A prepared question answers what its queryset would, whatever it is asked with."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q, QuerySet
from django.test.utils import CaptureQueriesContext

from madang.db import prepared
from madang.db.prepared import Prepared
from madang.people.models import Member
from madang.reservation.models import Doctor, Reservation, Schedule
from tests.cast import NOW, TEN, Room

pytestmark = pytest.mark.django_db


def schedules(
    *, doctors: list[int], service: int | None, until: date
) -> QuerySet[Schedule, tuple[Any, ...]]:
    """Some columns of several kinds."""
    rows = Schedule.objects.filter(Q(valid_from__isnull=True) | Q(valid_from__lt=until))
    if service is not None:
        rows = rows.filter(service=service)
    columns = ("pk", "valid_from", "valid_until", "service__is_active", "time_zone")
    return rows.filter(doctor__in=doctors).order_by("pk").values_list(*columns)


def test_it_answers_what_its_queryset_would(room: Room) -> None:
    jiho = Doctor.objects.create(name="Jiho")
    Schedule.objects.create(
        doctor=jiho, service=room.service, valid_from=NOW.date(), valid_until=NOW.date()
    )
    ask, tomorrow = Prepared(schedules), NOW.date() + timedelta(days=1)
    both, service = [room.doctor.pk, jiho.pk], room.service.pk
    for _again in range(2):
        for doctors in ([], both[:1], both[1:], both, [-1, *both], [both[0], both[0]]):
            for about in (None, service, -1):
                for until in (tomorrow, NOW.date()):
                    values: dict[str, Any] = {"doctors": doctors, "service": about, "until": until}
                    assert ask(**values) == list(schedules(**values))
    assert any(row[1] == NOW.date() for row in ask(doctors=both, service=None, until=tomorrow))


def test_moments_go_as_their_fields_prepare_them(room: Room, hana: Member) -> None:
    room.book(hana)

    def later(*, than: datetime) -> QuerySet[Reservation, tuple[datetime]]:
        return Reservation.objects.filter(appointed_time__gt=than).values_list("appointed_time")

    ask, instant = Prepared(later), timedelta(microseconds=1)
    for than in (TEN - instant, TEN, TEN.astimezone(UTC) - instant):
        assert ask(than=than) == list(later(than=than))
    assert ask(than=TEN - instant) == [(TEN,)]


def test_it_is_compiled_once_for_each_shape(room: Room) -> None:
    built = []

    def named(*, keys: list[int]) -> QuerySet[Doctor, tuple[str]]:
        built.append(len(keys))
        return Doctor.objects.filter(pk__in=keys).order_by("pk").values_list("name")

    ask, one, other = Prepared(named), room.doctor, Doctor.objects.create(name="Jiho")
    with CaptureQueriesContext(connection) as queries:
        answers = [ask(keys=[one.pk]), ask(keys=[other.pk]), ask(keys=[one.pk, other.pk])]
    assert answers == [[(one.name,)], [(other.name,)], [(one.name,), (other.name,)]]
    assert (built, len(queries)) == ([1, 2], 3)
    for count in range(3, prepared.KNOWN + 4):
        ask(keys=list(range(count)))
    assert ask(keys=[one.pk]) == [(one.name,)]
    assert built.count(1) == 2  # old shapes were forgotten, and are learnt again


def test_a_value_that_is_reckoned_with_cannot_be_prepared(room: Room) -> None:
    """It would stay what it was when the question was compiled."""

    def before(*, at: datetime) -> QuerySet[Reservation, tuple[int]]:
        past = at - timedelta(days=1)
        return Reservation.objects.filter(appointed_time__lt=past).values_list("pk")

    with pytest.raises(TypeError, match="some value does not go to the database as it is"):
        Prepared(before)(at=NOW)
