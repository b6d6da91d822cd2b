"""How long, how many, how often: the library's rules as data, and the days it is closed."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madang.library.models.catalogue import ItemType, Location
from madang.library.models.patrons import PatronCategory

MOST_DAYS = 3650
MOST_FINE = 1_000_000


class CirculationRule(models.Model):
    """What holds for a category of patrons, a type of item and a location; empty means any.

    Of the rules that fit, the one that names most of the three decides; of those the one with
    the lowest rank, and then the one that was made first.
    """

    class Suspension(models.TextChoices):
        """How long somebody who returned late may not borrow."""

        NONE = "none", _("not at all")
        SUM = "sum", _("as many days as every item was late, added up")
        LONGEST = "longest", _("as many days as the latest item was late")

    name = models.CharField(
        _("name"), max_length=80, help_text=_("Patrons read it wherever the rule decides.")
    )
    category = models.ForeignKey(
        PatronCategory,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="rules",
        verbose_name=_("patron category"),
    )
    item_type = models.ForeignKey(
        ItemType,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="rules",
        verbose_name=_("item type"),
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="rules",
        verbose_name=_("shelving location"),
    )
    rank = models.SmallIntegerField(
        _("rank"), default=0, help_text=_("Among rules that fit equally well, the lowest decides.")
    )
    max_loans = models.PositiveSmallIntegerField(
        _("most loans at once"), default=5, help_text=_("0 where nothing is lent.")
    )
    loan_days = models.PositiveSmallIntegerField(
        _("days of a loan"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
    )
    max_renewals = models.PositiveSmallIntegerField(_("most renewals"), default=1)
    renewal_days = models.PositiveSmallIntegerField(
        _("days of a renewal"),
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
    )
    suspension = models.CharField(
        _("suspension after a late return"),
        max_length=10,
        choices=Suspension.choices,
        default=Suspension.SUM,
    )
    fine_per_day = models.PositiveIntegerField(
        _("fine for a day late"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(MOST_FINE)],
        help_text=_("In the smallest unit of money; 0 where late returns cost nothing."),
    )
    fine_most = models.PositiveIntegerField(
        _("most of a fine"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("For one loan. Empty where a fine has no end."),
    )
    is_same_day_again = models.BooleanField(
        _("may be borrowed again on the day of return"), default=True
    )
    max_holds = models.PositiveSmallIntegerField(_("most holds of a patron"), default=3)
    max_holds_per_bib = models.PositiveSmallIntegerField(_("most holds on a title"), default=5)
    pickup_days = models.PositiveSmallIntegerField(
        _("open days to pick up"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
    )

    class Meta:
        ordering = ["rank", "id"]
        verbose_name = _("circulation rule")
        verbose_name_plural = _("circulation rules")
        constraints = [
            models.CheckConstraint(
                condition=Q(loan_days__gte=1, loan_days__lte=MOST_DAYS)
                & Q(renewal_days__gte=1, renewal_days__lte=MOST_DAYS)
                & Q(pickup_days__gte=1, pickup_days__lte=MOST_DAYS),
                name="library_rule_takes_days",
            ),
            models.CheckConstraint(
                condition=Q(suspension__in=["none", "sum", "longest"]),
                name="library_rule_suspension_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ClosedWeekday(models.Model):
    """A day of the week on which the library is closed."""

    class Weekday(models.IntegerChoices):
        """Numbered as ISO 8601 does."""

        MONDAY = 1, _("Monday")
        TUESDAY = 2, _("Tuesday")
        WEDNESDAY = 3, _("Wednesday")
        THURSDAY = 4, _("Thursday")
        FRIDAY = 5, _("Friday")
        SATURDAY = 6, _("Saturday")
        SUNDAY = 7, _("Sunday")

    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)

    class Meta:
        ordering = ["weekday", "id"]
        verbose_name = _("closed weekday")
        verbose_name_plural = _("closed weekdays")
        constraints = [
            models.UniqueConstraint(fields=["weekday"], name="library_closed_weekday_once"),
            models.CheckConstraint(
                condition=Q(weekday__gte=1, weekday__lte=7), name="library_closed_weekday_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_weekday_display())


class ClosedDay(models.Model):
    """A single day on which the library is closed: a holiday, a day of stock-taking.

    One that is opened all the same stays as a row: it is open whatever its weekday says, and
    importing the holidays again does not close it.
    """

    on = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=80, blank=True)
    is_open = models.BooleanField(_("open all the same"), default=False, db_default=False)

    class Meta:
        ordering = ["on", "id"]
        verbose_name = _("closed day")
        verbose_name_plural = _("closed days")
        constraints = [models.UniqueConstraint(fields=["on"], name="library_closed_day_once")]

    def __str__(self) -> str:
        return f"{self.on} {self.name}".strip()
