"""Which days a report is about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any  # Django's own signatures have no narrower type
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST = timedelta(days=366 * 5)
FIRST_YEAR, LAST_YEAR = 1900, 9000


class ReportForm(forms.Form):
    """From a day to a day, both included, and by which classes the collection is told."""

    first_on = forms.DateField(
        label=_("first day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    last_on = forms.DateField(
        label=_("last day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    scheme = forms.ChoiceField(
        label=_("Classification"), choices=[("kdc", _("Korean (KDC)")), ("ddc", _("Dewey (DDC)"))]
    )

    def clean(self) -> dict[str, Any]:
        """Days in their order, of five years at most."""
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_on"), cleaned.get("last_on")
        if first and last:
            if not FIRST_YEAR <= first.year <= last.year <= LAST_YEAR:
                self.add_error("first_on", _("There is nothing to report of such a year."))
            elif last < first:
                self.add_error("last_on", _("The last day comes before the first."))
            elif last - first >= LONGEST:
                self.add_error("last_on", _("A report is about five years at most."))
        return cleaned

    def query(self) -> str:
        """What was asked for, as an address has it."""
        clean = self.cleaned_data
        return urlencode({name: clean[name] for name in ("first_on", "last_on", "scheme")})
