"""Another project's settings, fitted to the server it is deployed on.

Copied into each release of such a project and named by DJANGO_SETTINGS_MODULE there. Everything
the project says stays, but for what a server decides: no debugging, which name it answers to, how
it knows HTTPS behind nginx, and that nothing is written beside the code.
"""

import os
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote, urlsplit

_project = import_module(os.environ["DEPLOYED_SETTINGS"])
globals().update({name: value for name, value in vars(_project).items() if name.isupper()})

_data = Path(os.environ["DEPLOYED_DATA"])
_origin = os.environ["DEPLOYED_ORIGIN"]

DEBUG = False
ALLOWED_HOSTS = [os.environ["DEPLOYED_HOST"]]
CSRF_TRUSTED_ORIGINS = [_origin]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
if _origin.startswith("https:"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
if not getattr(_project, "SECRET_KEY", "") or "insecure" in _project.SECRET_KEY:
    SECRET_KEY = os.environ["DEPLOYED_SECRET_KEY"]

STATIC_ROOT = _data / "static"
MEDIA_ROOT = _data / "media"


def _kept(database: dict[str, object]) -> dict[str, object]:
    """A file of SQLite lies in the data folder, under its own name."""
    if database.get("ENGINE") != "django.db.backends.sqlite3":
        return database
    return {**database, "NAME": _data / Path(str(database.get("NAME") or "db.sqlite3")).name}


DATABASES = {alias: _kept(told) for alias, told in getattr(_project, "DATABASES", {}).items()}
if os.environ.get("DEPLOYED_DATABASE_URL"):
    _url = urlsplit(os.environ["DEPLOYED_DATABASE_URL"])
    if _url.scheme == "sqlite":
        DATABASES["default"] = {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(_url.path.removeprefix("/")),
        }
    else:
        DATABASES["default"] = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(_url.path.removeprefix("/")),
            "USER": unquote(_url.username or ""),
            "PASSWORD": unquote(_url.password or ""),
            "HOST": unquote(_url.hostname or ""),
            "PORT": str(_url.port or ""),
        }
