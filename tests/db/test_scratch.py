"""A scratch database is empty, is on the same server, and goes away."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from madang.db.scratch import scratch


def leftovers(url: str) -> list[str]:
    if url.startswith("sqlite"):
        folder = Path(urlsplit(url).path[1:]).parent
        return [path.name for path in folder.glob("scratch-*")]
    with psycopg.connect(url) as server:
        found = server.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'madang_scratch%'"
        )
        return [row[0] for row in found]


def write(url: str) -> None:
    if url.startswith("sqlite"):
        Path(urlsplit(url).path[1:]).write_text("something", "utf-8")
        return
    with psycopg.connect(url) as server:
        server.execute(
            "CREATE TABLE something (period tsrange, EXCLUDE USING gist (period WITH &&))"
        )
        schema = server.execute("SELECT current_schema()").fetchone()
        assert schema is not None
        assert schema[0].startswith("madang_scratch_")


def test_it_is_another_place_and_goes_away(empty_database: str) -> None:
    with scratch(empty_database) as place:
        assert place != empty_database
        write(place)
        assert len(leftovers(empty_database)) == 1
    assert leftovers(empty_database) == []


def test_it_goes_away_after_an_error(empty_database: str) -> None:
    with pytest.raises(ZeroDivisionError), scratch(empty_database):
        _ = 1 / 0
    assert leftovers(empty_database) == []


def _be_told_to_stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    signal.pause()


def test_it_goes_away_when_told_to_stop(empty_database: str) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), scratch(empty_database):
        _be_told_to_stop()
    assert leftovers(empty_database) == []
    assert signal.getsignal(signal.SIGTERM) == before
