"""Every page that is photographed, in each of the looks."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Enter, Reader
from tools.shots import SHOTS, Shot, arrive

LOOKS = [("ko", "small", "light"), ("en", "desktop", "dark")]
PAGES = [shot for shot in SHOTS if shot.name != "admin" and not shot.follow]
FONT_BYTES = """
performance.getEntriesByType("resource")
    .filter((entry) => entry.name.endsWith(".woff2"))
    .reduce((sum, entry) => sum + entry.decodedBodySize, 0)
"""


@pytest.mark.parametrize("look", LOOKS, ids="-".join)
@pytest.mark.parametrize("who", sorted({shot.who for shot in PAGES}))
def test_a_page_is_open_to_everybody(enter: Enter, who: str, look: tuple[str, str, str]) -> None:
    reader = enter(who, *look)
    for shot in PAGES:
        if shot.who == who:
            visit(reader, shot)


def visit(reader: Reader, shot: Shot) -> None:
    if shot.name == "not-found":
        reader.expect("status of 404")
    arrive(reader.page, reader.address, shot)
    reader.look()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_page_loads_the_letters_it_shows_and_no_more(enter: Enter, language: str) -> None:
    hana = enter("hana", language, "phone")
    hana.go("/")
    hana.page.evaluate("document.fonts.ready")
    loaded = hana.page.evaluate(FONT_BYTES)
    assert 0 < loaded < 500_000
    assert hana.page.locator("link[rel=preload]").count() == 0
