"""Reservations of another system: each row is taken in, known, or refused, and nothing is lost."""

from __future__ import annotations

import io
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings

from madang.people.models import Member, OutboxMail
from madang.reservation import attending, booking, bringing, freeing
from madang.reservation.bringing import NoSuchColumns, Refused, Row
from madang.reservation.models import Doctor, Patient, Reminder, Reservation, Service
from tests.cast import NOW, TEN, Room

HEAD = "doctor,patient,service,appointed_time,status\n"
DAY = timedelta(days=1)


def read(text: str | bytes) -> list[tuple[int, Row | tuple[str, str]]]:
    """Each line, or the code and the detail of the refusal."""
    source = text if isinstance(text, bytes) else text.encode()
    found = bringing.rows(io.BytesIO(source))
    return [
        (number, (row.code, row.detail) if isinstance(row, Refused) else row)
        for number, row in found
    ]


def line(patient: str = "윤새봄", time: datetime = TEN, status: str = "booked") -> Row:
    return Row("박서윤", patient, "학습 상담", time, status)


def seen() -> list[tuple[str, datetime, str]]:
    """Every reservation: the patient, when, its status."""
    rows = Reservation.objects.order_by("pk")
    return list(rows.values_list("patient__name", "appointed_time", "status"))


# Reading.


def test_lines_are_put_in_order() -> None:
    text = (
        "상태,이름,메모, 의사 ,진료명,예약 일시\n"
        "마침,'=윤  새봄,급함,박서윤,학습 상담,2027-03-02 10:00\n"
        "\n"
        "NoShow,@hana,,박서윤,학습 상담,2027-03-02T01:00:00Z\n"
    )
    assert read(text) == [
        (2, Row("박서윤", "=윤 새봄", "학습 상담", TEN, "fulfilled")),
        (4, Row("박서윤", "@hana", "학습 상담", TEN, "noshow")),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_tables_come_in_any_encoding_that_people_have(encoding: str) -> None:
    text = f"{HEAD}박서윤,윤새봄,학습 상담,2027-03-02T10:00+09:00,\n"
    assert read(text.encode(encoding)) == [(2, line())]


def test_a_name_in_parts_of_letters_is_the_same() -> None:
    import unicodedata

    text = unicodedata.normalize("NFD", f"{HEAD}박서윤,윤새봄,학습 상담,2027-03-02 10:00,\n")
    assert read(text) == [(2, line())]


@pytest.mark.parametrize(
    ("cells", "refusal"),
    [
        ("박서윤,윤새봄,학습 상담,2027-03-02 10:00,booked,x", ("columns", "")),
        (",윤새봄,학습 상담,2027-03-02 10:00,", ("empty", "doctor")),
        ("박서윤,,학습 상담,2027-03-02 10:00,", ("empty", "patient")),
        ("박서윤,윤새봄,,2027-03-02 10:00,", ("empty", "service")),
        ("박서윤,윤새봄,학습 상담", ("empty", "appointed_time")),
        ("박서윤,윤새봄,학습 상담,2027-03-02 10:00,pending", ("status", "pending")),
        ("박서윤,윤새봄,학습 상담,2027-03-02 10:00,fine", ("status", "fine")),
        ("박서윤,윤새봄,학습 상담,tomorrow,", ("time", "tomorrow")),
        ("박서윤,윤새봄,학습 상담,2027-03-02,", ("time", "2027-03-02")),
        ("박서윤,윤새봄,학습 상담,2027-02-30 10:00,", ("time", "2027-02-30 10:00")),
        ("박서윤,윤새봄,학습 상담,0001-01-01 10:00,", ("time", "0001-01-01 10:00")),
        ("박서윤,윤새봄,학습 상담,9999-01-01 10:00,", ("time", "9999-01-01 10:00")),
        (f"박서윤,{'가' * 81},학습 상담,2027-03-02 10:00,", ("name", "가" * 81)),
        ("박서윤,윤\u202e새봄,학습 상담,2027-03-02 10:00,", ("name", "윤\u202e새봄")),
    ],
)
def test_what_cannot_be_read_is_refused_and_the_next_row_is_read(
    cells: str, refusal: tuple[str, str]
) -> None:
    after = "박서윤,윤새봄,학습 상담,2027-03-02 10:00,booked"
    assert read(f"{HEAD}{cells}\n{after}\n") == [(2, refusal), (3, line())]


def test_bytes_that_are_no_text_are_refused() -> None:
    source = HEAD.encode() + b"\xff\xfe\xff,a,b,2027-03-02 10:00,\n"
    assert read(source) == [(2, ("encoding", ""))]


def test_where_a_table_breaks_off_is_told() -> None:
    text = f"{HEAD}박서윤,윤새봄,학습 상담,2027-03-02 10:00,booked\n" + "x," * 201 + "x\n"
    assert read(text) == [(2, line()), (3, ("wide", ""))]


@pytest.mark.parametrize("text", ["", "doctor,patient,service\n", "박서윤,윤새봄\n", "x," * 300])
def test_a_table_without_the_columns_is_none(text: str) -> None:
    with pytest.raises(NoSuchColumns):
        read(text)


@pytest.mark.parametrize(
    ("time", "found"),
    [
        ("2027-03-14 02:30", ("skipped", "2027-03-14 02:30")),
        ("2027-11-07 01:30", ("twice", "2027-11-07 01:30")),
        ("2027-11-07 01:30-05:00", datetime(2027, 11, 7, 6, 30, tzinfo=UTC)),
        ("2027-03-14 03:30", datetime(2027, 3, 14, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_one_of_the_sites_clock(time: str, found: datetime | tuple[str, str]) -> None:
    with override_settings(TIME_ZONE="America/New_York"):
        ((_number, row),) = read(f"{HEAD}박서윤,윤새봄,학습 상담,{time},\n")
    assert (row.time if isinstance(row, Row) else row) == found


# Taking in.


@pytest.mark.parametrize("status", bringing.STATUSES)
def test_a_row_becomes_a_reservation_and_again_nothing(room: Room, status: str) -> None:
    row = line(time=TEN - 300 * DAY, status=status)
    told = [bringing.take_in(row=row, at=NOW + n * DAY) for n in range(2)]
    assert (told, seen()) == (["new", "known"], [("윤새봄", row.time, status)])
    kinds = Reservation.objects.get().events.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == list(dict.fromkeys(["booked", status]))


def test_it_is_as_long_as_its_service(room: Room) -> None:
    Service.objects.update(minutes=50, buffer_before=5, buffer_after=10)
    bringing.take_in(row=line(), at=NOW)
    row = Reservation.objects.get()
    facts = (row.minutes, row.buffer_before, row.buffer_after, row.created_at)
    assert facts == (50, 5, 10, NOW)


def test_who_is_still_to_come_is_reminded_and_nobody_gets_another_letter(
    room: Room, hana: Member
) -> None:
    bringing.take_in(row=line("@hana", TEN + 7 * DAY), at=NOW)
    bringing.take_in(row=line("@hana", TEN - 7 * DAY, "fulfilled"), at=NOW)
    assert (Reminder.objects.count(), OutboxMail.objects.count()) == (1, 0)
    assert {row.patient.member for row in Reservation.objects.all()} == {hana}


def test_a_name_that_one_patient_has_is_that_patient(room: Room) -> None:
    patient = Patient.objects.create(name="윤새봄")
    bringing.take_in(row=line(), at=NOW)
    bringing.take_in(row=line(time=TEN + DAY), at=NOW)
    assert (list(Patient.objects.all()), patient.reservations.count()) == ([patient], 2)


@pytest.mark.parametrize("change", ["moved", "cancelled", "renamed", "doubled"])
def test_a_row_is_known_whatever_became_of_it(room: Room, seoyun: Member, change: str) -> None:
    bringing.take_in(row=line(), at=NOW)
    row = Reservation.objects.get()
    if change == "moved":
        Reservation.objects.update(appointed_time=TEN + DAY)
    elif change == "cancelled":
        booking.cancel(reservation=row, at=NOW, by=None)
    elif change == "renamed":
        Doctor.objects.update(name="박서연")
    else:
        Patient.objects.create(name="윤새봄")
    before = seen()
    assert (bringing.take_in(row=line(), at=NOW), seen()) == ("known", before)


def test_a_step_of_the_day_is_not_taken_back_by_the_file(room: Room, seoyun: Member) -> None:
    bringing.take_in(row=line(), at=NOW)
    attending.arrive(reservation=Reservation.objects.get(), at=TEN, by=seoyun)
    assert bringing.take_in(row=line(), at=TEN) == "known"
    assert seen() == [("윤새봄", TEN, "arrived")]


def test_what_was_booked_on_the_site_is_known(room: Room, hana: Member) -> None:
    room.book(hana)
    assert bringing.take_in(row=line("@hana"), at=NOW) == "known"
    assert Reservation.objects.count() == 1


@pytest.mark.parametrize(
    ("other", "told", "count"), [(line(), "known", 1), (line(time=TEN + DAY), "new", 2)]
)
def test_what_another_import_brought_meanwhile_is_seen(
    room: Room, monkeypatch: pytest.MonkeyPatch, other: Row, told: str, count: int
) -> None:
    """Between the first look and the turn the row is written, or another of the same patient."""
    turn = freeing.turn

    def later(
        *, doctor: Doctor, patient: Patient | None, at: datetime
    ) -> AbstractContextManager[None]:
        monkeypatch.setattr("madang.reservation.freeing.turn", turn)
        bringing.take_in(row=other, at=NOW)
        return turn(doctor=doctor, patient=patient, at=at)

    monkeypatch.setattr("madang.reservation.freeing.turn", later)
    assert bringing.take_in(row=line(), at=NOW) == told
    assert (Reservation.objects.count(), Patient.objects.count()) == (count, 1)


def refused(row: Row) -> tuple[str, str]:
    """Why the row is refused; that nothing was written."""
    before = (seen(), Patient.objects.count())
    with pytest.raises(Refused) as why:
        bringing.take_in(row=row, at=NOW)
    assert (seen(), Patient.objects.count()) == before
    return why.value.code, why.value.detail


def test_who_or_what_is_unknown_or_ambiguous_is_refused(room: Room) -> None:
    assert refused(Row("박서연", "윤새봄", "학습 상담", TEN, "booked")) == ("doctor", "박서연")
    assert refused(Row("박서윤", "윤새봄", "산책", TEN, "booked")) == ("service", "산책")
    assert refused(line("@nobody")) == ("member", "@nobody")
    Patient.objects.bulk_create([Patient(name="윤새봄"), Patient(name="윤새봄")])
    assert refused(line()) == ("patients", "윤새봄")
    Service.objects.create(name="학습 상담")
    assert refused(line()) == ("services", "학습 상담")
    Doctor.objects.create(name="박서윤")
    assert refused(line()) == ("doctors", "박서윤")


def test_a_time_that_is_taken_is_refused_and_no_patient_is_left(room: Room, hana: Member) -> None:
    room.book(hana)
    assert refused(line()) == ("taken", "박서윤")
    other = Doctor.objects.create(name="정지호")
    assert refused(Row(other.name, "@hana", "학습 상담", TEN, "booked")) == ("elsewhere", "@hana")
    assert bringing.take_in(row=line(status="cancelled"), at=NOW) == "new"


def test_a_time_of_the_doctors_other_calendar_is_refused(room: Room) -> None:
    room.doctor.busy_times.create(starts_at=TEN, ends_at=TEN + DAY)
    assert refused(line()) == ("taken", "박서윤")
    assert bringing.take_in(row=line(status="noshow"), at=NOW) == "new"
