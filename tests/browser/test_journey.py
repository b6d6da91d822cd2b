"""A patient finds a doctor, books, sees it, takes it along, cancels."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from icalendar import Calendar
from playwright.sync_api import Page

from tests.browser.conftest import Enter, Reader


def book_the_last_time(reader: Reader) -> str:
    """From the front page to a reservation of study counselling; returns its page's address."""
    reader.go("/")
    rooms = reader.page.get_by_role("navigation", name=reader.text("Rooms"))
    rooms.get_by_role("link", name=reader.text("Reservations")).click()
    reader.page.wait_for_url("**/reservation/")
    reader.look()
    reader.link("박서윤").click()
    reader.page.get_by_role("link", name=re.compile("학습 상담")).click()
    reader.page.wait_for_selector(".tabs a[aria-current]:has-text('학습 상담')")
    reader.look()
    reader.page.locator(".times a").last.click()
    reader.page.get_by_role("heading", name=reader.text("Book this time?")).wait_for()
    reader.look()
    reader.button("Book").click()
    reader.page.wait_for_url(re.compile(r"/reservation/[0-9a-f-]{36}/$"))
    reader.look()
    return reader.page.url


def take_along(reader: Reader) -> Calendar:
    with reader.page.expect_download() as download:
        reader.link("Into my calendar").click()
    return Calendar.from_ical(Path(download.value.path()).read_bytes())


def cancel(reader: Reader) -> None:
    reader.link("Cancel").click()
    reader.page.get_by_role("heading", name=reader.text("Cancel this reservation?")).wait_for()
    reader.look()
    reader.button("Cancel the reservation").click()
    reader.page.get_by_text(reader.text("Cancelled. The time is free for others again.")).wait_for()


@pytest.mark.parametrize(
    ("language", "width", "scheme", "scripts"),
    [
        ("ko", "phone", "light", True),
        ("en", "desktop", "dark", True),
        ("en", "phone", "dark", False),
        ("ko", "desktop", "light", False),
    ],
)
def test_a_patient_books_a_doctor_and_cancels(
    enter: Enter, language: str, width: str, scheme: str, scripts: bool
) -> None:
    hana = enter("hana", language, width, scheme, scripts=scripts)
    page = book_the_last_time(hana)
    made = hana.text("Your reservation at %(time)s is made. Nobody else can take this time.")
    assert (
        hana.page.get_by_role("status").first.inner_text().endswith(made.partition("%(time)s")[2])
    )
    [event] = take_along(hana).walk("VEVENT")
    assert (str(event["STATUS"]), str(event["URL"]).rpartition("/reservation/")[2]) == (
        "CONFIRMED",
        page.rpartition("/reservation/")[2],
    )
    hana.go("/reservation/mine/")
    hana.look()
    hana.page.locator(f"a[href='{page.removeprefix(hana.address)}']").click()
    cancel(hana)
    assert (hana.page.url, hana.link("Cancel").count()) == (page, 0)
    hana.look()


def tab_to(page: Page, text: str) -> None:
    """Press Tab until what has the focus is called `text`."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip().startswith(text):
            return
    raise AssertionError(f"no way to {text} by the keyboard")


def test_the_keyboard_alone_is_enough_to_book_and_cancel(enter: Enter) -> None:
    minjun = enter("minjun", "en")
    minjun.go("/")
    page = minjun.page
    tab_to(page, "Reservations")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reservation/")
    tab_to(page, "문유나")
    page.keyboard.press("Enter")
    page.wait_for_url("**/doctors/*/")
    last = page.locator(".times a").last.inner_text()
    page.locator("#by-month").focus()
    tab_to(page, last.split(",")[0].split()[0])
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached")
    assert page.evaluate("document.activeElement.matches('.times a')")
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    if page.evaluate("document.activeElement.textContent") != "Book":
        tab_to(page, "Book")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/reservation/[0-9a-f-]{36}/$"))
    tab_to(page, "Cancel")
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Keep it"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Cancelled. The time is free for others again.").wait_for()
