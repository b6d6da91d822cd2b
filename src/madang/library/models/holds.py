"""The queue for a title."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madang.library.models.catalogue import Bib, Item
from madang.library.models.patrons import Patron

OPEN = ("waiting", "ready")
"""The statuses in which a hold is still to be served."""


class HoldQuerySet(models.QuerySet["Hold"]):
    """Questions about holds."""

    def open(self) -> HoldQuerySet:
        """Those that are still to be served, with their titles, in the order of the queue."""
        return self.filter(status__in=OPEN).select_related("bib").order_by("placed_at", "pk")

    def ready(self) -> HoldQuerySet:
        """Those that can be picked up, with what a row on a page says of them."""
        return self.filter(status="ready").select_related("bib", "ready_item__location", "patron")


class Hold(models.Model):
    """A patron waits for a title, or for one copy of it; earlier ones are served first.

    The order is that of (`placed_at`, `id`). The patron of a closed hold is forgotten after
    some time.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        READY = "ready", _("ready to be picked up")
        FULFILLED = "fulfilled", _("picked up")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("not picked up")

    patron = models.ForeignKey(
        Patron,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="holds",
        verbose_name=_("patron"),
    )
    bib = models.ForeignKey(
        Bib, on_delete=models.PROTECT, related_name="holds", verbose_name=_("title")
    )
    item = models.ForeignKey(
        Item,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="asked_holds",
        verbose_name=_("this copy alone"),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.WAITING
    )
    rule_name = models.CharField(_("name of the rule"), max_length=80)
    pickup_days = models.PositiveSmallIntegerField(_("open days to pick up"))
    placed_at = models.DateTimeField(_("placed"))
    suspended_until = models.DateField(
        _("passed over before"),
        null=True,
        blank=True,
        help_text=_("Keeps its place in the queue, but is not served before this day."),
    )
    ready_item = models.ForeignKey(
        Item,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="ready_holds",
        verbose_name=_("copy that is kept"),
    )
    ready_at = models.DateTimeField(_("ready"), null=True, blank=True)
    pickup_until = models.DateField(_("to be picked up until, inclusive"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["placed_at", "id"]
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        indexes = [
            models.Index(
                fields=["bib", "placed_at", "id"],
                condition=Q(status__in=OPEN),
                name="library_hold_queue",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["patron", "bib"],
                condition=Q(status__in=OPEN),
                name="library_hold_once_a_title",
                violation_error_message=_("This patron waits for the title already."),
            ),
            models.UniqueConstraint(
                fields=["ready_item"],
                condition=Q(status="ready"),
                name="library_item_ready_once",
                violation_error_message=_("This copy is kept for somebody already."),
            ),
            models.CheckConstraint(
                condition=Q(patron__isnull=False) | ~Q(status__in=OPEN),
                name="library_hold_open_has_patron",
            ),
            models.CheckConstraint(
                condition=Q(
                    status="waiting",
                    ready_item__isnull=True,
                    ready_at__isnull=True,
                    pickup_until__isnull=True,
                    closed_at__isnull=True,
                )
                | Q(
                    status="ready",
                    ready_item__isnull=False,
                    ready_at__isnull=False,
                    pickup_until__isnull=False,
                    closed_at__isnull=True,
                )
                | Q(status__in=["fulfilled", "cancelled", "expired"], closed_at__isnull=False),
                name="library_hold_status_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bib}: {self.get_status_display()}"
