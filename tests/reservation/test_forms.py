"""What an address or a form says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.core.exceptions import ValidationError

from madang.reservation import forms
from tests.cast import NOW, Room

pytestmark = pytest.mark.usefixtures("now")

TODAY = date(2027, 3, 1)
FAR = timedelta(days=366 * 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-03-02T10:00:00+09:00", datetime(2027, 3, 2, 1, tzinfo=UTC)),
        ("2027-03-02T01:00:00Z", datetime(2027, 3, 2, 1, tzinfo=UTC)),
        ("2027-03-02 01:00:30.5-00:30", datetime(2027, 3, 2, 1, 30, 30, 500_000, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_with_its_offset(text: str, expected: datetime) -> None:
    assert forms.moment(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ten",
        "2027-03-02",
        "2027-03-02T10:00:00",
        "2027-03-02T25:00:00Z",
        "2027-02-30T10:00:00Z",
        "2027-03-02T10:00:00+99:00",
        "0001-01-01T00:00:00+09:00",
        "9999-12-31T23:59:59-09:00",
        "1803952800",
    ],
)
def test_what_is_no_moment_of_this_age_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as error:
        forms.moment(text)
    assert error.value.code == "moment"


def test_a_day_is_read_or_given() -> None:
    assert forms.day("", TODAY) == TODAY
    assert forms.day("2027-12-24", TODAY) == date(2027, 12, 24)


@pytest.mark.parametrize("sign", [1, -1])
def test_days_are_within_three_years(sign: int) -> None:
    last = TODAY + sign * (FAR - timedelta(days=1))
    assert forms.day(last.isoformat(), TODAY) == last
    with pytest.raises(ValidationError):
        forms.day((last + sign * timedelta(days=1)).isoformat(), TODAY)


@pytest.mark.parametrize("text", ["soon", "2027-02-30", "２０２７年"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as error:
        forms.day(text, TODAY)
    assert error.value.code == "day"


def test_a_whole_wish(room: Room) -> None:
    form = forms.WantedForm(
        {"doctor": room.doctor.pk, "service": room.service.pk, "time": "2027-03-01T09:00+09:00"}
    )
    assert form.is_valid()
    seoul = timezone(timedelta(hours=9))
    assert form.wanted() == forms.Wanted(room.doctor, room.service, NOW.astimezone(seoul))


@pytest.mark.parametrize("number", ["", "x", "-1", "0", "1.5", str(2**63), str(2**200), "9" * 5000])
@pytest.mark.parametrize("field", ["doctor", "service"])
def test_who_is_not_there_cannot_be_wished_for(room: Room, field: str, number: str) -> None:
    data = {"doctor": room.doctor.pk, "service": room.service.pk, "time": NOW.isoformat()}
    form = forms.WantedForm({**data, field: number})
    assert list(form.errors) == [field]
