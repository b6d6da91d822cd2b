"""From what a librarian types to the days on which the library is closed, or open."""

from __future__ import annotations

from datetime import date
from typing import Any, TypedDict  # Django's own signatures have no narrower type

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madang.lib import public_holidays
from madang.library.closing import NAME
from madang.library.models import ClosedWeekday

YEARS_AHEAD = 3


class Wanted(TypedDict):
    """Days in a row, and what they are called."""

    first_on: date
    last_on: date
    name: str


class WeekForm(forms.Form):
    """The days of the week without lending, none to all of them."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Closed every week"),
        choices=ClosedWeekday.Weekday.choices,
        coerce=int,
        required=False,
    )


class ClosingForm(forms.Form):
    """A day, or some in a row."""

    first_on = forms.DateField(
        label=_("first day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    last_on = forms.DateField(
        label=_("last day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("Empty: one day."),
    )
    name = forms.CharField(
        label=_("Why"), required=False, max_length=NAME, help_text=_("For example stock-taking.")
    )

    def wanted(self) -> Wanted:
        """What the verb is to close, or to open."""
        clean = self.cleaned_data
        return Wanted(
            first_on=clean["first_on"],
            last_on=clean["last_on"] or clean["first_on"],
            name=clean["name"],
        )


class OpeningForm(ClosingForm):
    """A day to be open on, or some in a row."""

    name = forms.CharField(
        label=_("Why"), required=False, max_length=NAME, help_text=_("For example a reading night.")
    )


class HolidaysForm(forms.Form):
    """Whose public holidays: a country, a part of it where it has some, and a year."""

    year = forms.IntegerField(label=_("Calendar year"))
    country = forms.ChoiceField(label=_("Country"), choices=public_holidays.choices)
    subdivision = forms.CharField(
        label=_("Part of the country"),
        required=False,
        max_length=20,
        help_text=_("For example BY for Bavaria; mostly empty."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """This year and the `YEARS_AHEAD` after it can be chosen."""
        super().__init__(*args, **kwargs)
        this = timezone.localdate().year
        self.fields["year"] = forms.IntegerField(
            label=_("Calendar year"), min_value=this, max_value=this + YEARS_AHEAD
        )

    def clean(self) -> dict[str, Any]:
        """A part that the country has."""
        cleaned = super().clean() or self.cleaned_data
        known = public_holidays.parts().get(cleaned.get("country", ""), ())
        if "country" in cleaned and cleaned.get("subdivision", "") not in {"", *known}:
            self.add_error("subdivision", _("This country has no such part."))
        return cleaned
