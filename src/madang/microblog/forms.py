"""What is said, why something is reported, and where a page of a timeline goes on."""

from __future__ import annotations

from typing import Any  # what a form has cleaned

from django import forms
from django.core.exceptions import BadRequest
from django.utils.translation import gettext_lazy as _

from madang.microblog import picturing, words
from madang.microblog.models.attaching import LONGEST_DESCRIPTION, MOST_PICTURES
from madang.microblog.models.moderation import LONGEST_NOTE, Reason
from madang.microblog.models.post import LONGEST

LARGEST_ID = 2**63 - 1
ACCEPTED = "image/jpeg,image/png,image/webp,image/gif"


class PostForm(forms.Form):
    """The text of a post; control characters are taken out, the ends trimmed.

    And its pictures, which `cleaned_data["pictures"]` has drawn anew.
    """

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

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        for n in range(1, MOST_PICTURES + 1):
            self.fields[f"picture{n}"] = forms.FileField(
                label=_("Picture %(n)d") % {"n": n},
                required=False,
                widget=forms.FileInput({"accept": ACCEPTED}),
            )
            self.fields[f"description{n}"] = forms.CharField(
                label=_("What can be seen on it"),
                max_length=LONGEST_DESCRIPTION,
                required=False,
            )

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each place for a picture, and the one for what can be seen on it."""
        places = range(1, MOST_PICTURES + 1)
        return [(self[f"picture{n}"], self[f"description{n}"]) for n in places]

    def clean(self) -> dict[str, Any]:
        """The pictures drawn anew, unless something else has to be mended first."""
        found = self.cleaned_data
        places = [n for n in range(1, MOST_PICTURES + 1) if found.get(f"picture{n}")]
        found["pictures"] = []
        if places and self.errors:
            self.add_error(None, _("Please choose the pictures again."))
        elif places:
            sent = [
                picturing.Sent(found[f"picture{n}"].read(), found[f"description{n}"])
                for n in places
            ]
            try:
                found["pictures"] = picturing.draw(sent)
            except tuple(picturing.SENTENCES) as refusal:
                self.add_error(None, str(picturing.SENTENCES[type(refusal)][2]))
        return found


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
