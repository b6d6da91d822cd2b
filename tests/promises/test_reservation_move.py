"""Who moves has the old time or the new one, at every moment, and never both."""

from __future__ import annotations

from pathlib import Path

from tests.promises.test_reservation_hold import race


def test_of_fifty_who_move_to_one_time_one_does_and_all_keep_one(
    site_database: str, tmp_path: Path
) -> None:
    assert race("move", site_database, tmp_path, is_guarded=True) == {
        "told": {"won": 1, "SlotTaken": 49},
        "taken": 50,
        "patients": 50,
        "events": {"booked": 50, "moved": 1},
    }


def test_the_control_that_gives_up_its_time_first_loses(site_database: str, tmp_path: Path) -> None:
    seen = race("move", site_database, tmp_path, is_guarded=False)
    assert (seen["told"], seen["patients"]) == ({"won": 1, "SlotTaken": 49}, 1)


def test_pressing_many_times_at_once_moves_once(site_database: str, tmp_path: Path) -> None:
    seen = race("press", site_database, tmp_path, is_guarded=True)
    assert (seen["told"], seen["events"]) == ({"moved": 50}, {"booked": 1, "moved": 1})


def test_the_control_that_looks_before_it_writes_moves_as_often_as_it_is_pressed(
    site_database: str, tmp_path: Path
) -> None:
    seen = race("press", site_database, tmp_path, is_guarded=False)
    assert seen["events"] == {"booked": 1, "moved": 50}
