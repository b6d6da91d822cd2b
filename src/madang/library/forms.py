"""From what a scanner types to a number, a patron and a key."""

from __future__ import annotations

from typing import Any  # the signatures are Django's

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madang.library import reading
from madang.library.models import ItemType, Location, Patron


class ScanForm(forms.Form):
    """One scan at the desk; whatever is wrong with a field, the others are still read."""

    scan = forms.CharField(max_length=50, required=False)
    patron = forms.ModelChoiceField(Patron.objects.select_related("category"), required=False)
    key = forms.RegexField(r"^[0-9a-f]{32}\Z", required=False)


class ImportForm(forms.Form):
    """A file to be read in, and what its copies are; `format` is what the file turned out to be."""

    format: str

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("MARC21, KORMARC, MARCXML, or a table as CSV or XLSX, up to 20 MB."),
        max_length=255,
    )
    item_type = forms.ModelChoiceField(
        ItemType.objects.all(), label=gettext_lazy("What new copies are"), required=False
    )
    location = forms.ModelChoiceField(
        Location.objects.all(),
        label=gettext_lazy("Where new copies stand"),
        required=False,
        help_text=gettext_lazy("A record may name another place that the library has."),
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
