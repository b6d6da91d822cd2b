"""What is said, why something is reported, and where a page of a timeline goes on."""

from __future__ import annotations

from django import forms
from django.core.exceptions import BadRequest
from django.utils.translation import gettext_lazy as _

from madang.microblog import words
from madang.microblog.models.moderation import LONGEST_NOTE, Reason
from madang.microblog.models.post import LONGEST

LARGEST_ID = 2**63 - 1


class PostForm(forms.Form):
    """The text of a post; control characters are taken out, the ends trimmed."""

    text = forms.CharField(
        label=_("What would you like to say?"),
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea({"rows": 3}),
    )

    def clean_text(self) -> str:
        """The cleaned text; an error where nothing is left of it."""
        text = words.clean(str(self.cleaned_data["text"]))
        if not text:
            raise forms.ValidationError(_("Please write something."), code="required")
        return text


class ReasonForm(forms.Form):
    """Why a post should be looked at, or why something was done about it."""

    reason = forms.ChoiceField(label=_("Why?"), choices=Reason.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("In your own words (if you like)"), max_length=LONGEST_NOTE, required=False
    )

    def clean_note(self) -> str:
        """One line, without control characters."""
        return words.line(str(self.cleaned_data["note"]))


def cursor(text: str) -> int | None:
    """The id before which a timeline goes on; None for its beginning; `BadRequest` for nonsense."""
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 19 or int(text) > LARGEST_ID:
        raise BadRequest("no cursor")
    return int(text)
