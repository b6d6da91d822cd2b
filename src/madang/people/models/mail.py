"""Letters that are to go out."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madang.people.models.member import Member


class OutboxMailQuerySet(models.QuerySet["OutboxMail"]):
    """Questions about letters."""

    def due(self, *, at: datetime) -> OutboxMailQuerySet:
        """Not sent, not given up, and not in somebody's hands at `at`; longest waiting first."""
        return self.filter(
            sent_at__isnull=True, gave_up_at__isnull=True, next_attempt_at__lte=at
        ).order_by("next_attempt_at", "id")


class OutboxMail(models.Model):
    """One letter for one event. The row is written with what it reports, or not at all.

    Once the letter is sent, its text and attachments are dropped.
    """

    event = models.CharField(_("event"), max_length=120, editable=False)
    member = models.ForeignKey(
        Member,
        on_delete=models.CASCADE,
        null=True,
        related_name="mails",
        editable=False,
        verbose_name=_("member"),
    )
    address = models.EmailField(_("to"))
    message_id = models.CharField(max_length=255, editable=False)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    attachments = models.JSONField(default=list, editable=False)
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, editable=False)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)
    gave_up_at = models.DateTimeField(_("given up"), null=True, editable=False)
    last_error = models.CharField(_("last error"), max_length=80, blank=True, editable=False)

    objects = OutboxMailQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        constraints = [
            models.UniqueConstraint(fields=["event"], name="people_mail_once_per_event"),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(sent_at=None, gave_up_at=None),
                name="people_mail_due",
            ),
        ]

    def __str__(self) -> str:
        return self.event
