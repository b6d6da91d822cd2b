"""What patrons were told by letter, so that nobody is told it twice."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madang.library.models.holds import Hold
from madang.library.models.loans import Loan


class Notice(models.Model):
    """A letter spoke of this loan or hold; it names no patron, and the letter's event names no row.

    A loan is spoken of once for each day it is due, and once for each step of being late.
    """

    class Kind(models.TextChoices):
        DUE = "due", _("due soon")
        OVERDUE = "overdue", _("overdue")
        READY = "ready", _("ready to be picked up")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    loan = models.ForeignKey(
        Loan,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="notices",
        verbose_name=_("loan"),
    )
    hold = models.ForeignKey(
        Hold,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="notices",
        verbose_name=_("hold"),
    )
    due_on = models.DateField(_("due"), null=True, blank=True)
    step = models.PositiveSmallIntegerField(
        _("days late"), default=0, help_text=_("The step that was reached; 0 before it is late.")
    )
    written_at = models.DateTimeField(_("written"), default=timezone.now)

    class Meta:
        ordering = ["written_at", "id"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(
                fields=["loan", "kind", "due_on", "step"], name="library_loan_told_once"
            ),
            models.UniqueConstraint(fields=["hold"], name="library_hold_told_once"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=["due", "overdue"],
                    loan__isnull=False,
                    hold__isnull=True,
                    due_on__isnull=False,
                )
                | Q(kind="ready", loan__isnull=True, hold__isnull=False, due_on__isnull=True),
                name="library_notice_is_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.written_at:%Y-%m-%d}"
