"""What every test can ask for."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any  # settings hold anything
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings

from tests.servers import migrate

pytest_plugins = ["tests.cast", "tests.sessions", "tests.shelf"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the steps that tests noted, whichever process they ran in."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", []):
                if name == "step" and report.when == "call":
                    terminalreporter.write_line(f"{report.nodeid}: {value}")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> None:
    """A file for SQLite's test database, so that threads and processes share it."""
    if os.environ["MADANG_TEST_DATABASE"] == "sqlite":
        name = f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}.sqlite3"
        path = Path(settings.DATA) / name
        database: dict[str, Any] = settings.DATABASES["default"]
        database.setdefault("TEST", {})["NAME"] = str(path)


@pytest.fixture(autouse=True)
def _quick_passwords(settings: pytest.FixtureRequest) -> None:
    """Argon2 is slow on purpose; the tests of signing in use it by name."""
    settings.PASSWORD_HASHERS = [  # type: ignore[attr-defined]
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "django.contrib.auth.hashers.Argon2PasswordHasher",
    ]


@contextmanager
def _database(folder: Path, template: str = "") -> Iterator[str]:
    """A database of the run's kind, empty or as `template` is, dropped afterwards."""
    if os.environ["MADANG_TEST_DATABASE"] == "sqlite":
        path = folder / "site.sqlite3"
        if template:
            shutil.copy(urlsplit(template).path[1:], path)
        yield f"sqlite:///{path}"
        return
    parts = urlsplit(os.environ["MADANG_DATABASE_URL"])
    name = f"site_{secrets.token_hex(6)}"
    origin = f" TEMPLATE {urlsplit(template).path[1:]}" if template else ""
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}{origin}".encode())
        try:
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def empty_database(tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of the run's kind, for tests that start other processes."""
    with _database(tmp_path) as url:
        yield url


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("migrated")
    with _database(folder) as url:
        migrate(url, folder)
        yield url


@pytest.fixture
def site_database(tmp_path: Path, _migrated: str) -> Iterator[str]:
    """The URL of a migrated database of its own, for tests that start servers."""
    with _database(tmp_path, _migrated) as url:
        yield url
