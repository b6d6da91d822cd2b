"""`NoOverlap` means the same on both databases, whoever writes and however."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madang.db.constraints import NoOverlap
from madang.lib.constraints import violated
from madang.reservation.models import Doctor, Patient, Reservation

START = datetime(2027, 3, 4, 1, 0, tzinfo=UTC)
DOCTOR = "reservation_doctor_one_place"
PATIENT = "reservation_patient_one_place"
pytestmark = pytest.mark.django_db


@pytest.fixture
def pair() -> tuple[Doctor, Patient]:
    return Doctor.objects.create(name="d"), Patient.objects.create(name="p")


@pytest.fixture
def others(pair: tuple[Doctor, Patient]) -> tuple[Doctor, Patient]:
    Reservation.objects.create(doctor=pair[0], patient=pair[1], appointed_time=START)
    return Doctor.objects.create(name="e"), Patient.objects.create(name="q")


def refusal(error: pytest.ExceptionInfo[IntegrityError]) -> str | None:
    return violated(error.value)


def test_save_is_refused(pair: tuple[Doctor, Patient], others: tuple[Doctor, Patient]) -> None:
    row = Reservation(doctor=pair[0], patient=others[1], appointed_time=START)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        row.save()
    assert refusal(error) == DOCTOR


def test_a_patient_cannot_be_in_two_places(
    pair: tuple[Doctor, Patient], others: tuple[Doctor, Patient]
) -> None:
    row = Reservation(doctor=others[0], patient=pair[1], appointed_time=START)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        row.save()
    assert refusal(error) == PATIENT


def test_bulk_create_is_refused_whole(
    pair: tuple[Doctor, Patient], others: tuple[Doctor, Patient]
) -> None:
    rows = [
        Reservation(doctor=pair[0], patient=others[1], appointed_time=START + timedelta(minutes=n))
        for n in (60, 15)
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        Reservation.objects.bulk_create(rows)
    assert Reservation.objects.count() == 1


def test_update_of_the_start_alone_is_refused(
    pair: tuple[Doctor, Patient], others: tuple[Doctor, Patient]
) -> None:
    row = Reservation.objects.create(
        doctor=pair[0], patient=others[1], appointed_time=START + timedelta(minutes=30)
    )
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Reservation.objects.filter(pk=row.pk).update(appointed_time=START + timedelta(minutes=29))
    assert refusal(error) == DOCTOR


@pytest.mark.parametrize("column", ["minutes", "buffer_before", "buffer_after"])
def test_update_of_a_length_is_refused(pair: tuple[Doctor, Patient], column: str) -> None:
    """Back to back is fine; a minute more on either side is not."""
    second = Patient.objects.create(name="q")
    first = Reservation.objects.create(doctor=pair[0], patient=pair[1], appointed_time=START)
    late = Reservation.objects.create(
        doctor=pair[0], patient=second, appointed_time=START + timedelta(minutes=30)
    )
    row = late if column == "buffer_before" else first
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Reservation.objects.filter(pk=row.pk).update(**{column: getattr(row, column) + 1})
    assert refusal(error) == DOCTOR


def test_sql_by_hand_is_refused(
    pair: tuple[Doctor, Patient], others: tuple[Doctor, Patient]
) -> None:
    sql = (
        "INSERT INTO reservation_reservation (doctor_id, patient_id, appointed_time, uid,"
        " created_at, updated_at) VALUES (%s, %s, %s, %s, %s, %s)"
    )
    moment = "2027-03-04 01:10:00"
    uid = "0" * 32
    with (
        pytest.raises(IntegrityError) as error,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, [pair[0].pk, others[1].pk, moment, uid, moment, moment])
    assert refusal(error) == DOCTOR


@pytest.mark.parametrize("status", ["cancelled", "noshow", "waitlist", "entered-in-error"])
def test_what_takes_no_time_is_in_nobodys_way(
    pair: tuple[Doctor, Patient], others: tuple[Doctor, Patient], status: str
) -> None:
    row = Reservation.objects.create(
        doctor=pair[0], patient=pair[1], appointed_time=START, status=status
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Reservation.objects.filter(pk=row.pk).update(status="booked")


def test_overbooking_lifts_the_doctors_rule_and_never_the_patients(
    pair: tuple[Doctor, Patient], others: tuple[Doctor, Patient]
) -> None:
    Reservation.objects.create(
        doctor=pair[0], patient=others[1], appointed_time=START, overbook_reason="an emergency"
    )
    again = Reservation(
        doctor=others[0], patient=others[1], appointed_time=START, overbook_reason="another"
    )
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        again.save()
    assert refusal(error) == PATIENT


@pytest.mark.parametrize(
    "text",
    [
        "2027-03-04T10:15:00Z",
        "2027-03-04 10:15:00+09:00",
        "2027-03-04",
        "2027-03-04 10:15",
        "2027-02-30 10:15:00",
        "2027-03-04 10:15:00.5",
        "soon",
        "",
    ],
)
@pytest.mark.once  # a timestamptz of PostgreSQL cannot hold such a text in the first place
@pytest.mark.parametrize("statement", ["INSERT", "UPDATE"])
def test_text_that_is_no_moment_is_refused_by_sqlite(
    pair: tuple[Doctor, Patient], text: str, statement: str
) -> None:
    row = Reservation.objects.create(doctor=pair[0], patient=pair[1], appointed_time=START)
    params: list[int | str]
    if statement == "UPDATE":
        sql, params = "UPDATE reservation_reservation SET appointed_time = %s", [text]
    else:
        sql = (
            "INSERT INTO reservation_reservation (doctor_id, patient_id, appointed_time, uid,"
            " created_at, updated_at, status) VALUES (%s, %s, %s, %s, '', '', 'cancelled')"
        )
        params = [pair[0].pk, pair[1].pk, text, "1" * 32]
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
    row.refresh_from_db()
    assert row.appointed_time == START


def test_moments_a_microsecond_apart_are_told_apart(pair: tuple[Doctor, Patient]) -> None:
    second = Patient.objects.create(name="q")
    end = START + timedelta(minutes=30)
    early = START + timedelta(microseconds=1)
    Reservation.objects.create(doctor=pair[0], patient=pair[1], appointed_time=early)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reservation.objects.create(doctor=pair[0], patient=second, appointed_time=end)
    Reservation.objects.create(
        doctor=pair[0], patient=second, appointed_time=end + timedelta(microseconds=1)
    )


def test_full_clean_says_it_before_the_database_does(
    pair: tuple[Doctor, Patient], others: tuple[Doctor, Patient]
) -> None:
    row = Reservation(
        doctor=pair[0], patient=others[1], appointed_time=START + timedelta(minutes=29)
    )
    with pytest.raises(ValidationError) as error:
        row.full_clean()
    assert [each.code for each in error.value.error_dict["__all__"]] == ["doctor_one_place"]
    row.appointed_time = START + timedelta(minutes=30)
    row.full_clean()
    Reservation.objects.get().full_clean()


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "cancelled"},
        {"appointed_time": None},
        {"minutes": None},
        {"doctor": None},
    ],
    ids=["takes no time", "has no start", "has no length", "has no doctor"],
)
def test_what_cannot_be_judged_is_left_to_other_rules(
    pair: tuple[Doctor, Patient], others: tuple[Doctor, Patient], fields: dict[str, object]
) -> None:
    whole = {"doctor": pair[0], "patient": others[1], "appointed_time": START}
    row = Reservation(**whole | fields)
    doctor_once().validate(Reservation, row)


def test_a_form_without_the_field_does_not_judge_it(
    pair: tuple[Doctor, Patient], others: tuple[Doctor, Patient]
) -> None:
    row = Reservation(doctor=pair[0], patient=others[1], appointed_time=START)
    doctor_once().validate(Reservation, row, exclude={"minutes"})
    with pytest.raises(ValidationError):
        doctor_once().validate(Reservation, row)


def doctor_once() -> NoOverlap:
    """The constraint as the model declares it."""
    (found,) = (each for each in Reservation._meta.constraints if each.name == DOCTOR)
    assert isinstance(found, NoOverlap)
    return found


def test_a_constraint_is_what_it_says() -> None:
    path, args, kwargs = doctor_once().deconstruct()
    again = NoOverlap(*args, **kwargs)
    other = NoOverlap(name=DOCTOR, same="doctor", start="appointed_time", minutes="minutes")
    assert (path, again) == ("madang.db.constraints.NoOverlap", doctor_once())
    assert len({again, doctor_once()}) == 1
    assert (again != other, again != DOCTOR) == (True, True)


def test_a_rule_without_a_condition_or_buffers_judges_every_row(
    pair: tuple[Doctor, Patient], others: tuple[Doctor, Patient]
) -> None:
    rule = NoOverlap(name="once", same="doctor", start="appointed_time", minutes="minutes")
    Reservation.objects.update(status="cancelled")
    row = Reservation(doctor=pair[0], patient=others[1], appointed_time=START)
    with pytest.raises(ValidationError):
        rule.validate(Reservation, row)
    row.appointed_time = START + timedelta(minutes=30)
    rule.validate(Reservation, row)


class Moves:
    """A plain-Python model of the two constraints."""

    def __init__(self) -> None:
        self.rows: dict[int, tuple[int, int, int, int, int, int, str, str]] = {}

    def accepts(self, key: int, row: tuple[int, int, int, int, int, int, str, str]) -> bool:
        return not any(
            self._meet(row, other) for number, other in self.rows.items() if number != key
        )

    @staticmethod
    def _meet(one: tuple, other: tuple) -> bool:  # type: ignore[type-arg]
        if one[6] != "booked" or other[6] != "booked":
            return False
        (d, p, s, n, b, a, _, why), (e, q, t, m, c, z, _, reason) = one, other
        doctor = d == e and not why and not reason and s - b < t + m + z and t - c < s + n + a
        patient = p == q and s < t + m and t < s + n
        return bool(doctor or patient)


row_strategy = st.tuples(
    st.integers(0, 1),
    st.integers(0, 2),
    st.integers(0, 200),
    st.integers(1, 60),
    st.integers(0, 20),
    st.integers(0, 20),
    st.sampled_from(["booked", "booked", "cancelled"]),
    st.sampled_from(["", "", "why"]),
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(st.tuples(st.integers(0, 5), row_strategy), max_size=14))
def test_the_database_agrees_with_plain_python(
    db: None, steps: list[tuple[int, tuple[int, int, int, int, int, int, str, str]]]
) -> None:
    with transaction.atomic():
        doctors = [Doctor.objects.create(name=str(n)) for n in range(2)]
        patients = [Patient.objects.create(name=str(n)) for n in range(3)]
        model, keys = Moves(), dict[int, int]()
        for number, row in steps:
            doctor, patient, start, minutes, before, after, status, why = row
            values = {
                "doctor": doctors[doctor],
                "patient": patients[patient],
                "appointed_time": START + timedelta(minutes=start),
                "minutes": minutes,
                "buffer_before": before,
                "buffer_after": after,
                "status": status,
                "overbook_reason": why,
            }
            try:
                with transaction.atomic():
                    if number in keys:
                        Reservation.objects.filter(pk=keys[number]).update(**values)
                    else:
                        keys[number] = Reservation.objects.create(**values).pk
                accepted = True
            except IntegrityError:
                accepted = False
            assert accepted == model.accepts(number, row)
            if accepted:
                model.rows[number] = row
        transaction.set_rollback(True)
