"""Other catalogues search ours: SRU by sruthi and by hand, and the part of CQL that is answered."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
import sruthi  # type: ignore[import-untyped]  # it has no types
from defusedxml.ElementTree import fromstring
from django.conf import LazySettings
from django.test import Client

from madang.library import cql
from madang.library.models import Bib
from tests.library.test_harvest import FILL, OPEN
from tests.servers import run, servers

SRW = "{http://www.loc.gov/zing/srw/}"
DIAGNOSTIC = "{http://www.loc.gov/zing/srw/diagnostic/}"


def test_sruthi_searches_and_pages(site_database: str, tmp_path: Path) -> None:
    fill = FILL + "\nfrom madang.library import index; index.write(Bib.objects.all())"
    run(site_database, tmp_path, fill)
    with servers(site_database, tmp_path, 1, OPEN) as [server]:
        client = sruthi.Client(
            f"http://127.0.0.1:{server.port}/library/sru", record_schema="dc", maximum_records=50
        )
        found = client.searchretrieve(query='author="한강" and title=="책 1"')
        titles = [record["title"] for record in found]
        assert found.count == len(titles) == 1 + 10 + 100
        assert set(titles) == {f"책 {n}" for n in range(230) if str(n)[0] == "1"}
        info = client.explain()
        assert (info.sru_version, "dc" in info.schema) == ("1.2", True)


@pytest.fixture
def books(db: None, settings: LazySettings) -> None:
    """Four titles that everybody may see, and one that nobody may."""
    settings.LIBRARY_OPEN_CATALOGUE = True
    rows = [
        ("소년이 온다", "한강"),
        ("흰", "한강"),
        ("칼의 노래", "김훈"),
        ("The White Book", "Han Kang"),
    ]
    for title, author in rows:
        Bib.objects.create(title=title, author=author)
    Bib.objects.create(title="숨은 책", author="한강", is_hidden=True)
    Bib.objects.get(title="흰").identifiers.create(kind="isbn", value="9788954651134", raw="x")


def titles(query: str) -> set[str]:
    return set(cql.find(query).values_list("title", flat=True))


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("한강", {"소년이 온다", "흰"}),
        ('"소년이 온다"', {"소년이 온다"}),
        ("dc.title = 소년이", {"소년이 온다"}),
        ('title all "온다 소년이"', {"소년이 온다"}),
        ('title any "온다 노래"', {"소년이 온다", "칼의 노래"}),
        ('title == "온다 소년이"', set()),
        ("author = 한강 not title = 흰", {"소년이 온다"}),
        ("author = 김훈 or (author = 한강 and title = 흰)", {"칼의 노래", "흰"}),
        ("author=김훈 OR author=한강 AND title=흰", {"흰"}),
        ("bath.isbn = 978-89-546-5113-4", {"흰"}),
        ("isbn = 8954651135", {"흰"}),
        ("cql.serverChoice = white", {"The White Book"}),
        ("숨은", set()),
        ('title all "' + "온다 소년이 " * 30 + '"', {"소년이 온다"}),
        ('title all "' + "온다 소년이 " * 20 + '노래"', set()),
        ('title = "\\"흰\\""', {"흰"}),
    ],
)
def test_a_query_finds_what_it_says(query: str, expected: set[str]) -> None:
    assert titles(query) == expected


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 27),
        ('""', 27),
        ("title =", 10),
        ("= 흰", 10),
        ("and", 0),
        ("흰 and", 10),
        ('"흰', 10),
        ("(흰", 13),
        ("흰)", 13),
        ("흰 온다", 13),
        ("dc.date = 2020", 16),
        ("title > 흰", 19),
        ("title within 흰", 19),
        ("title =/stem 흰", 20),
        ("흰 and/rel.x 온다", 20),
        ("흰 prox 온다", 37),
        ("(" * 30 + "흰" + ")" * 30, 12),
        (" or ".join(["흰"] * 60), 12),
        ("흰" * 201, 12),
        ('title any "' + " ".join(map(str, range(60))) + '"', 12),
    ],
)
def test_what_is_not_answered_has_its_diagnostic(query: str, number: int) -> None:
    if not number:
        assert titles(query) == set()
        return
    with pytest.raises(cql.Refusal) as refusal:
        cql.find(query)
    assert refusal.value.number == number


def ask(client: Client, **said: str) -> Element:
    answer = client.get("/library/sru", said)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml; charset=utf-8")
    found: Element = fromstring(answer.content)
    return found


def number(found: Element) -> str | None:
    uri = found.find(f".//{DIAGNOSTIC}uri")
    return uri.text.rpartition("/")[2] if uri is not None and uri.text else None


SEARCH = {"operation": "searchRetrieve", "version": "1.2", "query": "한강"}


@pytest.mark.usefixtures("books")
def test_records_come_in_the_schema_and_packing_asked_for(client: Client) -> None:
    found = ask(client, **SEARCH)
    assert found.findtext(f"{SRW}numberOfRecords") == "2"
    fields = found.findall(".//{http://www.loc.gov/MARC21/slim}datafield[@tag='245']")
    assert [field[0].text for field in fields] == ["소년이 온다", "흰"]
    one = ask(client, **SEARCH, recordSchema="info:srw/schema/1/dc-v1.1", maximumRecords="1")
    assert one.findtext(".//{http://purl.org/dc/elements/1.1/}title") == "소년이 온다"
    assert one.findtext(f"{SRW}nextRecordPosition") == "2"
    text = ask(client, **SEARCH, recordPacking="string", startRecord="2")
    data = text.findtext(f".//{SRW}recordData")
    assert data is not None
    assert fromstring(data).tag == "{http://www.loc.gov/MARC21/slim}record"
    none = ask(client, **SEARCH, maximumRecords="0")
    assert (none.find(f"{SRW}records"), none.find(f"{SRW}nextRecordPosition")) == (None, None)
    nothing = ask(client, **{**SEARCH, "query": "없는책"})
    assert nothing.findtext(f"{SRW}numberOfRecords") == "0"


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"version": "2.0"}, "5"),
        ({"version": ""}, "7"),
        ({"query": ""}, "7"),
        ({"startRecord": "0"}, "6"),
        ({"startRecord": "²"}, "6"),
        ({"maximumRecords": "-1"}, "6"),
        ({"startRecord": "9"}, "61"),
        ({"recordSchema": "mods"}, "66"),
        ({"recordPacking": "json"}, "71"),
        ({"sortKeys": "title"}, "80"),
        ({"color": "red"}, "8"),
        ({"query": "dc.date = 1"}, "16"),
        ({"operation": "scan"}, "4"),
        ({"x-info-5": "kept"}, None),
    ],
)
def test_each_diagnostic_has_its_number(
    client: Client, said: dict[str, str], expected: str | None
) -> None:
    assert number(ask(client, **{**SEARCH, **said})) == expected


@pytest.mark.usefixtures("books")
def test_without_a_question_it_explains_itself(client: Client) -> None:
    for said in ({}, {"operation": "explain", "version": "1.2"}):
        found = ask(client, **said)
        assert found.tag == f"{SRW}explainResponse"
        names = [one.text for one in found.iter("{http://explain.z3950.org/dtd/2.0/}name")]
        assert names == ["serverChoice", "title", "creator", "isbn"]
