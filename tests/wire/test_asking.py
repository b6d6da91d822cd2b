"""Filters on a page: what may be asked, and that nothing can be asked that guesses a secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.wire.asking import COMPARED, NotAsked, Why, checked

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("", ""),
        ("  ", ""),
        ("http", "http"),
        ("http.cookie", "http.cookie"),
        ("not arp and !(dns or ftp)", "! arp && ! ( dns || ftp )"),
        ("tcp.port==443", "tcp.port == 443"),
        ("ip.addr eq 10.0.0.0/8 && frame.len ge 100", "ip.addr == 10.0.0.0/8 && frame.len >= 100"),
        ("ipv6.src == fe80::1", "ipv6.src == fe80::1"),
        ("eth.src != 02:00:00:00:00:01", "eth.src != 02:00:00:00:00:01"),
        ("http.request.method == POST", 'http.request.method == "POST"'),
        ('http.request.method == "GET"', 'http.request.method == "GET"'),
        ("frame.time_relative < 0.5", "frame.time_relative < 0.5"),
        ("_ws.expert || tcp.flags.syn == 1", "_ws.expert || tcp.flags.syn == 1"),
    ],
)
def test_what_may_be_asked_is_said_in_one_way(asked: str, said: str) -> None:
    assert checked(asked) == said
    assert checked(said) == said


@pytest.mark.parametrize(
    ("asked", "why", "position"),
    [
        ('http.cookie == "a"', Why.COMPARED, 0),
        ('http and http.authbasic >= "a"', Why.COMPARED, 9),
        ('frame.md5_hash == "a"', Why.COMPARED, 0),
        ("tcp.checksum == 1", Why.COMPARED, 0),
        ('http contains "a"', Why.MORE, 5),
        ('http.cookie matches "a"', Why.MORE, 12),
        ('http ~ "a"', Why.SIGN, 5),
        ("tcp[0:2] == 01:02", Why.SIGN, 3),
        ("tcp.payload[0] == 1", Why.SIGN, 11),
        ('upper(http.cookie) == "A"', Why.MORE, 5),
        ("len(http.cookie) == 7", Why.MORE, 3),
        ("@ip.src == 1", Why.SIGN, 0),
        ("${secret}", Why.SIGN, 0),
        ("tcp.port in {80}", Why.SIGN, 12),
        ("tcp.port == tcp.srcport", Why.VALUE, 12),
        ("ip.src == http.cookie", Why.VALUE, 10),
        ("tcp.port == &", Why.SIGN, 12),
        ("tcp.port ==", Why.END, 11),
        ("(http", Why.END, 5),
        ("(http dns)", Why.MORE, 6),
        ("http and", Why.END, 8),
        ("and http", Why.FIELD, 0),
        ("http)", Why.MORE, 4),
        ("80 == tcp.port", Why.FIELD, 0),
        ('"a" == http.cookie', Why.FIELD, 0),
        ('http.request.method == "a\\"', Why.SIGN, 23),
        ("http\x00", Why.SIGN, 4),
        ("ip#1", Why.SIGN, 2),
        ("1 <= tcp.port", Why.FIELD, 0),
        ("tcp.port == 1 == 2", Why.MORE, 14),
        ("(" * 30 + "http" + ")" * 30, Why.LONG, 20),
        ("h" * 501, Why.LONG, 500),
    ],
)
def test_what_may_not_be_asked_is_refused_where_it_stands(
    asked: str, why: Why, position: int
) -> None:
    with pytest.raises(NotAsked) as refused:
        checked(asked)
    assert (refused.value.why, refused.value.position) == (why, position)


PIECES = ["http.cookie", "tcp.port", "==", "contains", '"a"', "80", "(", ")", "!", "and", "fe80::"]


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_nothing_compares_what_is_not_on_the_list(pieces: list[str]) -> None:
    try:
        said = checked(" ".join(pieces)).split()
    except NotAsked:
        return
    compared = {said[at - 1] for at, word in enumerate(said) if word == "=="}
    assert "contains" not in said[1:] or said[said.index("contains") - 1] in {"&&", "!", "("}
    assert compared <= COMPARED
