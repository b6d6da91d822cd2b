"""A moment is aware, whatever it is written as."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db.models.functions import Now
from django.utils import timezone

from madang.db.fields import MomentField
from madang.reservation.models import Doctor, Patient, Reservation

TEN = datetime(2027, 3, 2, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", [TEN, "2027-03-02T01:00:00Z", "2027-03-02 10:00", datetime(2027, 3, 2, 10)]
)
def test_what_has_no_offset_is_read_on_the_clock_of_the_zone(value: object) -> None:
    with timezone.override("Asia/Seoul"):
        assert MomentField().to_python(value) == TEN


def test_nothing_stays_nothing_and_nonsense_is_refused() -> None:
    field = MomentField()
    assert (field.to_python(None), field.get_prep_value(None)) == (None, None)
    with pytest.raises(ValidationError):
        field.to_python("soon")


@pytest.mark.django_db
def test_after_saving_the_row_holds_what_was_stored() -> None:
    row = Reservation(
        doctor=Doctor.objects.create(name="d"),
        patient=Patient.objects.create(name="p"),
        appointed_time="2027-03-02",
    )
    with timezone.override("Asia/Seoul"):
        row.save()
    stored = Reservation.objects.get().appointed_time
    assert row.appointed_time == stored == datetime(2027, 3, 1, 15, 0, tzinfo=UTC)
    assert timezone.is_aware(row.appointed_time)
    with timezone.override("Asia/Seoul"):
        same = Reservation.objects.filter(appointed_time=str(date(2027, 3, 2)))
        assert list(same) == [row]


def test_an_expression_is_left_to_the_database() -> None:
    row = Reservation(appointed_time=Now())
    field = Reservation._meta.get_field("appointed_time")
    assert field.pre_save(row, True) is row.appointed_time
