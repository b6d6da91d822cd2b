from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReservationConfig(AppConfig):
    """Doctors, patients, and the time between them."""

    name = "madang.reservation"
    label = "reservation"
    verbose_name = _("Reservations")

    def ready(self) -> None:
        """Open the room, and join the registry of what rooms hold of a member."""
        from madang.people import holdings as people
        from madang.reservation import holdings, offers
        from madang.ui import rooms

        people.register("reservation", export=holdings.export, erase=holdings.erase)
        room = rooms.Room(
            title=_("Reservations"),
            about=_("Find a doctor and a free time, and book it. No time is ever given to two."),
            index="reservation:index",
            icon="reservation/icon.html",
            links=offers.links,
        )
        rooms.register("reservation", room)
