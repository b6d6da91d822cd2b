"""What members fill in about themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any  # a form takes what Django hands it
from zoneinfo import available_timezones

from allauth.account.adapter import get_adapter
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from madang.people.access import member_of
from madang.people.invitations import MOST_PEOPLE
from madang.people.models import Member
from madang.people.models.member import validate_name


class SignupForm(forms.Form):
    """What joining asks besides handle and password; allauth adds those."""

    display_name = forms.CharField(label=_("Name"), max_length=80, validators=[validate_name])

    field_order = ("display_name", "username", "email", "password1", "password2")

    def signup(self, request: HttpRequest, user: Member) -> None:
        """allauth's hook; the adapter has already stored everything."""


def zones_by_region() -> list[tuple[str, list[tuple[str, str]]]]:
    """The world's time zones for a select: by region, each called by its place."""
    regions: dict[str, list[tuple[str, str]]] = {}
    for zone in sorted(available_timezones()):
        region, slash, place = zone.partition("/")
        if slash and region not in {"Etc", "SystemV", "US", "posix", "right"}:
            name = place.replace("_", " ").replace("/", ", ")
            regions.setdefault(region, []).append((zone, name))
    return [("UTC", [("UTC", "UTC")]), *sorted(regions.items())]


class ProfileForm(forms.ModelForm[Member]):
    """Name, language and time zone."""

    time_zone = forms.ChoiceField(label=_("Time zone"))

    class Meta:
        model = Member
        fields = ["display_name", "language", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = zones_by_region()
        self.fields["display_name"].required = True


class TokenForm(forms.Form):
    """What a new token is for, and how long it works."""

    name = forms.CharField(
        label=_("What is it for?"),
        max_length=80,
        help_text=_("For example: my calendar script"),
        validators=[validate_name],
    )
    days = forms.TypedChoiceField(
        label=_("How long does it work?"),
        choices=[
            (30, _("a month")),
            (365, _("a year")),
            (0, _("until I revoke it")),
        ],
        coerce=int,
        initial=365,
    )

    def expires_at(self, *, at: datetime) -> datetime | None:
        """When the token stops working; None for never."""
        days = self.cleaned_data["days"]
        return at + timedelta(days=days) if days else None


class InvitationForm(forms.Form):
    """For whom, and for how many."""

    note = forms.CharField(
        label=_("For whom?"),
        max_length=80,
        help_text=_("Only you and the operators see this."),
        validators=[validate_name],
    )
    people = forms.IntegerField(
        label=_("How many people may use it?"),
        initial=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_PEOPLE)],
    )


class DeleteForm(forms.Form):
    """The password, so that nobody else deletes the account at an open screen."""

    password = forms.CharField(
        label=_("Your password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        strip=False,
    )

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.POST if request.method == "POST" else None)
        self.request = request

    def clean_password(self) -> str:
        """Refuse a wrong password; wrong ones are counted as at the door."""
        password = str(self.cleaned_data["password"])
        if not get_adapter(self.request).reauthenticate(member_of(self.request), password):
            raise forms.ValidationError(_("That is not your password."))
        return password
