from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    """Members and what every room needs of them."""

    name = "madang.people"
    label = "people"
    verbose_name = _("People")

    def ready(self) -> None:
        """Join the registry of holdings and listen for members who sign in."""
        from madang.people import holdings, outbox, signals  # noqa: F401 - the outbox sweeps

        holdings.register("people", export=holdings.export_account, erase=holdings.erase_account)
        signals.connect()
