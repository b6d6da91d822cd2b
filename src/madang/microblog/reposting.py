"""Passing a post on and no longer: the table admits each pair once, and its triggers count."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from madang.lib.constraints import refused
from madang.microblog import blocking
from madang.microblog.models import Post, Repost
from madang.microblog.models.post import new_id
from madang.microblog.posting import PostGone
from madang.people.models import Member


class _Already(Exception):
    """It is so already."""


def repost(*, member: Member, post: Post, at: datetime) -> None:
    """Whoever follows `member` sees `post` from now on; twice is once.

    Raises `PostGone`, or `blocking.Blocked` between author and member. Kept by the constraint
    `microblog_repost_once`, however many requests race.
    """
    if not Post.objects.visible().filter(pk=post.pk).exists():
        raise PostGone
    with transaction.atomic(), suppress(_Already):
        blocking.reach(member, [post.author_id])
        with refused({"microblog_repost_once": _Already}):
            Repost.objects.create(id=new_id(at), member=member, post=post)


def unrepost(*, member: Member, post: Post) -> None:
    """`member` does not pass `post` on any more."""
    Repost.objects.filter(member=member, post=post).delete()
