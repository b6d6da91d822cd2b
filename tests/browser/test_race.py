"""Two people, one time."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import Enter, Reader


def ask(reader: Reader) -> None:
    """Open the question before booking the last time of the physician's week."""
    reader.go("/reservation/doctors/2/")
    reader.page.locator(".times a").last.click()
    reader.page.get_by_role("heading", name=reader.text("Book this time?")).wait_for()


@pytest.mark.parametrize("scripts", [True, False])
def test_who_loses_a_race_is_told_kindly_and_books_the_nearest_time(
    enter: Enter, scripts: bool
) -> None:
    hana = enter("hana", "ko", "phone", scripts=scripts)
    minjun = enter("minjun", "en", "phone", "dark", scripts=scripts)
    ask(hana)
    ask(minjun)
    hana.button("Book").click()
    hana.page.wait_for_url(re.compile(r"/reservation/[0-9a-f-]{36}/$"))

    minjun.expect("status of 409")
    minjun.button("Book").click()
    minjun.page.get_by_role("heading", name=minjun.text("This time is gone")).wait_for()
    minjun.look()
    offers = minjun.page.locator("main .rows form button")
    assert offers.count() == 3
    offers.first.click()
    minjun.page.wait_for_url(re.compile(r"/reservation/[0-9a-f-]{36}/$"))
    minjun.look()


def test_a_time_that_went_while_the_week_was_open_is_answered_with_a_page(enter: Enter) -> None:
    hana, minjun = enter("hana"), enter("minjun")
    minjun.go("/reservation/doctors/3/")
    last = minjun.page.locator(".times a").last
    hana.go("/reservation/doctors/3/")
    hana.page.locator(".times a").last.click()
    hana.button("Book").click()
    hana.page.wait_for_url(re.compile(r"/reservation/[0-9a-f-]{36}/$"))

    minjun.expect("status of 409")  # asked for as a part,
    minjun.expect("Status Error Code 409")  # of which htmx complains as well,
    minjun.expect("status of 409")  # and then as a page
    last.click()
    minjun.page.get_by_role("heading", name=minjun.text("This time is gone")).wait_for()
    assert minjun.page.locator("main .rows form button").count() == 3
