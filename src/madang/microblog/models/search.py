"""By which key a post is found."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from madang.microblog.models.post import Post


class PostEntry(models.Model):
    """The text of a post, folded; written by `madang.microblog.index` alone.

    The migration adds the pairs of signs (`madang.db.grams`).
    """

    post = models.OneToOneField(
        Post, on_delete=models.CASCADE, primary_key=True, related_name="entry", editable=False
    )
    key = models.TextField(_("text"), editable=False)

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")

    def __str__(self) -> str:
        return self.key
