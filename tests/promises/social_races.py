"""Racers in the microblog who press, follow, answer. Called through `tests.servers.run`."""

from __future__ import annotations

import json
import threading

from django.db import connection

from madang.microblog import posting, reposting
from madang.microblog.models import Post, Repost
from madang.people.models import Member
from tests.promises.races import NOW, at_once

MEMBERS, TIMES = 6, 4


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


def _remove_constraints() -> None:
    constraints = list(Repost._meta.constraints)
    Repost._meta.constraints = []  # SQLite rebuilds the table as the model says
    for constraint in constraints:
        with connection.schema_editor() as editor:
            editor.remove_constraint(Repost, constraint)
