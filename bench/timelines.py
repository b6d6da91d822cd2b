"""The home timeline of a large site, beside the plain joins in the same run, on both databases.

`./madang bench timelines [--posts 1000000] [--members 100000] [--follows 5000000]
[--reposts 200000] [--readers 100]`. Few members say much and are followed by many, and few follow
many, independently of it: all are drawn from a square. Posts and reposts are spread evenly over
time. Asked are members drawn alike, and then those who follow most; for the first page, and for
one in the middle of everything.

Compared are `home`, the shipped timeline; `query`, the same places in one query as the ORM writes
it by default, reposts, mutes and blocks included; and `join`, the posts alone of those whom one
follows and nothing else. Printed: p50 and p99 in milliseconds, and how many times below the others
the shipped one is.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from bench._room import BATCH, KINDS, database, on_each

if TYPE_CHECKING:
    from django.db import models

    from madang.people.models import Member

FIRST, STEP = 1_700_000_000_000, 20_000
"""Milliseconds: of the first post, and from one to the next."""
BITS = 21
PAGE = 20


def main() -> None:
    """Measure on both, or on the one that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", choices=KINDS)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--follows", type=int, default=5_000_000)
    parser.add_argument("--reposts", type=int, default=200_000)
    parser.add_argument("--readers", type=int, default=100)
    options = parser.parse_args()
    if options.on is None:
        sys.exit(on_each("bench.timelines", sys.argv[1:]))
    with database(options.on):
        draw = random.Random(6)
        begun = time.monotonic()
        _fill(options, draw)
        print(f"{options.on}: filled in {time.monotonic() - begun:.0f} s", flush=True)
        drawn = sorted(draw.sample(range(1, options.members + 1), options.readers))
        _measure(options, "drawn alike", drawn)
        _measure(options, "who follow most", range(1, options.readers // 5 + 1))


def _skewed(draw: random.Random, below: int) -> int:
    """From 1 to `below`, small ones much more often."""
    return int(below * draw.random() ** 2) + 1


def _fill(options: argparse.Namespace, draw: random.Random) -> None:
    from madang.microblog.models import Follow, Post, Repost, RepostTally
    from madang.people.models import Member

    count, day = options.members, date(2031, 1, 1)
    names = ((n, f"m{n}") for n in range(1, count + 1))
    _insert(Member, ("id", "handle"), names)
    _insert(Post, ("id", "author_id", "text", "thread_id", "parent_id"), _said(draw, options))
    edges = ((a, b, day) for a, b in _edges(draw, count, options.follows))
    _insert(Follow, ("follower_id", "followed_id", "followed_on"), edges)
    _insert(Repost, ("id", "member_id", "post_id"), _passed_on(draw, options))
    RepostTally.objects.all().delete()


def _id(at: int) -> int:
    return (FIRST + at * STEP) << BITS


def _said(draw: random.Random, options: argparse.Namespace) -> Iterator[tuple[object, ...]]:
    """Of three posts one answers another."""
    for n in range(options.posts):
        opener = _id(draw.randrange(n) // 3 * 3) if n % 3 == 2 else None
        yield _id(n), _voice(draw, options.members), "눈", opener, opener


def _voice(draw: random.Random, count: int) -> int:
    """Somebody who says much, but seldom one of those who follow most."""
    return _skewed(draw, count) * 7919 % count + 1


def _edges(draw: random.Random, count: int, follows: int) -> Iterator[tuple[int, int]]:
    for follower in range(1, count + 1):
        share = (follower / count) ** 0.5 - ((follower - 1) / count) ** 0.5
        followed: set[int] = set()
        while len(followed) < round(follows * share):
            followed.add(_voice(draw, count))
        yield from ((follower, one) for one in sorted(followed - {follower}))


def _passed_on(draw: random.Random, options: argparse.Namespace) -> Iterator[tuple[int, int, int]]:
    seen = set()
    for n in range(options.reposts):
        at = (n + 1) * options.posts // options.reposts
        pair = _voice(draw, options.members), _id(draw.randrange(at))
        if pair not in seen:
            seen.add(pair)
            yield _id(at) + 1, *pair


def _insert(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """All at once; the other columns have their defaults. PostgreSQL's triggers rest meanwhile."""
    from django.db import connection, transaction

    named = {field.attname: field for field in model._meta.concrete_fields}
    rest = [
        field
        for name, field in named.items()
        if name not in columns and not field.null and not field.has_db_default() and name != "id"
    ]
    values = [field.get_db_prep_save(field.get_default(), connection) for field in rest]
    table = model._meta.db_table
    into = f"{table} ({', '.join([*columns, *(str(field.column) for field in rest)])})"
    full = ((*row, *values) for row in rows)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
            with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for row in full:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * (len(columns) + len(values)))
            while some := list(islice(full, 10 * BATCH)):
                cursor.executemany(f"INSERT INTO {into} VALUES ({marks})", some)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _measure(options: argparse.Namespace, who: str, ids: Sequence[int]) -> None:
    from madang.people.models import Member

    readers = list(Member.objects.filter(pk__in=ids))
    candidates = {"home": _home, "query": _query, "join": _join}
    for page, cursor in (("first page", None), ("deep page", _id(options.posts // 2))):
        took: dict[str, list[float]] = {name: [] for name in candidates}
        for reader in readers:
            for name, ask in candidates.items():
                begun = time.perf_counter()
                ask(reader, cursor)
                took[name].append((time.perf_counter() - begun) * 1000)
        for name, all_ in took.items():
            p50, p99 = _percentile(all_, 50), _percentile(all_, 99)
            below = f"{p50 / _percentile(took['home'], 50):8.1f}"
            below += f"{p99 / _percentile(took['home'], 99):8.1f}"
            print(f"{options.on}, {who}, {page}, {name:6}{p50:10.1f}{p99:10.1f} ms {below} times")
        sys.stdout.flush()


def _percentile(values: Sequence[float], of: int) -> float:
    return sorted(values)[min(len(values) * of // 100, len(values) - 1)]


def _home(reader: Member, cursor: int | None) -> object:
    from madang.microblog import timelines

    return timelines.told(timelines.followed_by(reader), reader=reader, cursor=cursor)


def _query(reader: Member, cursor: int | None) -> object:
    from madang.microblog import timelines
    from tests.microblog import plain

    places = plain.home(reader, cursor=cursor, most=PAGE + 1)
    return timelines._read(places[:PAGE], reader)


def _join(reader: Member, cursor: int | None) -> object:
    from madang.microblog.models import Post

    posts = Post.objects.filter(author__followers__follower=reader, state="visible")
    posts = posts.before(cursor)
    return list(posts.with_people(reader)[: PAGE + 1])


if __name__ == "__main__":
    main()
