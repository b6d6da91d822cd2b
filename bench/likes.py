"""Likes a second on one hot post: the verb beside the bare insert and a counter row.

`python -m bench.likes [--threads 8] [--likes 400] [--rounds 3]`, on the database of
`MADANG_DATABASE_URL`, in a scratch place. Each thread has a connection of its own.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from madang import env
from madang.db.scratch import scratch

if TYPE_CHECKING:
    from madang.people.models import Member


def main() -> None:
    """Measure all candidates, round by round, and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--likes", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    os.environ.setdefault("MADANG_DEBUG", "yes")
    with scratch(env.read(os.environ).database_url) as place:
        os.environ.update(MADANG_DATABASE_URL=place, DJANGO_SETTINGS_MODULE="madang.settings")
        command = [sys.executable, "-m", "madang", "manage", "migrate", "--verbosity", "0"]
        subprocess.run(command, check=True)
        _measure(options.threads, options.likes, options.rounds)


def _measure(threads: int, likes: int, rounds: int) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connections
    from django.db.models import F
    from django.utils import timezone

    settings.DEBUG = False
    from madang.microblog import liking, posting
    from madang.microblog.models import Like, Post
    from madang.people.models import Member

    people = Member.objects.bulk_create(
        Member(handle=f"bench{n}", password="!") for n in range(likes)
    )

    def verb(member: Member, post: Post) -> None:
        liking.like(member=member, post=post, at=timezone.now())

    def bare(member: Member, post: Post) -> None:
        Like.objects.bulk_create([Like(member=member, post=post)])

    def counter(member: Member, post: Post) -> None:
        Like.objects.bulk_create([Like(member=member, post=post)])
        Post.objects.filter(pk=post.pk).update(likes_folded=F("likes_folded") + 1)

    candidates = {"bare insert": bare, "the verb": verb, "insert and counter row": counter}
    found: dict[str, list[float]] = {name: [] for name in candidates}
    for _round in range(rounds):
        for name, like in candidates.items():
            post = posting.say(author=people[0], text="hot", at=timezone.now())
            found[name].append(_rate(partial(like, post=post), people, threads))
    base = statistics.median(found["bare insert"])
    for name, rates in found.items():
        middle = statistics.median(rates)
        print(f"{name:24}{middle:8.0f} likes/s  ratio {middle / base:4.2f}")
    connections.close_all()


def _rate(like: Callable[[Member], None], people: Sequence[Member], threads: int) -> float:
    """Likes a second when `people` share the work among `threads`."""
    from django.db import connections

    def share(n: int) -> None:
        for member in people[n::threads]:
            like(member)
        connections.close_all()

    before = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(share, range(threads)))
    return len(people) / (time.monotonic() - before)


if __name__ == "__main__":
    main()
