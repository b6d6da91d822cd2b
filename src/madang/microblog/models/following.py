"""Who follows whom, which need not be mutual, and who follows which thread."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from madang.microblog.models.liking import today
from madang.microblog.models.post import Post
from madang.people.models import Member


class Follow(models.Model):
    """`follower` reads what `followed` says. Only the day is kept."""

    follower = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="followed", verbose_name=_("follower")
    )
    followed = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="followers", verbose_name=_("followed")
    )
    followed_on = models.DateField(_("since"), default=today, editable=False)

    class Meta:
        ordering = ["-followed_on", "-id"]
        verbose_name = _("follow")
        verbose_name_plural = _("follows")
        constraints = [
            models.UniqueConstraint(fields=["follower", "followed"], name="microblog_follow_once"),
            models.CheckConstraint(
                condition=~Q(follower=F("followed")), name="microblog_follow_not_oneself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.follower} → {self.followed}"


class ThreadFollow(models.Model):
    """`member` is told of what is said in the thread that `thread` opens, after the post `after`.

    Only the day is kept.
    """

    member = models.ForeignKey(
        Member,
        on_delete=models.CASCADE,
        related_name="thread_follows",
        verbose_name=_("follower"),
    )
    thread = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="thread_follows")
    after = models.BigIntegerField(editable=False)
    followed_on = models.DateField(_("since"), default=today, editable=False)

    class Meta:
        ordering = ["-followed_on", "-id"]
        verbose_name = _("followed conversation")
        verbose_name_plural = _("followed conversations")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "thread"], name="microblog_thread_follow_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} → {self.thread_id}"
