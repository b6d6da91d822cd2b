"""Who stands at the door and who books race for the same time like all others."""

from __future__ import annotations

from pathlib import Path

from tests.promises.test_reservation_hold import race


def test_of_fifty_at_the_door_and_elsewhere_one_gets_the_time(
    site_database: str, tmp_path: Path
) -> None:
    seen = race("walk_in", site_database, tmp_path, is_guarded=True, where="work_races")
    told = seen["told"]
    assert (told["won"], told["SlotTaken"], seen["taken"]) == (1, 49, 1)
    assert told["new"] == told["walked in"]


def test_the_control_without_the_guard_loses(site_database: str, tmp_path: Path) -> None:
    seen = race("walk_in", site_database, tmp_path, is_guarded=False, where="work_races")
    assert (seen["told"]["won"], seen["taken"]) == (50, 50)
