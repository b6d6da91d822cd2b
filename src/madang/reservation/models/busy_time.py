"""When a doctor is busy by another calendar."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from madang.lib.clock import Span
from madang.reservation.models.parties import Doctor


class BusyTimeQuerySet(models.QuerySet["BusyTime"]):
    """Questions about busy times."""

    def meeting(self, start: datetime, end: datetime) -> BusyTimeQuerySet:
        """Those that overlap [start, end)."""
        return self.filter(starts_at__lt=end, ends_at__gt=start)

    def coming(self, *, at: datetime) -> models.QuerySet[BusyTime, Span]:
        """From when to when, of those that are not over at `at`."""
        return self.filter(ends_at__gt=at).values_list("starts_at", "ends_at")


class BusyTime(models.Model):
    """A time that another calendar says is taken. What it is for is never stored."""

    doctor = models.ForeignKey(
        Doctor, on_delete=models.CASCADE, related_name="busy_times", verbose_name=_("doctor")
    )
    uid_digest = models.CharField(max_length=64, editable=False)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("end"))

    objects = BusyTimeQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        verbose_name = _("time in another calendar")
        verbose_name_plural = _("times in another calendar")
        indexes = [
            models.Index(fields=["doctor", "ends_at"], name="reservation_busy_until"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["doctor", "uid_digest", "starts_at", "ends_at"],
                name="reservation_busy_time_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="reservation_busy_time_takes_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"
