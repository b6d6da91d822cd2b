"""A pytest plugin, loaded first: which database this run uses, and what the site is told.

`MADANG_TEST_DATABASE` is sqlite (default) or postgresql; `MADANG_TEST_PG` may name a server to
use instead of a private one. Everything written lies in a temporary folder.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.postgres import PrivateServer

KIND = os.environ.get("MADANG_TEST_DATABASE", "sqlite")
_is_worker = "PYTEST_XDIST_WORKER" in os.environ
_server: PrivateServer | None = None
_folder: Path | None = None


def _prepare() -> None:
    global _server, _folder  # noqa: PLW0603 - one run, one server
    _folder = Path(tempfile.mkdtemp(prefix="madang-test-"))
    for name in [name for name in os.environ if name.startswith("MADANG_")]:
        if not name.startswith("MADANG_TEST_"):
            del os.environ[name]
    url = f"sqlite:///{_folder}/madang.sqlite3"
    if KIND == "postgresql":
        url = os.environ.get("MADANG_TEST_PG", "")
        if not url:
            _server = PrivateServer()
            _server.start()
            url = _server.url
        url = urlunsplit(urlsplit(url)._replace(path="/madang"))
    os.environ.update(
        DJANGO_ALLOW_ASYNC_UNSAFE="yes",  # Playwright keeps a loop in the thread of the tests
        MADANG_DATABASE_URL=url,
        MADANG_DATA=str(_folder),
        MADANG_SECRET_KEY="tests only, " * 4,
        MADANG_HOSTS="testserver,localhost,127.0.0.1",
        MADANG_ORIGIN="http://localhost",
        MADANG_TEST_DATABASE=KIND,
    )


if not _is_worker:
    _prepare()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    if _server is not None:
        _server.stop()
    if _folder is not None:
        shutil.rmtree(_folder, ignore_errors=True)


def pytest_report_header() -> str:
    """Say which database is used."""
    return f"madang: {KIND}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    """In CI a skip is a failure: what it names has to be installed there."""
    report = yield
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report
