"""What this server can do: one table, from which it answers and describes itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.conf import settings

from madang import __version__
from madang.reservation.fhir.answers import Resource, base

BOOK: Final = "https://profiles.ihe.net/ITI/Scheduling/OperationDefinition/appointment-book"
PUBLISHED: Final = "2026-11-26"
"""The day on which this table last changed."""


@dataclass(frozen=True)
class Parameter:
    """A search parameter of the standard, by its type."""

    type: str
    about: str


SEARCHES: Final[dict[str, dict[str, Parameter]]] = {
    "Practitioner": {
        "_id": Parameter("token", "The id."),
        "name": Parameter("string", "How a part of the name begins."),
    },
    "Schedule": {
        "_id": Parameter("token", "The id: doctor and service."),
        "actor": Parameter("reference", "The doctor, as Practitioner/ID."),
        "service-type": Parameter("token", "The service."),
    },
    "Slot": {
        "_id": Parameter("token", "The id: doctor, service and beginning."),
        "schedule": Parameter("reference", "The schedule."),
        "schedule.actor": Parameter("reference", "The doctor, as Practitioner/ID."),
        "service-type": Parameter("token", "The service."),
        "start": Parameter("date", "When it begins; at most 62 days, without a doctor 7."),
        "status": Parameter("token", "free, busy or busy-unavailable."),
    },
    "Appointment": {
        "_id": Parameter("token", "The id."),
        "actor": Parameter("reference", "The doctor or the patient."),
        "date": Parameter("date", "When it begins."),
        "patient": Parameter("reference", "The patient."),
        "practitioner": Parameter("reference", "The doctor."),
        "service-type": Parameter("token", "The service."),
        "status": Parameter("token", "The status."),
    },
}


def statement() -> Resource:
    """The CapabilityStatement of this server, which anybody may read."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": PUBLISHED,
        "publisher": settings.SITE_NAME,
        "kind": "instance",
        "software": {"name": "Madang", "version": __version__},
        "implementation": {"description": settings.SITE_NAME, "url": base()},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "security": {
                    "cors": False,
                    "description": "Authorization: Bearer, with a personal token of a member;"
                    " or a signed-in browser. Everybody sees what is theirs.",
                },
                "resource": [_resource(kind) for kind in SEARCHES],
            }
        ],
    }


def _resource(kind: str) -> Resource:
    described: Resource = {
        "type": kind,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "versioned",
        "readHistory": False,
        "conditionalRead": "not-match",
        "searchParam": [
            {"name": name, "type": each.type, "documentation": each.about}
            for name, each in SEARCHES[kind].items()
        ],
    }
    if kind == "Appointment":
        described["operation"] = [{"name": "book", "definition": BOOK}]
    return described
