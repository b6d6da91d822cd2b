"""Asking moderators to look at a post."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db.models import Count, Max, Q

from madang.lib.constraints import refused
from madang.microblog.models import Post, Report
from madang.microblog.models.post import PostQuerySet
from madang.microblog.posting import PostGone
from madang.people.models import Member


class AlreadyReported(Exception):
    """The member has reported this post, and nobody has looked at it yet."""


def report(*, post: Post, reporter: Member, reason: str, note: str, at: datetime) -> Report:
    """Put `post` before the moderators.

    `reason` is one of `models.moderation.Reason`. Raises `PostGone`, or `AlreadyReported` by the
    constraint `microblog_report_open_once`; only the day of `at` is stored.
    """
    if not Post.objects.visible().filter(pk=post.pk).exists():
        raise PostGone
    with refused({"microblog_report_open_once": AlreadyReported}):
        return Report.objects.create(
            post=post,
            reporter=reporter,
            reason=reason,
            note=note,
            reported_on=at.astimezone(UTC).date(),
        )


def queue(*, after: int | None = None) -> PostQuerySet:
    """Posts that were reported and that nobody has looked at yet, the longest waiting first.

    Each with `asked`, how often, and `last`, the number of its last open report, which orders
    them; those with a `last` beyond `after`.
    """
    is_open = Q(reports__state=Report.State.OPEN)
    rows = Post.objects.filter(is_open).annotate(
        asked=Count("reports", filter=is_open), last=Max("reports__pk", filter=is_open)
    )
    if after is not None:
        rows = rows.filter(last__gt=after)
    return rows.select_related("author", "thread_key").order_by("last", "pk")
