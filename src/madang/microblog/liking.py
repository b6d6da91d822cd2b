"""Liking and no longer liking: the table admits each pair once, and its triggers count."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction

from madang.microblog import posting
from madang.microblog.models import Like, Post
from madang.people.models import Member


def like(*, member: Member, post: Post, at: datetime) -> None:
    """`member` likes `post` from now on; twice is once.

    Raises `posting.PostGone`, or `blocking.Blocked` between author and member. Kept by
    `microblog_like_once`, however many requests race; only the day of `at` is stored.
    """
    row = Like(member=member, post=post, liked_on=at.astimezone(UTC).date())
    with transaction.atomic():
        posting.reach(post=post, member=member)
        Like.objects.bulk_create([row], ignore_conflicts=True)


def unlike(*, member: Member, post: Post) -> None:
    """`member` does not like `post` any more."""
    Like.objects.filter(member=member, post=post).delete()
