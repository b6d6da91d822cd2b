"""Who is spoken to in a post."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from madang.microblog.models.post import Post
from madang.people.models import Member


class Mention(models.Model):
    """A post names a member with an at sign, once."""

    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, related_name="mention_rows", verbose_name=_("post")
    )
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="mention_rows", verbose_name=_("member")
    )

    class Meta:
        ordering = ["-post", "member"]
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        constraints = [
            models.UniqueConstraint(fields=["post", "member"], name="microblog_mention_once")
        ]

    def __str__(self) -> str:
        return f"{self.post_id}: @{self.member.handle}"
