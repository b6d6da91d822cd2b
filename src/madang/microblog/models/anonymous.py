"""What the anonymous path keeps: keys by the week, who asked for passes, and what was spent.

Who asked stands beside a member and never beside a pass; what was spent stands beside neither.
"""

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


class SpentPass(models.Model):
    """A pass that was spent. Nothing says when, by whom or for which post."""

    pk = models.CompositePrimaryKey("epoch_id", "nonce")
    epoch = models.ForeignKey(AnonEpoch, on_delete=models.PROTECT, related_name="spent")
    nonce = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("spent pass")
        verbose_name_plural = _("spent passes")

    def __str__(self) -> str:
        return f"{self.epoch_id}"


class ThreadKey(models.Model):
    """By what somebody without a name is known within one thread, and nowhere else.

    `key` is a public key of Ed25519 (RFC 8032). `number` is 0 for who opened the thread, then 1,
    2, 3 in the order of their first posts. Whoever `is_muted` says nothing more there.
    """

    thread = models.ForeignKey(
        "microblog.Post", on_delete=models.PROTECT, related_name="thread_keys"
    )
    key = models.BinaryField(max_length=32)
    number = models.PositiveIntegerField()
    is_muted = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        ordering = ["thread", "number"]
        verbose_name = _("name in a thread")
        verbose_name_plural = _("names in threads")
        constraints = [
            models.UniqueConstraint(fields=["thread", "key"], name="microblog_thread_key_once"),
            models.UniqueConstraint(
                fields=["thread", "number"], name="microblog_thread_number_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.thread_id}: {self.number}"


class Renewal(models.Model):
    """A request for a pass in the place of one that was spent, answered if all went well.

    While it waits it stands beside the post; once it is answered it stands in a list that
    everybody fetches whole, and beside no post any more.
    """

    epoch = models.ForeignKey(AnonEpoch, on_delete=models.PROTECT, related_name="renewals")
    post = models.OneToOneField(
        "microblog.Post", on_delete=models.PROTECT, null=True, related_name="renewal"
    )
    request = models.BinaryField()
    answer = models.BinaryField(default=b"")
    due_at = models.DateTimeField()

    class Meta:
        ordering = ["epoch", "id"]
        verbose_name = _("renewal of a pass")
        verbose_name_plural = _("renewals of passes")
        constraints = [
            models.UniqueConstraint(fields=["epoch", "request"], name="microblog_renewal_once"),
            models.CheckConstraint(
                condition=Q(post__isnull=False, answer=b"") | Q(post__isnull=True) & ~Q(answer=b""),
                name="microblog_renewal_waits_or_is_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.epoch_id}"
