"""Hours that are closed are nobody's from then on; what was booked before is told of."""

from __future__ import annotations

from pathlib import Path

from tests.promises.test_reservation_hold import race


def test_who_closes_hours_is_told_of_every_meeting_there(
    site_database: str, tmp_path: Path
) -> None:
    seen = race("close", site_database, tmp_path, is_guarded=True, where="work_races")
    told = seen["told"]
    assert told["listed"] == told.get("won", 0) == seen["taken"]
    assert (told.get("won", 0) + told.get("NotOffered", 0), told["closed"]) == (50, 1)


def test_the_control_that_looks_before_it_writes_books_closed_hours(
    site_database: str, tmp_path: Path
) -> None:
    seen = race("close", site_database, tmp_path, is_guarded=False, where="work_races")
    assert (seen["told"], seen["taken"]) == ({"won": 50, "closed": 1, "listed": 0}, 50)
