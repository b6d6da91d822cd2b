"""Racers in the microblog who press, follow, answer. Called through `tests.servers.run`."""

from __future__ import annotations

import json
import threading
from contextlib import suppress

from django.db import connection

from madang.microblog import blocking, following, posting, reposting
from madang.microblog.models import Block, Follow, Post, Repost, ThreadFollow
from madang.people.models import Member
from tests.promises.races import NOW, at_once

MEMBERS, TIMES, PRESSES = 6, 4, 20


def pass_on(*, is_guarded: bool) -> None:
    """Six members pass one post on, each by four requests at once."""
    people = [Member.objects.create_user(f"racer{n}") for n in range(MEMBERS)]
    post = posting.say(author=people[0], text="race", at=NOW)
    everybody_looked = threading.Barrier(MEMBERS * TIMES)
    if not is_guarded:
        _remove_constraints()

    def act(n: int) -> str:
        member = people[n % MEMBERS]
        if is_guarded:
            reposting.repost(member=member, post=post, at=NOW)
            return "told"
        seen = Post.objects.get(pk=post.pk)  # the control: look, then write and count
        is_there = Repost.objects.filter(member=member, post=post).exists()
        everybody_looked.wait()
        if not is_there:
            Repost.objects.create(member=member, post=post)
            Post.objects.filter(pk=post.pk).update(reposts_folded=seen.reposts_folded + 1)
        return "told"

    told = at_once(MEMBERS * TIMES, act)
    shown = vars(Post.objects.with_people(people[0]).get(pk=post.pk))["reposts"]
    print(json.dumps({"told": told["told"], "rows": Repost.objects.count(), "shown": shown}))


def block(*, is_guarded: bool) -> None:
    """A member blocks another, who presses Follow twenty times at that moment."""
    blocker, other = (Member.objects.create_user(name) for name in ("blocker", "other"))
    everybody_looked, is_blocked = threading.Barrier(PRESSES + 1), threading.Event()

    def act(n: int) -> str:
        if n == PRESSES:
            if not is_guarded:
                everybody_looked.wait()
            blocking.block(blocker=blocker, blocked=other, at=NOW)
            is_blocked.set()
            return "blocked"
        if not is_guarded:  # the control: look whether there is a block, then write
            is_there = Block.objects.between(other, [blocker.pk]).exists()
            everybody_looked.wait()
            is_blocked.wait(60)
            if not is_there:
                Follow.objects.bulk_create(
                    [Follow(follower=other, followed=blocker)], ignore_conflicts=True
                )
            return "pressed"
        with suppress(blocking.Blocked):
            following.follow(follower=other, followed=blocker, at=NOW)
        return "pressed"

    told = at_once(PRESSES + 1, act)
    seen = {"told": told, "blocks": Block.objects.count(), "follows": Follow.objects.count()}
    print(json.dumps(seen))


def follow_thread(*, is_guarded: bool) -> None:
    """Six members follow one thread, each by four requests at once."""
    people = [Member.objects.create_user(f"racer{n}") for n in range(MEMBERS)]
    post = posting.say(author=people[0], text="race", at=NOW)
    everybody_looked = threading.Barrier(MEMBERS * TIMES)
    if not is_guarded:
        _remove_constraints(ThreadFollow)

    def act(n: int) -> str:
        member = people[n % MEMBERS]
        if is_guarded:
            following.follow_thread(member=member, post=post, at=NOW)
            return "told"
        is_there = ThreadFollow.objects.filter(member=member, thread=post).exists()
        everybody_looked.wait()  # the control: look, then write
        if not is_there:
            ThreadFollow.objects.create(member=member, thread=post, after=post.pk)
        return "told"

    told = at_once(MEMBERS * TIMES, act)
    print(json.dumps({"told": told["told"], "rows": ThreadFollow.objects.count()}))


def _remove_constraints(model: type[Repost | ThreadFollow] = Repost) -> None:
    constraints = list(model._meta.constraints)
    model._meta.constraints = []  # SQLite rebuilds the table as the model says
    for constraint in constraints:
        with connection.schema_editor() as editor:
            editor.remove_constraint(model, constraint)
