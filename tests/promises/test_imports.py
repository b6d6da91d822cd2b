"""A record is one title, however many read its file in at once; and a control that loses."""

from __future__ import annotations

import json
from pathlib import Path

from tests.servers import run

RACE = "from tests.promises import import_races; import_races.read_in(is_guarded={})"


def test_a_file_that_many_read_in_at_once_is_in_the_catalogue_once(
    site_database: str, tmp_path: Path
) -> None:
    seen = json.loads(run(site_database, tmp_path, RACE.format(True)))
    assert seen == {
        "told": {"read": 8},
        "titles": 30,
        "different": 30,
        "copies": 30,
        "counted": [30, 30],
        "seen": 240,
    }


def test_without_the_guard_it_is_there_many_times(site_database: str, tmp_path: Path) -> None:
    seen = json.loads(run(site_database, tmp_path, RACE.format(False)))
    assert (seen["titles"], seen["different"]) == (240, 30)
