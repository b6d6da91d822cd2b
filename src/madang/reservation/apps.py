from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReservationConfig(AppConfig):
    """Doctors, patients, and the time between them."""

    name = "madang.reservation"
    label = "reservation"
    verbose_name = _("Reservations")

    def ready(self) -> None:
        """Join the registry of what rooms hold of a member."""
        from madang.people import holdings as people
        from madang.reservation import holdings

        people.register("reservation", export=holdings.export, erase=holdings.erase)
