"""A hold is exclusive until it runs out; then of all who ask one gets the time, unswept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any  # JSON

from tests.servers import run

RACE = "from tests.promises import {where}; {where}.{race}(is_guarded={is_guarded})"


def race(name: str, url: str, data: Path, *, is_guarded: bool, where: str = "races") -> Any:
    """What a race of a module beside this one saw."""
    return json.loads(run(url, data, RACE.format(race=name, is_guarded=is_guarded, where=where)))


def test_of_fifty_who_ask_when_a_hold_runs_out_one_gets_it(
    site_database: str, tmp_path: Path
) -> None:
    seen = race("hold", site_database, tmp_path, is_guarded=True)
    assert seen["told"] == {"won": 1, "SlotTaken": 48, "HoldExpired": 1}
    assert seen["taken"] == 1
    kept = seen["events"].pop("booked", 0) + seen["events"].pop("held")
    assert (kept, seen["events"]) == (2, {"expired": 1})


def test_the_control_without_the_guard_loses(site_database: str, tmp_path: Path) -> None:
    seen = race("hold", site_database, tmp_path, is_guarded=False)
    assert (seen["told"], seen["taken"]) == ({"won": 50}, 50)
