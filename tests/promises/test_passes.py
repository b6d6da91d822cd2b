"""A member's passes of an epoch are signed once, on both databases; the control signs them all."""

from __future__ import annotations

import json
from pathlib import Path

from tests.servers import run

RACE = "from tests.promises import pass_races as races; races.{race}"


def test_of_many_requests_at_once_one_is_answered(site_database: str, tmp_path: Path) -> None:
    seen = json.loads(run(site_database, tmp_path, RACE.format(race="issue(is_guarded=True)")))
    assert seen == {"told": {"issued": 1, "AlreadyEnrolled": 23}, "rows": 1}


def test_without_the_guard_everybody_is_answered(site_database: str, tmp_path: Path) -> None:
    seen = json.loads(run(site_database, tmp_path, RACE.format(race="issue(is_guarded=False)")))
    assert seen["rows"] == seen["told"]["issued"] > 1


def test_epochs_made_by_many_at_once_are_one_chain(site_database: str, tmp_path: Path) -> None:
    seen = json.loads(run(site_database, tmp_path, RACE.format(race="prepare()")))
    assert seen == {"numbers": [1, 2, 3, 4, 5], "log": 5}
