"""The operator's desk: Django's admin, entered by the site's own door, with this house's rooms.

What other applications register (confirmed addresses, second steps, tasks) is left out: it holds
secrets or says when members acted, and nobody should change it by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any  # the signatures are Django's

from allauth.account.decorators import secure_admin_login
from django.apps import apps
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

BETTER_SAID = (
    gettext_noop("Administration"),
    gettext_noop("log entry"),
    gettext_noop("log entries"),
    gettext_noop(" By %(filter_title)s "),
)
"""Sentences of Django's admin that this house's catalogue says in better Korean."""


class Desk(AdminSite):
    """Django's admin for operators."""

    site_header = _("The operator's desk")
    site_title = _("The operator's desk")
    index_title = _("Rooms")

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[ModelAdmin[Any]] | None = None,
        **options: Any,
    ) -> None:
        """Take in what is this house's own."""
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        super().register([model for model in models if _is_ours(model)], admin_class, **options)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The site's door, with its limits and its second step."""
        answer: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return answer

    def logout(  # type: ignore[override]  # Django answers with a page of its own
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one way out, too."""
        return redirect("account_logout")

    def password_change(  # type: ignore[override]  # Django answers with a page of its own
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """And one place for a new password, which ends sessions and sends a letter."""
        return redirect("account_change_password")


def _is_ours(model: type[Model]) -> bool:
    name = apps.get_app_config(model._meta.app_label).name
    return model is LogEntry or name.startswith("madang.")
