"""Public holidays: imported by country, once, and what somebody changed stays changed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from madang.lib.public_holidays import UnknownCountry
from madang.people.models import Member
from madang.reservation import closing, public_holidays, slots
from madang.reservation.attending import NotYours
from madang.reservation.models import Schedule, ScheduleException
from tests.cast import NOW, Room

CHILDREN = date(2027, 5, 5)


def close_all(room: Room, by: Member, country: str = "KR", subdivision: str = "") -> int:
    return public_holidays.close_all(
        doctor=room.doctor, country=country, subdivision=subdivision, at=NOW, by=by
    )


def times_on(room: Room, day: date) -> int:
    until = day + timedelta(days=1)
    found = slots.slots(
        doctors=[room.doctor], services=[room.service], first=day, until=until, at=NOW
    )
    return len(found)


def test_holidays_from_today_to_the_end_of_next_year_are_closed(room: Room, seoyun: Member) -> None:
    assert times_on(room, CHILDREN) == 6
    count = close_all(room, seoyun)
    rows = ScheduleException.objects.order_by("first_on")
    assert count == len(rows) > 30
    days = {row.first_on: row for row in rows}
    assert (min(days), max(days)) == (date(2027, 3, 1), date(2028, 12, 25))
    child = days[CHILDREN]
    assert (child.reason, child.last_on, child.is_whole_day) == ("어린이날", CHILDREN, True)
    assert (child.kind, child.time_zone, child.made_by) == ("holiday", "Asia/Seoul", seoyun)
    assert times_on(room, CHILDREN) == 0


def test_importing_again_changes_nothing(room: Room, seoyun: Member, gwanu: Member) -> None:
    close_all(room, seoyun)
    before = list(ScheduleException.objects.values())
    assert close_all(room, gwanu) == 0
    assert list(ScheduleException.objects.values()) == before


def test_what_somebody_lifted_or_changed_stays_so(room: Room, seoyun: Member) -> None:
    close_all(room, seoyun)
    lifted = ScheduleException.objects.get(first_on=CHILDREN)
    closing.take_back(exception=lifted, at=NOW, by=seoyun)
    ScheduleException.objects.filter(first_on=date(2027, 6, 6)).update(
        opens_minute=600, closes_minute=720, reason="오전만"
    )
    assert close_all(room, seoyun) == 0
    assert (times_on(room, CHILDREN), times_on(room, date(2027, 6, 6))) == (6, 2)


@pytest.mark.parametrize(("subdivision", "is_there"), [("BY", True), ("BE", False), ("", False)])
def test_a_part_of_a_country_has_its_own_holidays(
    room: Room, seoyun: Member, subdivision: str, is_there: bool
) -> None:
    close_all(room, seoyun, "DE", subdivision)
    epiphany = ScheduleException.objects.filter(first_on=date(2028, 1, 6))
    assert epiphany.exists() is is_there


@pytest.mark.parametrize(("country", "subdivision"), [("XX", ""), ("KR", "BY"), ("", "")])
def test_what_is_no_country_is_refused(
    room: Room, seoyun: Member, country: str, subdivision: str
) -> None:
    with pytest.raises(UnknownCountry):
        close_all(room, seoyun, country, subdivision)


def test_only_for_oneself_or_as_an_operator(room: Room, hana: Member, gwanu: Member) -> None:
    with pytest.raises(NotYours):
        close_all(room, hana)
    assert close_all(room, gwanu) > 30


def test_the_zone_is_that_of_the_first_schedule(room: Room, seoyun: Member) -> None:
    Schedule.objects.update(time_zone="Europe/Berlin")
    close_all(room, seoyun, "DE")
    assert set(ScheduleException.objects.values_list("time_zone", flat=True)) == {"Europe/Berlin"}
