"""One press, one step: pressing many times at once takes a meeting no further, and not back."""

from __future__ import annotations

from pathlib import Path

from tests.promises.test_reservation_hold import race


def test_fifty_presses_at_once_leave_one_event(site_database: str, tmp_path: Path) -> None:
    seen = race("attend", site_database, tmp_path, is_guarded=True)
    assert (seen["told"], seen["events"]) == ({"pressed": 50}, {"booked": 1, "arrived": 1})


def test_the_control_that_looks_before_it_writes_notes_every_press(
    site_database: str, tmp_path: Path
) -> None:
    seen = race("attend", site_database, tmp_path, is_guarded=False)
    assert seen["events"] == {"booked": 1, "arrived": 50}


def test_fifty_who_undo_at_once_go_one_step_back(site_database: str, tmp_path: Path) -> None:
    seen = race("undo", site_database, tmp_path, is_guarded=True)
    assert (seen["told"], seen["events"]) == (
        {"pressed": 1, "OutOfOrder": 49},
        {"booked": 1, "arrived": 1, "checked-in": 1, "undone": 1},
    )


def test_the_control_that_looks_before_it_undoes_notes_every_press(
    site_database: str, tmp_path: Path
) -> None:
    seen = race("undo", site_database, tmp_path, is_guarded=False)
    assert seen["events"]["undone"] == 50
