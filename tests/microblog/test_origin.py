"""The anonymous origin, asked as WSGI asks it."""

from __future__ import annotations

import io
import json
import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import Any  # JSON

import pytest
import time_machine

from madang.lib import base64url, passes
from madang.microblog import epochs, origin, whispering
from madang.microblog.models import AnonEpoch, Post
from madang.people.models import Member
from tests.cast import NOW
from tests.microblog.holder import Voice, body, enrol

WEEK = timedelta(days=7)
THEN = NOW + WEEK + timedelta(hours=1, seconds=10)
TICK = THEN + timedelta(seconds=50)


@pytest.fixture(autouse=True)
def _site(db: None, settings: pytest.FixtureRequest) -> object:
    settings.ANON_ORIGIN = "https://anon.example.org"  # type: ignore[attr-defined]
    settings.ANON_FLOOR = 1  # type: ignore[attr-defined]
    epochs.prepare(NOW)
    with time_machine.travel(THEN, tick=False):
        yield


@pytest.fixture
def epoch() -> AnonEpoch:
    """The epoch that lasts now."""
    return AnonEpoch.objects.get(number=2)


@pytest.fixture
def purse(hana: Member, epoch: AnonEpoch) -> list[passes.Pass]:
    """Hana's passes for it."""
    return enrol(hana, epoch, at=NOW)


class Origin:
    """An application, and what it answers."""

    def __init__(self) -> None:
        self.application = origin.Application(origin.Waiting())
        self.headers: dict[str, str] = {}

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        token: bytes | None = None,
        **environ: str,
    ) -> tuple[int, Any]:
        """Status and JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        given: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "CONTENT_LENGTH": str(len(data)),
            "wsgi.input": io.BytesIO(data),
        }
        if token is not None:
            given["HTTP_AUTHORIZATION"] = f'PrivateToken token="{base64url.encode(token)}"'
        told: list[str] = []

        def start(status: str, headers: list[tuple[str, str]]) -> None:
            told.append(status)
            self.headers = dict(headers)

        answer = b"".join(self.application({**given, **environ}, start))
        assert self.headers["Content-Length"] == str(len(answer))
        return int(told[0][:3]), json.loads(answer) if answer else None

    def post(self, whisper: whispering.Whisper, **environ: str) -> tuple[int, Any]:
        """Post it."""
        return self.ask("POST", "/anon/posts", body(whisper), whisper.token, **environ)


@pytest.fixture
def here() -> Origin:
    """An origin that holds nothing yet."""
    return Origin()


def test_a_post_is_held_until_the_tick_and_its_id_can_be_asked_for(
    here: Origin, purse: list[passes.Pass], epoch: AnonEpoch
) -> None:
    whisper = Voice().says(purse[0], "아무도 모르게", epoch=epoch)
    assert here.post(whisper) == (
        202,
        {"state": "held", "written_by": TICK.isoformat().replace("+00:00", "Z")},
    )
    where = f"/anon/posts/{base64url.encode(purse[0].nonce)}"
    assert here.ask("GET", where) == (200, {"state": "held"})
    here.application.waiting.tick(THEN - timedelta(seconds=1))
    assert not Post.objects.exists()
    here.application.waiting.tick(TICK)
    post = Post.objects.get()
    assert here.ask("GET", where) == (200, {"state": "written", "id": str(post.pk)})
    assert post.said_at == TICK
    assert Origin().ask("GET", where) == (200, {"state": "written", "id": None})
    assert here.ask("GET", f"/anon/posts/{base64url.encode(purse[1].nonce)}")[0] == 404


def test_a_pass_that_is_held_or_spent_is_refused(
    here: Origin, purse: list[passes.Pass], epoch: AnonEpoch
) -> None:
    voice = Voice()
    here.post(voice.says(purse[0], "a", epoch=epoch))
    status, told = here.post(voice.says(purse[0], "b", epoch=epoch))
    assert (status, told["code"]) == (409, "already_spent")
    here.application.waiting.tick(TICK)
    status, told = here.post(voice.says(purse[0], "b", epoch=epoch))
    assert (status, told["code"]) == (409, "already_spent")
    assert Post.objects.count() == 1


def test_what_was_spent_by_another_process_is_let_go(
    here: Origin, purse: list[passes.Pass], epoch: AnonEpoch
) -> None:
    whisper = Voice().says(purse[0], "a", epoch=epoch)
    other = Origin()
    for each in (here, other):
        assert each.post(whisper)[0] == 202
    for each in (here, other):
        each.application.waiting.tick(TICK)
        assert not each.application.waiting.held
    assert Post.objects.count() == 1


def test_a_tick_that_fails_is_made_up_for(
    here: Origin,
    purse: list[passes.Pass],
    epoch: AnonEpoch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here.post(Voice().says(purse[0], "a", epoch=epoch))
    with monkeypatch.context() as patch:
        patch.setattr(whispering, "write", lambda *_held, **_at: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            here.application.waiting.tick(TICK)
    here.application.waiting.tick(TICK)
    assert Post.objects.count() == 1


def test_a_refusal_speaks_the_reader_s_language(here: Origin) -> None:
    wanted = {"text": "a", "parent": None, "wait": "tick"}
    status, told = here.ask(
        "POST", "/anon/posts", wanted, b"forged", HTTP_ACCEPT_LANGUAGE="fr, en;q=0.5"
    )
    assert (status, told) == (
        401,
        {"code": "bad_pass", "message": "This is no pass for anonymous posts here."},
    )
    challenge = base64url.encode(epochs.challenge())
    assert here.headers["WWW-Authenticate"] == f'PrivateToken challenge="{challenge}"'
    status, told = here.ask("POST", "/anon/posts", wanted)
    assert (status, told["message"]) == (
        401,
        "이곳의 익명 글에 쓸 수 있는 패스가 아닙니다.",
    )


@pytest.mark.parametrize(
    ("data", "environ", "status", "code"),
    [
        (b"\xff", {}, 400, "no_json"),
        (b"[" * 16_000, {}, 400, "no_json"),
        (b"{", {}, 400, "no_json"),
        (b"{}", {"CONTENT_LENGTH": "x"}, 400, "no_length"),
        (b"{}", {"HTTP_TRANSFER_ENCODING": "chunked"}, 400, "no_length"),
        (b"x" * 16_385, {}, 413, "too_large"),
        (b"[]", {}, 422, "no_post"),
        (b"{}", {}, 422, "no_post"),
        (b'{"text": "a", "wait": "never"}', {}, 422, "no_post"),
        (b'{"text": "a", "wait": ["tick"]}', {}, 422, "no_post"),
        (b'{"text": "\\ud800", "wait": "tick"}', {}, 422, "no_post"),
        (b'{"text": "a", "wait": "tick", "parent": 1}', {}, 422, "no_post"),
        (b'{"text": "a", "wait": "tick", "parent": "9223372036854775808"}', {}, 422, "no_post"),
        (b'{"text": "a", "wait": "tick", "key": "!"}', {}, 403, "not_signed"),
        (b'{"text": "a", "wait": "tick", "renewal": "!"}', {}, 422, "no_renewal"),
        (b'{"text": "a", "wait": "tick"}', {}, 401, "bad_pass"),
    ],
)
def test_what_cannot_be_read_is_refused(
    here: Origin, data: bytes, environ: dict[str, str], status: int, code: str
) -> None:
    told = here.ask("POST", "/anon/posts", data, b"pass", **environ)
    assert (told[0], told[1]["code"]) == (status, code)
    assert not Post.objects.exists()


def test_what_is_no_token_is_no_pass(here: Origin) -> None:
    for header in ("", "Bearer x", 'PrivateToken token="!"', 'PrivateToken token="a"'):
        told = here.ask("POST", "/anon/posts", {}, HTTP_AUTHORIZATION=header)
        assert told[0] in {401, 422}


def test_there_is_nothing_else(here: Origin) -> None:
    assert here.ask("GET", "/")[0] == 404
    assert here.ask("GET", "/people/sign-in/")[0] == 404
    assert here.ask("PUT", "/anon/posts")[0] == 405
    assert here.ask("POST", "/anon/posts/1", {})[0] == 405
    assert here.ask("GET", "/anon/health") == (200, {"state": "well"})


def test_a_browser_may_ask_from_anywhere_without_cookies(here: Origin) -> None:
    for path in ("/anon/posts", "/anon/posts/1"):
        assert here.ask("OPTIONS", path) == (204, None)
        assert here.headers["Access-Control-Allow-Origin"] == "*"
        assert here.headers["Access-Control-Allow-Headers"] == "authorization, content-type"
        assert "Access-Control-Allow-Credentials" not in here.headers
    assert here.ask("OPTIONS", "/anon/else")[0] == 404


def test_a_post_is_taken_back_by_its_key(
    here: Origin, purse: list[passes.Pass], epoch: AnonEpoch
) -> None:
    voice = Voice()
    here.post(voice.says(purse[0], "a", epoch=epoch))
    here.application.waiting.tick(TICK)
    number = Post.objects.get().pk
    for signature, status in (
        (Voice().takes_back(number), 403),
        (b"", 403),
        (voice.takes_back(number), 200),
    ):
        wanted = {"signature": base64url.encode(signature)}
        assert here.ask("DELETE", f"/anon/posts/{number}", wanted)[0] == status
    for other in ("1", "9" * 19, "x", "9" * 30):
        assert here.ask("DELETE", f"/anon/posts/{other}", {"signature": ""})[0] == 404
    assert Post.objects.get().state == "deleted"


def test_no_more_is_held_than_memory_has_place_for(
    here: Origin,
    purse: list[passes.Pass],
    epoch: AnonEpoch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(origin, "MOST_HELD", 1)
    monkeypatch.setattr(origin, "MOST_KNOWN", 1)
    voice = Voice()
    assert here.post(voice.says(purse[0], "a", epoch=epoch))[0] == 202
    assert here.post(voice.says(purse[1], "b", epoch=epoch))[0] == 503
    for spent in purse[1:3]:
        here.application.waiting.tick(TICK)
        assert here.post(voice.says(spent, "b", epoch=epoch))[0] == 202
    here.application.waiting.tick(TICK)
    assert list(here.application.waiting.known) == [purse[2].nonce]


def test_what_breaks_is_written_down_nowhere(
    here: Origin,
    purse: list[passes.Pass],
    epoch: AnonEpoch,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(whispering, "receive", lambda *_whisper, **_at: 1 / 0)
    with caplog.at_level(logging.DEBUG):
        told = here.post(Voice().says(purse[0], "a secret", epoch=epoch))
    assert told[0] == 500
    assert told[1]["code"] == "broken"
    assert (caplog.text, *capfd.readouterr()) == ("", "", "")


def test_what_is_held_shows_nothing_of_itself(
    here: Origin, purse: list[passes.Pass], epoch: AnonEpoch
) -> None:
    whisper = Voice().says(purse[0], "a secret", epoch=epoch)
    here.post(whisper)
    [held] = here.application.waiting.held.values()
    for shown in (repr(whisper), repr(held), repr(here.application.waiting)):
        assert "secret" not in shown
        assert repr(purse[0].nonce) not in shown


@pytest.mark.parametrize(("second", "tick"), [(0, 0), (1, 60), (59, 60), (60, 60), (61, 120)])
def test_ticks_are_whole_ones_of_the_clock(second: int, tick: int) -> None:
    start = datetime(2027, 3, 1, tzinfo=UTC)
    moment = start + timedelta(seconds=second)
    assert whispering.tick_after(moment) == start + timedelta(seconds=tick)


def test_ticks_come_until_they_are_stopped(
    settings: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ANON_TICK = timedelta(milliseconds=5)  # type: ignore[attr-defined]
    stop, ticks = threading.Event(), []
    waiting = origin.Waiting()

    def tick(at: datetime) -> None:
        ticks.append(at)
        if len(ticks) == 2:
            stop.set()
        raise ZeroDivisionError

    monkeypatch.setattr(waiting, "tick", tick)
    monkeypatch.setattr(origin, "close_old_connections", lambda: None)
    origin.keep_ticking(waiting, stop)
    assert ticks == [THEN + settings.ANON_TICK] * 2  # type: ignore[attr-defined]
