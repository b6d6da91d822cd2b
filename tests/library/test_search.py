"""Finding a book: by any part of its title, whatever its spacing and its script."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madang.lib.folding import fold, grams
from madang.library import index, lending, search
from madang.library.models import Bib, Hold, Identifier, SearchEntry
from madang.people.models import Member
from tests.cast import NOW, Enter
from tests.reservation.test_queries import costs
from tests.shelf import Shelf

pytestmark = [pytest.mark.usefixtures("now"), pytest.mark.django_db]

SIGNS = "가각한국사람봄녀大韓民國女樂史aBzÉñßﬁ019%_'\"\\C+#*-·, "


def found(text: str) -> list[str]:
    return [bib.title for bib in search.find(text)]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("대한 민국", "대한민국"),
        ("大韓民國", "대한민국"),
        ("Émile, ou de l’éducation", "emileoudeleducation"),
        ("ＡＢＣ ﬁn Straße", "abcfinstrasse"),
        ("C# · C++", "c#c++"),
        ("\x00 !?", ""),
    ],
)
def test_a_text_is_folded(text: str, key: str) -> None:
    assert fold(text) == key


def test_grams_are_the_signs_and_those_that_follow_each_other() -> None:
    assert grams("봄봄", "봄a") == ["봄", "봄봄", "a", "봄a"]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), title=st.text(SIGNS, min_size=2, max_size=30))
def test_every_part_of_a_title_finds_it_whatever_its_spacing(
    data: st.DataObject, title: str
) -> None:
    start = data.draw(st.integers(0, len(title) - 2))
    part = title[start : data.draw(st.integers(start + 2, len(title)))]
    gap = data.draw(st.integers(0, len(part)))
    bib = Bib.objects.create(title=title)
    for text in (part, part.replace(" ", ""), f"{part[:gap]} {part[gap:]}"):
        assert not fold(text) or bib in search.find(text)
    bib.delete()


def test_hanja_is_found_by_hangul_and_hangul_by_hanja() -> None:
    Bib.objects.create(title="大韓民國의 歷史")
    Bib.objects.create(title="대한 민국 사")
    assert found("대한민국") == ["대한 민국 사", "大韓民國의 歷史"]
    assert found("大韓民國") == ["대한 민국 사", "大韓民國의 歷史"]


def test_all_words_have_to_be_there_one_after_the_other_inside_a_word() -> None:
    for title in ("한국 현대사", "국한 사현", "한국 고대사"):
        Bib.objects.create(title=title)
    assert found("현대 한국") == ["한국 현대사"]
    assert found("한국현대") == ["한국 현대사"]
    assert found("현") == ["국한 사현", "한국 현대사"]


def test_the_title_itself_comes_first_and_what_is_only_elsewhere_last() -> None:
    for title in ("우리 봄날", "봄날은 간다", "날마다 봄", "봄날"):
        Bib.objects.create(title=title)
    Bib.objects.create(title="시집", subtitle="봄날")
    assert found("봄날") == ["봄날", "봄날은 간다", "우리 봄날", "시집"]
    assert found("봄 날") == ["봄날", "봄날은 간다", "우리 봄날", "날마다 봄", "시집"]


def test_a_field_is_looked_through_alone() -> None:
    Bib.objects.create(title="이상 평전", author="김윤식")
    Bib.objects.create(title="날개", author="이상")
    assert found("title:이상") == ["이상 평전"]
    assert found("AUTHOR: 이상") == ["날개"]
    assert found("제목:날개 저자:이상") == ["날개"]
    assert found('title:"이 상 평"') == ["이상 평전"]
    assert found("title:김윤식") == []


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("9788937460005", "978-89-374-6000-5"),
        ("9788937460005", "89-374-6000-9"),
        ("8937460009", "isbn:9788937460005"),
        ("080442957X", "isbn:978-0-8044-2957-3"),
        ("9791190000000", "isbn:979-11-900-0000-0"),
    ],
)
def test_an_isbn_finds_its_title_in_both_lengths(written: str, asked: str) -> None:
    bib = Bib.objects.create(title="책")
    Identifier.objects.create(bib=bib, kind="isbn", value=written)
    Bib.objects.create(title="다른 책")
    assert found(asked) == ["책"]


@pytest.mark.parametrize("text", ["!?", "isbn:12", "isbn:978893746000a", '""', "없는 책"])
def test_what_cannot_be_found_finds_nothing(text: str) -> None:
    Bib.objects.create(title="책")
    assert found(text) == []


def test_a_blank_question_lists_what_is_not_hidden() -> None:
    for title in ("토지", "무정"):
        Bib.objects.create(title=title)
    Bib.objects.create(title="숨은 책", is_hidden=True)
    assert found(" ") == ["무정", "토지"]
    assert found("숨은") == []


def test_what_is_changed_or_deleted_is_found_so() -> None:
    bib = Bib.objects.create(title="토지")
    bib.title = "무정"
    bib.save()
    assert (found("토지"), found("무정")) == ([], ["무정"])
    bib.delete()
    assert (found("무정"), SearchEntry.objects.count()) == ([], 0)


def test_titles_written_at_once_are_found_after_they_are_indexed() -> None:
    made = Bib.objects.bulk_create([Bib(title="토지"), Bib(title="토지 2부")])
    assert found("토지") == []
    index.write(made)
    index.write(made)
    assert found("토지") == ["토지", "토지 2부"]


def test_many_titles_are_written_at_once_and_again_whatever_signs_they_have() -> None:
    odd = ['{a}, "b"', "back\\slash NULL", "'tick' $1 | ^", "줄\n바꿈\t탭", "!?"]
    names = [*odd, *(f"토지 {number}" for number in range(index.MANY))]
    made = Bib.objects.bulk_create([Bib(title=name) for name in names])
    index.write(made)
    assert [found(word) for word in ("ab", "slash", "NULL", "$1|", "줄바꿈")] == [
        [odd[0]],
        [odd[1]],
        [odd[1]],
        [odd[2]],
        [odd[3]],
    ]
    for bib in made:
        bib.title = bib.title.replace("토지", "무정")
    index.write(made)
    assert (found("토지"), len(found("무정")), found("slash")) == ([], index.MANY, [odd[1]])
    assert SearchEntry.objects.count() == len(names)


@pytest.mark.parametrize(
    "text", ["AbC d-e", "한국 Ab?", "가\u11a8", "e\u0301 ǅ", "한국 史", "１２ 한글", ""]
)
def test_every_way_of_folding_gives_the_same_key(text: str) -> None:
    """A sign that only the long way takes makes the others go it too."""
    assert fold(text + "é") == fold(text) + "e"


@pytest.mark.django_db(transaction=True)
def test_the_migration_indexes_the_titles_that_are_there() -> None:
    Bib.objects.bulk_create([Bib(title="토지")])
    migration = import_module("madang.library.migrations.0002_search")
    with connection.schema_editor() as editor:
        migration.drop(apps, editor)
        if connection.vendor == "postgresql":
            editor.execute("ALTER TABLE library_searchentry DROP COLUMN grams")
        migration.create(apps, editor)
    assert found("토지") == ["토지"]


def page(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_a_reader_finds_a_book_and_has_a_copy_kept(
    shelf: Shelf, hana: Member, enter: Enter
) -> None:
    bib, client = shelf.bib("토지"), enter(hana)
    shelf.patron(hana)
    assert f'<a href="/library/titles/{bib.pk}/"><b>토지</b></a>' in page(
        client, "/library/search/?q=토지"
    )
    path = f"/library/titles/{bib.pk}/"
    assert "서가에 있음" in page(client, path)
    answer = client.post(f"{path}hold/", follow=True).content.decode()
    assert "‘토지’ 책이 준비되었습니다. 2027년 3월 4일 목요일까지 찾아가 주세요." in answer
    assert "예약자를 위해 보관 중" in answer
    assert Hold.objects.count() == 1


def test_a_book_that_is_out_tells_when_it_is_due_and_who_asks_waits(
    shelf: Shelf, hana: Member, minjun: Member, enter: Enter
) -> None:
    bib, client = shelf.bib("토지"), enter(minjun)
    shelf.patron(minjun)
    lending.check_out(item=bib.items.get(), patron=shelf.patron(hana), at=NOW)
    path = f"/library/titles/{bib.pk}/"
    assert "반납 예정 3월 15일 (월)" in page(client, path)
    assert "서가에 없음" in page(client, "/library/search/")
    answer = client.post(f"{path}hold/", follow=True).content.decode()
    assert "이제 ‘토지’ 책의 차례를 기다립니다." in answer
    assert "1명이 기다리고 있습니다." in answer
    client.post(f"{path}hold/")
    assert Hold.objects.count() == 1


def test_who_has_no_card_sees_the_title_and_waits_for_nothing(
    shelf: Shelf, hana: Member, enter: Enter
) -> None:
    bib, client = shelf.bib("토지", copies=0), enter(hana)
    path = f"/library/titles/{bib.pk}/"
    assert "아직 회원증이 없습니다." in page(client, path)
    assert client.post(f"{path}hold/").status_code == 404
    Bib.objects.update(is_hidden=True)
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/library/search/?q=토지", 7), ("/library/titles/{pk}/", 11)],
)
def test_three_titles_and_copies_cost_as_many_queries_as_one(
    shelf: Shelf, hana: Member, enter: Enter, path: str, expected: int
) -> None:
    bib = shelf.bib("토지", copies=0)
    shelf.patron(hana)

    class Growing:
        def grow(self, rows: int) -> None:
            shelf.copy(bib)
            while Bib.objects.count() < rows:
                shelf.bib("토지")
                shelf.copy(bib)

    assert costs(Growing(), enter(hana), path.format(pk=bib.pk)) == [expected, expected]


def test_a_stranger_signs_in_first(shelf: Shelf, client: Client) -> None:
    path = f"/library/titles/{shelf.bib().pk}/"
    for wanted in ("/library/search/", path):
        assert client.get(wanted).headers["Location"].startswith("/people/login/")
    assert client.post(f"{path}hold/").headers["Location"].startswith("/people/login/")
    assert client.get("/api/v1/library/bibs").status_code == 401


def test_the_api_finds_titles(shelf: Shelf, hana: Member, enter: Enter) -> None:
    bib = shelf.bib("토지")
    shelf.bib("무정")
    client = enter(hana)
    assert client.get("/api/v1/library/bibs?q=토지&limit=1").json() == [
        {
            "id": bib.pk,
            "title": "토지",
            "subtitle": "",
            "author": "",
            "publisher": "",
            "year": None,
            "is_free": True,
        }
    ]
    assert client.get("/api/v1/library/bibs?limit=0").status_code == 422
