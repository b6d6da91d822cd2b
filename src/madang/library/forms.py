"""From what a scanner types to a number, a patron and a key."""

from __future__ import annotations

from decimal import Decimal
from typing import Any  # Django's forms take anything

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from madang.lib.money import digits
from madang.library.models import Charge, Patron, Payment

MOST_DIGITS = 9
"""Of an amount, so that it stays within what either database keeps."""


class ScanForm(forms.Form):
    """One scan at the desk; whatever is wrong with a field, the others are still read."""

    scan = forms.CharField(max_length=50, required=False)
    patron = forms.ModelChoiceField(Patron.objects.select_related("category"), required=False)
    key = forms.RegexField(r"^[0-9a-f]{32}\Z", required=False)


class AmountForm(forms.Form):
    """An amount of money as people type it, and a word about it."""

    amount = forms.DecimalField()
    note = forms.CharField(label=_("Note"), max_length=250, required=False)

    def __init__(self, *args: Any, least: int = 1, **kwargs: Any) -> None:
        """`least` is the smallest amount, in the smallest unit of the site's currency."""
        super().__init__(*args, **kwargs)
        behind = digits(settings.CURRENCY)
        self.fields["amount"] = forms.DecimalField(
            label=_("Amount"),
            max_digits=MOST_DIGITS,
            decimal_places=behind,
            min_value=Decimal(least).scaleb(-behind),
        )

    def clean_amount(self) -> int:
        """In the smallest unit."""
        amount: Decimal = self.cleaned_data["amount"]
        return int(amount.scaleb(digits(settings.CURRENCY)))


class ChargeForm(AmountForm):
    """What a librarian charges by hand."""

    MANUAL = (Charge.Kind.DAMAGED, Charge.Kind.OTHER)

    kind = forms.ChoiceField(label=_("Kind"), choices=[(one.value, one.label) for one in MANUAL])


class PaymentForm(AmountForm):
    """What is paid, or let off."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Payment.Kind.choices)
