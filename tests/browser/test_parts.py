"""What htmx replaces: the address, the focus and what a screen reader hears go along."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import Enter, Reader


def said(reader: Reader, text: str) -> None:
    """Wait until the page has announced `text`."""
    reader.page.wait_for_function(
        "text => document.getElementById('said').textContent.includes(text)", arg=text
    )


def focused(reader: Reader, name: str) -> None:
    """Wait until the part has settled and what has the id `name` has the focus, without a load."""
    reader.page.wait_for_function("name => document.activeElement.id === name", arg=name)
    assert reader.page.evaluate("window.isSame")


@pytest.fixture
def hana(enter: Enter) -> Reader:
    """At her counsellor's week; the page is marked, so that a full load would show."""
    reader = enter("hana", "en")
    reader.go("/reservation/doctors/1/")
    reader.page.evaluate("window.isSame = true")
    return reader


def test_another_week_comes_without_a_load(hana: Reader) -> None:
    before = hana.page.locator("#period").inner_text()
    hana.page.locator("#later").click()
    hana.page.wait_for_url(re.compile(r"/doctors/1/\?service=\d+&from="))
    after = hana.page.locator("#period").inner_text()
    said(hana, after)
    assert after != before
    focused(hana, "later")
    hana.page.locator("#earlier").click()
    said(hana, before)
    focused(hana, "period")


def test_today_can_be_read_where_it_is_closed_too(hana: Reader) -> None:
    colours = hana.page.evaluate(
        """() => {
            const day = document.querySelector("ol.week > li");
            const number = day.querySelector(".day-number");
            return ["today", "today closed"].map((names) => {
                day.className = names;
                return getComputedStyle(number).color;
            });
        }"""
    )
    assert colours[0] == colours[1]


def test_month_and_service_change_in_place_and_going_back_shows_the_week(hana: Reader) -> None:
    week = hana.page.locator("#period").inner_text()
    hana.page.locator("#by-month").click()
    hana.page.locator("table.month").wait_for()
    hana.page.locator(".tabs a").last.click()
    hana.page.locator("ol.week").wait_for()
    assert hana.page.evaluate("window.isSame")
    hana.page.go_back()
    hana.page.locator("table.month").wait_for()
    hana.page.go_back()
    hana.page.locator("ol.week").wait_for()
    assert hana.page.locator("#period").inner_text() == week


def test_a_doctor_is_kept_and_let_go_without_a_load(hana: Reader) -> None:
    hana.button("Take off my doctors").click()
    said(hana, "Taken off my doctors.")
    hana.button("Add to my doctors").click()
    said(hana, "Added to my doctors.")
    focused(hana, "keep-button")
    hana.look()


def test_a_question_can_be_left_by_a_click_beside_it(hana: Reader) -> None:
    hana.page.locator(".times a").last.click()
    hana.page.locator("dialog[open]").wait_for()
    hana.page.mouse.click(5, 5)
    hana.page.locator("dialog[open]").wait_for(state="detached")
    hana.page.locator(".times a").last.click()
    hana.link("Another time").or_(hana.page.locator("dialog [data-close]")).click()
    hana.page.locator("dialog[open]").wait_for(state="detached")
    assert hana.page.evaluate("window.isSame")


def test_who_has_signed_out_meanwhile_is_shown_the_whole_page_for_signing_in(
    hana: Reader,
) -> None:
    hana.page.context.clear_cookies()
    hana.page.locator("#later").click()
    hana.page.wait_for_url(re.compile(r"/people/login/\?next="))
    assert hana.page.locator("input[name=login]").count() == 1


def test_a_conversation_that_cannot_be_asked_for_news_keeps_what_is_being_written(
    enter: Enter,
) -> None:
    """Offline for a while: nobody pressed anything, so no page is loaded in its place."""
    reader = enter("hana", "en")
    page = reader.page
    reader.expected += ["htmx:afterRequest", "htmx:sendError", "ERR_FAILED"]
    page.clock.install()
    reader.go("/microblog/")
    paths = page.eval_on_selector_all("a", "links => links.map(one => one.pathname)")
    reader.go(next(path for path in paths if re.fullmatch(r"/microblog/\d+/", path)))
    page.evaluate("window.isSame = true")
    page.locator("textarea").fill("half a sentence")
    page.route("**/microblog/**", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.clock.fast_forward(21_000)
    page.unroute("**/microblog/**")
    with page.expect_response(lambda answer: answer.ok):
        page.clock.fast_forward(21_000)
    assert page.locator("textarea").input_value() == "half a sentence"
    assert page.evaluate("window.isSame")
