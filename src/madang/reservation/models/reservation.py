"""The relation that carries a time, and the promise kept in its table."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madang.db.constraints import NoOverlap
from madang.db.fields import MomentField
from madang.db.moments import MinutesLater
from madang.db.reference import Reference
from madang.people.models import Member
from madang.reservation.models.parties import Doctor, Patient
from madang.reservation.models.schedule import DAY_MINUTES, Service
from madang.reservation.models.session import GroupSession
from madang.reservation.models.status import OCCUPYING
from madang.reservation.models.waiting import WaitlistEntry


class ReservationQuerySet(models.QuerySet["Reservation"]):
    """Questions about reservations."""

    def of(self, member: Member) -> ReservationQuerySet:
        """Those of a member as a patient."""
        return self.filter(patient__member=member)

    def expired(self, *, at: datetime) -> ReservationQuerySet:
        """Holds that have run out by `at`, though nobody has freed them yet."""
        return self.filter(hold_expires_at__lte=at)

    def unexpired(self, *, at: datetime) -> ReservationQuerySet:
        """All but the holds that have run out by `at`."""
        return self.filter(Q(hold_expires_at__isnull=True) | Q(hold_expires_at__gt=at))

    def open(self, *, at: datetime) -> ReservationQuerySet:
        """Those that are still to happen, as far as the status says; no hold that has run out."""
        return self.unexpired(at=at).filter(status__in=Reservation.CANCELLABLE)

    def ahead(self, *, at: datetime) -> ReservationQuerySet:
        """Those that are not over at `at`, soonest first, whether or not the patient is here.

        No hold that has run out.
        """
        return (
            self.unexpired(at=at)
            .ending_after(at)
            .filter(status__in=Reservation.AHEAD)
            .order_by("appointed_time", "id")
        )

    def over(self, *, at: datetime) -> ReservationQuerySet:
        """Those that are past or cancelled at `at`, latest first; no hold that came to nothing."""
        ahead = self.ending_after(at).filter(status__in=Reservation.AHEAD)
        return (
            self.exclude(pk__in=ahead.order_by().values("pk"))
            .exclude(status=Reservation.Status.PENDING)
            .that_were_made()
            .order_by("-appointed_time", "-id")
        )

    def that_were_made(self) -> ReservationQuerySet:
        """Without holds that came to nothing."""
        nothing = ReservationEvent.objects.filter(
            reservation=OuterRef("pk"), kind__in=ReservationEvent.CAME_TO_NOTHING
        )
        return self.filter(~Exists(nothing))

    def overlapping(self, start: datetime, minutes: int) -> list[Reservation]:
        """Those that overlap the `minutes` from `start`, buffers aside, soonest first."""
        end = start + timedelta(minutes=minutes)
        near = self.filter(
            appointed_time__gt=start - timedelta(minutes=DAY_MINUTES), appointed_time__lt=end
        )
        return [row for row in near.order_by("appointed_time", "id") if row.ends_at > start]

    def ending_after(self, moment: datetime) -> ReservationQuerySet:
        """Those that are not over at `moment`, buffers aside."""
        near = self.filter(appointed_time__gt=moment - timedelta(minutes=DAY_MINUTES))
        end = MinutesLater(F("appointed_time"), F("minutes"))
        return near.alias(end=end).filter(end__gt=moment)

    def starting_from(self, moment: datetime) -> ReservationQuerySet:
        """Those that begin at `moment` or later, soonest first."""
        return self.filter(appointed_time__gte=moment).order_by("appointed_time", "id")

    def with_people(self) -> ReservationQuerySet:
        """With doctor, patient and service loaded in the same query."""
        return self.select_related("doctor", "patient", "service")


class Reservation(models.Model):
    """A doctor and a patient meet at a time: the relay table (FHIR Appointment)."""

    class Status(models.TextChoices):
        """The codes of FHIR R4 AppointmentStatus that Madang uses."""

        PENDING = "pending", _("on hold")
        BOOKED = "booked", _("booked")
        ARRIVED = "arrived", _("arrived")
        CHECKED_IN = "checked-in", _("checked in")
        FULFILLED = "fulfilled", _("fulfilled")
        CANCELLED = "cancelled", _("cancelled")
        NOSHOW = "noshow", _("did not come")
        WAITLIST = "waitlist", _("waiting")
        ENTERED_IN_ERROR = "entered-in-error", _("entered in error")

    OCCUPYING: ClassVar[tuple[str, ...]] = OCCUPYING
    CANCELLABLE: ClassVar[tuple[str, ...]] = ("pending", "booked")
    AHEAD: ClassVar[tuple[str, ...]] = ("pending", "booked", "arrived", "checked-in")

    doctor = models.ForeignKey(
        Doctor, on_delete=models.PROTECT, related_name="reservations", verbose_name=_("doctor")
    )
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="reservations", verbose_name=_("patient")
    )
    service = models.ForeignKey(
        Service,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reservations",
        verbose_name=_("service"),
    )
    appointed_time = MomentField(_("appointed time"))
    minutes = models.PositiveSmallIntegerField(
        _("length in minutes"), default=30, db_default=30, validators=[MinValueValidator(1)]
    )
    buffer_before = models.PositiveSmallIntegerField(
        _("minutes kept free before"), default=0, db_default=0
    )
    buffer_after = models.PositiveSmallIntegerField(
        _("minutes kept free after"), default=0, db_default=0
    )
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=Status.choices,
        default=Status.BOOKED,
        db_default=Status.BOOKED.value,
    )
    overbook_reason = models.CharField(
        _("why it was overbooked"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("Given by staff; lifts the doctor's rule, never the patient's."),
    )
    hold_expires_at = models.DateTimeField(_("held until"), null=True, blank=True)
    waitlist_entry = models.ForeignKey(
        WaitlistEntry,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="offers",
        verbose_name=_("offered to who waits"),
    )
    session = models.ForeignKey(
        GroupSession,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="reservations",
        verbose_name=_("group session"),
    )
    seat = models.PositiveSmallIntegerField(_("seat"), null=True, blank=True, editable=False)
    seats = models.PositiveSmallIntegerField(
        _("seats of the session"), null=True, blank=True, editable=False
    )
    uid = models.UUIDField(_("calendar UID"), default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(
        _("calendar revision"), default=0, db_default=0, editable=False
    )
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("last changed"), default=timezone.now, editable=False)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        ordering = ["appointed_time", "id"]
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        indexes = [
            models.Index(fields=["doctor", "appointed_time"], name="reservation_doctor_time"),
            models.Index(fields=["patient", "appointed_time"], name="reservation_patient_time"),
            models.Index(
                fields=["hold_expires_at"],
                condition=Q(hold_expires_at__isnull=False),
                name="reservation_holds",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=DAY_MINUTES)
                & Q(buffer_before__lte=DAY_MINUTES, buffer_after__lte=DAY_MINUTES),
                name="reservation_takes_time",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "pending",
                        "booked",
                        "arrived",
                        "checked-in",
                        "fulfilled",
                        "cancelled",
                        "noshow",
                        "waitlist",
                        "entered-in-error",
                    ]
                ),
                name="reservation_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status="pending", hold_expires_at__isnull=False)
                | (~Q(status="pending") & Q(hold_expires_at__isnull=True)),
                name="reservation_only_holds_expire",
            ),
            models.UniqueConstraint(
                fields=["waitlist_entry"],
                condition=Q(status="pending"),
                name="reservation_one_offer_each",
            ),
            NoOverlap(
                name="reservation_doctor_one_place",
                same="doctor",
                start="appointed_time",
                minutes="minutes",
                before="buffer_before",
                after="buffer_after",
                together="session",
                condition=Q(status__in=OCCUPYING, overbook_reason=""),
                violation_error_code="doctor_one_place",
                violation_error_message=_("The doctor is with somebody else at this time."),
            ),
            NoOverlap(
                name="reservation_patient_one_place",
                same="patient",
                start="appointed_time",
                minutes="minutes",
                condition=Q(status__in=OCCUPYING),
                violation_error_code="patient_one_place",
                violation_error_message=_("The patient is somewhere else at this time."),
            ),
            models.CheckConstraint(
                condition=Q(session__isnull=True, seat__isnull=True, seats__isnull=True)
                | (
                    Q(session__isnull=False, seats__isnull=False, overbook_reason="")
                    & Q(seat__isnull=False, seat__gte=1)
                    & (Q(seat__lte=F("seats")) | ~Q(status__in=OCCUPYING))
                ),
                name="reservation_seat_exists",
            ),
            models.UniqueConstraint(
                fields=["session", "seat"],
                condition=Q(status__in=OCCUPYING),
                name="reservation_seat_once",
            ),
            Reference(
                name="reservation_seat_of_session",
                key="session",
                facts={
                    "doctor": "doctor",
                    "appointed_time": "starts_at",
                    "minutes": "minutes",
                    "buffer_before": "buffer_before",
                    "buffer_after": "buffer_after",
                    "seats": "seats",
                },
            ),
        ]

    def __str__(self) -> str:
        return f"doctor: {self.doctor.name}, patient: {self.patient.name}"

    @property
    def ends_at(self) -> datetime:
        """When the meeting ends; buffers come after."""
        end: datetime = self.appointed_time + timedelta(minutes=self.minutes)
        return end

    @property
    def is_open(self) -> bool:
        """Whether the meeting is still to come, as far as the status says."""
        return self.status in self.CANCELLABLE

    @property
    def taken(self) -> tuple[datetime, datetime]:
        """What it takes of the doctor's time, buffers included."""
        before = timedelta(minutes=self.buffer_before)
        return self.appointed_time - before, self.ends_at + timedelta(minutes=self.buffer_after)

    @property
    def is_held(self) -> bool:
        """Whether it is kept for a while only, until `hold_expires_at`."""
        return self.status == self.Status.PENDING

    def has_expired(self, *, at: datetime) -> bool:
        """Whether it is a hold that has run out by `at`."""
        return self.hold_expires_at is not None and self.hold_expires_at <= at

    def cancellable_until(self, *, is_staff: bool = False) -> datetime:
        """Until when the patient, or staff, may cancel; a hold can be given back at any time."""
        is_free = is_staff or self.is_held or self.service is None
        ahead = 0 if is_free or self.service is None else self.service.cancel_minutes
        return self._before(ahead)

    def movable_until(self, *, is_staff: bool = False) -> datetime:
        """Until when the patient, or staff, may choose another time."""
        ahead = 0 if is_staff or self.service is None else self.service.reschedule_minutes
        return self._before(ahead)

    def is_movable(self, *, at: datetime) -> bool:
        """Whether the patient may choose another time at `at`."""
        is_seat = self.session_id is not None
        return self.status == self.Status.BOOKED and not is_seat and at < self.movable_until()

    def _before(self, minutes: int) -> datetime:
        moment: datetime = self.appointed_time - timedelta(minutes=minutes)
        return moment


class ReservationEvent(models.Model):
    """What happened to a reservation, who did it, when: only ever added to."""

    class Kind(models.TextChoices):
        HELD = "held", _("held")
        OFFERED = "offered", _("offered")
        BOOKED = "booked", _("booked")
        MOVED = "moved", _("moved")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("hold ran out")
        GIVEN_BACK = "given-back", _("hold given back")
        ARRIVED = "arrived", _("arrived")
        CHECKED_IN = "checked-in", _("checked in")
        FULFILLED = "fulfilled", _("fulfilled")
        NOSHOW = "noshow", _("did not come")
        UNDONE = "undone", _("last step undone")

    CAME_TO_NOTHING: ClassVar[tuple[str, ...]] = ("expired", "given-back")
    """How a hold ends that never became a reservation."""

    reservation = models.ForeignKey(Reservation, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(_("what happened"), max_length=20, choices=Kind.choices)
    happened_at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    moved_from = models.DateTimeField(_("moved from"), null=True, blank=True)
    moved_to = models.DateTimeField(_("moved to"), null=True, blank=True)

    class Meta:
        ordering = ["happened_at", "id"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="moved", moved_from__isnull=False, moved_to__isnull=False)
                | (~Q(kind="moved") & Q(moved_from__isnull=True, moved_to__isnull=True)),
                name="reservation_event_moved_between",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.happened_at:%Y-%m-%d %H:%M}"
