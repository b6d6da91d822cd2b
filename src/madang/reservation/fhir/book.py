"""`Appointment/$book` of IHE ITI-117: to book, to move and to cancel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any  # what clients send

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext as _
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from madang.people.models import Member
from madang.reservation import booking, moving, slots, staff
from madang.reservation.fhir import parameters, resources, searching
from madang.reservation.fhir.answers import Problem
from madang.reservation.models import Doctor, Patient, Reservation, Service

INPUTS = ("appointment-reference", "appointment-resource")
"""Of which a request has one."""
NEW = ("proposed", "pending")
"""The statuses in which an appointment is asked for; ITI-117 says pending."""


class Reference(BaseModel):
    """Another resource, by its address."""

    reference: str = ""


class Coding(BaseModel):
    """A code of a system."""

    system: str = ""
    code: str = ""


class Concept(BaseModel):
    """The same thing in the codes of several systems."""

    coding: list[Coding] = []


class Participant(BaseModel):
    """Who comes."""

    actor: Reference = Reference()


class Appointment(BaseModel):
    """What is read of an Appointment that a client sends; the rest is left out."""

    resource_type: str = Field(alias="resourceType", pattern="^Appointment$")
    id: str = ""
    status: str
    slot: list[Reference] = Field(default=[], max_length=1)
    service_type: list[Concept] = Field(default=[], alias="serviceType")
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    participant: list[Participant] = []

    def actors(self, kind: str) -> list[str]:
        """The ids of those who come, of one kind."""
        found = [parameters.reference(each.actor.reference, kind) for each in self.participant]
        return [key for key in found if key]


class Parameter(BaseModel):
    """One parameter of an operation."""

    name: str
    resource: dict[str, Any] | None = None
    value: Reference | None = Field(default=None, alias="valueReference")


class Parameters(BaseModel):
    """What an operation is sent."""

    resource_type: str = Field(alias="resourceType", pattern="^Parameters$")
    parameter: list[Parameter] = Field(max_length=20)


@dataclass(frozen=True)
class Wanted:
    """Which time of which service with which doctor."""

    doctor: Doctor
    service: Service | None
    start: datetime


def run(request: HttpRequest, member: Member, at: datetime) -> Reservation:
    """Do what the body asks; the appointment as it is now. Raises `Problem`, nothing written."""
    reference, asked = _read(request.body)
    if asked is None:
        row = _own(parameters.reference(reference, "Appointment"), member, at)
        return _confirm(row, member, at)
    if not asked.id:
        return _book(asked, member, at)
    row = _own(asked.id, member, at)
    if asked.status == "cancelled":
        return _cancel(row, member, at)
    if asked.status not in {*NEW, "booked"}:
        raise _bad(422, "value", "Appointment.status")
    start = _moved_to(asked, row)
    if start == row.appointed_time:
        return _confirm(row, member, at)
    return _move(row, start, member, at)


def _read(body: bytes) -> tuple[str, Appointment | None]:
    """A reference, or the appointment that is asked for."""
    try:
        sent = Parameters.model_validate(json.loads(body))
        inputs = [each for each in sent.parameter if each.name in INPUTS]
        if len(inputs) != 1:
            raise _bad(400, "required", "Parameters.parameter")
        if inputs[0].name == "appointment-reference":
            return (inputs[0].value or Reference()).reference, None
        return "", Appointment.model_validate(inputs[0].resource)
    except ValidationError as error:
        raise _bad(400, "structure", ".".join(map(str, error.errors()[0]["loc"]))) from None
    except (ValueError, RecursionError):
        raise _bad(400, "structure", "") from None


def _bad(status: int, code: str, where: str) -> Problem:
    return Problem(status, code, _("Something in the request is not as it should be."), where)


def _own(key: str, member: Member, at: datetime) -> Reservation:
    """The member's own as a patient: nobody books, moves or cancels for others by id."""
    row = searching.appointment(key, member, at)
    if row is None or row.patient.member_id != member.pk:
        raise Problem(404, "not-found", _("There is nothing here."))
    return row


def _book(asked: Appointment, member: Member, at: datetime) -> Reservation:
    if asked.status not in NEW:
        raise _bad(422, "value", "Appointment.status")
    doctor, service, start = _wanted(asked)
    _check_end(asked, start, service)
    patient = _patient(asked, member)
    with _refusals(Wanted(doctor, service, start), at):
        return booking.book(
            doctor=doctor,
            patient=patient,
            service=service,
            appointed_time=start,
            at=at,
            by=member,
        )


def _wanted(asked: Appointment) -> tuple[Doctor, Service, datetime]:
    """What the slot says, or doctor, service and start together; where both, they must agree."""
    doctor_id, service_id, start = _slot(asked) or (0, 0, None)
    for key in map(parameters.number, asked.actors("Practitioner")):
        if doctor_id not in {0, key}:
            raise _bad(422, "invalid", "Appointment.participant")
        doctor_id = key
    for key in _services(asked):
        if service_id not in {0, key}:
            raise _bad(422, "invalid", "Appointment.serviceType")
        service_id = key
    start = _start(asked, start)
    if not (doctor_id and service_id and start):
        raise _bad(422, "required", "Appointment.slot")
    doctor = Doctor.objects.open().filter(pk=doctor_id).first()
    service = Service.objects.filter(pk=service_id, is_active=True).first()
    if doctor is None or service is None:
        raise Problem(404, "not-found", _("There is nothing here."))
    return doctor, service, start


def _slot(asked: Appointment) -> tuple[int, int, datetime] | None:
    if not asked.slot:
        return None
    parsed = resources.parse_slot(parameters.reference(asked.slot[0].reference, "Slot"))
    if parsed is None:
        raise _bad(422, "value", "Appointment.slot")
    return parsed


def _services(asked: Appointment) -> list[int]:
    system = resources.services()
    codings = [coding for concept in asked.service_type for coding in concept.coding]
    return [parameters.number(each.code) for each in codings if each.system == system]


def _start(asked: Appointment, said: datetime | None) -> datetime | None:
    """The start, which slot and appointment say alike, in UTC and of this age."""
    if asked.start and said and asked.start != said:
        raise _bad(422, "invalid", "Appointment.start")
    start = said or asked.start
    if start is None:
        return None
    if start.year not in parameters.YEARS:
        raise _bad(422, "value", "Appointment.start")
    return start.astimezone(UTC)


def _check_end(asked: Appointment, start: datetime, service: Service) -> None:
    if asked.end and asked.end != start + timedelta(minutes=service.minutes):
        raise _bad(422, "invalid", "Appointment.end")


def _patient(asked: Appointment, member: Member) -> Patient:
    """For whom to book: oneself; for staff, and for them alone, anybody."""
    own = Patient.objects.of(member)
    keys = {parameters.number(key) for key in asked.actors("Patient")} - {own.pk}
    if not keys:
        return own
    if not staff.is_staff(member):
        raise PermissionDenied
    if len(keys) > 1 or own.pk in map(parameters.number, asked.actors("Patient")):
        raise _bad(422, "value", "Appointment.participant")
    found = Patient.objects.filter(pk__in=keys).first()
    if found is None:
        raise Problem(404, "not-found", _("There is nothing here."))
    return found


def _moved_to(asked: Appointment, row: Reservation) -> datetime:
    """The new time; doctor and service stay, for anything else is another appointment."""
    slot = _slot(asked)
    if slot is not None and slot[:2] != (row.doctor_id, row.service_id):
        raise _bad(422, "invalid", "Appointment.slot")
    if {parameters.number(key) for key in asked.actors("Practitioner")} - {row.doctor_id}:
        raise _bad(422, "invalid", "Appointment.participant")
    if set(_services(asked)) - {row.service_id}:
        raise _bad(422, "invalid", "Appointment.serviceType")
    start = _start(asked, slot[2] if slot else None) or row.appointed_time
    if row.service is not None:
        _check_end(asked, start, row.service)
    return start


def _confirm(row: Reservation, member: Member, at: datetime) -> Reservation:
    with _refusals(Wanted(row.doctor, row.service, row.appointed_time), at):
        return booking.confirm(reservation=row, at=at, by=member)


def _cancel(row: Reservation, member: Member, at: datetime) -> Reservation:
    with _refusals(Wanted(row.doctor, row.service, row.appointed_time), at):
        return booking.cancel(reservation=row, at=at, by=member)


def _move(row: Reservation, start: datetime, member: Member, at: datetime) -> Reservation:
    with _refusals(Wanted(row.doctor, row.service, start), at):
        return moving.move(reservation=row, appointed_time=start, at=at, by=member)


@contextmanager
def _refusals(wanted: Wanted, at: datetime) -> Iterator[None]:
    """Say no in the member's language; where the time is taken, with the nearest free ones."""
    try:
        yield
    except booking.NotOffered:
        raise Problem(422, "business-rule", _("This time is not offered.")) from None
    except booking.TooSoonOrLate:
        raise Problem(422, "business-rule", _("This time cannot be booked now.")) from None
    except booking.PatientBusy:
        text = _("You have another reservation at this time.")
        raise Problem(409, "conflict", text) from None
    except booking.SlotTaken:
        text = _("Somebody was a moment faster. These times are free:")
        raise Problem(409, "conflict", text, _nearest(wanted, at)) from None
    except booking.HoldExpired:
        text = _("The hold has run out. These times are free:")
        raise Problem(409, "conflict", text, _nearest(wanted, at)) from None
    except booking.AlreadyOver:
        text = _("This reservation is not open any more.")
        raise Problem(409, "conflict", text) from None
    except booking.TooLateToCancel:
        raise Problem(409, "business-rule", _("It is too late to cancel.")) from None
    except moving.TooLateToMove:
        raise Problem(409, "business-rule", _("It is too late to move.")) from None


def _nearest(wanted: Wanted, at: datetime) -> str:
    """The free slots nearest to the time that was wanted, as references with their times."""
    if wanted.service is None:
        return ""
    near = slots.nearest(
        doctors=[wanted.doctor], service=wanted.service, wanted=wanted.start, at=at
    )
    return ", ".join(
        f"Slot/{resources.slot_id(each.doctor_id, each.service_id, each.start)}"
        f" {resources.instant(each.start)}"
        for each in near
    )
