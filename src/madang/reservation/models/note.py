"""What a doctor writes about a meeting, for nobody else to read."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madang.people.models import Member
from madang.reservation.models.parties import Patient
from madang.reservation.models.reservation import Reservation

LONGEST_NOTE: Final = 4000
"""Characters."""


class ReservationNoteQuerySet(models.QuerySet["ReservationNote"]):
    """Questions about notes. There is none that shows all of them."""

    def of(self, author: Member) -> ReservationNoteQuerySet:
        """Those that `author` has written and may read, in the order of writing."""
        mine = self.filter(author=author, reservation__doctor__member=author)
        return mine.order_by("written_at", "id")

    def about(self, patient: Patient) -> ReservationNoteQuerySet:
        """Those about a patient, whoever wrote them: to hand them over, and to erase them."""
        return self.filter(reservation__patient=patient).order_by("written_at", "id")


class ReservationNote(models.Model):
    """A doctor's note about a meeting. On no page but the doctor's, in no mail, feed or API."""

    reservation = models.ForeignKey(
        Reservation, on_delete=models.CASCADE, related_name="notes", verbose_name=_("reservation")
    )
    author = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="+", verbose_name=_("doctor")
    )
    text = models.CharField(_("note"), max_length=LONGEST_NOTE)
    written_at = models.DateTimeField(_("written"))

    objects = ReservationNoteQuerySet.as_manager()

    class Meta:
        ordering = ["written_at", "id"]
        verbose_name = _("note of a doctor")
        verbose_name_plural = _("notes of doctors")
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="reservation_note_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.written_at:%Y-%m-%d %H:%M}"
