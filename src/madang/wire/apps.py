from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WireConfig(AppConfig):
    """One request through every layer; for any project of Django's."""

    name = "madang.wire"
    label = "wire"
    verbose_name = _("Requests")
    default_auto_field = "django.db.models.BigAutoField"
