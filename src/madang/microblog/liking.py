"""Liking and no longer liking: the table admits each pair once, and its triggers count."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import F

from madang.microblog.models import Like, LikeTally, Post
from madang.microblog.posting import PostGone
from madang.people import tasks
from madang.people.models import Member

AT_ONCE = 500
"""Notes folded in one transaction."""


def like(*, member: Member, post: Post, at: datetime) -> None:
    """`member` likes `post` from now on; twice is once. Raises `PostGone`.

    Kept by the constraint `microblog_like_once`, however many requests race; only the day of
    `at` is stored.
    """
    if not Post.objects.visible().filter(pk=post.pk).exists():
        raise PostGone
    row = Like(member=member, post=post, liked_on=at.astimezone(UTC).date())
    Like.objects.bulk_create([row], ignore_conflicts=True)


def unlike(*, member: Member, post: Post) -> None:
    """`member` does not like `post` any more."""
    Like.objects.filter(member=member, post=post).delete()


@tasks.on_sweep
def fold(at: datetime) -> None:
    """Add the notes to `Post.likes_folded` and remove them; what is shown does not change.

    Several may fold at once: a note is folded by the one that locks it.
    """
    while _fold_some():
        pass


def _fold_some() -> bool:
    with transaction.atomic():
        notes = list(
            LikeTally.objects.select_for_update(skip_locked=True)
            .order_by("pk")
            .values_list("pk", "post_id", "change")[:AT_ONCE]
        )
        changes: Counter[int] = Counter()
        for _pk, post_id, change in notes:
            changes[post_id] += change
        for post_id, change in sorted(changes.items()):
            Post.objects.filter(pk=post_id).update(likes_folded=F("likes_folded") + change)
        LikeTally.objects.filter(pk__in=[pk for pk, _post, _change in notes]).delete()
    return len(notes) == AT_ONCE
