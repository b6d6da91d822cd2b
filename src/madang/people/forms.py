"""What members fill in about themselves."""

from zoneinfo import available_timezones

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from madang.people.models import Member


class SignupForm(forms.Form):
    """What joining asks besides handle and password; allauth adds those."""

    display_name = forms.CharField(label=_("Name"), max_length=80)

    field_order = ("display_name", "username", "email", "password1", "password2")

    def signup(self, request: object, user: Member) -> None:
        """allauth's hook; the adapter has already stored everything."""


class ProfileForm(forms.ModelForm[Member]):
    """Name, language and time zone."""

    time_zone = forms.ChoiceField(label=_("Time zone"))

    class Meta:
        model = Member
        fields = ["display_name", "language", "time_zone"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they come
        zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(zone, zone.replace("_", " ")) for zone in zones]
        self.fields["display_name"].required = True


class TokenForm(forms.Form):
    """What a new token is for."""

    name = forms.CharField(
        label=_("What is it for?"), max_length=80, help_text=_("For example: my calendar script")
    )


class InvitationForm(forms.Form):
    """For whom, and for how many."""

    note = forms.CharField(
        label=_("For whom?"),
        max_length=80,
        help_text=_("Only you and other operators see this."),
    )
    people = forms.IntegerField(
        label=_("How many people may use it?"),
        initial=1,
        validators=[MinValueValidator(1), MaxValueValidator(500)],
    )


class DeleteForm(forms.Form):
    """The password, so that nobody else deletes the account at an open screen."""

    password = forms.CharField(
        label=_("Your password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        strip=False,
    )

    def __init__(self, member: Member, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or None
        self.member = member

    def clean_password(self) -> str:
        """Refuse a wrong password."""
        password = str(self.cleaned_data["password"])
        if not self.member.check_password(password):
            raise forms.ValidationError(_("That is not your password."))
        return password
