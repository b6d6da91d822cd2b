"""Rows as FHIR R4 resources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from django.conf import settings

from madang.reservation.fhir.answers import Resource, versioned
from madang.reservation.models import Doctor, Patient, Reservation, Schedule, Service
from madang.reservation.slots import Slot

ZONE: Final = "http://hl7.org/fhir/StructureDefinition/timezone"
INSTANT: Final = "%Y%m%dT%H%M%SZ"
SLOT: Final = re.compile(r"(\d{1,18})-(\d{1,18})-(\d{8}T\d{6}Z)", re.ASCII)
PAIR: Final = re.compile(r"(\d{1,18})-(\d{1,18})", re.ASCII)


def services() -> str:
    """The system of the codes that name services: where one reads about `services/CODE/`."""
    return f"{settings.SITE_ORIGIN}/reservation/services"


def practitioner(doctor: Doctor) -> Resource:
    """A doctor."""
    body: Resource = {
        "resourceType": "Practitioner",
        "id": str(doctor.pk),
        "active": doctor.is_active,
        "name": [{"text": doctor.name}],
    }
    if doctor.specialty:
        body["qualification"] = [{"code": {"text": doctor.specialty}}]
    return versioned(body)


def schedule_id(doctor_id: int, service_id: int) -> str:
    """One Schedule for all hours in which a doctor offers a service, so that slots have one."""
    return f"{doctor_id}-{service_id}"


def schedule(rows: Sequence[Schedule]) -> Resource:
    """The hours of one doctor and one service; the horizon where every row has an end."""
    first = rows[0]
    body: Resource = {
        "resourceType": "Schedule",
        "id": schedule_id(first.doctor_id, first.service_id),
        "active": True,
        "serviceType": [_service(first.service)],
        "actor": [_person("Practitioner", first.doctor)],
    }
    zones = {row.time_zone for row in rows}
    if len(zones) == 1:
        body["extension"] = [{"url": ZONE, "valueCode": zones.pop()}]
    horizon = {
        "start": _first_day(row.valid_from for row in rows),
        "end": _last_day(row.valid_until for row in rows),
    }
    if any(horizon.values()):
        body["planningHorizon"] = {name: day for name, day in horizon.items() if day}
    return versioned(body)


def _first_day(days: Iterable[object]) -> str:
    found = list(days)
    return "" if None in found else min(map(str, found))


def _last_day(days: Iterable[object]) -> str:
    found = list(days)
    return "" if None in found else max(map(str, found))


def slot_id(doctor_id: int, service_id: int, start: datetime) -> str:
    """Slots are computed, never stored; their ids say which they are."""
    return f"{doctor_id}-{service_id}-{start.astimezone(UTC):{INSTANT}}"


def parse_slot(text: str) -> tuple[int, int, datetime] | None:
    """Doctor, service and beginning that a slot's id says."""
    found = SLOT.fullmatch(text)
    if found is None:
        return None
    try:
        start = datetime.strptime(found[3], INSTANT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(found[1]), int(found[2]), start


def slot(each: Slot, service: Service) -> Resource:
    """A time on the grid."""
    return versioned(
        {
            "resourceType": "Slot",
            "id": slot_id(each.doctor_id, each.service_id, each.start),
            "serviceType": [_service(service)],
            "schedule": {"reference": f"Schedule/{schedule_id(each.doctor_id, each.service_id)}"},
            "status": each.status,
            "start": instant(each.start),
            "end": instant(each.end),
        }
    )


def appointment(row: Reservation, *, at: datetime) -> Resource:
    """A reservation. A hold that has run out by `at` is cancelled, whether or not somebody swept.

    `row` has doctor, patient and service loaded.
    """
    status = "cancelled" if row.has_expired(at=at) else row.status
    body: Resource = {
        "resourceType": "Appointment",
        "id": str(row.uid),
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{row.uid}"}],
        "status": status,
        "start": instant(row.appointed_time),
        "end": instant(row.ends_at),
        "minutesDuration": row.minutes,
        "created": instant(row.created_at),
        "participant": [
            {"actor": _person("Practitioner", row.doctor), "status": "accepted"},
            {"actor": _person("Patient", row.patient), "status": "accepted"},
        ],
    }
    if row.service is not None:
        body["serviceType"] = [_service(row.service)]
        body["slot"] = [
            {"reference": f"Slot/{slot_id(row.doctor_id, row.service.pk, row.appointed_time)}"}
        ]
    return versioned(body, changed_at=row.updated_at)


def instant(moment: datetime) -> str:
    """FHIR's instant, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _service(service: Service) -> Resource:
    coding = {"system": services(), "code": str(service.pk), "display": service.name}
    return {"coding": [coding], "text": service.name}


def _person(kind: str, person: Doctor | Patient) -> Resource:
    """A reference; who asked to be forgotten has no name."""
    found: Resource = {"reference": f"{kind}/{person.pk}", "type": kind}
    return {**found, "display": person.name} if person.name else found
