"""Other catalogues read ours: OAI-PMH by Sickle and by hand, errors included."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
import time_machine
from defusedxml.ElementTree import fromstring
from django.conf import LazySettings
from django.test import Client

from madang.library import recording
from madang.library.models import Bib
from tests.library.records import book
from tests.servers import run, servers
from tests.shelf import Shelf

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its own strings
    from sickle import Sickle  # type: ignore[import-untyped]  # it has no types
    from sickle.oaiexceptions import (  # type: ignore[import-untyped]  # as above
        IdDoesNotExist,
        NoRecordsMatch,
    )

OAI = "{http://www.openarchives.org/OAI/2.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"
NOW = datetime(2027, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)
FILL = """
from madang.library import recording
from madang.library.models import Bib
Bib.objects.bulk_create(Bib(title=f"책 {n}", author="한강", year=2000 + n % 20) for n in range(230))
Bib.objects.filter(title="책 7").update(is_hidden=True)
"""
OPEN = {"MADANG_LIBRARY_OPEN_CATALOGUE": "yes"}


def test_sickle_harvests_everything_in_steps(site_database: str, tmp_path: Path) -> None:
    run(site_database, tmp_path, FILL)
    with servers(site_database, tmp_path, 1, OPEN) as [server]:
        sickle = Sickle(f"http://127.0.0.1:{server.port}/library/oai")
        assert sickle.Identify().protocolVersion == "2.0"
        assert [one.metadataPrefix for one in sickle.ListMetadataFormats()] == ["oai_dc", "marc21"]
        records = list(sickle.ListRecords(metadataPrefix="oai_dc", ignore_deleted=False))
        assert len({record.header.identifier for record in records}) == len(records) == 230
        [gone] = [record for record in records if record.deleted]
        titles = {record.metadata["title"][0] for record in records if not record.deleted}
        assert titles == {f"책 {n}" for n in range(230) if n != 7}
        one = sickle.GetRecord(identifier=records[0].header.identifier, metadataPrefix="marc21")
        assert "책 0" in one.raw
        headers = list(sickle.ListIdentifiers(metadataPrefix="marc21"))
        assert (len(headers), gone.header.deleted) == (230, True)
        with pytest.raises(NoRecordsMatch):
            sickle.ListRecords(metadataPrefix="oai_dc", **{"from": "2100-01-01"})
        with pytest.raises(IdDoesNotExist):
            sickle.GetRecord(identifier="oai:elsewhere:1", metadataPrefix="oai_dc")


@pytest.fixture
def opened(db: None, settings: LazySettings) -> None:
    """The catalogue is for everybody."""
    settings.LIBRARY_OPEN_CATALOGUE = True


def ask(client: Client, **said: str) -> Element:
    answer = client.get("/library/oai", said)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml; charset=utf-8")
    found: Element = fromstring(answer.content)
    return found


def error(found: Element) -> str:
    one = found.find(f"{OAI}error")
    assert one is not None
    return one.attrib["code"]


LIST = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({}, "badVerb"),
        ({"verb": "Delete"}, "badVerb"),
        ({"verb": "Identify", "metadataPrefix": "oai_dc"}, "badArgument"),
        ({"verb": "ListRecords"}, "badArgument"),
        ({"verb": "GetRecord", "metadataPrefix": "oai_dc"}, "badArgument"),
        ({**LIST, "resumptionToken": "x"}, "badArgument"),
        ({"verb": "ListRecords", "resumptionToken": "oai_dc..1"}, "badResumptionToken"),
        ({"verb": "ListRecords", "resumptionToken": "한"}, "badResumptionToken"),
        ({**LIST, "metadataPrefix": "mods"}, "cannotDisseminateFormat"),
        ({**LIST, "set": "books"}, "noSetHierarchy"),
        ({"verb": "ListSets"}, "noSetHierarchy"),
        ({**LIST, "from": "2027-02-30"}, "badArgument"),
        ({**LIST, "from": "1.3.2027"}, "badArgument"),
        ({**LIST, "from": "2027-03-01", "until": "2027-03-01T00:00:00Z"}, "badArgument"),
        ({**LIST, "from": "2027-03-02", "until": "2027-03-01"}, "badArgument"),
        (LIST, "noRecordsMatch"),
        (
            {"verb": "GetRecord", "identifier": "oai:testserver:1", "metadataPrefix": "oai_dc"},
            "idDoesNotExist",
        ),
        ({"verb": "ListMetadataFormats", "identifier": "oai:x:²"}, "idDoesNotExist"),
    ],
)
def test_each_error_has_its_code(client: Client, said: dict[str, str], code: str) -> None:
    found = ask(client, **said)
    assert error(found) == code
    request = found.find(f"{OAI}request")
    assert request is not None
    assert bool(request.attrib) == (code not in {"badVerb", "badArgument"})


@pytest.mark.usefixtures("opened")
def test_an_argument_said_twice_is_refused(client: Client) -> None:
    found = fromstring(client.get("/library/oai?verb=ListSets&verb=ListSets").content)
    assert error(found) == "badVerb"
    twice = "/library/oai?verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc"
    assert error(fromstring(client.get(twice).content)) == "badArgument"


def titles(found: Element) -> list[str | None]:
    return [one.text for one in found.iter(f"{DC}title")]


@pytest.mark.usefixtures("opened")
def test_what_has_changed_since_is_given_again(client: Client, shelf: Shelf) -> None:
    with time_machine.travel(NOW, tick=False):
        old, changed = shelf.bib("소년이 온다"), shelf.bib("흰")
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        changed.summary = "\x07 & <소설>"
        changed.save()
    assert titles(ask(client, **LIST)) == ["소년이 온다", "흰"]
    assert titles(ask(client, **LIST, **{"from": "2027-03-02"})) == ["흰"]
    assert titles(ask(client, **LIST, until="2027-03-01")) == ["소년이 온다"]
    second = "2027-03-01T09:30:15Z"
    assert titles(ask(client, **LIST, **{"from": second, "until": second})) == ["소년이 온다"]
    found = ask(client, **LIST, **{"from": "2027-03-03"})
    assert [one.text for one in found.iter(f"{DC}description")] == [" & <소설>"]
    Bib.objects.filter(pk=old.pk).update(is_hidden=True)
    found = ask(client, **LIST, until=second)
    assert [one.attrib for one in found.iter(f"{OAI}header")] == [{"status": "deleted"}]
    assert titles(found) == []


@pytest.mark.usefixtures("opened")
def test_steps_leave_nothing_out_where_many_changed_in_one_second(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("madang.library.oai.STEP", 3)
    Bib.objects.bulk_create(
        Bib(title=str(n), updated_at=NOW + timedelta(microseconds=(n * 7) % 5)) for n in range(10)
    )
    found = ask(client, **LIST, **{"from": "2027-03-01", "until": "2027-03-01"})
    seen = titles(found)
    while (token := found.find(f".//{OAI}resumptionToken")) is not None and token.text:
        found = ask(client, verb="ListRecords", resumptionToken=token.text)
        seen += titles(found)
    assert sorted(map(str, seen)) == [str(n) for n in range(10)]


@pytest.mark.usefixtures("opened")
def test_the_ends_of_the_calendar_are_ends_like_others(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("madang.library.oai.STEP", 1)
    for title in ("흰", "칼의 노래"):
        Bib.objects.create(title=title)
    found = ask(client, **LIST, **{"from": "0001-01-01", "until": "9999-12-31"})
    token = found.findtext(f".//{OAI}resumptionToken")
    assert token
    assert titles(found) == ["흰"]
    assert titles(ask(client, verb="ListRecords", resumptionToken=token)) == ["칼의 노래"]
    assert error(ask(client, **LIST, until="0001-01-01T00:00:00Z")) == "noRecordsMatch"


@pytest.mark.usefixtures("opened")
def test_a_record_that_came_as_marc_is_the_same_in_marcxml(client: Client) -> None:
    source = book(7, "토지 &amp; <땅>")
    bib = Bib.objects.create(title="x", source=source, source_format="marc")
    found = client.post(
        "/library/oai",
        {
            "verb": "GetRecord",
            "identifier": f"oai:{recording.agency()}:{bib.pk}",
            "metadataPrefix": "marc21",
        },
    )
    tree = fromstring(found.content)
    field = tree.find(".//{http://www.loc.gov/MARC21/slim}datafield[@tag='245']")
    assert field is not None
    assert field[0].text == "토지 &amp; <땅>"


@pytest.mark.django_db
def test_a_closed_catalogue_stays_closed(client: Client) -> None:
    for path in ("/library/oai?verb=Identify", "/library/sru"):
        answer = client.get(path)
        assert (answer.status_code, answer["Content-Type"][:10]) == (403, "text/plain")
