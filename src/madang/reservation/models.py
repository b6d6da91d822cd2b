"""Doctors, patients, and the relation between them that carries a time.

Words follow FHIR R4 where it has one: Appointment (here `Reservation`), HealthcareService
(here `Service`), Schedule. Slots are computed from opening rules and never stored.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madang.db.constraints import NoOverlap
from madang.db.fields import MomentField
from madang.people.models import Member, validate_time_zone

DAY_MINUTES = 24 * 60
OCCUPYING = ("pending", "booked", "arrived", "checked-in", "fulfilled")
"""The statuses in which a reservation takes up time."""


class DoctorQuerySet(models.QuerySet["Doctor"]):
    """Questions about doctors."""

    def open(self) -> DoctorQuerySet:
        """Those who take reservations."""
        return self.filter(is_active=True)


class Doctor(models.Model):
    """Somebody who can be met: a physician, a counsellor. A member's account is optional."""

    name = models.CharField(_("name"), max_length=80)
    member = models.OneToOneField(
        Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="doctor"
    )
    specialty = models.CharField(_("specialty"), max_length=80, blank=True)
    introduction = models.TextField(_("introduction"), blank=True)
    is_active = models.BooleanField(_("takes reservations"), default=True, db_default=True)

    objects = DoctorQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("doctor")
        verbose_name_plural = _("doctors")

    def __str__(self) -> str:
        return self.name


class PatientQuerySet(models.QuerySet["Patient"]):
    """Questions about patients."""

    def of(self, member: Member) -> Patient:
        """The patient that `member` is, made on first need; two who race make one."""
        patient, _made = self.get_or_create(member=member, defaults={"name": str(member)})
        return patient


class Patient(models.Model):
    """Somebody who meets doctors. The name is empty once the person asked to be forgotten."""

    name = models.CharField(_("name"), max_length=80, blank=True)
    member = models.OneToOneField(
        Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="patient"
    )
    doctors = models.ManyToManyField(
        Doctor, related_name="patients", blank=True, verbose_name=_("my doctors")
    )

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("patient")
        verbose_name_plural = _("patients")

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """What can be booked: how long it takes and how it may be booked (FHIR HealthcareService)."""

    name = models.CharField(_("name"), max_length=80)
    description = models.TextField(_("description"), blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("length in minutes"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(DAY_MINUTES)],
    )
    step = models.PositiveSmallIntegerField(
        _("minutes between offered times"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(DAY_MINUTES)],
        help_text=_("The grid of offered times; as long as the service when left empty."),
    )
    buffer_before = models.PositiveSmallIntegerField(_("minutes kept free before"), default=0)
    buffer_after = models.PositiveSmallIntegerField(_("minutes kept free after"), default=0)
    notice_minutes = models.PositiveIntegerField(
        _("book at least so many minutes ahead"), default=0
    )
    horizon_days = models.PositiveSmallIntegerField(
        _("book at most so many days ahead"), default=60
    )
    cancel_minutes = models.PositiveIntegerField(
        _("cancel at least so many minutes ahead"), default=0
    )
    is_active = models.BooleanField(_("can be booked"), default=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("service")
        verbose_name_plural = _("services")
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=DAY_MINUTES)
                & (Q(step__isnull=True) | Q(step__gte=1, step__lte=DAY_MINUTES)),
                name="reservation_service_takes_time",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Schedule(models.Model):
    """Which doctor offers which service, in which zone's hours (FHIR Schedule)."""

    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="schedules")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="schedules")
    time_zone = models.CharField(
        _("time zone"), max_length=50, default="Asia/Seoul", validators=[validate_time_zone]
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until, inclusive"), null=True, blank=True)

    class Meta:
        ordering = ["doctor", "service", "id"]
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="reservation_schedule_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.doctor}: {self.service}"


class OpeningRule(models.Model):
    """Weekly hours of a schedule, as clocks on the wall of its zone show them."""

    class Weekday(models.IntegerChoices):
        """ISO 8601 weekdays."""

        MONDAY = 1, _("Monday")
        TUESDAY = 2, _("Tuesday")
        WEDNESDAY = 3, _("Wednesday")
        THURSDAY = 4, _("Thursday")
        FRIDAY = 5, _("Friday")
        SATURDAY = 6, _("Saturday")
        SUNDAY = 7, _("Sunday")

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="opening_rules")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    opens_minute = models.PositiveSmallIntegerField(
        _("opens, minutes after midnight"), validators=[MaxValueValidator(DAY_MINUTES - 1)]
    )
    closes_minute = models.PositiveSmallIntegerField(
        _("closes, minutes after midnight"), validators=[MaxValueValidator(DAY_MINUTES)]
    )

    class Meta:
        ordering = ["schedule", "weekday", "opens_minute", "id"]
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_minute__gt=F("opens_minute"), closes_minute__lte=DAY_MINUTES),
                name="reservation_opening_closes_after_opening",
            ),
            models.CheckConstraint(
                condition=Q(weekday__gte=1, weekday__lte=7), name="reservation_opening_weekday"
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.get_weekday_display()} {self.opens_minute // 60:02}:{self.opens_minute % 60:02}"
            f"–{self.closes_minute // 60:02}:{self.closes_minute % 60:02}"
        )


class ReservationQuerySet(models.QuerySet["Reservation"]):
    """Questions about reservations."""

    def of(self, member: Member) -> ReservationQuerySet:
        """Those of a member as a patient."""
        return self.filter(patient__member=member)

    def open(self) -> ReservationQuerySet:
        """Those that are still to happen, as far as the status says."""
        return self.filter(status__in=Reservation.CANCELLABLE)

    def over(self, *, at: datetime) -> ReservationQuerySet:
        """Those that are past or cancelled at `at`, latest first."""
        return self.exclude(
            status__in=Reservation.CANCELLABLE, appointed_time__gte=at
        ).order_by("-appointed_time", "-id")

    def overlapping(self, start: datetime, minutes: int) -> list[Reservation]:
        """Those that overlap the `minutes` from `start`, buffers aside, soonest first."""
        end = start + timedelta(minutes=minutes)
        near = self.filter(
            appointed_time__gt=start - timedelta(minutes=DAY_MINUTES), appointed_time__lt=end
        )
        return [row for row in near.order_by("appointed_time", "id") if row.ends_at > start]

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
            NoOverlap(
                name="reservation_doctor_one_place",
                same="doctor",
                start="appointed_time",
                minutes="minutes",
                before="buffer_before",
                after="buffer_after",
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
        ]

    def __str__(self) -> str:
        return f"doctor: {self.doctor.name}, patient: {self.patient.name}"

    @property
    def ends_at(self) -> datetime:
        """When the meeting ends; buffers come after."""
        return self.appointed_time + timedelta(minutes=self.minutes)

    @property
    def is_open(self) -> bool:
        """Whether the meeting is still to come, as far as the status says."""
        return self.status in self.CANCELLABLE

    def cancellable_until(self, *, is_staff: bool = False) -> datetime:
        """Until when the patient, or staff, may cancel."""
        ahead = 0 if is_staff or self.service is None else self.service.cancel_minutes
        return self.appointed_time - timedelta(minutes=ahead)


class ReservationEvent(models.Model):
    """What happened to a reservation, who did it, when: only ever added to."""

    class Kind(models.TextChoices):
        BOOKED = "booked", _("booked")
        CANCELLED = "cancelled", _("cancelled")

    reservation = models.ForeignKey(Reservation, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(_("what happened"), max_length=20, choices=Kind.choices)
    happened_at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        ordering = ["happened_at", "id"]
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.happened_at:%Y-%m-%d %H:%M}"
