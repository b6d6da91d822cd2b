"""Folding what triggers have noted of likes and reposts into the numbers beside the posts."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db import transaction
from django.db.models import F

from madang.microblog.models import LikeTally, Post, RepostTally
from madang.people import tasks

AT_ONCE = 500
"""Notes folded in one transaction."""
FOLDED: list[tuple[type[LikeTally | RepostTally], str]] = [
    (LikeTally, "likes_folded"),
    (RepostTally, "reposts_folded"),
]
"""Where the notes of a relation are, and into which number of a post they go."""


@tasks.on_sweep
def fold(at: datetime) -> None:
    """Add the notes to the numbers and remove them; what is shown does not change.

    Several may fold at once: a note is folded by the one that locks it.
    """
    for notes, number in FOLDED:
        while _fold_some(notes, number):
            pass


def _fold_some(notes: type[LikeTally | RepostTally], number: str) -> bool:
    with transaction.atomic():
        found = list(
            notes._default_manager.select_for_update(skip_locked=True)
            .order_by("pk")
            .values_list("pk", "post_id", "change")[:AT_ONCE]
        )
        changes: Counter[int] = Counter()
        for _pk, post_id, change in found:
            changes[post_id] += change
        for post_id, change in sorted(changes.items()):
            Post.objects.filter(pk=post_id).update(**{number: F(number) + change})
        notes._default_manager.filter(pk__in=[pk for pk, _post, _change in found]).delete()
    return len(found) == AT_ONCE
