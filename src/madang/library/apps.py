from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LibraryConfig(AppConfig):
    """Titles, their copies, and the patrons who borrow them."""

    name = "madang.library"
    label = "library"
    verbose_name = _("Library")

    def ready(self) -> None:
        """Open the room, join the registry of what rooms hold of a member, and start the sweeps.

        A title that is saved is found from then on.

        Importing `holding`, `history`, `closing`, `telling` and `working` has holds expire,
        readers forgotten, dates moved off closed days, letters written, and imports gone on
        with, in time.
        """
        from django.db.models.signals import post_save

        from madang.library import (  # noqa: F401
            closing,
            history,
            holding,
            holdings,
            index,
            offers,
            telling,
            working,
        )
        from madang.library.models import Bib
        from madang.people import holdings as people
        from madang.ui import rooms

        post_save.connect(index.saved, sender=Bib, dispatch_uid="library.index")
        people.register("library", export=holdings.export, erase=holdings.erase)
        room = rooms.Room(
            title=_("Library"),
            about=_("Borrow books, and wait for those that are out. The queue is fair."),
            index="library:mine",
            icon="library/icon.html",
            links=offers.links,
        )
        rooms.register("library", room)
