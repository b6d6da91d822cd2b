"""Days, clocks and particles as people say them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from madang.people.forms import SignupForm
from madang.reservation.templatetags import reservation
from madang.ui.context import STYLE_SHEETS, site
from madang.ui.templatetags import ui

EVENING = datetime(2027, 3, 4, 14, 30, tzinfo=UTC)
"""Half past eleven at night in Seoul."""


@pytest.mark.parametrize(
    ("language", "zone", "expected"),
    [
        ("ko", "Asia/Seoul", ("2027년 3월 4일 목요일", "3월 4일 (목)", "오후 11:30", "23:30")),
        ("en", "Asia/Seoul", ("Thursday 4 March 2027", "Thu 4 March", "23:30", "23:30")),
        ("en", "Asia/Tokyo", ("Thursday 4 March 2027", "Thu 4 March", "23:30", "23:30")),
        ("ko", "Pacific/Auckland", ("2027년 3월 5일 금요일", "3월 5일 (금)", "오전 3:30", "3:30")),
    ],
)
@pytest.mark.usefixtures("now")
def test_a_moment_in_words(language: str, zone: str, expected: tuple[str, ...]) -> None:
    filters = (ui.day, ui.short_day, ui.clock, reservation.short_clock)
    with translation.override(language), timezone.override(zone):
        assert tuple(each(EVENING) for each in filters) == expected


@pytest.mark.parametrize(
    ("language", "words"),
    [("ko", ["2월 28일 (일)", "오늘", "내일"]), ("en", ["Sun 28 February", "Today", "Tomorrow"])],
)
@pytest.mark.usefixtures("now")
def test_today_and_tomorrow_have_names(language: str, words: list[str]) -> None:
    with translation.override(language):
        days = [date(2027, 2, 28), date(2027, 3, 1), date(2027, 3, 2)]
        assert [ui.short_day(day) for day in days] == words


@pytest.mark.parametrize(
    ("language", "zone", "expected"),
    [
        ("ko", "Asia/Seoul", "오후 11:30"),
        ("ko", "Europe/London", "오후 2:30"),
        ("ko", "Pacific/Auckland", "3월 5일 오전 3:30"),
        ("en", "Pacific/Auckland", "5 March 03:30"),
    ],
)
def test_the_clock_of_another_place(language: str, zone: str, expected: str) -> None:
    with translation.override(language), timezone.override("Asia/Seoul"):
        assert ui.clock_in(EVENING, zone) == expected


def test_a_month_has_its_name() -> None:
    names = {}
    for language in ("ko", "en"):
        with translation.override(language):
            names[language] = reservation.month_name(date(2027, 3, 4))
    assert names == {"ko": "2027년 3월", "en": "March 2027"}


def test_particles_are_korean() -> None:
    with translation.override("ko"):
        assert [ui.particle(word, "을/를") for word in ("책", "의자")] == ["책을", "의자를"]
    with translation.override("en"):
        assert ui.particle("book", "을/를") == "book"
    with translation.override(None):
        assert ui.particle("book", "을/를") == "book"


def test_names_by_key() -> None:
    assert [reservation.at({1: "박서윤"}, key) for key in (1, 2)] == ["박서윤", ""]


def test_a_field_is_tied_to_its_hint_and_its_errors() -> None:
    bound = SignupForm({}).visible_fields()[0]
    html = ui.field(bound)
    assert f'for="{bound.id_for_label}"' in html
    assert f'id="{bound.auto_id}_error"' in html
    assert f'aria-describedby="{bound.auto_id}' in html


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/reservation/mine/", "page"), ("/people/", ""), (None, "")],
)
def test_navigation_knows_where_the_reader_is(path: str | None, expected: str) -> None:
    context = Context({"request": RequestFactory().get(path)} if path else {})
    assert Template('{% here "/reservation/" %}').render(context) == expected


def test_every_page_knows_the_site_and_its_style_sheets() -> None:
    known = site(RequestFactory().get("/"))
    assert known == {"site_name": "마당", "rooms": [], "style_sheets": STYLE_SHEETS}
