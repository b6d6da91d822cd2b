from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    """Members and what every room needs of them."""

    default = True
    name = "madang.people"
    label = "people"
    verbose_name = _("People")

    def ready(self) -> None:
        """Join the registry of holdings and listen for members who sign in."""
        from madang.people import holdings, outbox, signals  # noqa: F401 - the outbox sweeps

        holdings.register("people", export=holdings.export_account, erase=holdings.erase_account)
        signals.connect()


class DeskConfig(admin.AdminConfig):
    """Django's admin, as the operator's desk."""

    default = False
    default_site = "madang.people.desk.Desk"
