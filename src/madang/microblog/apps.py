from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MicroblogConfig(AppConfig):
    """Posts, likes, follows."""

    name = "madang.microblog"
    label = "microblog"
    verbose_name = _("Stories")

    def ready(self) -> None:
        """Open the room, join the registry of holdings, let the sweep fold notes and keep keys."""
        from madang.microblog import counting, epochs, holdings, offers, renewing  # noqa: F401 - sweeps
        from madang.people import holdings as people
        from madang.ui import rooms

        people.register("microblog", export=holdings.export, erase=holdings.erase)
        room = rooms.Room(
            title=_("Stories"),
            about=_("Say something, answer, like. Every like counts once."),
            index="microblog:local",
            icon="microblog/icon.html",
            links=offers.links,
            own=(rooms.OwnPage(_("Blocked and muted"), "microblog:hidden"),),
        )
        rooms.register("microblog", room)
