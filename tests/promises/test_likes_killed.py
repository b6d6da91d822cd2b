"""Counters equal rows also where workers are killed between one and the next, and a control."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from tests.processes import children_of, eventually
from tests.servers import Server, environment, run, send, servers

MEMBERS, POSTS, KILLS, BETWEEN = 16, 12, 2, 60
SETUP = f"""
import json
from django.utils import timezone
from madang.microblog import posting
from madang.people import tokens
from madang.people.models import Member
members = [Member.objects.create_user(f"member{{n}}") for n in range({MEMBERS})]
posts = [posting.say(author=members[0], text=f"{{n}}", at=timezone.now()) for n in range({POSTS})]
texts = [tokens.issue(member=one, name="race", at=timezone.now())[1] for one in members]
print(json.dumps([[str(post.pk) for post in posts], texts]))
"""
FOLD = """
import time
from django.utils import timezone
from madang.microblog import counting
while True:
    counting.fold(timezone.now())
    time.sleep(0.05)
"""
AUDIT = """
import json
from collections import Counter
from django.utils import timezone
from madang.microblog import counting
from madang.microblog.models import Like, LikeTally, Post
from madang.people.models import Member
reader = Member.objects.first()
def shown():
    return {str(one.pk): vars(one)["likes"] for one in Post.objects.with_people(reader)}
before = shown()
counting.fold(timezone.now())
pairs = [(str(post), name) for post, name in Like.objects.values_list("post", "member__handle")]
rows = dict.fromkeys(before, 0) | Counter(post for post, _name in pairs)
folded = {str(one.pk): one.likes_folded for one in Post.objects.all()}
told = [before == rows, shown() == rows, folded == rows, LikeTally.objects.count(), pairs]
print(json.dumps(told))
"""
KILLED = """
import os, signal
from django.utils import timezone
from madang.microblog import posting, racing
from madang.microblog.models import Like, Post
from madang.people.models import Member
hana = Member.objects.create_user("hana")
post = posting.say(author=hana, text="hot", at=timezone.now())
if not {is_guarded}:
    racing._remove_guard()
Like.objects.create(member=hana, post=post)
os.kill(os.getpid(), signal.SIGKILL)
Post.objects.filter(pk=post.pk).update(likes_folded=1)
"""


@dataclass
class Pressing:
    """Members who like and no longer like posts, each one pair of the two at a time."""

    servers: Sequence[Server]
    posts: list[str]
    tokens: list[str]
    answered: int = 0
    is_over: threading.Event = field(default_factory=threading.Event)
    liked: dict[tuple[int, str], bool] = field(default_factory=dict)
    """What was answered last; without those of whose last request no answer came."""
    lost: set[tuple[int, str]] = field(default_factory=set)
    refused: list[int] = field(default_factory=list)

    def press(self, member: int) -> None:
        """Go on until it is over."""
        for post in cycle(self.posts):
            pair = (member, post)
            if self.is_over.is_set():
                return
            if pair in self.lost:
                self.is_over.wait(0.01)
            else:
                self._once(pair)

    def wait(self, count: int) -> None:
        """Until so many more were answered."""
        until = self.answered + count
        eventually(lambda: self.answered >= until)

    def _once(self, pair: tuple[int, str]) -> None:
        member, post = pair
        wanted = not self.liked.get(pair, False)
        path = f"/api/v1/microblog/posts/{post}/like"
        server = self.servers[member % len(self.servers)]
        try:
            told = send(
                server.port, path, self.tokens[member], method="PUT" if wanted else "DELETE"
            )
        except (OSError, http.client.HTTPException, ValueError) as error:
            if isinstance(getattr(error, "reason", None), ConnectionRefusedError):
                self.is_over.wait(0.05)  # nobody was asked
                return
            self.liked.pop(pair, None)
            self.lost.add(pair)
            return
        self.liked[pair] = wanted
        self.answered += 1
        if told[0] != 200:
            self.refused.append(told[0])


@contextmanager
def folding(url: str, data: Path) -> Iterator[None]:
    """A process that folds without end, until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"import django; django.setup()\n{FOLD}"],
        env=environment(url, data),
    )
    try:
        yield
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


def kill_workers(two: Sequence[Server]) -> None:
    """End the processes that answer, not those that start them anew."""
    for server in two:
        workers = children_of(server.process.pid)
        assert workers
        for pid in workers:
            os.kill(pid, signal.SIGKILL)


def test_whoever_is_killed_the_numbers_are_those_of_the_rows(
    site_database: str, tmp_path: Path
) -> None:
    posts, tokens = json.loads(run(site_database, tmp_path, SETUP))
    with servers(site_database, tmp_path, 2) as two, ThreadPoolExecutor(MEMBERS) as pool:
        pressing = Pressing(two, posts, tokens)
        with folding(site_database, tmp_path):
            pressed = [pool.submit(pressing.press, n) for n in range(MEMBERS)]
            for _kill in range(KILLS):
                pressing.wait(BETWEEN)
                kill_workers(two)
            pressing.wait(BETWEEN)
            for server in two:
                server.kill()
        pressing.is_over.set()
        for each in pressed:
            each.result()
        two[0].start()
        kept = _shown(two[0], posts, tokens[0])
    assert pressing.refused == []
    assert pressing.lost  # somebody was killed while answering
    *is_equal, waiting, pairs = json.loads(run(site_database, tmp_path, AUDIT))
    assert (is_equal, waiting) == ([True, True, True], 0)
    assert kept == [sum(post == liked for liked, _name in pairs) for post in posts]
    rows = {(int(name.removeprefix("member")), post) for post, name in pairs}
    assert {pair: pair in rows for pair in pressing.liked} == pressing.liked


def _shown(server: Server, posts: list[str], token: str) -> list[int]:
    """What a server that was started anew says of each post."""
    path = "/api/v1/microblog/posts"
    return [send(server.port, f"{path}/{post}", token)[1]["posts"][0]["likes"] for post in posts]


def test_a_like_is_counted_before_its_process_can_be_killed(
    site_database: str, tmp_path: Path
) -> None:
    assert _after_a_kill(site_database, tmp_path, is_guarded=True) == [True, True, True]


def test_without_the_guard_the_number_falls_behind(site_database: str, tmp_path: Path) -> None:
    assert _after_a_kill(site_database, tmp_path, is_guarded=False) == [False, False, False]


def _after_a_kill(url: str, data: Path, *, is_guarded: bool) -> list[bool]:
    code = KILLED.format(is_guarded=is_guarded)
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{code}"],
        env=environment(url, data),
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    *is_equal, waiting, pairs = json.loads(run(url, data, AUDIT))
    assert (waiting, len(pairs)) == (0, 1)
    return list(is_equal)
