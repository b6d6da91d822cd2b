"""Who follows whom: a relation of members with members that need not be mutual."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from madang.microblog.models.liking import today
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
