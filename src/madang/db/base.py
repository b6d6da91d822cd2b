"""Django's SQLite back end, as Madang uses it."""

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """To be filled by the back end's own branch."""
