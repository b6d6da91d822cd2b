"""A scratch database is empty, is on the same server, and goes away."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from madang.db import scratch as module
from madang.db.scratch import scratch
from tests.processes import eventually


def leftovers(url: str) -> list[str]:
    if url.startswith("sqlite"):
        folder = Path(urlsplit(url).path[1:]).parent
        return [path.name for path in folder.glob("madang_scratch_*")]
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


def test_it_goes_away_when_its_maker_is_killed(empty_database: str) -> None:
    code = (
        "import signal; from madang.db.scratch import scratch\n"
        f"with scratch({empty_database!r}): print('made', flush=True); signal.pause()"
    )
    maker = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert maker.stdout is not None
    with maker.stdout as told:
        assert told.readline() == b"made\n"
    assert len(leftovers(empty_database)) == 1
    maker.kill()
    maker.wait()
    eventually(lambda: leftovers(empty_database) == [])


@pytest.mark.once
def test_what_cannot_be_removed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "JANITOR", "import sys; sys.stdin.read(); sys.exit(1)")
    with (
        pytest.raises(RuntimeError, match=r"^madang_scratch_\w+ could not be removed$"),
        scratch(f"sqlite:///{tmp_path}/site.sqlite3"),
    ):
        pass


@pytest.mark.once
def test_a_folder_that_stays_is_tried_again_and_then_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where another still writes into it."""
    tries: list[Path] = []

    def refuse(folder: Path) -> None:
        tries.append(folder)
        raise OSError("not empty")

    monkeypatch.setattr(shutil, "rmtree", refuse)
    monkeypatch.setattr(module, "ATTEMPTS", 3)
    with pytest.raises(SystemExit):
        module._remove(tmp_path)
    assert tries == [tmp_path] * 3


def _be_told_to_stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    signal.pause()


def test_it_goes_away_when_told_to_stop(empty_database: str) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), scratch(empty_database):
        _be_told_to_stop()
    assert leftovers(empty_database) == []
    assert signal.getsignal(signal.SIGTERM) == before
