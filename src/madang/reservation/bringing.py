"""Reservations of another system, from a table: each row is taken in whole, known, or refused."""

from __future__ import annotations

import json
import unicodedata
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation

from madang.lib import tables
from madang.lib.clock import moments
from madang.lib.constraints import refused
from madang.lib.marc import Damaged
from madang.people.models import Member
from madang.people.models.member import validate_name
from madang.reservation import booking, elsewhere, freeing, reminding
from madang.reservation.models import Doctor, Patient, Reservation, ReservationEvent, Service

if TYPE_CHECKING:
    from madang.lib.marc import Stream

FIELDS: Final = ("doctor", "patient", "service", "appointed_time", "status")
NAMES: Final = {
    "doctor": "doctor practitioner 의사 담당의 담당자 상담사 선생님",
    "patient": "patient name 환자 환자명 이름 성명",
    "service": "service 서비스 진료 진료명 항목 종류",
    "appointed_time": "appointedtime time start datetime 예약시각 예약시간 예약일시 일시 시각",
    "status": "status 상태 예약상태",
}
KNOWN: Final = {name: field for field, names in NAMES.items() for name in names.split()}
STATUSES: Final = ("booked", "arrived", "checked-in", "fulfilled", "cancelled", "noshow")
FIRST_YEAR, LAST_YEAR = 1900, 9000
LONGEST_NAME: Final = 80
SPACE: Final = uuid.UUID("0f3c3a7e-6a7c-4d56-9c54-0f3a5f0f2a61")
"""In which the numbers of such reservations are made of what their rows say (RFC 9562, 5.5)."""

Outcome = Literal["new", "known"]


class Refused(Exception):
    """A row that cannot be taken in: why, and about what."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


class NoSuchColumns(Exception):
    """The first row does not name a doctor, a patient, a service and a time."""


class _Appeared(Exception):
    """Somebody of this name is there by now."""


@dataclass(frozen=True)
class Row:
    """What a line says, put in order: names without needless spaces, a moment in UTC."""

    doctor: str
    patient: str
    service: str
    time: datetime
    status: str

    @property
    def uid(self) -> uuid.UUID:
        """The number by which the row is known again, whatever became of it since."""
        said = [self.doctor, self.patient, self.service, self.time.isoformat(), self.status]
        return uuid.uuid5(SPACE, json.dumps(said))


def rows(stream: Stream) -> Iterator[tuple[int, Row | Refused]]:
    """Each line under the names of the columns, by its number, or why it cannot be read.

    CSV in UTF-8, UTF-16 or CP949. Columns are known by their Korean or English names; others are
    left out. Raises `NoSuchColumns` before the first row.
    """
    columns: list[str] | None = None
    number = 0
    try:
        for number, cells in tables.rows(stream, "csv"):
            if columns is None:
                columns = tables.guess(cells, KNOWN)
                if not set(FIELDS) - {"status"} <= set(columns):
                    raise NoSuchColumns
                continue
            try:
                yield number, _row(cells, columns)
            except Refused as why:
                yield number, why
    except Damaged as damage:
        yield number + 1, Refused(damage.code)
    if columns is None:
        raise NoSuchColumns


def take_in(*, row: Row, at: datetime) -> Outcome:
    """Write the reservation that `row` tells of, its patient too where there is none of the name.

    `known` where the row was taken in before, whatever became of it, or where the reservation is
    there. Off the grid, in closed hours and in the past too, and nobody is written to; who is
    still to come is reminded. A patient is a member's handle with @, or a name that nobody or one
    has. Raises `Refused`, with nothing written, no patient either. Of two who take in one file at
    once one writes. Kept by `reservation_doctor_one_place` and `reservation_patient_one_place`.
    """
    if Reservation.objects.filter(uid=row.uid).exists():
        return "known"
    doctor = _doctor(row.doctor)
    service = _service(row.service)
    with transaction.atomic():
        patient = _patient(row.patient)
        try:
            with freeing.turn(doctor=doctor, patient=patient, at=at):
                if Reservation.objects.filter(uid=row.uid).exists():
                    return "known"
                return _write(row, doctor, service, patient or _new(row.patient), at)
        except _Appeared:
            return take_in(row=row, at=at)
        except booking.SlotTaken:
            raise Refused("taken", row.doctor) from None
        except booking.PatientBusy:
            raise Refused("elsewhere", row.patient) from None


def _write(row: Row, doctor: Doctor, service: Service, patient: Patient, at: datetime) -> Outcome:
    same = patient.reservations.filter(doctor=doctor, appointed_time=row.time, status=row.status)
    if same.exists():
        return "known"
    found = Reservation(
        doctor=doctor,
        patient=patient,
        service=service,
        appointed_time=row.time,
        minutes=service.minutes,
        buffer_before=service.buffer_before,
        buffer_after=service.buffer_after,
        status=row.status,
        uid=row.uid,
        created_at=at,
        updated_at=at,
    )
    is_taking = row.status in Reservation.OCCUPYING
    if is_taking and elsewhere.meets(doctor=doctor, span=found.taken):
        raise booking.SlotTaken
    with refused({freeing.DOCTOR: booking.SlotTaken, freeing.PATIENT: booking.PatientBusy}):
        found.save(force_insert=True)
    for kind in dict.fromkeys(("booked", row.status)):
        found.events.create(kind=ReservationEvent.Kind(kind), happened_at=at, by=None)
    if row.status == Reservation.Status.BOOKED:
        reminding.plan(reservation=found, at=at)
    return "new"


def _row(cells: Sequence[str], columns: Sequence[str]) -> Row:
    if len(cells) > len(columns):
        raise Refused("columns")
    if tables.LOST.search("".join(cells)):
        raise Refused("encoding")
    said = dict.fromkeys(FIELDS, "")
    for field, cell in zip(columns, cells, strict=False):
        if field:
            said[field] = _clean(tables.QUOTED.sub("", cell))
    for field in FIELDS[:4]:
        if not said[field]:
            raise Refused("empty", field)
    _check_name(said["patient"])
    time, status = _time(said["appointed_time"]), _status(said["status"])
    return Row(said["doctor"], said["patient"], said["service"], time, status)


def _clean(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _time(text: str) -> datetime:
    """The moment that ISO 8601 says; without an offset, on the clock of the site's zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("time", text) from None
    if _is_day(text) or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Refused("time", text)
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    passes = moments(found, ZoneInfo(settings.TIME_ZONE))
    if len(passes) != 1:
        raise Refused("twice" if passes else "skipped", text)
    return passes[0]


def _is_day(text: str) -> bool:
    """Whether it says a day, and no time of it."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _check_name(name: str) -> None:
    """What a patient can be called."""
    try:
        validate_name(name)
    except ValidationError:
        raise Refused("name", name) from None
    if len(name) > LONGEST_NAME:
        raise Refused("name", name)


def _status(text: str) -> str:
    """The status of a code (FHIR R4 Appointment), or of its name in Korean or English."""
    wanted = text.casefold() or "booked"
    found = _labels().get(wanted, wanted)
    if found not in STATUSES:
        raise Refused("status", text)
    return found


@cache
def _labels() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found |= {str(Reservation.Status(code).label).casefold(): code for code in STATUSES}
    return found


def _doctor(name: str) -> Doctor:
    named = [each for each in Doctor.objects.all() if _clean(each.name) == name]
    if len(named) != 1:
        raise Refused("doctors" if named else "doctor", name)
    return named[0]


def _service(name: str) -> Service:
    named = [each for each in Service.objects.all() if _clean(each.name) == name]
    if len(named) != 1:
        raise Refused("services" if named else "service", name)
    return named[0]


def _patient(name: str) -> Patient | None:
    """The patient of this name or handle; None where somebody new has it."""
    if name.startswith("@"):
        member = Member.objects.filter(handle=name[1:].casefold(), is_active=True).first()
        if member is None:
            raise Refused("member", name)
        return Patient.objects.of(member)
    named = list(Patient.objects.filter(name=name)[:2])
    if len(named) > 1:
        raise Refused("patients", name)
    return named[0] if named else None


def _new(name: str) -> Patient:
    """Somebody new, unless another import was quicker: whose turn it is must know the patient."""
    if Patient.objects.filter(name=name).exists():
        raise _Appeared
    return Patient.objects.create(name=name)
