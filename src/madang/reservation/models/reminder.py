"""What is to be remembered of a meeting, and when."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madang.reservation.models.reservation import Reservation


class ReminderQuerySet(models.QuerySet["Reminder"]):
    """Questions about reminders."""

    def due(self, *, at: datetime) -> ReminderQuerySet:
        """Those whose moment has come by `at`, the longest waiting first."""
        return self.filter(closed_at__isnull=True, due_at__lte=at).order_by("due_at", "id")


class Reminder(models.Model):
    """When the patient of a reservation is to be reminded of it: one row for each meeting.

    Written, moved and dropped with the reservation, in the same transaction.
    """

    reservation = models.ForeignKey(
        Reservation,
        on_delete=models.CASCADE,
        related_name="reminders",
        verbose_name=_("reservation"),
    )
    due_at = models.DateTimeField(_("due"))
    closed_at = models.DateTimeField(_("written, or needed no more"), null=True, blank=True)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(closed_at__isnull=True),
                name="reservation_reminder_due",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["reservation"], name="reservation_reminder_once"),
        ]

    def __str__(self) -> str:
        return f"{self.due_at:%Y-%m-%d %H:%M}"
