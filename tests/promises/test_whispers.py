"""A pass is spent once, so many posts a day and no more, and nothing tells who wrote them."""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, MutableSequence, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any  # JSON

import pytest
from django.db import connection

from madang.lib import passes
from madang.microblog import epochs, renewing, whispering
from madang.microblog.models import AnonEpoch, Post, Renewal
from madang.people.models import Member
from tests.cast import NOW
from tests.microblog.holder import COUNT, Voice, enrol
from tests.processes import eventually
from tests.servers import environment, run

RACE = "from tests.promises import whisper_races as races; races.{race}"
WEEK, DAY, HOUR = timedelta(days=7), timedelta(days=1), timedelta(hours=1)


def test_of_many_who_spend_one_pass_one_does(site_database: str, tmp_path: Path) -> None:
    seen = json.loads(run(site_database, tmp_path, RACE.format(race="spend(is_guarded=True)")))
    assert seen == {"told": {"written": 1, "spent": 23}, "posts": 1, "rows": 1}


def test_without_the_guard_all_of_them_do(site_database: str, tmp_path: Path) -> None:
    seen = json.loads(run(site_database, tmp_path, RACE.format(race="spend(is_guarded=False)")))
    assert seen["posts"] == seen["told"]["written"] > 1


@pytest.fixture
def _site(db: None, settings: pytest.FixtureRequest) -> None:
    settings.ANON_ORIGIN = "https://anon.example.org"  # type: ignore[attr-defined]
    settings.ANON_FLOOR = 1  # type: ignore[attr-defined]
    epochs.prepare(NOW)


@pytest.mark.usefixtures("_site")
def test_nobody_writes_more_than_five_in_any_24_hours(hana: Member) -> None:
    assert most_within(DAY, greedy(hana)) == COUNT


@pytest.mark.usefixtures("_site")
def test_without_the_closed_day_twice_as_many_are_written(
    hana: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_open(epoch: AnonEpoch, at: datetime, *, wait: str = "tick") -> bool:
        return epoch.starts_at <= at < epoch.ends_at

    monkeypatch.setattr(whispering, "is_open", is_open)
    assert most_within(DAY, greedy(hana)) == 2 * COUNT


def greedy(member: Member) -> list[datetime]:
    """When somebody writes who spends all passes as late, and all as early, as can be."""
    written = []
    second, third = AnonEpoch.objects.filter(number__in=[2, 3])
    purses = {epoch: enrol(member, epoch, at=NOW) for epoch in (second, third)}
    for epoch, begin in ((second, third.starts_at - 3 * DAY), (third, third.starts_at)):
        at = begin if epoch == third else _last(epoch, begin, purses[epoch][0])
        posts = {}
        for number, spent in enumerate(purses[epoch]):
            pending = passes.ask(passes.public_key(bytes(epoch.public_key)), epochs.challenge())
            posts[number] = pending
            written.append(_write(spent, epoch, at, pending))
        renewing.answer(at + DAY)
        back = {bytes(row.request): bytes(row.answer) for row in Renewal.objects.all()}
        for pending in posts.values():
            spent = pending.finish(back[pending.request])
            if whispering.is_open(epoch, at + DAY):
                again = passes.ask(pending.public, epochs.challenge())
                written.append(_write(spent, epoch, at + DAY, again))
    return written


def _last(epoch: AnonEpoch, begin: datetime, spent: passes.Pass) -> datetime:
    """The last full hour at which a pass is taken."""
    at = begin
    while whispering.is_open(epoch, at + HOUR):
        at += HOUR
    return at


def _write(spent: passes.Pass, epoch: AnonEpoch, at: datetime, pending: passes.Pending) -> datetime:
    voice = Voice()
    bare = whispering.Whisper(bytes(spent), "a", None, "tick", voice.key, b"", pending.request)
    signature = voice.secret.sign(bare.signed(spent.nonce))
    whisper = whispering.Whisper(
        bytes(spent), "a", None, "tick", voice.key, signature, pending.request
    )
    held = whispering.receive(whisper, at=at)
    [number] = whispering.write([held], at=whispering.tick_after(held.due_at))
    assert number is not None
    return Post.objects.get(pk=number).said_at


def most_within(span: timedelta, moments: Sequence[datetime]) -> int:
    """The most of them that lie in any one stretch of that length, its end excluded."""
    return max(sum(begin <= each < begin + span for each in moments) for begin in moments)


class Backwards(random.SystemRandom):
    """Draws the one order that is easy to see."""

    def shuffle(self, x: MutableSequence[Any]) -> None:
        """Turned round."""
        x.reverse()


@pytest.mark.usefixtures("_site")
def test_what_is_written_at_a_tick_shares_its_moment_and_stands_in_the_order_drawn(
    hana: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "SystemRandom", Backwards)
    epoch = AnonEpoch.objects.get(number=2)
    at = epoch.starts_at + HOUR
    held = [
        whispering.receive(Voice().says(spent, f"{n}", epoch=epoch), at=at)
        for n, spent in enumerate(enrol(hana, epoch, at=NOW))
    ]
    whispering.write(held, at=at + HOUR)
    posts = Post.objects.order_by("thread_key_id")
    assert [post.text for post in posts] == ["4", "3", "2", "1", "0"]
    assert {(post.author_id, post.said_at, post.pk >> 21) for post in posts} == {
        (None, at + HOUR, int((at + HOUR).timestamp() * 1000))
    }
    assert _as_stored() == [one.nonce for one in reversed(held)]


def _as_stored() -> list[bytes]:
    """The numbers of spent passes in the order in which they lie in the table."""
    place = "ctid" if connection.vendor == "postgresql" else "rowid"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT nonce FROM microblog_spentpass ORDER BY {place}")
        return [bytes(nonce) for (nonce,) in cursor.fetchall()]


SERVED = """
import base64, json
from datetime import timedelta
from django.utils import timezone
from madang.microblog import epochs
from madang.microblog.models import AnonEpoch
from madang.people.models import Member
from tests.microblog.holder import Voice, body, enrol

at = timezone.now() - timedelta(days=2)
epochs.prepare(at)
for epoch in AnonEpoch.objects.order_by("-number"):
    epoch.starts_at = at + timedelta(days=6 * (epoch.number - 2) + 1)
    epoch.ends_at = epoch.starts_at + timedelta(days=6)
    epoch.save()
epoch = AnonEpoch.objects.get(number=2)
spent, *_ = enrol(Member.objects.create_user("hana"), epoch, at=at)
whisper = Voice().says(spent, "아무도 모르게", epoch=epoch)
encoded = base64.urlsafe_b64encode
print(json.dumps([encoded(whisper.token).decode(), encoded(spent.nonce).decode(), body(whisper)]))
"""


def test_what_was_said_to_be_written_is_there_after_a_kill(
    site_database: str, tmp_path: Path
) -> None:
    ports = free_pair()
    environ = {
        "MADANG_ANON_ORIGIN": f"http://127.0.0.1:{ports[1]}",
        "MADANG_ORIGIN": f"http://127.0.0.1:{ports[0]}",
        "MADANG_ANON_FLOOR": "1",
        "MADANG_ANON_TICK_SECONDS": "1",
    }
    token, nonce, body = json.loads(run(site_database, tmp_path, SERVED, environ))
    log = (tmp_path / "serve.log").open("wb")
    site = subprocess.Popen(
        [sys.executable, "-m", "madang", "serve", "--port", str(ports[0])],
        env={**environment(site_database, tmp_path), **environ},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        eventually(lambda: _ask(ports[1], "/anon/health")[0] == 200)
        headers = {"Authorization": f'PrivateToken token="{token}"'}
        status, told = _ask(ports[1], "/anon/posts", body, headers)
        assert (status, told["state"]) == (202, "held")
        eventually(lambda: _ask(ports[1], f"/anon/posts/{nonce}")[1]["state"] == "written")
    finally:
        os.killpg(site.pid, signal.SIGKILL)
        site.wait()
        log.close()
    count = "from madang.microblog.models import Post, SpentPass\n"
    count += "print(*Post.objects.values_list('text', 'author'), SpentPass.objects.count())"
    assert run(site_database, tmp_path, count, environ).strip() == "('아무도 모르게', None) 1"
    said = (tmp_path / "serve.log").read_text("utf-8")
    assert not [word for word in (token[:40], nonce, "아무도", "/anon/posts") if word in said]


def free_pair() -> tuple[int, int]:
    """A free port whose next is free too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            with suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port, port + 1


def _ask(
    port: int, path: str, body: object = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", data=data, headers=dict(headers or {})
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)
    except (urllib.error.URLError, ConnectionError):
        return 0, {"state": ""}
