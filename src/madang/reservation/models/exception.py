"""Hours that differ from the weekly ones: closed, extra, and public holidays."""

from __future__ import annotations

from datetime import date

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madang.people.models import Member, validate_time_zone
from madang.reservation.models.parties import Doctor
from madang.reservation.models.schedule import DAY_MINUTES, Schedule


class ScheduleExceptionQuerySet(models.QuerySet["ScheduleException"]):
    """Questions about exceptions."""

    def of(self, doctor: Doctor) -> ScheduleExceptionQuerySet:
        """Those of a doctor, also of one schedule alone, in the order of their days."""
        mine = self.filter(Q(doctor=doctor) | Q(schedule__doctor=doctor))
        return mine.order_by("first_on", "opens_minute", "id")

    def within(self, first: date, until: date) -> ScheduleExceptionQuerySet:
        """Those that touch the days from `first` to before `until`."""
        return self.filter(first_on__lt=until, last_on__gte=first)


class ScheduleException(models.Model):
    """The same hours on each of some days, on the wall of `time_zone`, for a doctor or a schedule.

    Weekly hours are open; a public holiday closes them; extra hours open what a holiday closes;
    what is closed is closed whatever else says. A holiday that is lifted stays as a row, so that
    importing the holidays again does not bring it back.
    """

    class Kind(models.TextChoices):
        CLOSED = "closed", pgettext_lazy("of hours", "closed")
        EXTRA = "extra", _("extra hours")
        HOLIDAY = "holiday", _("public holiday")

    doctor = models.ForeignKey(
        Doctor,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="exceptions",
        verbose_name=_("doctor"),
        help_text=_("For all that the doctor offers; or leave it empty and choose a schedule."),
    )
    schedule = models.ForeignKey(
        Schedule,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="exceptions",
        verbose_name=_("schedule"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"))
    opens_minute = models.PositiveSmallIntegerField(
        _("from, minutes after midnight"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(DAY_MINUTES - 1)],
    )
    closes_minute = models.PositiveSmallIntegerField(
        _("to, minutes after midnight"),
        default=DAY_MINUTES,
        db_default=DAY_MINUTES,
        validators=[MaxValueValidator(DAY_MINUTES)],
    )
    time_zone = models.CharField(
        _("time zone"), max_length=50, default="Asia/Seoul", validators=[validate_time_zone]
    )
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    is_lifted = models.BooleanField(_("holiday lifted"), default=False, db_default=False)
    made_by = models.ForeignKey(
        Member,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("made by"),
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    objects = ScheduleExceptionQuerySet.as_manager()

    class Meta:
        ordering = ["first_on", "opens_minute", "id"]
        verbose_name = _("exception to the hours")
        verbose_name_plural = _("exceptions to the hours")
        indexes = [
            models.Index(fields=["doctor", "last_on"], name="reservation_exception_doctor"),
            models.Index(fields=["schedule", "last_on"], name="reservation_exception_schedule"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on")),
                name="reservation_exception_ends_after_start",
                violation_error_message=_("The last day comes before the first."),
            ),
            models.CheckConstraint(
                condition=Q(closes_minute__gt=F("opens_minute"), closes_minute__lte=DAY_MINUTES),
                name="reservation_exception_closes_after_opening",
                violation_error_message=_("The hours end before they begin."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["closed", "extra", "holiday"]),
                name="reservation_exception_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(doctor__isnull=False, schedule__isnull=True)
                | Q(doctor__isnull=True, schedule__isnull=False),
                name="reservation_exception_of_one",
                violation_error_message=_("Choose either a doctor or a schedule."),
            ),
            models.CheckConstraint(
                condition=Q(kind="holiday", doctor__isnull=False)
                | (~Q(kind="holiday") & Q(is_lifted=False)),
                name="reservation_exception_only_holidays_lifted",
                violation_error_message=_("Only a doctor's public holiday can be lifted."),
            ),
            models.UniqueConstraint(
                fields=[
                    "doctor",
                    "kind",
                    "first_on",
                    "last_on",
                    "opens_minute",
                    "closes_minute",
                    "time_zone",
                ],
                name="reservation_exception_once",
            ),
            models.UniqueConstraint(
                fields=[
                    "schedule",
                    "kind",
                    "first_on",
                    "last_on",
                    "opens_minute",
                    "closes_minute",
                    "time_zone",
                ],
                name="reservation_exception_once_a_schedule",
            ),
            models.UniqueConstraint(
                fields=["doctor", "first_on"],
                condition=Q(kind="holiday"),
                name="reservation_exception_holiday_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.first_on} – {self.last_on}"

    @property
    def is_whole_day(self) -> bool:
        """Whether it lasts from midnight to midnight."""
        return (self.opens_minute, self.closes_minute) == (0, DAY_MINUTES)

    @property
    def is_closing(self) -> bool:
        """Whether it closes hours now."""
        return self.kind != self.Kind.EXTRA and not self.is_lifted
