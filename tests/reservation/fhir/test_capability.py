"""The CapabilityStatement says what is served, and so do the documents; no more and no less."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from madang import __version__
from madang.people.models import Member
from tests.cast import Room
from tests.reservation.fhir.asking import book, checked, client, get, why

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

DOCS = Path(__file__).parents[3] / "docs"


def test_anybody_may_read_it() -> None:
    body = get(None, "metadata")
    assert (body["fhirVersion"], body["kind"], body["software"]["version"]) == (
        "4.0.1",
        "instance",
        __version__,
    )
    assert body["implementation"]["url"] == "http://localhost/fhir"


def test_all_that_it_says_is_served_and_nothing_else(room: Room, hana: Member) -> None:
    row = room.book(hana)
    keys = {
        "Practitioner": str(room.doctor.pk),
        "Schedule": f"{room.doctor.pk}-{room.service.pk}",
        "Slot": f"{room.doctor.pk}-{room.service.pk}-20270302T010000Z",
        "Appointment": str(row.uid),
    }
    [rest] = get(None, "metadata")["rest"]
    assert [resource["type"] for resource in rest["resource"]] == list(keys)
    values = {"date": "2027-03-02", "token": "x", "string": "x", "reference": "1"}
    for resource in rest["resource"]:
        kind, browser = resource["type"], client(hana)
        assert resource["interaction"] == [{"code": "read"}, {"code": "search-type"}]
        path = f"/fhir/{kind}/{keys[kind]}"
        read = browser.get(path)
        assert (checked(read)["resourceType"], resource["versioning"]) == (kind, "versioned")
        assert resource["conditionalRead"] == "not-match"
        assert browser.get(path, headers={"If-None-Match": read["ETag"]}).status_code == 304
        for method in ("post", "put", "patch", "delete"):
            assert getattr(browser, method)(path).status_code == 405, (method, path)
        strict = {"Prefer": "handling=strict"}
        for parameter in resource["searchParam"]:
            query = f"{parameter['name']}={values[parameter['type']]}"
            answer = browser.get(f"/fhir/{kind}?{query}", headers=strict)
            assert (answer.status_code, query) == (200, query)
        answer = browser.get(f"/fhir/{kind}?identifier=x", headers=strict)
        assert why(checked(answer)) == ("not-supported", "identifier")
        assert ("operation" in resource) == (kind == "Appointment")


def test_its_operation_is_that_of_iti_117(room: Room, hana: Member) -> None:
    [rest] = get(None, "metadata")["rest"]
    [operation] = rest["resource"][-1]["operation"]
    assert operation == {
        "name": "book",
        "definition": "https://profiles.ihe.net/ITI/Scheduling/OperationDefinition/appointment-book",
    }
    reference = {"reference": f"Appointment/{room.hold(hana).uid}"}
    book(hana, name="appointment-reference", valueReference=reference)


@pytest.mark.parametrize("path", ["fhir.md", "ko/fhir.md"])
def test_the_documents_name_the_same_parameters(path: str) -> None:
    table = re.findall(r"^\| `(\w+)` \| (`.+`) \|", (DOCS / path).read_text(), re.MULTILINE)
    documented = {kind: re.findall(r"`([^`]+)`", names) for kind, names in table}
    [rest] = get(None, "metadata")["rest"]
    assert documented == {
        resource["type"]: [each["name"] for each in resource["searchParam"]]
        for resource in rest["resource"]
    }
