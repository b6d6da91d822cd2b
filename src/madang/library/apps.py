from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LibraryConfig(AppConfig):
    """Titles, their copies, and the patrons who borrow them."""

    name = "madang.library"
    label = "library"
    verbose_name = _("Library")

    def ready(self) -> None:
        """Open the room. Importing `holding` has holds expire about once a minute."""
        from madang.library import holding, offers  # noqa: F401
        from madang.ui import rooms

        room = rooms.Room(
            title=_("Library"),
            about=_("Borrow books, and wait for those that are out. The queue is fair."),
            index="library:mine",
            icon="library/icon.html",
            links=offers.links,
        )
        rooms.register("library", room)
