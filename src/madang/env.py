"""Every setting a person can make: environment variables, typed, each described once.

`docs/operating.md` lists the same variables; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypedDict, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

T = TypeVar("T")


class BadEnvironment(Exception):
    """A variable is missing or cannot be read; the message names it and says what it takes."""


@dataclass(frozen=True)
class Variable(Generic[T]):
    """One environment variable: its name, how its text is read, and what it is without one."""

    name: str
    read: Callable[[str], T]
    default: T
    takes: str

    def value(self, environ: Mapping[str, str]) -> T:
        """The typed value in `environ`; `BadEnvironment` if the text makes no sense."""
        text = environ.get(self.name, "").strip()
        if not text:
            return self.default
        try:
            return self.read(text)
        except (ValueError, LookupError, OSError) as error:
            raise BadEnvironment(f"{self.name}={text!r}: it takes {self.takes}") from error


def _yes_or_no(text: str) -> bool:
    answers = {"1": True, "yes": True, "true": True, "on": True}
    answers |= {"0": False, "no": False, "false": False, "off": False}
    return answers[text.lower()]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.replace(",", " ").split() if word)


def _between(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise ValueError(text)
        return number

    return read


def _steps(text: str) -> tuple[int, ...]:
    """Numbers of days, each more than the one before; none for `no`."""
    if text.lower() == "no":
        return ()
    steps = tuple(int(word) for word in _words(text))
    if list(steps) != sorted(set(steps)) or not 1 <= min(steps) <= max(steps) <= 3650:
        raise ValueError(text)
    return steps


def _currency(text: str) -> str:
    if not (len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()):
        raise ValueError(text)
    return text


def _zone(text: str) -> str:
    return ZoneInfo(text).key


def _language(text: str) -> str:
    return {"ko": "ko", "en": "en"}[text]


def _database(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"sqlite", "postgresql"} or len(parts.path) < 2:
        raise ValueError(text)
    return text


def _mail(text: str) -> str:
    if urlsplit(text).scheme not in {"smtp", "smtps", "file", "console"}:
        raise ValueError(text)
    return text


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
        raise ValueError(text)
    return text.rstrip("/")


def _trace(text: str) -> str:
    return {"no": "", "own": "own", "nginx": "nginx"}[text]


def _absolute(text: str) -> Path | None:
    if not text.startswith("/"):
        raise ValueError(text)
    return Path(text)


DEBUG = Variable("MADANG_DEBUG", _yes_or_no, False, "yes or no")
SECRET_KEY = Variable("MADANG_SECRET_KEY", str, "", "a long random text")
HOSTS: Variable[tuple[str, ...]] = Variable(
    "MADANG_HOSTS", _words, (), "host names, separated by commas"
)
DATA = Variable("MADANG_DATA", lambda text: Path(text).resolve(), Path("var"), "a folder")
DATABASE_URL = Variable(
    "MADANG_DATABASE_URL", _database, "", "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"
)
ORIGIN = Variable("MADANG_ORIGIN", _origin, "", "the site's address, as https://example.org")
SITE_NAME = Variable("MADANG_SITE_NAME", str, "마당", "the community's name")
LANGUAGE = Variable("MADANG_LANGUAGE", _language, "ko", "ko or en")
TIME_ZONE = Variable("MADANG_TIME_ZONE", _zone, "Asia/Seoul", "an IANA time zone")
OPEN_JOINING = Variable("MADANG_OPEN_JOINING", _yes_or_no, False, "yes or no")
MEMBERS_INVITE = Variable("MADANG_MEMBERS_INVITE", _yes_or_no, False, "yes or no")
LIBRARY_HISTORY_DAYS = Variable(
    "MADANG_LIBRARY_HISTORY_DAYS", _between(1, 3650), 30, "a number of days from 1 to 3650"
)
LIBRARY_DUE_SOON_DAYS = Variable(
    "MADANG_LIBRARY_DUE_SOON_DAYS", _between(0, 60), 2, "a number of days from 0 to 60"
)
LIBRARY_OVERDUE_DAYS: Variable[tuple[int, ...]] = Variable(
    "MADANG_LIBRARY_OVERDUE_DAYS", _steps, (1, 7, 21), "growing numbers of days, or no"
)
LIBRARY_OPEN_CATALOGUE = Variable("MADANG_LIBRARY_OPEN_CATALOGUE", _yes_or_no, False, "yes or no")
ANON_PASSES = Variable("MADANG_ANON_PASSES", _between(1, 20), 5, "a number of posts from 1 to 20")
ANON_EPOCH_SECONDS = Variable(
    "MADANG_ANON_EPOCH_SECONDS",
    _between(60, 31_536_000),
    604_800,
    "a number of seconds from 60 to 31536000",
)
ANON_RENEWAL_SECONDS = Variable(
    "MADANG_ANON_RENEWAL_SECONDS",
    _between(1, 31_536_000),
    86_400,
    "a number of seconds from 1, less than half of MADANG_ANON_EPOCH_SECONDS",
)
ANON_ORIGIN = Variable(
    "MADANG_ANON_ORIGIN", _origin, "", "the anonymous origin's address, as https://anon.example.org"
)
ANON_TICK_SECONDS = Variable(
    "MADANG_ANON_TICK_SECONDS", _between(1, 3600), 60, "a number of seconds from 1 to 3600"
)
ANON_FLOOR = Variable("MADANG_ANON_FLOOR", _between(1, 10_000), 5, "a number from 1 to 10000")
ANON_DATABASE_URL = Variable(
    "MADANG_ANON_DATABASE_URL", _database, "", "as MADANG_DATABASE_URL, with a role of its own"
)
CURRENCY = Variable("MADANG_CURRENCY", _currency, "KRW", "a code of ISO 4217, as KRW or EUR")
MAIL_URL = Variable(
    "MADANG_MAIL_URL", _mail, "", "smtp://USER:PASSWORD@HOST:PORT, smtps://…, file:///FOLDER"
)
MAIL_FROM = Variable("MADANG_MAIL_FROM", str, "", "an e-mail address")
TRACE = Variable("MADANG_TRACE", _trace, "", "no, own or nginx: whose number a request has")
RECORDER: Variable[Path | None] = Variable(
    "MADANG_RECORDER", _absolute, None, "the whole path of the socket of madang wire recorder"
)

VARIABLES: tuple[Variable[object], ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Variable)
)


@dataclass(frozen=True)
class Environment:
    """The variables after reading, with what follows from one another filled in."""

    debug: bool
    secret_key: str
    hosts: tuple[str, ...]
    data: Path
    database_url: str
    origin: str
    site_name: str
    language: str
    time_zone: str
    open_joining: bool
    members_invite: bool
    library_history_days: int
    library_due_soon_days: int
    library_overdue_days: tuple[int, ...]
    library_open_catalogue: bool
    currency: str
    anon_passes: int
    anon_epoch_seconds: int
    anon_renewal_seconds: int
    anon_origin: str
    anon_tick_seconds: int
    anon_floor: int
    anon_database_url: str
    mail_url: str
    mail_from: str
    trace: str
    recorder: Path | None

    @property
    def is_https(self) -> bool:
        """Whether the site is reached over TLS, so that cookies may be for TLS alone."""
        return self.origin.startswith("https://")


def read(environ: Mapping[str, str]) -> Environment:
    """Read and check `environ`.

    Without `MADANG_DEBUG` a secret key and at least one host are demanded: `BadEnvironment`.
    """
    debug = DEBUG.value(environ)
    data = DATA.value(environ).resolve()
    hosts = HOSTS.value(environ)
    secret_key = SECRET_KEY.value(environ)
    if not debug and len(secret_key) < 32:
        raise BadEnvironment(
            "MADANG_SECRET_KEY: it takes a random text of at least 32 characters"
            " (or set MADANG_DEBUG=yes to look around)"
        )
    if not debug and not hosts:
        raise BadEnvironment(
            "MADANG_HOSTS: it takes the host names under which the site is reached"
        )
    hosts = hosts or ("localhost", "127.0.0.1", "[::1]")
    origin = ORIGIN.value(environ) or (
        f"http://{hosts[0]}:8000" if debug else f"https://{hosts[0]}"
    )
    return Environment(
        debug=debug,
        secret_key=secret_key or "debug only: never used where MADANG_DEBUG is off",
        hosts=hosts,
        data=data,
        database_url=DATABASE_URL.value(environ) or f"sqlite:///{data / 'madang.sqlite3'}",
        origin=origin,
        site_name=SITE_NAME.value(environ),
        language=LANGUAGE.value(environ),
        time_zone=TIME_ZONE.value(environ),
        open_joining=OPEN_JOINING.value(environ),
        members_invite=MEMBERS_INVITE.value(environ),
        library_history_days=LIBRARY_HISTORY_DAYS.value(environ),
        library_due_soon_days=LIBRARY_DUE_SOON_DAYS.value(environ),
        library_overdue_days=LIBRARY_OVERDUE_DAYS.value(environ),
        library_open_catalogue=LIBRARY_OPEN_CATALOGUE.value(environ),
        currency=CURRENCY.value(environ),
        **_anonymous(environ),
        mail_url=MAIL_URL.value(environ) or f"file://{data / 'mail'}",
        mail_from=MAIL_FROM.value(environ) or f"madang@{urlsplit(origin).hostname}",
        trace=TRACE.value(environ),
        recorder=RECORDER.value(environ),
    )


class Anonymous(TypedDict):
    """What is read of the anonymous path."""

    anon_passes: int
    anon_epoch_seconds: int
    anon_renewal_seconds: int
    anon_origin: str
    anon_tick_seconds: int
    anon_floor: int
    anon_database_url: str


def _anonymous(environ: Mapping[str, str]) -> Anonymous:
    """A pass comes back after less than half of an epoch."""
    epoch, renewal = ANON_EPOCH_SECONDS.value(environ), ANON_RENEWAL_SECONDS.value(environ)
    if 2 * renewal >= epoch:
        raise BadEnvironment(f"{ANON_RENEWAL_SECONDS.name}: it takes {ANON_RENEWAL_SECONDS.takes}")
    return Anonymous(
        anon_passes=ANON_PASSES.value(environ),
        anon_epoch_seconds=epoch,
        anon_renewal_seconds=renewal,
        anon_origin=ANON_ORIGIN.value(environ),
        anon_tick_seconds=ANON_TICK_SECONDS.value(environ),
        anon_floor=ANON_FLOOR.value(environ),
        anon_database_url=ANON_DATABASE_URL.value(environ),
    )
