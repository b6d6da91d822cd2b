"""From what a scanner types to a number, a patron and a key."""

from __future__ import annotations

from django import forms

from madang.library.models import Patron


class ScanForm(forms.Form):
    """One scan at the desk; whatever is wrong with a field, the others are still read."""

    scan = forms.CharField(max_length=50, required=False)
    patron = forms.ModelChoiceField(Patron.objects.select_related("category"), required=False)
    key = forms.RegexField(r"^[0-9a-f]{32}\Z", required=False)
