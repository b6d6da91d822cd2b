"""allauth's forms in this house's words: one name a thing, no sentence twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any  # allauth ships no types

from allauth.account import forms as account
from allauth.mfa.base import forms as second_step
from allauth.mfa.totp import forms as totp
from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

LABELS: dict[str, _StrPromise] = {
    "login": _("Handle or e-mail"),
    "password": _("Password"),
    "remember": _("Keep me signed in on this device"),
    "username": _("Handle"),
    "email": _("E-mail"),
    "oldpassword": _("Your password so far"),
    "password1": _("New password"),
    "password2": _("The same once more"),
    "code": _("Code"),
}
HINTS: dict[str, _StrPromise] = {
    "username": _("Small letters, digits and underscores, for example kim_hana."),
    "password1": _("At least 8 characters, not only digits, and nothing that many people use."),
}


class Worded(forms.Form):
    """Labels and hints from above, and no placeholder that repeats the label."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name) or field.label
            field.help_text = HINTS.get(name) or ""
            field.widget.attrs.pop("placeholder", None)
            if name == "code":
                field.widget.attrs["inputmode"] = "text"
                field.widget.attrs["autocapitalize"] = "off"


class LoginForm(Worded, account.LoginForm):  # type: ignore[misc]  # allauth ships no types
    """The door."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class SignupForm(Worded, account.SignupForm):  # type: ignore[misc]  # allauth ships no types
    """Joining; an e-mail address is optional."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail (may be left out)")
        self.fields["password1"].label = _("Password")


class AddEmailForm(Worded, account.AddEmailForm):  # type: ignore[misc]  # allauth ships no types
    """Another address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("New address")


class ChangePasswordForm(Worded, account.ChangePasswordForm):  # type: ignore[misc]
    """Another password, for those who know theirs."""


class SetPasswordForm(Worded, account.SetPasswordForm):  # type: ignore[misc]
    """A first password."""


class ResetPasswordForm(Worded, account.ResetPasswordForm):  # type: ignore[misc]
    """Ask for a letter."""


class ResetPasswordKeyForm(Worded, account.ResetPasswordKeyForm):  # type: ignore[misc]
    """Another password, by the link in the letter."""


class ReauthenticateForm(Worded, account.ReauthenticateForm):  # type: ignore[misc]
    """The password again."""


class CodeForm(Worded, second_step.AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""


class CodeAgainForm(Worded, second_step.ReauthenticateForm):  # type: ignore[misc]
    """A code instead of the password again."""


class ActivateForm(Worded, totp.ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new app."""
