"""Pictures of posts, kept in the database with what they belong to."""

from __future__ import annotations

import secrets
from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from madang.lib.pictures import small
from madang.microblog.models.post import Post
from madang.people.models import Member

MOST_PICTURES = 4
LONGEST_DESCRIPTION = 300
"""Characters of what can be seen on a picture, for those who do not see it."""


def new_key() -> str:
    """128 random bits as text: says nothing of when, and cannot be guessed."""
    return secrets.token_urlsafe(16)


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Questions about pictures."""

    def listed(self) -> Self:
        """Without their bytes."""
        return self.defer("full", "preview")

    def seen_by(self, reader: Member) -> Self:
        """Those of posts that `reader` may read; moderators also look at what is hidden."""
        from madang.microblog.models.keeping_apart import apart

        readable = self.exclude(apart(reader, "post__author"))
        if "moderator" in reader.roles:
            return readable.exclude(post__state=Post.State.DELETED)
        return readable.filter(post__state=Post.State.VISIBLE)


class Attachment(models.Model):
    """A picture of a post, drawn anew as a JPEG of `width` by `height` pixels, and a small one.

    Its key is random, so it tells neither when it came nor what came before.
    """

    key = models.CharField(primary_key=True, max_length=22, default=new_key, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="attachments")
    place = models.PositiveSmallIntegerField()
    description = models.CharField(max_length=LONGEST_DESCRIPTION, blank=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    full = models.BinaryField()
    preview = models.BinaryField()

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["post", "place"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        constraints = [
            models.UniqueConstraint(
                fields=["post", "place"], name="microblog_attachment_place_once"
            ),
            models.CheckConstraint(
                condition=Q(place__lt=MOST_PICTURES), name="microblog_attachment_place_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.description or self.place}"

    @property
    def small(self) -> tuple[int, int]:
        """Width and height of the small one."""
        return small(self.width, self.height)

    @property
    def address(self) -> str:
        """Where it is."""
        return reverse("microblog:picture", args=[self.key])

    @property
    def small_address(self) -> str:
        """Where the small one is."""
        return reverse("microblog:picture_small", args=[self.key])
