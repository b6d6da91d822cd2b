"""From what a librarian types or scans to copies, patrons, and a sheet to print them on."""

from __future__ import annotations

from typing import Any  # Django's own signatures have no narrower type

from django import forms
from django.utils.translation import gettext_lazy as _

from madang.library import labelling
from madang.library.labels import CARDS, SHEETS
from madang.library.models import ImportBatch, Item, Patron, PatronCategory

BATCHES = 50
"""So many of the latest imports can be chosen."""
NAMED = 10
"""So many unknown numbers are named."""
LONGEST = 200_000
"""Signs in the field for numbers."""


class _NumbersForm(forms.Form):
    """Numbers in lines, the kind of bars, and where on the sheet to begin."""

    numbers = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        required=False,
        max_length=LONGEST,
    )
    bars = forms.ChoiceField(
        label=_("Bars"),
        choices=[("code128", "Code 128"), ("code39", "Code 39")],
        initial="code128",
        required=False,
        help_text=_("A number that Code 39 has no signs for gets Code 128."),
    )
    skip = forms.IntegerField(
        label=_("Used places"),
        min_value=0,
        initial=0,
        required=False,
        help_text=_("So many places at the beginning of the first sheet stay empty."),
    )

    def lines(self) -> list[str]:
        """The numbers, each once, in their order."""
        text: str = self.cleaned_data.get("numbers") or ""
        return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))

    def _skip_within(self, places: int) -> None:
        if (self.cleaned_data.get("skip") or 0) >= places:
            text = _("The sheet has %(places)s places.") % {"places": places}
            self.add_error("skip", text)

    def _refuse(self, error: labelling.Unknown | labelling.TooMany) -> None:
        if isinstance(error, labelling.Unknown):
            named = ", ".join(error.numbers[:NAMED])
            more = ", …" if len(error.numbers) > NAMED else ""
            text = _("Nothing has these numbers: %(numbers)s")
            self.add_error("numbers", text % {"numbers": named + more})
        else:
            text = _("At most %(most)s at once, please.")
            self.add_error(None, text % {"most": labelling.MOST})

    def _none(self) -> None:
        self.add_error(None, _("Nothing was chosen."))

    @property
    def is_code39(self) -> bool:
        """Whether the bars are to be those of Code 39."""
        return bool(self.cleaned_data["bars"] == "code39")


class CopiesForm(_NumbersForm):
    """Labels for copies: by their numbers, or all that came with a file."""

    copies: list[Item]

    batch = forms.ModelChoiceField(
        ImportBatch.objects.none(), label=_("Or all that came with a file"), required=False
    )
    kind = forms.ChoiceField(
        label=_("Labels"),
        choices=[("spines", _("for the spine")), ("barcodes", _("with the barcode"))],
    )
    sheet = forms.ChoiceField(
        label=_("Sheet (A4)"),
        choices=[
            (name, f"{each.width:g} × {each.height:g} mm, {each.columns} × {each.rows}")
            for name, each in SHEETS.items()
        ],
    )
    field_order = ["numbers", "batch", "kind", "sheet", "bars", "skip"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["numbers"].label = _("Barcodes or accession numbers")
        self.fields["numbers"].help_text = _("One in a line; a scanner can type them.")
        batches = ImportBatch.objects.filter(status=ImportBatch.Status.APPLIED)
        field = self.fields["batch"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = batches.filter(pk__in=list(batches.values_list("pk", flat=True)[:BATCHES]))

    def clean(self) -> dict[str, Any]:
        """The copies, which go to `copies`."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        self._skip_within(SHEETS[cleaned["sheet"]].places)
        try:
            self.copies = labelling.copies(numbers=self.lines(), batch=cleaned["batch"])
        except (labelling.Unknown, labelling.TooMany) as error:
            self._refuse(error)
        else:
            if not self.copies:
                self._none()
        return cleaned


class CardsForm(_NumbersForm):
    """Cards for patrons: by their numbers, or all of a category."""

    patrons: list[Patron]

    category = forms.ModelChoiceField(
        PatronCategory.objects.all(), label=_("Or all patrons of a category"), required=False
    )
    field_order = ["numbers", "category", "bars", "skip"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["numbers"].label = _("Numbers of cards")
        self.fields["numbers"].help_text = _("One in a line; a scanner can type them.")

    def clean(self) -> dict[str, Any]:
        """The patrons, which go to `patrons`."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        self._skip_within(CARDS.places)
        try:
            self.patrons = labelling.patrons(numbers=self.lines(), category=cleaned["category"])
        except (labelling.Unknown, labelling.TooMany) as error:
            self._refuse(error)
        else:
            if not self.patrons:
                self._none()
        return cleaned
