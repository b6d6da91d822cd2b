"""Passing a post on and no longer: the table admits each pair once, and its triggers count."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from madang.lib.constraints import refused
from madang.microblog import posting
from madang.microblog.models import Post, Repost
from madang.microblog.models.post import new_id
from madang.people.models import Member


class _Already(Exception):
    """It is so already."""


def repost(*, member: Member, post: Post, at: datetime) -> None:
    """Whoever follows `member` sees `post` from now on; twice is once.

    Raises `posting.PostGone`, or `blocking.Blocked` between author and member. Kept by
    `microblog_repost_once`, however many requests race.
    """
    with transaction.atomic(), suppress(_Already):
        posting.reach(post=post, member=member)
        with refused({"microblog_repost_once": _Already}):
            Repost.objects.create(id=new_id(at), member=member, post=post)


def unrepost(*, member: Member, post: Post) -> None:
    """`member` does not pass `post` on any more."""
    Repost.objects.filter(member=member, post=post).delete()
