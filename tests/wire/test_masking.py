"""What is secret becomes stars, as long as it was."""

from __future__ import annotations

import pytest

from madang.wire.masking import mask, mask_parts, mask_text

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("plain", "masked"),
    [
        (b"Cookie: sessionid=abc\r\nHost: a", b"Cookie: *************\r\nHost: a"),
        (b"set-cookie: a=b; Path=/\r\n", b"set-cookie: ***********\r\n"),
        (b"Authorization: Basic YTpi\r\n", b"Authorization: **********\r\n"),
        (b"Proxy-Authorization: x\n", b"Proxy-Authorization: *\n"),
        (b"X-Api-Key: 12345\r\n", b"X-Api-Key: *****\r\n"),
        (b"GET /a?token=abc&page=2 HTTP", b"GET /a?token=***&page=2 HTTP"),
        (b"login=na&password1=hunter2&next=/", b"login=na&password1=*******&next=/"),
        (b"csrfmiddlewaretoken=xyz&title=a", b"csrfmiddlewaretoken=***&title=a"),
        (b'{"password": "a\\"b", "name": "c"}', b'{"password": "****", "name": "c"}'),
        (b'name="passwd"\r\n\r\nhunter2\r\n--', b'name="passwd"\r\n\r\n*******\r\n--'),
        (b"PASS hunter2\r\nLIST", b"PASS *******\r\nLIST"),
        (b"AUTH PLAIN AGEAYg==\r\n", b"AUTH PLAIN ********\r\n"),
        (b"http://na:pw@host/", b"http://na:**@host/"),
        (b"GET /compass HTTP/1.1\r\nHost: a", b"GET /compass HTTP/1.1\r\nHost: a"),
    ],
)
def test_a_secret_becomes_stars_and_its_neighbours_stay(plain: bytes, masked: bytes) -> None:
    assert mask(plain) == masked


def test_a_secret_that_lies_over_two_packets_is_found() -> None:
    assert mask_parts([b"Cook", b"ie: ab", b"c\r\nHost"]) == [b"Cook", b"ie: **", b"*\r\nHost"]


def test_a_label_is_masked_and_bytes_that_are_no_utf_8_do_no_harm() -> None:
    text = b"PASS a\xffb".decode("utf-8", "surrogateescape")
    assert mask_text(text) == "PASS ***"
    assert mask_text("마당 \udcff") == "마당 \ufffd"
