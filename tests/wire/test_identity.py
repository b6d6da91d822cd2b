"""A request has one number, and a caller's trace is kept where it is valid."""

from __future__ import annotations

import re

import pytest

from madang.wire import identity

pytestmark = pytest.mark.once

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_the_number_of_the_server_in_front_is_kept() -> None:
    assert identity.request_id("0123456789abcdef" * 2) == "0123456789abcdef" * 2


@pytest.mark.parametrize("given", [None, "", "mine", "0" * 31, "A" * 32, "0" * 32 + "\n"])
def test_what_is_no_number_of_nginx_gives_way_to_a_new_one(given: str | None) -> None:
    made = identity.request_id(given)
    assert re.fullmatch(r"[0-9a-f]{32}", made)
    assert made not in {given, identity.request_id(given)}


@pytest.mark.parametrize("header", [f"00-{TRACE}-{PARENT}-01", f"cc-{TRACE}-{PARENT}-01-later"])
def test_a_valid_traceparent_is_kept(header: str) -> None:
    assert identity.traceparent(header) == header


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01-later",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01,00-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01\n",
    ],
)
def test_an_invalid_traceparent_is_refused(header: str | None) -> None:
    assert identity.traceparent(header) == ""
