"""An operator opens a capture, filters it, and follows what went wrong to its packets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import Enter, Reader
from tests.wire.captures import arp, exchange, needs_tshark, pcap, save
from tools.shots import Shot, arrive

pytestmark = needs_tshark

LOOKS = [("ko", "phone", "dark"), ("en", "desktop", "light")]
ANSWER = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
FRAMES = [*exchange(b"GET /cat HTTP/1.1\r\nHost: a\r\n\r\n", ANSWER), arp(), arp()]


@pytest.mark.parametrize("look", LOOKS, ids="-".join)
def test_from_a_file_to_a_stream_and_its_troubles(
    enter: Enter, look: tuple[str, str, str], tmp_path: Path
) -> None:
    gwanu = enter("gwanu", *look)
    gwanu.go("/people/")
    arrive(gwanu.page, gwanu.address, Shot("captures", "gwanu", "/wire/captures/"))
    gwanu.page.locator("#file").set_input_files(save(tmp_path, pcap(FRAMES)))
    gwanu.button("Open the file").click()
    gwanu.page.locator(".packet-rows > li >> nth=6").wait_for()
    gwanu.look()
    listed = gwanu.page.url
    gwanu.page.locator("#filter").fill("http.response")
    gwanu.button("Show these").click()
    gwanu.page.wait_for_url("**filter=http.response")
    assert gwanu.page.locator(".packet-rows > li").count() == 1
    gwanu.page.locator(".packet-rows a").focus()
    gwanu.page.keyboard.press("Enter")
    gwanu.link("Follow the stream").click()
    gwanu.page.get_by_text("hello", exact=False).wait_for()
    gwanu.look()
    gwanu.link("As arrows").click()
    gwanu.page.locator(".flow a >> nth=4").wait_for()
    gwanu.look()
    gwanu.page.locator(".flow a >> nth=3").focus()
    gwanu.page.keyboard.press("Enter")
    gwanu.page.wait_for_url("**/4/")
    gwanu.look()
    beyond(gwanu, listed)


def beyond(gwanu: Reader, listed: str) -> None:
    """What the statistics lead to."""
    gwanu.page.goto(f"{listed}statistics/")
    gwanu.link("What went wrong").click()
    gwanu.page.locator(".frames a >> nth=1").wait_for()
    gwanu.look()
    gwanu.page.goto(f"{listed}statistics/")
    gwanu.link("Traffic over time").click()
    gwanu.page.locator(".as-table summary").click()
    gwanu.page.locator(".as-table td >> nth=0").wait_for()
    gwanu.look()
    gwanu.page.goto(f"{listed}statistics/")
    gwanu.link("Transferred files").click()
    gwanu.look()
    with gwanu.page.expect_download() as saved:
        gwanu.page.locator(".save").click()
    assert saved.value.suggested_filename == "5-cat"
    assert saved.value.path().read_bytes() == b"hello"
    gwanu.look()
