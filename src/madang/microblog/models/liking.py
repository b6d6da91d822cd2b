"""Who likes what: the relation, and the notes from which it is counted."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madang.db.tally import Tally
from madang.microblog.models.post import Post
from madang.people.models import Member


def today() -> object:
    """The day, and no more, on which somebody likes or follows (UTC)."""
    return timezone.now().date()


class Like(models.Model):
    """A member likes a post, once. Only the day is kept."""

    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="likes", verbose_name=_("member")
    )
    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, related_name="like_rows", verbose_name=_("post")
    )
    liked_on = models.DateField(_("since"), default=today, editable=False)

    class Meta:
        ordering = ["-liked_on", "-id"]
        verbose_name = _("like")
        verbose_name_plural = _("likes")
        constraints = [
            models.UniqueConstraint(fields=["member", "post"], name="microblog_like_once"),
            Tally(name="microblog_like_tally", of="post", into="microblog.LikeTally"),
        ]

    def __str__(self) -> str:
        return f"{self.member} ♥ {self.post_id}"


class LikeTally(models.Model):
    """A like that came (+1) or went (-1) and is not yet folded into `Post.likes_folded`."""

    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, related_name="tally", db_constraint=False
    )
    change = models.SmallIntegerField()

    class Meta:
        verbose_name = _("note of a like")
        verbose_name_plural = _("notes of likes")

    def __str__(self) -> str:
        return f"{self.post_id}: {self.change:+}"
