from collections.abc import Iterable

from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from madang.ui import rooms


class HomeConfig(AppConfig):
    name = "madang.home"
    label = "home"

    def ready(self) -> None:
        """Open the room of requests, which knows nothing of the site, to operators."""
        rooms.register(
            "wire",
            rooms.Room(
                title=_("Requests"),
                about=_("Follow any request through packets, nginx, Django and SQL."),
                index="wire:requests",
                icon="home/wire.html",
                links=_none,
                roles=frozenset({"operator"}),
            ),
        )


def _none(request: HttpRequest) -> Iterable[rooms.Link]:
    """Nothing there is the reader's own."""
    del request
    return ()
