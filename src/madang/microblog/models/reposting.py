"""Who passes on what: the relation, and the notes from which it is counted."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from madang.db.tally import Tally
from madang.microblog.models.post import Post, new_id
from madang.people.models import Member


class RepostQuerySet(models.QuerySet["Repost"]):
    """Questions about reposts."""

    def shown(self) -> Self:
        """Those of posts that anybody may read."""
        return self.filter(post__state=Post.State.VISIBLE)


class Repost(models.Model):
    """A member passes a post on to the own followers, once.

    Its id has the moment in it, as a post's has, for that is its place in their timelines.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="reposts", verbose_name=_("member")
    )
    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, related_name="repost_rows", verbose_name=_("post")
    )

    objects = RepostQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("repost")
        verbose_name_plural = _("reposts")
        indexes = [models.Index(fields=["member", "-id"], name="microblog_repost_by_member")]
        constraints = [
            models.UniqueConstraint(fields=["member", "post"], name="microblog_repost_once"),
            Tally(name="microblog_repost_tally", of="post", into="microblog.RepostTally"),
        ]

    def __str__(self) -> str:
        return f"{self.member} → {self.post_id}"


class RepostTally(models.Model):
    """A repost that came (+1) or went (-1) and is not yet folded into `Post.reposts_folded`."""

    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, related_name="repost_tally", db_constraint=False
    )
    change = models.SmallIntegerField()

    class Meta:
        verbose_name = _("note of a repost")
        verbose_name_plural = _("notes of reposts")

    def __str__(self) -> str:
        return f"{self.post_id}: {self.change:+}"
