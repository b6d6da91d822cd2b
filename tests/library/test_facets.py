"""What was found is narrowed down, comes in pages, and may be looked at by strangers."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from madang.library import facets, lending, search
from madang.library.facets import Narrowing
from madang.library.models import Bib, Item, Location
from madang.people.models import Member
from tests.cast import NOW, Enter
from tests.shelf import Shelf

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def titles(text: str, by: Narrowing) -> set[str]:
    """What is found for `text`, narrowed so."""
    return {bib.title for bib in facets.narrow(search.find(text), by)}


@pytest.fixture
def books(shelf: Shelf) -> Shelf:
    """Four titles, in two languages and places; one is out, one has no copy."""
    annex = Location.objects.create(code="annex", name="별관")
    for title, language, form, year in (
        ("토지 일", "kor", "book", 1969),
        ("토지 이", "kor", "book", 1979),
        ("Land", "eng", "video", 1999),
        ("토지 삼", "", "book", None),
    ):
        bib = shelf.bib(title, copies=0 if title == "토지 삼" else 1)
        Bib.objects.filter(pk=bib.pk).update(language=language, form=form, year=year)
    Item.objects.filter(bib__title="Land").update(location=annex)
    return shelf


@pytest.mark.parametrize(
    ("by", "found"),
    [
        (Narrowing(), {"토지 일", "토지 이", "토지 삼", "Land"}),
        (Narrowing(language="kor"), {"토지 일", "토지 이"}),
        (Narrowing(form="video"), {"Land"}),
        (Narrowing(place="annex"), {"Land"}),
        (Narrowing(first_year=1970), {"토지 이", "Land"}),
        (Narrowing(last_year=1979), {"토지 일", "토지 이"}),
        (Narrowing(language="kor", first_year=1979, last_year=1979), {"토지 이"}),
        (Narrowing(language="kor", place="annex"), set()),
    ],
)
def test_what_was_found_is_narrowed_down(books: Shelf, by: Narrowing, found: set[str]) -> None:
    assert titles("", by) == found


def test_what_is_out_is_not_on_the_shelf_now(books: Shelf, hana: Member) -> None:
    item = Item.objects.get(bib__title="토지 일")
    lending.check_out(item=item, patron=books.patron(hana), at=NOW)
    assert titles("토지", Narrowing(is_free=True)) == {"토지 이"}


def test_each_facet_says_how_many_there_are(books: Shelf) -> None:
    by = Narrowing(language="kor")
    found = facets.narrow(search.find(""), by)
    told = {
        facet.name: [(one.name, one.count, one.is_chosen, one.query) for one in facet.choices]
        for facet in facets.facets(found, by, "a b")
    }
    assert told == {
        "언어": [("한국어", 2, True, "q=a+b")],
        "종류": [("도서", 2, False, "q=a+b&language=kor&form=book")],
        "자리": [("서가", 2, False, "q=a+b&language=kor&place=main")],
        "지금": [("서가에 있음", 2, False, "q=a+b&language=kor&free=1")],
    }


def test_an_unknown_language_is_shown_by_its_code(books: Shelf) -> None:
    Bib.objects.filter(title="Land").update(language="tgl")
    [first, *_rest] = facets.facets(search.find("Land"), Narrowing(), "")
    assert [one.name for one in first.choices] == ["tgl"]


def test_nothing_on_the_shelf_is_no_facet(shelf: Shelf) -> None:
    shelf.bib("토지", copies=0)
    assert [each.name for each in facets.facets(search.find(""), Narrowing(), "")] == ["종류"]


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({}, Narrowing()),
        ({"language": "kor", "free": "1"}, Narrowing(language="kor", is_free=True)),
        ({"form": "nonsense", "free": "yes"}, Narrowing()),
        ({"from": " 1990 ", "to": "20000"}, Narrowing(first_year=1990)),
        ({"from": "-1", "to": "１９"}, Narrowing()),
    ],
)
def test_what_makes_no_sense_chooses_nothing(said: dict[str, str], read: Narrowing) -> None:
    assert facets.read(said) == read


def test_the_page_narrows_down_and_gives_the_choice_back(
    books: Shelf, hana: Member, enter: Enter
) -> None:
    client = enter(hana)
    page = client.get("/library/search/?q=토지&language=kor").content.decode()
    assert "토지 삼" not in page
    assert 'name="language" value="kor"' in page
    assert 'href="?q=%ED%86%A0%EC%A7%80" aria-current="true"' in page
    nothing = client.get("/library/search/?q=토지&place=annex").content.decode()
    assert "찾으시는 책이 없습니다." in nothing
    assert 'href="?q=%ED%86%A0%EC%A7%80"' in nothing


def test_what_was_found_comes_in_pages(shelf: Shelf, hana: Member, enter: Enter) -> None:
    for number in range(45):
        shelf.bib(f"토지 {number:02}", copies=0)
    client, seen = enter(hana), []
    for number, more in ((1, True), (2, True), (3, False)):
        page = client.get(f"/library/search/?q=토지&page={number}").content.decode()
        seen += re.findall(r"<b>(토지 \d\d)</b>", page)
        assert ('rel="next"' in page, 'rel="prev"' in page) == (more, number > 1)
    assert seen == [f"토지 {number:02}" for number in range(45)]
    for wrong in ("99", "nonsense", "-1"):
        assert client.get(f"/library/search/?q=토지&page={wrong}").status_code == 200
    found = client.get("/api/v1/library/bibs?q=토지&limit=20&page=3").json()
    assert [row["title"] for row in found] == seen[40:]


def test_the_api_narrows_down(books: Shelf, hana: Member, enter: Enter) -> None:
    address = "/api/v1/library/bibs?language=kor&place=main&form=book&free=true"
    assert {row["title"] for row in enter(hana).get(address).json()} == {"토지 일", "토지 이"}


def test_strangers_may_look_where_the_site_says_so_and_see_no_reader(
    shelf: Shelf, hana: Member, client: Client, settings: pytest.FixtureRequest
) -> None:
    bib = shelf.bib("토지")
    lending.check_out(item=bib.items.get(), patron=shelf.patron(hana), at=NOW)
    path = f"/library/titles/{bib.pk}/"
    assert "/library/search/" not in client.get("/").content.decode()
    settings.LIBRARY_OPEN_CATALOGUE = True  # type: ignore[attr-defined]
    assert 'href="/library/search/"' in client.get("/").content.decode()
    assert "토지" in client.get("/library/search/?q=토지").content.decode()
    page = client.get(path).content.decode()
    assert "반납 예정" in page
    assert str(hana) not in page
    assert f"/people/login/?next={path}" in page
    assert client.post(f"{path}hold/")["Location"].startswith("/people/login/")
    assert client.get("/library/mine/")["Location"].startswith("/people/login/")
