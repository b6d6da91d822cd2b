"""How far a member has read what others did about them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from madang.people.models import Member


class Seen(models.Model):
    """The largest ids that a member has seen, of posts, likes, reposts and follows.

    What others did stands in their own rows; nothing else is kept of it, and no moment.
    """

    member = models.OneToOneField(
        Member, on_delete=models.CASCADE, primary_key=True, related_name="seen", editable=False
    )
    posts = models.BigIntegerField(default=0)
    likes = models.BigIntegerField(default=0)
    reposts = models.BigIntegerField(default=0)
    follows = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("what was seen")
        verbose_name_plural = _("what was seen")

    def __str__(self) -> str:
        return str(self.member)
