"""What every test can ask for."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings

from tests.cast import emma, gwanu, hana, minjun, room, seoyun

__all__ = ["emma", "gwanu", "hana", "minjun", "room", "seoyun"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> None:
    """A file for SQLite's test database, so that threads and processes share it."""
    if os.environ["MADANG_TEST_DATABASE"] == "sqlite":
        name = f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}.sqlite3"
        path = Path(settings.DATA) / name
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(path)


@pytest.fixture(autouse=True)
def _quick_passwords(settings: pytest.FixtureRequest) -> None:
    """Argon2 is slow on purpose; the tests of signing in use it by name."""
    settings.PASSWORD_HASHERS = [  # type: ignore[attr-defined]
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "django.contrib.auth.hashers.Argon2PasswordHasher",
    ]


@pytest.fixture
def empty_database(tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of the run's kind, for tests that start other processes."""
    if os.environ["MADANG_TEST_DATABASE"] == "sqlite":
        yield f"sqlite:///{tmp_path}/race.sqlite3"
        return
    parts = urlsplit(os.environ["MADANG_DATABASE_URL"])
    name = f"race_{secrets.token_hex(6)}"
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
