"""A copy is lent once, a limit holds, the queue is fair: many at once, and controls that lose."""

from __future__ import annotations

from pathlib import Path

import pytest

from madang.library import prove
from tests.db.test_scratch import leftovers


def test_the_proof_holds_and_each_control_loses(
    empty_database: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Eight processes: one copy, one scan sent often, one limit, one queue."""
    monkeypatch.setenv("MADANG_DATABASE_URL", empty_database)
    monkeypatch.setenv("MADANG_DATA", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    code = prove.run(["--clients", "12", "--rounds", "4"])
    told = capfd.readouterr().out
    lines = told.splitlines()
    assert code == 0, told
    assert lines[0].startswith("4 rounds, 12 clients each, ")
    assert [line.split(";")[0] for line in lines[1:5]] == [
        "  one copy, many patrons: 0 of 4 broken, 4 done, 44 refused, 0 errors",
        "  one scan, sent many times: 0 of 4 broken, 48 done, 0 refused, 0 errors",
        "  one patron, a limit of one: 0 of 4 broken, 4 done, 44 refused, 0 errors",
        "  copies come back to a queue: 0 of 4 broken, 64 done, 32 refused, 0 errors",
    ]
    assert lines[5:] == ["The promises held. Without the guard each was broken."]
    assert leftovers(empty_database) == []
