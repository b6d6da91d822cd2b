"""Who waits for a time with a doctor to become free."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madang.people.models import Member
from madang.reservation.models.parties import Doctor, Patient
from madang.reservation.models.schedule import Service


class WaitlistQuerySet(models.QuerySet["WaitlistEntry"]):
    """Questions about who waits."""

    def of(self, member: Member) -> WaitlistQuerySet:
        """Those of a member as a patient."""
        return self.filter(patient__member=member)

    def waiting(self, *, at: datetime) -> WaitlistQuerySet:
        """Those who wait at `at`, first come first: not closed, and the window not over."""
        return self.filter(closed_at__isnull=True, ends_at__gt=at).order_by("placed_at", "id")

    def meeting(self, start: datetime, end: datetime) -> WaitlistQuerySet:
        """Those whose window overlaps [start, end)."""
        return self.filter(starts_at__lt=end, ends_at__gt=start)

    def with_people(self) -> WaitlistQuerySet:
        """With doctor, patient and service loaded in the same query."""
        return self.select_related("doctor", "patient__member", "service")

    def with_place(self, *, at: datetime) -> WaitlistQuerySet:
        """With `place`: 1 for whoever is asked first, counted among those who want the same."""
        rivals = (
            WaitlistEntry.objects.filter(closed_at__isnull=True, ends_at__gt=at)
            .filter(doctor=OuterRef("doctor"), service=OuterRef("service"))
            .filter(starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at"))
            .filter(
                Q(placed_at__lt=OuterRef("placed_at"))
                | Q(placed_at=OuterRef("placed_at"), pk__lte=OuterRef("pk"))
            )
            .order_by()
            .values("doctor")
            .annotate(count=Count("pk"))
            .values("count")
        )
        return self.annotate(counted=Coalesce(Subquery(rivals), 1))


class WaitlistEntry(models.Model):
    """A patient would take a time within a window, should one become free."""

    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="waitlist_entries")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="waitlist_entries")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="waitlist_entries")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(pgettext_lazy("until when", "to"))
    placed_at = models.DateTimeField(_("waits since"))
    closed_at = models.DateTimeField(_("waits no more since"), null=True, blank=True)

    objects = WaitlistQuerySet.as_manager()

    class Meta:
        ordering = ["placed_at", "id"]
        verbose_name = _("waiting")
        verbose_name_plural = _("waiting list")
        indexes = [
            models.Index(
                fields=["doctor", "placed_at"],
                condition=Q(closed_at__isnull=True),
                name="reservation_waiting",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "doctor", "service", "starts_at", "ends_at"],
                condition=Q(closed_at__isnull=True),
                name="reservation_waits_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="reservation_waits_a_while"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.doctor}: {self.patient}"

    @property
    def place(self) -> int:
        """As `with_place` counted it; of no use without."""
        return int(vars(self)["counted"])
