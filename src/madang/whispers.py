"""The anonymous origin as an application of its own, for the one process that serves it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any  # WSGI's environ

Application = Callable[[Any, Any], Iterable[bytes]]


def application() -> Application:
    """Made in its process, with its own role of the database and a thread that writes at ticks."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madang.settings")
    django.setup()
    from django.conf import settings
    from django.db import connections

    connections.settings["default"].update(settings.ANON_DATABASE)
    from madang.microblog import origin

    return origin.application()
