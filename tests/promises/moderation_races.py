"""Racers around moderators: those who answer a thread, and others who do the same."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta

from django.conf import settings

from madang.microblog import epochs, moderating, posting, whispering
from madang.microblog.models import AnonEpoch, ModAction, Post
from madang.people.models import Member
from tests.microblog.holder import Voice, enrol
from tests.promises.races import NOW, at_once

CLIENTS = 24
WHY = moderating.Why("other")
WEEK = timedelta(days=7)


def lock(*, is_guarded: bool) -> None:
    """A moderator locks a thread while others answer, every fourth without a name.

    `after` is how many answers there are that were not there when the moderator was told.
    """
    settings.ANON_ORIGIN, settings.ANON_FLOOR = "https://anon.example.org", 1
    moderator = Member.objects.create_user("moderator")
    people = [Member.objects.create_user(f"racer{n}") for n in range(CLIENTS)]
    post = posting.say(author=moderator, text="race", at=NOW)
    held = _held(people, post)
    everybody_looked, is_locked = threading.Barrier(CLIENTS + 1), threading.Event()
    before: list[int] = []

    def act(n: int) -> str:
        if n == CLIENTS:
            if not is_guarded:
                everybody_looked.wait()
            moderating.lock(post=post, why=WHY, by=moderator, at=NOW)
            before.append(Post.objects.filter(thread=post).count())
            is_locked.set()
            return "locked"
        if not is_guarded:  # the control: look whether it is locked, then write
            seen = Post.objects.get(pk=post.pk)
            everybody_looked.wait()
            is_locked.wait(60)
            if not seen.is_locked:
                Post.objects.create(author=people[n], text="late", thread=post, parent=post)
            return "said"
        if n in held:
            [number] = whispering.write([held[n]], at=NOW)
            return "refused" if number is None else "said"
        try:
            posting.say(author=people[n], text="late", at=NOW, parent=post)
        except posting.ThreadLocked:
            return "refused"
        return "said"

    told = at_once(CLIENTS + 1, act)
    after = Post.objects.filter(thread=post).count() - before[0]
    print(json.dumps({"told": told, "after": after}))


def _held(people: list[Member], post: Post) -> dict[int, whispering.Held]:
    """What every fourth has posted without a name before."""
    epochs.prepare(NOW)
    epoch = AnonEpoch.objects.order_by("number")[1]
    at: datetime = epoch.starts_at
    held = {}
    for n in range(0, CLIENTS, 4):
        spent = enrol(people[n], epoch, at=NOW)[0]
        whisper = Voice().says(spent, "late", epoch=epoch, parent=post.pk)
        held[n] = whispering.receive(whisper, at=at)
    return held


def hide(*, is_guarded: bool) -> None:
    """Many moderators hide the same post."""
    moderator = Member.objects.create_user("moderator")
    post = posting.say(author=moderator, text="race", at=NOW)
    everybody_looked = threading.Barrier(CLIENTS)

    def act(_n: int) -> str:
        if not is_guarded:  # the control: look whether it is hidden, then write
            seen = Post.objects.get(pk=post.pk)
            everybody_looked.wait()
            if seen.state == "visible":
                Post.objects.filter(pk=post.pk).update(state="hidden")
                ModAction.objects.create(kind="hide", post=post, by=moderator)
            return "hidden"
        try:
            moderating.hide(post=post, why=WHY, by=moderator, at=NOW)
        except moderating.AlreadyDone:
            return "AlreadyDone"
        return "hidden"

    told = at_once(CLIENTS, act)
    print(json.dumps({"told": told, "rows": ModAction.objects.count()}))
