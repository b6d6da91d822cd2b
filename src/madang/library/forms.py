"""From what a scanner types to a number, a patron and a key."""

from __future__ import annotations

from decimal import Decimal
from typing import Any  # the signatures are Django's

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from madang.lib.money import digits
from madang.library import reading
from madang.library.models import Charge, ItemType, Location, Patron, Payment

MOST_DIGITS = 9
"""Of an amount, so that it stays within what either database keeps."""


class ScanForm(forms.Form):
    """One scan at the desk; whatever is wrong with a field, the others are still read."""

    scan = forms.CharField(max_length=50, required=False)
    patron = forms.ModelChoiceField(Patron.objects.select_related("category"), required=False)
    key = forms.RegexField(r"^[0-9a-f]{32}\Z", required=False)


class ImportForm(forms.Form):
    """A file to be read in, and what its copies are; `format` is what the file turned out to be."""

    format: str

    file = forms.FileField(
        label=_("File"),
        help_text=_("MARC21, KORMARC, MARCXML, or a table as CSV or XLSX, up to 20 MB."),
        max_length=255,
    )
    item_type = forms.ModelChoiceField(
        ItemType.objects.all(), label=_("What new copies are"), required=False
    )
    location = forms.ModelChoiceField(
        Location.objects.all(),
        label=_("Where new copies stand"),
        required=False,
        help_text=_("A record may name another place that the library has."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, model in (("item_type", ItemType), ("location", Location)):
            field, first = self.fields[name], model.objects.order_by("pk").first()
            assert isinstance(field, forms.ModelChoiceField)
            field.initial = first
            field.empty_label = None if first else "—"

    def clean_file(self) -> UploadedFile[bytes]:
        """A file in a format that is read."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        found = reading.format_of(file.name or "", file.read(4096))
        file.seek(0)
        if found is None:
            raise forms.ValidationError(_("This is neither MARC nor MARCXML nor a table."))
        self.format = found
        return file


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
