"""A meeting of one doctor with many: a session with numbered seats."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madang.db.constraints import NoOverlap
from madang.db.fields import MomentField
from madang.db.moments import MinutesLater
from madang.people.models import Member
from madang.reservation.models.parties import Doctor
from madang.reservation.models.schedule import DAY_MINUTES, MOST_SEATS, Service
from madang.reservation.models.status import OCCUPYING

REACH = timedelta(minutes=2 * DAY_MINUTES)
"""No session takes more before it begins, or after, than this."""


class GroupSessionQuerySet(models.QuerySet["GroupSession"]):
    """Questions about sessions."""

    def on(self) -> GroupSessionQuerySet:
        """Those that were not called off."""
        return self.filter(called_off_at__isnull=True)

    def ahead(self, *, at: datetime) -> GroupSessionQuerySet:
        """Those that are not over at `at`, soonest first."""
        near = self.on().filter(starts_at__gt=at - timedelta(minutes=DAY_MINUTES))
        end = MinutesLater(F("starts_at"), F("minutes"))
        return near.alias(end=end).filter(end__gt=at).order_by("starts_at", "id")

    def to_be_joined(self) -> GroupSessionQuerySet:
        """Those of doctors who take reservations."""
        return self.filter(doctor__is_active=True)

    def within(self, start: datetime, end: datetime) -> GroupSessionQuerySet:
        """Those that begin in [start, end), soonest first."""
        return self.on().filter(starts_at__gte=start, starts_at__lt=end).order_by("starts_at", "id")

    def meeting(self, start: datetime, end: datetime) -> GroupSessionQuerySet:
        """Those that take any of [start, end), buffers included."""
        return self.near(start - REACH, end + REACH).taking(start, end)

    def near(self, start: datetime, end: datetime) -> GroupSessionQuerySet:
        """Those that begin between the two."""
        return self.on().filter(starts_at__gt=start, starts_at__lt=end)

    def taking(self, start: datetime, end: datetime) -> GroupSessionQuerySet:
        """Those whose time, buffers included, overlaps [start, end); asked of those `near` it."""
        taken_from = MinutesLater(F("starts_at"), -1 * F("buffer_before"))
        taken_until = MinutesLater(F("starts_at"), F("minutes") + F("buffer_after"))
        taken = self.alias(taken_from=taken_from, taken_until=taken_until)
        return taken.filter(taken_from__lt=end, taken_until__gt=start)

    def with_people(self) -> GroupSessionQuerySet:
        """With doctor and service, and how many seats are taken, in the same query."""
        taken = Count("reservations", filter=Q(reservations__status__in=OCCUPYING))
        return self.select_related("doctor", "service").annotate(taken=taken)

    def of(self, member: Member) -> GroupSessionQuerySet:
        """Those in which `member` has a seat."""
        return self.filter(reservations__patient__member=member, reservations__status__in=OCCUPYING)


class GroupSession(models.Model):
    """A doctor, a time and numbered seats; who has one has a `Reservation` with its number.

    The seats carry copies of doctor, times and size, which the database keeps equal to these.
    """

    doctor = models.ForeignKey(
        Doctor, on_delete=models.PROTECT, related_name="sessions", verbose_name=_("doctor")
    )
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="sessions", verbose_name=_("service")
    )
    starts_at = MomentField(_("from"))
    minutes = models.PositiveSmallIntegerField(
        _("length in minutes"), validators=[MinValueValidator(1), MaxValueValidator(DAY_MINUTES)]
    )
    buffer_before = models.PositiveSmallIntegerField(_("minutes kept free before"), default=0)
    buffer_after = models.PositiveSmallIntegerField(_("minutes kept free after"), default=0)
    seats = models.PositiveSmallIntegerField(
        _("seats"), validators=[MinValueValidator(1), MaxValueValidator(MOST_SEATS)]
    )
    called_off_at = models.DateTimeField(_("called off"), null=True, blank=True)
    uid = models.UUIDField(_("calendar UID"), default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(_("calendar revision"), default=0, editable=False)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("last changed"), default=timezone.now, editable=False)

    objects = GroupSessionQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        verbose_name = _("group session")
        verbose_name_plural = _("group sessions")
        indexes = [models.Index(fields=["doctor", "starts_at"], name="reservation_session_time")]
        constraints = [
            models.CheckConstraint(
                condition=Q(seats__gte=1, seats__lte=MOST_SEATS),
                name="reservation_session_has_seats",
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=DAY_MINUTES)
                & Q(buffer_before__lte=DAY_MINUTES, buffer_after__lte=DAY_MINUTES),
                name="reservation_session_takes_time",
            ),
            models.UniqueConstraint(
                fields=[
                    "id",
                    "doctor",
                    "starts_at",
                    "minutes",
                    "buffer_before",
                    "buffer_after",
                    "seats",
                ],
                name="reservation_session_facts",
            ),
            NoOverlap(
                name="reservation_session_one_place",
                same="doctor",
                start="starts_at",
                minutes="minutes",
                before="buffer_before",
                after="buffer_after",
                condition=Q(called_off_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service}: {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def left(self) -> int:
        """How many seats nobody has, where the row came `with_people`."""
        return int(self.seats - vars(self)["taken"])

    @property
    def ends_at(self) -> datetime:
        """When it ends; buffers come after."""
        end: datetime = self.starts_at + timedelta(minutes=self.minutes)
        return end

    @property
    def span(self) -> tuple[datetime, datetime]:
        """What it takes of the doctor's time, buffers included."""
        before = timedelta(minutes=self.buffer_before)
        return self.starts_at - before, self.ends_at + timedelta(minutes=self.buffer_after)

    @property
    def is_on(self) -> bool:
        """Whether it was not called off."""
        return self.called_off_at is None

    def can_be_joined(self, *, at: datetime) -> bool:
        """Whether a patient may still take a seat at `at`, or change it: not after the notice.

        Nor with a doctor who takes no reservations any more.
        """
        notice = timedelta(minutes=self.service.notice_minutes)
        return (
            self.is_on
            and self.doctor.is_active
            and at <= self.starts_at - notice
            and at < self.starts_at
        )
