"""What can be booked with whom, and in which hours."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from madang.people.models import validate_time_zone
from madang.reservation.models.parties import Doctor

DAY_MINUTES = 24 * 60
MOST_SEATS = 200
"""So many can take part in one session."""


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
    capacity = models.PositiveSmallIntegerField(
        _("seats"),
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_SEATS)],
        help_text=_("More than one: it is announced as a session that many take part in."),
    )
    notice_minutes = models.PositiveIntegerField(
        _("book at least so many minutes ahead"), default=0
    )
    horizon_days = models.PositiveSmallIntegerField(
        _("book at most so many days ahead"), default=60
    )
    cancel_minutes = models.PositiveIntegerField(
        _("cancel at least so many minutes ahead"), default=0
    )
    reschedule_minutes = models.PositiveIntegerField(
        _("move at least so many minutes ahead"), default=0
    )
    offer_minutes = models.PositiveIntegerField(
        _("minutes for whoever waits to answer an offer"),
        default=30,
        validators=[MinValueValidator(1)],
    )
    reminder_minutes = models.PositiveIntegerField(
        _("remind so many minutes ahead"),
        default=DAY_MINUTES,
        db_default=DAY_MINUTES,
        help_text=_("By mail; 0 for no reminder."),
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
            models.CheckConstraint(
                condition=Q(capacity__gte=1, capacity__lte=MOST_SEATS),
                name="reservation_service_has_seats",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_for_many(self) -> bool:
        """Whether many take part at once, in a session; its times are announced, not computed."""
        return self.capacity > 1


class Schedule(models.Model):
    """Which doctor offers which service, in which zone's hours (FHIR Schedule)."""

    doctor = models.ForeignKey(
        Doctor, on_delete=models.CASCADE, related_name="schedules", verbose_name=_("doctor")
    )
    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="schedules", verbose_name=_("service")
    )
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
