"""What the anonymous path keeps: keys by the week, and who has asked for passes."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from madang.people.models import Member


class AnonEpochQuerySet(models.QuerySet["AnonEpoch"]):
    """Questions about epochs."""

    def live(self, at: datetime) -> Self:
        """The one that lasts at `at` and those to come, in their order."""
        return self.filter(ends_at__gt=at).order_by("number")


class AnonEpoch(models.Model):
    """A stretch of time with one issuer key, in [starts_at, ends_at).

    `chain` is SHA-256 over the chain before it, the number, both moments and the key's id
    (`epochs.link`), so that nobody can be shown a key of their own unnoticed. `private_key` is
    sealed, and empty once nothing is signed with it any more.
    """

    number = models.BigIntegerField(primary_key=True)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    key_id = models.CharField(max_length=64)
    public_key = models.BinaryField()
    private_key = models.BinaryField()
    chain = models.CharField(max_length=64)

    objects = AnonEpochQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        verbose_name = _("epoch of passes")
        verbose_name_plural = _("epochs of passes")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="microblog_anon_epoch_lasts"
            ),
            models.UniqueConstraint(fields=["starts_at"], name="microblog_anon_epoch_starts_once"),
            models.UniqueConstraint(fields=["key_id"], name="microblog_anon_epoch_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.starts_at:%Y-%m-%d %H:%M}"


class Enrolment(models.Model):
    """A member was given passes for an epoch, once.

    `digest` is SHA-256 over the blinded requests, so that the same ones are answered again and
    others are not. It says nothing about the passes, and there is no time beside it.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="enrolments")
    epoch = models.ForeignKey(AnonEpoch, on_delete=models.PROTECT, related_name="enrolments")
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["epoch", "member"]
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [
            models.UniqueConstraint(fields=["member", "epoch"], name="microblog_enrolment_once")
        ]

    def __str__(self) -> str:
        return f"{self.member} – {self.epoch_id}"
