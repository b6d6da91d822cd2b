"""What the village has in the reservation room: doctors, hours, and people who meet them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from madang.people.models import Member
from madang.reservation import seating, slots
from madang.reservation.models import (
    Doctor,
    OpeningRule,
    Patient,
    Reservation,
    ReservationEvent,
    Schedule,
    Service,
    WaitlistEntry,
)

MORNING, NOON, AFTERNOON, EVENING = 9 * 60, 12 * 60, 13 * 60, 18 * 60
OTHERS = [
    ("윤지우", "Jiwoo Yoon"),
    ("강태오", "Taeo Kang"),
    ("서나래", "Narae Seo"),
    ("임도윤", "Doyun Im"),
    ("조은별", "Eunbyeol Cho"),
    ("백하람", "Haram Baek"),
]
"""Patients without an account."""
AGAIN = 5
"""Every so many free times one is taken by a neighbour."""


def build(*, members: Mapping[str, Member], at: datetime, language: str) -> None:
    """Doctors with services and hours, and reservations around `at`."""
    words = _Words(language)
    seoyun = Doctor.objects.create(
        name=words("박서윤", "Seoyun Park"),
        member=members["seoyun"],
        specialty=words("상담", "Counselling"),
        introduction=words(
            "학교에서 열두 해째 이야기를 듣고 있습니다. 무엇이든 편하게 말씀해 주세요.",
            "Has been listening at this school for twelve years. Whatever it is, do say it.",
        ),
    )
    jiho = Doctor.objects.create(
        name=words("정지호", "Jiho Jung"),
        member=members["jiho"],
        specialty=words("가정의학과", "Family medicine"),
        introduction=words(
            "감기부터 건강 검진까지 봅니다.", "From a cold to a check-up for the whole family."
        ),
    )
    yuna = Doctor.objects.create(
        name=words("문유나", "Yuna Moon"), specialty=words("치과", "Dentistry")
    )
    study, mind, visit, teeth = _services(words)
    _hours(seoyun, study, {1, 2, 3, 4, 5})
    _hours(seoyun, mind, {2, 4})
    _hours(jiho, visit, {1, 2, 3, 4, 5, 6})
    _hours(yuna, teeth, {1, 3, 5})
    own = {handle: Patient.objects.of(member) for handle, member in members.items()}
    own["hana"].doctors.add(seoyun, jiho)
    own["minjun"].doctors.add(seoyun)
    own["emma"].doctors.add(jiho)
    neighbours = [Patient.objects.create(name=words(*names)) for names in OTHERS]
    for doctor, service in ((seoyun, study), (jiho, visit), (yuna, teeth)):
        _busy_days(doctor, service, neighbours, at)
    _next_free(own["hana"], seoyun, study, at, days=1)
    _next_free(own["hana"], jiho, visit, at, days=8)
    _next_free(own["minjun"], seoyun, mind, at, days=2)
    _next_free(own["emma"], jiho, visit, at, days=2)
    _wait([own["minjun"], own["hana"]], seoyun, mind, [str(one) for one in neighbours], at)
    _away(seoyun, jiho, words, at)
    _together(seoyun, jiho, neighbours, words, at)


class _Words:
    """The Korean or the English of a pair."""

    def __init__(self, language: str) -> None:
        self.is_korean = language == "ko"

    def __call__(self, korean: str, english: str) -> str:
        return korean if self.is_korean else english


def _services(words: _Words) -> list[Service]:
    return [
        Service.objects.create(
            name=words("학습 상담", "Study counselling"),
            description=words(
                "공부와 진로에 대해 이야기합니다.", "About learning and what comes next."
            ),
            minutes=30,
            cancel_minutes=60,
            reschedule_minutes=120,
        ),
        Service.objects.create(
            name=words("마음 건강 상담", "Counselling"),
            description=words("천천히, 비밀을 지키며.", "Slowly, and in confidence."),
            minutes=50,
            step=60,
            buffer_after=10,
            cancel_minutes=24 * 60,
            reschedule_minutes=24 * 60,
        ),
        Service.objects.create(
            name=words("진료", "Consultation"),
            minutes=15,
            cancel_minutes=30,
            reschedule_minutes=30,
            description=words("아픈 곳을 봅니다.", "For whatever hurts."),
        ),
        Service.objects.create(
            name=words("치과 검진", "Dental check-up"), minutes=30, buffer_after=5, step=40
        ),
    ]


def _hours(doctor: Doctor, service: Service, weekdays: set[int]) -> None:
    schedule = Schedule.objects.create(doctor=doctor, service=service, time_zone="Asia/Seoul")
    OpeningRule.objects.bulk_create(
        OpeningRule(schedule=schedule, weekday=day, opens_minute=opens, closes_minute=closes)
        for day in sorted(weekdays)
        for opens, closes in ((MORNING, NOON), (AFTERNOON, EVENING))
    )


def _busy_days(doctor: Doctor, service: Service, neighbours: list[Patient], at: datetime) -> None:
    """Ten days back and ten ahead: every few times somebody comes; what is past has been."""
    today = timezone.localdate(at)
    first, until = today - timedelta(days=10), today + timedelta(days=11)
    found = slots.slots(doctors=[doctor], services=[service], first=first, until=until, at=at)
    free_of = {patient.pk: _last_end(patient) for patient in neighbours}
    rows = []
    for n, slot in enumerate(found[(doctor.pk % AGAIN) :: AGAIN]):
        patient = neighbours[(n + doctor.pk) % len(neighbours)]
        if slot.status == "busy" or slot.start in free_of[patient.pk]:
            continue
        status = "booked" if slot.start > at else ("noshow" if n % 9 == 0 else "fulfilled")
        rows.append(_row(doctor, patient, service, slot.start, status, at))
    Reservation.objects.bulk_create(rows)
    ReservationEvent.objects.bulk_create(
        ReservationEvent(reservation=row, kind="booked", happened_at=row.created_at) for row in rows
    )


def _last_end(patient: Patient) -> set[datetime]:
    """The times at which the patient is somewhere already, by the quarter of an hour."""
    taken: set[datetime] = set()
    for start, minutes in patient.reservations.values_list("appointed_time", "minutes"):
        steps = range(-60, minutes, 5)
        taken.update(start + timedelta(minutes=step) for step in steps)
    return taken


def _row(
    doctor: Doctor, patient: Patient, service: Service, start: datetime, status: str, at: datetime
) -> Reservation:
    made = min(at, start - timedelta(days=3))
    return Reservation(
        doctor=doctor,
        patient=patient,
        service=service,
        appointed_time=start,
        minutes=service.minutes,
        buffer_before=service.buffer_before,
        buffer_after=service.buffer_after,
        status=status,
        created_at=made,
        updated_at=made,
    )


def _away(seoyun: Doctor, jiho: Doctor, words: _Words, at: datetime) -> None:
    """Seoyun is at a meeting one afternoon, and somebody has booked then; Jiho has one evening."""
    today = timezone.localdate(at)
    meeting = seoyun.reservations.filter(appointed_time__gt=at + timedelta(days=3)).order_by("pk")
    first = timezone.localtime(meeting[0].appointed_time)
    on = first.date()
    closing = {"kind": "closed", "reason": words("교사 연수", "Teachers’ training")}
    seoyun.exceptions.create(
        first_on=on, last_on=on, opens_minute=first.hour * 60, closes_minute=EVENING, **closing
    )
    seoyun.exceptions.create(
        kind="closed",
        first_on=today + timedelta(days=25),
        last_on=today + timedelta(days=31),
        reason=words("휴가", "On leave"),
    )
    friday = today + timedelta(days=(4 - today.weekday()) % 7 or 7)
    jiho.exceptions.create(
        kind="extra",
        first_on=friday,
        last_on=friday,
        opens_minute=EVENING + 60,
        closes_minute=EVENING + 180,
        reason=words("야간 진료", "Evening hours"),
    )


def _together(
    seoyun: Doctor, jiho: Doctor, neighbours: list[Patient], words: _Words, at: datetime
) -> None:
    """Two evenings with many: one that some have joined, and one that is full."""
    circle = Service.objects.create(
        name=words("마음 나누는 저녁", "An evening to talk"),
        description=words(
            "둘러앉아 듣고, 하고 싶은 만큼만 말합니다.",
            "In a circle: listen, and say what you like.",
        ),
        minutes=90,
        capacity=12,
    )
    lesson = Service.objects.create(
        name=words("혈압 교실", "Blood pressure, explained"), minutes=40, capacity=5
    )
    today = timezone.localdate(at)
    for doctor, service, days, clock, seats in (
        (seoyun, circle, 3, time(19), (2, 3, 7, 8)),
        (jiho, lesson, 2, time(18, 10), (1, 2, 3, 4, 5)),
    ):
        assert doctor.member is not None
        session = seating.announce(
            doctor=doctor,
            service=service,
            starts_at=timezone.make_aware(datetime.combine(today + timedelta(days=days), clock)),
            seats=service.capacity,
            at=at,
            by=doctor.member,
        )
        for seat, patient in zip(seats, neighbours, strict=False):
            seating.take(session=session, patient=patient, seat=seat, at=at, by=doctor.member)


def _wait(
    patients: list[Patient], doctor: Doctor, service: Service, names: list[str], at: datetime
) -> None:
    """They wait for one day, one after the other, and the day is full.

    It is none of the week that the doctor's page opens with: there something is always free.
    """
    first = timezone.localdate(at) + timedelta(days=8)
    found = slots.slots(
        doctors=[doctor], services=[service], first=first, until=first + timedelta(days=7), at=at
    )
    on = timezone.localdate(found[0].start)
    times = [slot for slot in found if timezone.localdate(slot.start) == on]
    for n, slot in enumerate(slot for slot in times if slot.is_free):
        patient = Patient.objects.create(name=names[n % len(names)])
        _row(doctor, patient, service, slot.start, "booked", at).save()
    for n, patient in enumerate(patients):
        WaitlistEntry.objects.create(
            doctor=doctor,
            service=service,
            patient=patient,
            starts_at=times[0].start,
            ends_at=times[-1].end,
            placed_at=at - timedelta(hours=len(patients) - n),
        )


def _next_free(
    patient: Patient, doctor: Doctor, service: Service, at: datetime, *, days: int
) -> None:
    first: date = timezone.localdate(at) + timedelta(days=days)
    found = slots.slots(
        doctors=[doctor], services=[service], first=first, until=first + timedelta(days=14), at=at
    )
    free = [slot for slot in found if slot.is_free]
    row = _row(doctor, patient, service, free[2].start, "booked", at)
    row.save()
    row.events.create(kind="booked", happened_at=row.created_at, by=patient.member)
