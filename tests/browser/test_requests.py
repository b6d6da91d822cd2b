"""An operator follows a request from the list to its statements."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Enter
from tools.shots import Shot, arrive

LOOKS = [("ko", "phone", "dark"), ("en", "desktop", "light")]


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("look", LOOKS, ids="-".join)
def test_from_the_list_to_one_request(
    enter: Enter, look: tuple[str, str, str], *, scripts: bool
) -> None:
    hana = enter("hana", *look)
    hana.go("/reservation/mine/")
    gwanu = enter("gwanu", *look, scripts=scripts)
    gwanu.go("/people/")
    arrive(gwanu.page, gwanu.address, Shot("requests", "gwanu", "/wire/"))
    gwanu.page.locator("#find").fill("/reservation/mine")
    gwanu.page.locator("#only").select_option("pages")
    gwanu.button("Find").click()
    gwanu.look()
    gwanu.page.locator(".wire-rows a").first.focus()
    gwanu.page.keyboard.press("Enter")
    gwanu.page.get_by_text("madang.reservation.own.mine").first.wait_for()
    assert gwanu.page.locator(".strata > li").count() == 8
    assert gwanu.page.locator(".strata > li:last-child rect").count() >= 3
    gwanu.look()
    gwanu.page.locator("a.up").click()
    gwanu.page.wait_for_url(gwanu.address + "/wire/")
