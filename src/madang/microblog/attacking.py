"""A village whose members post without a name, and somebody who reads all that is stored of it.

`python -m madang.microblog.attacking MEMBERS` lives some days on the configured database, which is
a scratch one, with the verbs of pages and origin and a clock of its own, and prints as JSON how
many authors can be guessed: from what the anonymous path leaves, and with a log of who opened the
page when, which this site does not keep.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from madang.microblog.guessing import (
    RANDOM,
    STORED,
    Trace,
    Visit,
    by_visits,
    hits,
    within_chance,
)

if TYPE_CHECKING:
    from madang.lib.passes import Pass

PASSES, DAYS = 12, 5
"""Each member spends so many passes within so many days."""
BEGIN = datetime(2031, 3, 3, tzinfo=UTC)  # a Monday, on which an epoch begins
WRITING = timedelta(minutes=3)
"""At most so long after opening the page somebody sends what they wrote."""
IDLE = 2
"""For each post so many visits that end without one."""
WAITS = ("tick", "hour", "six_hours")
CONFIDENCE = 0.99


@dataclass(frozen=True)
class Sent:
    """What one member sends, when, and how long it may wait."""

    member: int
    at: datetime
    wait: str
    spent: Pass


Known = tuple[Trace, int, str]
"""What a thief has of a post, and what only we know: who wrote it, and how long it could wait."""


def main(members: int) -> dict[str, Any]:
    """Hits and posts for what is stored, and for each wait; `bounds` is what chance gives.

    `at_once` is the control: the same log against posts that are stored as they arrive.
    """
    os.environ.update(MADANG_ANON_PASSES=str(PASSES), MADANG_ANON_FLOOR="2")
    os.environ.setdefault("MADANG_ANON_ORIGIN", "https://anon.example.org")
    import django

    django.setup()
    sent, visits = _live(members)
    authors = _write(sent)
    traces = _traces(authors)
    chance = 1 / members
    confidence = 1 - (1 - CONFIDENCE) / len(STORED)  # the best of several is asked
    rows = [(trace, author) for trace, author, _wait in traces]
    best = max(STORED, key=lambda name: hits(STORED[name], rows, members))
    return {
        "posts": len(traces),
        "members": members,
        "best": best,
        "right": hits(STORED[best], rows, members),
        "bounds": within_chance(len(traces), chance, confidence),
        "joined": {wait: _joined(wait, traces, visits) for wait in WAITS},
        "at_once": _at_once(sent, visits),
    }


def _live(count: int) -> tuple[list[Sent], list[Visit]]:
    """Everybody asks for passes, and in the next epoch posts and looks, at hours of their own."""
    from madang.microblog import epochs, issuing, voice
    from madang.microblog.models import AnonEpoch
    from madang.people.models import Member

    epochs.prepare(BEGIN - timedelta(days=1))
    epoch = AnonEpoch.objects.get(starts_at=BEGIN)
    asked = BEGIN - timedelta(hours=12)
    sent, visits = [], []
    for number in range(count):
        member = Member.objects.create_user(f"villager{number}")

        def issue(requests: Any, member: Member = member) -> list[bytes]:
            return issuing.issue(member=member, requests=requests, at=asked)

        habit = RANDOM.uniform(7, 23)
        for spent in voice.enrol(epoch, issue, count=PASSES):
            opened = [_moment(habit) for _visit in range(1 + IDLE)]
            visits += [Visit(number, at) for at in opened]
            at = opened[0] + WRITING * RANDOM.random()
            sent.append(Sent(number, at, RANDOM.choice(WAITS), spent))
    return sorted(sent, key=lambda one: one.at), sorted(visits, key=lambda one: one.at)


def _moment(habit: float) -> datetime:
    hour = min(max(RANDOM.gauss(habit, 2), 0.1), 23.9)
    return BEGIN + timedelta(days=RANDOM.randrange(DAYS), hours=hour)


def _write(sent: list[Sent]) -> dict[bytes, tuple[int, str]]:
    """Receive each when it is sent, write what is due at each tick; authors and waits by pass."""
    from madang.microblog import voice, whispering
    from madang.microblog.models import AnonEpoch
    from madang.microblog.origin import Waiting

    epoch, waiting = AnonEpoch.objects.get(starts_at=BEGIN), Waiting()
    authors = {}
    for one in sent:
        _tick(waiting, until=one.at)
        text = one.spent.nonce.hex()  # so that we know later whose it was; the thief cannot
        whisper = voice.Voice().says(one.spent, text, epoch=epoch, wait=one.wait)
        waiting.add(whispering.receive(whisper, at=one.at))
        authors[one.spent.nonce] = (one.member, one.wait)
    _tick(waiting, until=sent[-1].at + timedelta(hours=7))
    return authors


def _tick(waiting: Any, *, until: datetime) -> None:
    """Every tick at which something is due."""
    from madang.microblog import whispering

    while waiting.held:
        due = whispering.tick_after(min(one.due_at for one in waiting.held.values()))
        if due > until:
            return
        waiting.tick(due)


def _traces(authors: dict[bytes, tuple[int, str]]) -> list[Known]:
    """What a thief of the database has of each post, with its author, whom only we know.

    The thief has rows in the order in which the database keeps them, and their columns; only we
    can read from its text which pass a post was written with.
    """
    from madang.microblog.models import Post

    place = {name: _order(table, column) for name, (table, column) in TABLES.items()}
    by_value = {nonce: at for at, nonce in enumerate(sorted(place["spent"]))}
    found = []
    for post in Post.objects.order_by("pk"):
        nonce = bytes.fromhex(post.text)
        trace = Trace(
            spent=place["spent"][nonce],
            post=place["post"][post.pk],
            key=place["key"][post.pk],
            renewal=place["renewal"][post.pk],
            nonce=by_value[nonce],
            said_at=post.said_at,
        )
        found.append((trace, *authors[nonce]))
    return found


TABLES = {
    "spent": ("microblog_spentpass", "nonce"),
    "post": ("microblog_post", "id"),
    "key": ("microblog_threadkey", "thread_id"),
    "renewal": ("microblog_renewal", "post_id"),
}


def _order(table: str, column: str) -> dict[Any, int]:
    """At which place the database keeps the row with each value."""
    from django.db import connection

    place = "ctid" if connection.vendor == "postgresql" else "rowid"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} ORDER BY {place}")  # noqa: S608 - ours
        values = [row[0] for row in cursor.fetchall()]
    return {
        bytes(value) if isinstance(value, memoryview) else value: at
        for at, value in enumerate(values)
    }


def _joined(wait: str, traces: list[Known], visits: list[Visit]) -> list[int]:
    """Hits and posts of those that waited so, where the page's log is known as well."""
    from django.conf import settings

    from madang.microblog import whispering

    slack = WRITING + settings.ANON_TICK
    mine = [(trace, author) for trace, author, waited in traces if waited == wait]
    right = sum(
        by_visits(trace, visits, wait=whispering.WAITS[wait], slack=slack) == author
        for trace, author in mine
    )
    return [right, len(mine)]


def _at_once(sent: list[Sent], visits: list[Visit]) -> list[int]:
    """The control: posts that are stored with the moment in which they were sent."""
    right = 0
    for one in sent:
        before = [each for each in visits if one.at - WRITING <= each.at <= one.at]
        right += RANDOM.choice(before).member == one.member
    return [right, len(sent)]


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
