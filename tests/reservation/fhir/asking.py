"""A client of the FHIR server: every answer is checked against the standard's own models."""

from __future__ import annotations

import json
from typing import Any  # JSON

from django.http import HttpResponse
from django.test import Client
from fhir.resources.R4B import get_fhir_model_class

from madang.people.models import Member

FHIR = "application/fhir+json"


def checked(answer: Any) -> dict[str, Any]:
    """What was answered, after a look at its form."""
    assert isinstance(answer, HttpResponse)
    assert answer["Content-Type"].partition(";")[0] == FHIR
    body: dict[str, Any] = json.loads(answer.content)
    get_fhir_model_class(body["resourceType"]).model_validate(body)
    return body


def client(member: Member | None = None) -> Client:
    """A browser in which `member` is signed in, or a stranger's."""
    found = Client()
    if member is not None:
        found.force_login(member)
    return found


def get(member: Member | None, path: str, expected: int = 200, /, **fields: str) -> dict[str, Any]:
    """The answer to a reading request."""
    answer = client(member).get(f"/fhir/{path}", fields)
    assert answer.status_code == expected, answer.content.decode()
    return checked(answer)


def found(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    """The resources on a page."""
    return [entry["resource"] for entry in bundle.get("entry", [])]


def ids(member: Member, path: str, /, **fields: str) -> list[str]:
    """The ids that a search finds."""
    return [each["id"] for each in found(get(member, path, **fields))]


def why(body: dict[str, Any]) -> tuple[str, str]:
    """The code of an outcome and its words for programs."""
    [issue] = body["issue"]
    assert issue["details"]["text"]
    return issue["code"], issue.get("diagnostics", "")


def book(member: Member, status: int = 200, **parameter: Any) -> dict[str, Any]:
    """The answer to `$book` with one parameter."""
    body = {"resourceType": "Parameters", "parameter": [parameter]}
    return send(member, json.dumps(body), status)


def send(member: Member | None, body: str | bytes, status: int) -> dict[str, Any]:
    """The answer to `$book` with whatever is sent."""
    answer = client(member).post("/fhir/Appointment/$book", body, content_type=FHIR)
    assert answer.status_code == status, answer.content.decode()
    return checked(answer)
