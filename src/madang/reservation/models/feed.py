"""The address at which a member's calendar program reads on its own."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from madang.people.models import Member


class FeedToken(models.Model):
    """The key in the address of a member's calendar; only its hash is stored, one for each."""

    member = models.OneToOneField(
        Member, on_delete=models.CASCADE, related_name="feed_token", verbose_name=_("member")
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_on = models.DateField(_("made"), editable=False)
    last_used_on = models.DateField(_("last used"), null=True, editable=False)

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")

    def __str__(self) -> str:
        return f"{self.made_on:%Y-%m-%d}"
