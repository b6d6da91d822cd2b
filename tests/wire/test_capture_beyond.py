"""The pages beyond packets: troubles in plain words, files as sent, bars and arrows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils.http import urlencode

from madang.people.models import Member
from madang.wire import objects
from madang.wire.captures import beyond, drawing
from madang.wire.models import Look
from madang.wire.pace import Interval
from tests.cast import Enter
from tests.wire.captures import ACK, SYN, arp, exchange, needs_tshark, pcap, tcp
from tests.wire.test_capture_pages import PLANTED, lately, opened, text

pytestmark = [pytest.mark.django_db, needs_tshark]

BODY = bytes(range(256))
GET = b"GET /..%2f%22cat.png?token=planted7secret HTTP/1.1\r\nHost: a.example\r\n\r\n"
FILE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 256\r\n\r\n" + BODY
FAILED = exchange(
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
)
PAGES = ["findings/", "intervals/", "files/", "files/1/", "streams/0/flow/"]


@pytest.fixture
def operator(gwanu: Member, enter: Enter, tmp_path: Path, settings: LazySettings) -> Client:
    settings.WIRE = {**settings.WIRE, "CAPTURES": tmp_path / "captures"}
    return lately(enter(gwanu), gwanu)


@pytest.mark.parametrize("page", PAGES)
def test_only_operators_who_are_here_themselves(
    operator: Client, client: Client, hana: Member, gwanu: Member, enter: Enter, page: str
) -> None:
    path = opened(operator, pcap(exchange(GET, FILE))) + page
    assert client.get(path)["Location"].startswith("/people/login/")
    assert lately(enter(hana), hana).get(path).status_code == 403
    assert enter(gwanu).get(path)["Location"].startswith("/people/reauthenticate/?")
    assert Look.objects.count() == 0
    assert operator.post(path).status_code == 405
    assert operator.get(path).status_code == 200
    assert operator.get(path.replace("captures/", "captures/0")).status_code == 404


def test_every_look_is_written_down(operator: Client) -> None:
    path = opened(operator, pcap(exchange(GET, FILE)))
    for page in PAGES:
        operator.get(path + page)
    assert [look.what for look in Look.objects.order_by("id")] == [
        "some.pcap findings",
        "some.pcap intervals",
        "some.pcap files",
        "some.pcap file 1",
        "some.pcap ~0 flow",
    ]


def test_what_was_saved_is_written_down_whatever_the_capture_is_called(operator: Client) -> None:
    path = opened(operator, pcap(exchange(GET, FILE)), "x" * 200)
    operator.get(f"{path}files/1/")
    assert [look.what for look in Look.objects.all()] == ["x" * 93 + " file 1"]


def test_troubles_are_told_in_the_language_of_the_reader(operator: Client, gwanu: Member) -> None:
    alone = [tcp(100, 0, SYN)] * 15
    path = opened(operator, pcap([*alone, arp()]))
    page = operator.get(f"{path}findings/")
    told = page.context["conversations"]
    assert [(one["protocol"], one["first"], one["second"]) for one in told] == [
        ("TCP", "10.0.0.1:40000", "10.0.0.2:80"),
        ("ARP", "10.0.0.1", "10.0.0.2"),
    ]
    assert told[0]["of"][0] == {
        "sentence": "응답이 없었습니다 (15번)",
        "frames": list(range(1, 13)),
        "more": 3,
    }
    assert f'href="{path}12/"' in page.content.decode()
    for one, count in zip(told, (15, 1), strict=True):
        listed = operator.get(f"{path}?{one['filter']}")
        assert (listed.status_code, listed.context["found"].total) == (200, count)
    gwanu.language = "en"
    gwanu.save()
    assert "no answer came 15 times" in text(operator, f"{path}findings/")
    assert operator.get(f"{path}findings/?after=x").status_code == 400


def test_troubles_come_in_pages(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beyond, "CONVERSATIONS", 1)
    path = opened(operator, pcap([tcp(100, 0, SYN), *FAILED, arp()]))
    first = operator.get(f"{path}findings/").context
    assert (first["total"], len(first["conversations"]), first["later"]) == (2, 1, "after=1")
    assert "earlier" not in first
    last = operator.get(f"{path}findings/?after=1").context
    assert (last["conversations"][0]["protocol"], last["earlier"]) == ("ARP", "after=0")
    assert "later" not in last
    clean = opened(operator, pcap(exchange(GET, FILE)))
    assert 'class="empty"' in text(operator, f"{clean}findings/")


@pytest.mark.parametrize(
    ("who", "wanted"),
    [
        (
            ("DNS", "[fe80::1]:5", "[fe80::2]:53"),
            "ipv6.addr == fe80::1 and ipv6.addr == fe80::2 and dns",
        ),
        (("UDP", "1.2.3.4:5", ":9"), "ip.addr == 1.2.3.4 and udp.port == 5"),
        (("", ":", ":"), ""),
    ],
)
def test_who_has_no_place_has_no_filter(who: tuple[str, str, str], wanted: str) -> None:
    assert beyond._filter(*who) == (urlencode({"filter": wanted}) if wanted else "")


def test_a_file_is_saved_as_it_was_sent_under_a_harmless_name(operator: Client) -> None:
    path = opened(operator, pcap(exchange(GET, FILE)))
    page = text(operator, f"{path}files/")
    assert (PLANTED in page, f'href="{path}files/1/"' in page) == (False, True)
    answer = operator.get(f"{path}files/1/")
    assert answer.content == BODY
    name = re.fullmatch(r'attachment; filename="(5-[\w.-]+)"', answer["Content-Disposition"])
    assert name is not None
    assert (PLANTED in name[1], ".." in name[1]) == (False, False)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/octet-stream"
    for wrong in (0, 2):
        assert operator.get(f"{path}files/{wrong}/").status_code == 404


def test_a_file_that_is_too_large_is_listed_and_refused(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = opened(operator, pcap(exchange(GET, FILE)))
    monkeypatch.setattr(objects, "LARGEST", len(BODY) - 1)
    assert f"{path}files/1/" not in text(operator, f"{path}files/")
    assert 'role="alert"' in text(operator, f"{path}files/1/", 400)
    monkeypatch.setattr(objects, "MOST", 0)
    assert operator.get(f"{path}files/").context["left_out"] == 1
    text(operator, f"{path}files/1/", 404)


def test_bars_are_as_high_as_what_went_by(operator: Client) -> None:
    frames = exchange(GET, FILE)
    path = opened(operator, pcap([*frames, arp()]))
    answer = operator.get(f"{path}intervals/?count=30")
    bars = answer.context["bars"]
    sizes = [len(frame) for frame in (*frames, arp())]
    assert [bar.interval.bytes for bar in bars if bar.height] == sizes
    assert (answer.context["seconds"], len(bars)) == (0.0002, 26)
    assert max(bar.height for bar in bars) == drawing.HIGH
    assert answer.content.count(b"<rect") == len(sizes)
    listed = operator.get(f"{path}?{bars[15].query}")
    assert [row["packet"].number for row in listed.context["rows"]] == [4]
    for wrong in ("31", "x", "-1"):
        assert operator.get(f"{path}intervals/?count={wrong}").status_code == 400
    empty = opened(operator, pcap([]))
    assert 'class="empty"' in text(operator, f"{empty}intervals/")


@pytest.mark.parametrize(
    ("seconds", "count", "step"), [(0, 60, 1e-6), (6, 60, 0.1), (6.1, 60, 0.2), (1e9, 30, 5e7)]
)
def test_a_step_is_round(seconds: float, count: int, step: float) -> None:
    assert drawing.step(seconds, count=count) == step


def test_what_is_small_is_seen_and_what_is_nothing_is_not() -> None:
    found = [Interval(0.0, 1, 1), Interval(1.0, 0, 0), Interval(2.0, 9, 90_000)]
    assert [bar.height for bar in drawing.bars(found, seconds=1.0)] == [1.0, 0.0, 200.0]


def test_a_stream_is_drawn_as_arrows_page_by_page(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beyond, "ARROWS", 4)
    path = opened(operator, pcap([arp(), *exchange(GET, FILE), tcp(900, 900, ACK | 4, back=True)]))
    first = operator.get(f"{path}streams/0/flow/")
    arrows = first.context["drawing"].arrows
    assert [(one.number, one.from_first) for one in arrows] == [
        (2, True),
        (3, False),
        (4, True),
        (5, True),
    ]
    assert (first.context["later"], first.context.get("earlier")) == ("after=5", None)
    assert PLANTED not in first.content.decode()
    last = operator.get(f"{path}streams/0/flow/?after=5")
    arrows = last.context["drawing"].arrows
    assert [(one.number, one.from_first, one.is_broken) for one in arrows] == [
        (6, False, False),
        (7, False, True),
    ]
    assert (last.context.get("later"), last.context["earlier"]) == (None, "after=0")
    assert last.context["drawn"].first == "10.0.0.1:40000"
    page = last.content.decode()
    assert ("style=" in page, "<script>" in page, 'viewBox="0 0 760 104"' in page) == (
        False,
        False,
        True,
    )
    monkeypatch.setattr(beyond, "ARROWS", 1)
    third = operator.get(f"{path}streams/0/flow/?after=3").context
    assert (third["earlier"], third["later"]) == ("after=2", "after=4")
    for wrong in ("streams/7/flow/", "streams/4/flow/", "streams/0/flow/?after=7"):
        text(operator, f"{path}{wrong}", 404)
