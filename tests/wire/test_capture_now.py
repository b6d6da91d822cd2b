"""Capturing from a page: the recorder does it, the page keeps what came, and says what did not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils.translation import gettext, override

from madang.people.models import Member
from madang.wire.captures import keeping
from madang.wire.models import Capture, Look
from tests.cast import Enter
from tests.wire.captures import exchange, needs_tshark, pcap
from tests.wire.recorders import pretended
from tests.wire.recorders import recorder as started
from tests.wire.test_capture_pages import ANSWER, PLANTED, REQUEST, folder, lately, operator, text
from tests.wire.test_live import needs_rights

pytestmark = [pytest.mark.django_db, needs_tshark]
__all__ = ["folder", "operator"]

NOW = "/wire/captures/now/"
IDLE = ({"state": "idle"}, b"")
PACKETS = pcap(exchange(REQUEST, ANSWER))
PATHS = ["/wire/", "/wire/captures/", "/wire/proxy/"]


def korean(sentence: str) -> str:
    """As the operator reads it."""
    with override("ko"):
        return gettext(sentence)


@pytest.fixture
def quiet(settings: LazySettings) -> Iterator[Path]:
    """A recorder that captures nothing."""
    with pretended(IDLE) as (path, _asked):
        settings.WIRE = {**settings.WIRE, "RECORDER": path}
        yield path


def test_what_the_recorder_gives_is_kept_masked_and_written_down(
    operator: Client, gwanu: Member, settings: LazySettings
) -> None:
    given = ({"packets": 5, "size": len(PACKETS)}, PACKETS)
    with pretended(IDLE, given, IDLE) as (path, asked):
        settings.WIRE = {**settings.WIRE, "RECORDER": path}
        page = text(operator, "/wire/captures/")
        assert 'action="/wire/captures/now/"' in page
        assert [f'value="{seconds}"' in page for seconds in (5, 15, 30, 60)] == [True] * 3 + [False]
        answer = operator.post(NOW, {"seconds": "15"})
        one = Capture.objects.get()
        assert answer["Location"] == f"/wire/captures/{one.key}/"
        assert (one.packets, one.size, one.by) == (5, len(PACKETS), str(gwanu.pk))
        assert asked[1] == {"seconds": 15, "packets": 100_000, "by": str(gwanu)}
        assert PLANTED not in text(operator, f"{answer['Location']}4/")
    looks = [(look.page, look.what) for look in Look.objects.order_by("id")]
    assert looks[1] == ("capture", f"{one.name} 15 s")


@pytest.mark.parametrize(
    ("refused", "status", "sentence"),
    [
        ("busy", 409, "Somebody captures already. Try again when it is over."),
        (
            "anonymous",
            409,
            "Anonymous posts are taken at the ports of this site, so they are never captured.",
        ),
        ("engine", 503, "The recorder lacks a program: sudo apt-get install wireshark-common"),
        ("rights", 503, "The recorder may not capture on this machine."),
        ("failed", 503, "The recorder does not answer, or it could not capture."),
        ("<script>", 503, "The recorder does not answer, or it could not capture."),
    ],
)
def test_a_refusal_is_told(
    operator: Client, settings: LazySettings, refused: str, status: int, sentence: str
) -> None:
    with pretended(({"refused": refused}, b""), IDLE) as (path, _asked):
        settings.WIRE = {**settings.WIRE, "RECORDER": path}
        answer = operator.post(NOW, {"seconds": "5"})
    assert answer.status_code == status
    assert korean(sentence) in answer.content.decode()
    assert (Capture.objects.count(), Look.objects.count()) == (0, 1)


@pytest.mark.parametrize(
    ("said", "data"),
    [
        ({"packets": 5, "size": len(PACKETS)}, PACKETS[:-1]),
        (["packets"], b""),
        ("x" * 2000, b""),
        ({}, b""),
    ],
    ids=["cut", "list", "long", "nothing"],
)
def test_half_an_answer_is_none(
    operator: Client, settings: LazySettings, said: object, data: bytes
) -> None:
    with pretended((said, data)) as (path, _asked):
        settings.WIRE = {**settings.WIRE, "RECORDER": path}
        assert operator.post(NOW, {"seconds": "5"}).status_code == 503
        text(operator, "/wire/captures/")
    assert Capture.objects.count() == 0


def test_a_capture_without_a_packet_is_not_kept(operator: Client, settings: LazySettings) -> None:
    with pretended(({"packets": 0, "size": 24}, PACKETS[:24]), IDLE) as (path, _asked):
        settings.WIRE = {**settings.WIRE, "RECORDER": path}
        answer = operator.post(NOW, {"seconds": "5"})
    assert korean("No packet came in that time.") in answer.content.decode()
    assert Capture.objects.count() == 0


def test_every_page_says_who_captures(operator: Client, settings: LazySettings) -> None:
    capturing = {"state": "capturing", "by": "<b>sujin", "since": time.time()}
    for said, is_told in ((capturing, True), ({"state": "idle"}, False)):
        with pretended((said, b"")) as (path, _asked):
            settings.WIRE = {**settings.WIRE, "RECORDER": path}
            pages = [operator.get(path).content.decode() for path in PATHS]
        assert ["&lt;b&gt;sujin 님이" in page for page in pages] == [is_told] * 3
        assert ('action="/wire/captures/now/"' in pages[1]) is not is_told


@pytest.mark.parametrize("since", ["x", 1e300, None], ids=str)
def test_a_recorder_that_talks_nonsense_is_none(
    operator: Client, settings: LazySettings, since: object
) -> None:
    said = {"state": "capturing", "by": "sujin", "since": since}
    with pretended((said, b"")) as (path, _asked):
        settings.WIRE = {**settings.WIRE, "RECORDER": path}
        assert "sujin" not in text(operator, "/wire/captures/")


def test_without_a_recorder_the_page_says_how_there_would_be_one(
    operator: Client, settings: LazySettings, tmp_path: Path
) -> None:
    page = text(operator, "/wire/captures/")
    assert "sudo madang wire capture -i any" in page
    assert "captures/now/" not in page
    assert operator.post(NOW, {"seconds": "5"}).status_code == 404
    settings.WIRE = {**settings.WIRE, "RECORDER": tmp_path / "gone"}
    assert "captures/now/" not in text(operator, "/wire/captures/")
    assert operator.post(NOW, {"seconds": "5"}).status_code == 503


def test_only_operators_who_are_here_themselves(
    client: Client, hana: Member, gwanu: Member, enter: Enter, folder: Path, quiet: Path
) -> None:
    del folder, quiet
    assert client.post(NOW)["Location"].startswith("/people/login/")
    assert lately(enter(hana), hana).post(NOW).status_code == 403
    assert enter(gwanu).post(NOW)["Location"].startswith("/people/reauthenticate/")
    back = lately(enter(gwanu), gwanu)
    assert back.get(NOW).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = back.cookies
    assert strict.post(NOW, {"seconds": "5"}).status_code == 403
    assert Look.objects.count() == 0


@pytest.mark.parametrize("seconds", ["", "6", "60", "-5", "5.0", "５", "9" * 50])
def test_only_what_is_offered_can_be_chosen(operator: Client, quiet: Path, seconds: str) -> None:
    del quiet
    assert operator.post(NOW, {"seconds": seconds}).status_code == 400
    assert Look.objects.count() == 0


def test_where_too_many_are_kept_nothing_is_captured(
    operator: Client, quiet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del quiet
    monkeypatch.setattr(keeping, "MOST", 0)
    assert operator.post(NOW, {"seconds": "5"}).status_code == 400
    assert Look.objects.count() == 0


@needs_rights
def test_a_real_recorder_that_hears_nothing(operator: Client, settings: LazySettings) -> None:
    with started("9", "--interface", "lo") as (_process, path):
        settings.WIRE = {**settings.WIRE, "RECORDER": path}
        answer = operator.post(NOW, {"seconds": "5"})
    assert korean("No packet came in that time.") in answer.content.decode()
