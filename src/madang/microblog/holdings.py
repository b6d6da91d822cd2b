"""What this room holds of a member, handed over on request and erased with the account."""

from __future__ import annotations

from datetime import UTC, datetime

from madang.lib import base64url
from madang.microblog import picturing
from madang.microblog.models import (
    AnonEpoch,
    Attachment,
    Enrolment,
    Follow,
    Like,
    Mention,
    Post,
    PostEntry,
    Report,
    Repost,
    Seen,
)
from madang.people.holdings import Json
from madang.people.models import Member


def export(member: Member) -> Json:
    """What the member said, likes, passed on, whom they follow, block and mute, what they
    reported, and when there were passes.

    Likes, follows, blocks and mutes by the day, passes by their epoch.
    """
    return {
        "posts": _posts(member),
        "likes": [
            {"post": str(like.post_id), "liked_on": like.liked_on.isoformat()}
            for like in Like.objects.filter(member=member).order_by("pk")
        ],
        "reposts": [
            str(row.post_id) for row in Repost.objects.filter(member=member).order_by("pk")
        ],
        "follows": [
            {"handle": row.followed.handle, "followed_on": row.followed_on.isoformat()}
            for row in Follow.objects.filter(follower=member)
            .select_related("followed")
            .order_by("pk")
        ],
        "follows_threads": [
            {"post": str(row.thread_id), "followed_on": row.followed_on.isoformat()}
            for row in member.thread_follows.order_by("pk")
        ],
        **_others(member),
        "seen": list(
            Seen.objects.filter(member=member).values("posts", "likes", "reposts", "follows")
        ),
        "passes_for": [
            epoch.starts_at.astimezone(UTC).isoformat()
            for epoch in AnonEpoch.objects.filter(enrolments__member=member)
        ],
    }


def _posts(member: Member) -> list[dict[str, object]]:
    """What the member said, with pictures as JPEG in base64url."""
    posts = list(member.posts.visible().order_by("pk"))
    pictures = picturing.of_posts(posts)
    return [
        {
            "id": str(post.pk),
            "text": post.text,
            "said_at": post.said_at.astimezone(UTC).isoformat(),
            "answers": None if post.parent_id is None else str(post.parent_id),
            "pictures": [
                {"description": row.description, "jpeg": base64url.encode(bytes(row.full))}
                for row in pictures.get(post.pk, [])
            ],
        }
        for post in posts
    ]


def _others(member: Member) -> dict[str, object]:
    """Whom the member got rid of, and which posts they reported."""
    return {
        "blocks": [
            {"handle": row.blocked.handle, "blocked_on": row.blocked_on.isoformat()}
            for row in member.blocks.select_related("blocked").order_by("pk")
        ],
        "mutes": [
            {"handle": row.muted.handle, "muted_on": row.muted_on.isoformat()}
            for row in member.mutes.select_related("muted").order_by("pk")
        ],
        "reports": [
            {
                "post": str(row.post_id),
                "reason": row.reason,
                "note": row.note,
                "reported_on": row.reported_on.isoformat(),
                "state": row.state,
            }
            for row in member.reports.order_by("pk")
        ],
    }


def erase(member: Member, at: datetime) -> None:
    """Take back all that was said; the rest goes with the account, and counters follow."""
    Enrolment.objects.filter(member=member).delete()
    mine = Post.objects.filter(author=member)
    Post.hashtags.through.objects.filter(post__in=mine).delete()
    Report.objects.filter(reporter=member).update(note="", reporter=None)
    PostEntry.objects.filter(post__in=mine).delete()
    Mention.objects.filter(post__in=mine).delete()
    Attachment.objects.filter(post__in=mine).delete()
    mine.update(state=Post.State.DELETED, text="", author=None)
