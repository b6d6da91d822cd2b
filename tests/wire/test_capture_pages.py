"""The pages of captures: who may see them, what they show, and what they never show."""

from __future__ import annotations

import base64
import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madang.people.models import Member
from madang.wire.models import Capture, Look
from tests.cast import Enter
from tests.wire.captures import ACK, PUSH, SYN, arp, exchange, needs_tshark, pcap, tcp

pytestmark = [pytest.mark.django_db, needs_tshark]

PLANTED = "planted7secret"
BASIC = base64.b64encode(f"gwanu:{PLANTED}".encode()).decode()
REQUEST = (
    f"POST /books?token={PLANTED}&page=2 HTTP/1.1\r\nHost: a\r\nAuthorization: Basic {BASIC}\r\n"
    f"Cookie: theme=dark; sessionid={PLANTED}\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n"
    f"Content-Length: {len('title=good&password=') + len(PLANTED)}\r\n\r\n"
    f"title=good&password={PLANTED}"
).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
QUERIES = 8
"""Session, member, roles, the look, and the captures."""


def lately(client: Client, member: Member) -> Client:
    client.post("/people/reauthenticate/", {"password": f"madang-{member.handle}-1"})
    return client


@pytest.fixture
def folder(tmp_path: Path, settings: LazySettings) -> Path:
    settings.WIRE = {**settings.WIRE, "CAPTURES": tmp_path / "captures"}
    return tmp_path / "captures"


@pytest.fixture
def operator(gwanu: Member, enter: Enter, folder: Path) -> Client:
    del folder
    return lately(enter(gwanu), gwanu)


def opened(client: Client, data: bytes, name: str = "some.pcap") -> str:
    """Where the page of a capture is that was sent."""
    answer = client.post("/wire/captures/open/", {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302
    return str(answer["Location"])


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("post", "open/"),
        ("get", "KEY/"),
        ("post", "KEY/delete/"),
        ("get", "KEY/statistics/"),
        ("get", "KEY/4/"),
        ("get", "KEY/streams/0/"),
    ],
)
def test_only_operators_who_are_here_themselves(
    client: Client, hana: Member, gwanu: Member, enter: Enter, folder: Path, method: str, path: str
) -> None:
    back = lately(enter(gwanu), gwanu)
    key = opened(back, pcap(exchange(REQUEST, ANSWER))).split("/")[3]
    path = f"/wire/captures/{path.replace('KEY', key)}"
    assert getattr(client, method)(path)["Location"].startswith("/people/login/")
    assert getattr(lately(enter(hana), hana), method)(path).status_code == 403
    away = getattr(enter(gwanu), method)(path)
    assert (away.status_code, away["Location"][:24]) == (302, "/people/reauthenticate/?")
    assert (Look.objects.count(), Capture.objects.count()) == (0, 1)
    other = "post" if method == "get" else "get"
    assert getattr(back, other)(path).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = back.cookies
    assert getattr(strict, method)(path).status_code == (200 if method == "get" else 403)
    assert len(list(folder.glob("*.capture"))) == 1


def test_every_look_is_written_down(operator: Client) -> None:
    path = opened(operator, pcap(exchange(REQUEST, ANSWER)))
    for more in ("../", "", "?filter=http", "4/", "streams/0/", "statistics/"):
        assert operator.get(f"{path}{more}".replace("//", "/")).status_code in {200, 404}
    operator.get("/wire/captures/")
    looks = [(look.page, look.what) for look in Look.objects.order_by("id")]
    assert looks[-6:] == [
        ("capture", "some.pcap"),
        ("capture", "some.pcap http"),
        ("capture", "some.pcap #4"),
        ("capture", "some.pcap ~0"),
        ("capture", "some.pcap %"),
        ("captures", ""),
    ]


def test_no_page_tells_a_secret(operator: Client) -> None:
    path = opened(operator, pcap(exchange(REQUEST, ANSWER)))
    pages = [
        text(operator, path + more)
        for more in ("", "4/", "5/", "streams/0/", "streams/0/?as=hex", "statistics/")
    ]
    for secret in (PLANTED, BASIC, BASIC[:12]):
        digits = secret.encode().hex(" ")[:23]
        for page in pages:
            assert secret not in page
            assert digits not in page
    assert f"/books?token={'*' * len(PLANTED)}&amp;page=2" in pages[1]
    rows = operator.get(f"{path}4/").context["rows"]
    letters = "".join(cell.letter for row in rows for cell in row.cells)
    assert ("title=good" in letters, PLANTED in letters, BASIC[:9] in letters) == (
        True,
        False,
        False,
    )
    assert "style=" not in re.sub(r"<link[^>]*>", "", pages[1])


def test_the_end_of_a_header_is_no_secret(operator: Client) -> None:
    path = opened(operator, pcap(exchange(REQUEST, ANSWER)))
    lines = [
        line.field.label
        for branch in operator.get(f"{path}4/").context["branches"]
        for line in branch.lines
    ]
    assert r"\r\n" in lines
    assert "****" not in lines
    (cookie,) = [line for line in lines if line.startswith("Cookie: ")]
    assert not set(cookie.removeprefix("Cookie: ").removesuffix(r"\r\n")) - {"*"}


def test_a_secret_over_the_border_of_two_packets_is_hidden_in_both(operator: Client) -> None:
    cut = REQUEST.index(b"sessionid=") + len("sessionid=planted")
    first, second = REQUEST[:cut], REQUEST[cut:]
    frames = [
        tcp(100, 0, SYN),
        tcp(500, 101, SYN | ACK, back=True),
        tcp(101, 501, ACK),
        tcp(101, 501, PUSH, first),
        tcp(101 + len(first), 501, PUSH, second),
        tcp(501, 101 + len(REQUEST), PUSH, ANSWER, back=True),
    ]
    path = opened(operator, pcap(frames))
    for number in (4, 5):
        page = text(operator, f"{path}{number}/")
        assert "planted" not in page
        assert "7secret" not in page
        assert b"7secret".hex(" ") not in page
        assert b"7secret".hex() not in page
    rows = operator.get(f"{path}6/").context["rows"]
    assert "".join(cell.letter for row in rows for cell in row.cells).endswith("hello")


def test_a_packet_is_shown_with_its_layers_and_the_bytes_of_a_field(operator: Client) -> None:
    path = opened(operator, pcap([*exchange(REQUEST, ANSWER), arp()]))
    answer = operator.get(f"{path}6/")
    assert [layer and layer.protocol for _name, layer in answer.context["layers"]] == [
        None,
        None,
        "ARP",
        "Ethernet",
    ]
    lines = [line for branch in answer.context["branches"] for line in branch.lines]
    number = next(line.number for line in lines if line.field.name == "arp.src.proto_ipv4")
    marked = text(operator, f"{path}6/?field={number}")
    assert re.findall(r"<mark>([0-9a-f]{2})</mark>", marked) == ["0a", "00", "00", "01"]
    assert marked.count('id="marked"') == 1
    for wrong, status in (("9999", 200), ("x", 400), ("-1", 400)):
        assert operator.get(f"{path}6/?field={wrong}").status_code == status
    assert operator.get(f"{path}7/").status_code == 404


def test_both_sides_of_a_stream_are_told_apart(operator: Client) -> None:
    path = opened(operator, pcap(exchange(REQUEST, ANSWER)))
    pieces = operator.get(f"{path}streams/0/").context["pieces"]
    assert [(each["from_first"], each["said"][:8]) for each in pieces] == [
        (True, "POST /bo"),
        (False, "HTTP/1.1"),
    ]
    assert "48 54 54 50" in re.sub(r"<[^>]+>", "", text(operator, f"{path}streams/0/?as=hex"))
    text(operator, f"{path}streams/7/", 404)


def test_what_http_packed_is_unpacked_and_can_be_seen_as_it_was_sent(operator: Client) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    path = opened(operator, pcap(exchange(REQUEST, head + b"5\r\nhello\r\n0\r\n\r\n")))
    for way, end, is_text in (("", "\n\nhello", True), ("?as=sent", "\n\n5\nhello\n0\n\n", False)):
        context = operator.get(f"{path}streams/0/{way}").context
        assert context["pieces"][1]["said"].endswith(end)
        assert context["is_text"] is is_text


def test_a_filter_chooses_and_a_wrong_one_is_marked(operator: Client) -> None:
    path = opened(operator, pcap([*exchange(REQUEST, ANSWER), arp()]))
    answer = operator.get(path, {"filter": "http.request.method == POST"})
    assert [row["packet"].number for row in answer.context["rows"]] == [4]
    guess = operator.get(path, {"filter": f'tcp and http.cookie == "{PLANTED}"'})
    assert (guess.status_code, guess.context["mistake"]["wrong"]) == (400, "http.cookie")
    assert '<mark class="capture-wrong">http.cookie</mark>' in guess.content.decode()
    unknown = operator.get(path, {"filter": "nosuchfield"})
    assert (unknown.status_code, unknown.context["mistake"]["wrong"]) == (400, "nosuchfield")
    assert operator.get(path, {"filter": "http ("}, headers={"accept-language": "ko"})
    assert b'class="empty"' in operator.get(path, {"filter": "dns"}).content


def test_a_long_capture_comes_in_pages(operator: Client) -> None:
    path = opened(operator, pcap([arp()] * 250))
    counts = []
    for more, first, links in (
        ("", 1, {"later": "filter=&after=100"}),
        ("?after=100", 101, {"later": "filter=&after=200", "earlier": "filter=&after=0"}),
        ("?after=200", 201, {"earlier": "filter=&after=100"}),
    ):
        with CaptureQueriesContext(connection) as found:
            answer = operator.get(path + more)
        counts.append(len(found))
        assert answer.context["rows"][0]["packet"].number == first
        shown = {name: answer.context.get(name) for name in ("later", "earlier")}
        assert {name: value for name, value in shown.items() if value} == links
    assert counts == [counts[0]] * 3
    assert operator.get(path, {"after": "x"}).status_code == 400


def test_the_list_costs_as_much_for_many_as_for_one(operator: Client) -> None:
    counts = []
    for _time in range(2):
        opened(operator, pcap([arp()]))
        with CaptureQueriesContext(connection) as found:
            assert operator.get("/wire/captures/").status_code == 200
        counts.append(len(found))
    assert counts == [QUERIES, QUERIES]


@pytest.mark.parametrize("data", [b"", b"hello", b"\x1f\x8b"], ids=["empty", "word", "gzip"])
def test_what_cannot_be_read_is_refused_with_a_sentence(operator: Client, data: bytes) -> None:
    file = SimpleUploadedFile("a.pcap", data)
    answer = operator.post("/wire/captures/open/", {"file": file})
    assert (answer.status_code, b'role="alert"' in answer.content) == (400, True)
    assert operator.post("/wire/captures/open/").status_code == 400


def test_what_is_deleted_is_gone(operator: Client, folder: Path) -> None:
    path = opened(operator, pcap([arp()]))
    (folder / f"{path.split('/')[3]}.index").rename(folder / "moved")
    text(operator, path, 404)
    (folder / "moved").unlink()
    assert operator.post(f"{path}delete/").status_code == 302
    assert list(folder.iterdir()) == []
    text(operator, path, 404)
    assert operator.post(f"{path}delete/").status_code == 404


def test_where_no_folder_is_named_there_are_no_captures(
    operator: Client, settings: LazySettings
) -> None:
    settings.WIRE = {**settings.WIRE, "CAPTURES": None}
    text(operator, "/wire/captures/", 404)


def test_what_was_not_taken_apart_is_stars(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = opened(operator, pcap(exchange(REQUEST, ANSWER)))
    with TemporaryDirectory() as place:
        silent = Path(place) / "tshark"
        silent.write_text("#!/bin/sh\n")
        for each in (silent, silent.parent):
            each.chmod(0o755)
        monkeypatch.setattr(os, "defpath", f"{place}:{os.defpath}")
        answer = operator.get(f"{path}5/")
    assert answer.status_code == 200
    letters = {cell.letter for row in answer.context["rows"] for cell in row.cells}
    assert (letters, answer.context["branches"]) == ({"*"}, [])


def test_without_tshark_its_package_is_named(
    operator: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "defpath", str(tmp_path))
    file = SimpleUploadedFile("a.pcap", pcap([arp()]))
    answer = operator.post("/wire/captures/open/", {"file": file})
    assert (answer.status_code, b"apt-get install tshark" in answer.content) == (503, True)
    assert Capture.objects.count() == 0
