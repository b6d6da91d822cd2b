"""A seat has one person, and a session no more people than seats."""

from __future__ import annotations

from pathlib import Path

from tests.promises.test_reservation_hold import race


def test_of_fifty_who_want_one_seat_one_gets_it(site_database: str, tmp_path: Path) -> None:
    seen = race("seat", site_database, tmp_path, is_guarded=True, where="seat_races")
    assert (seen["told"], seen["taken"]) == ({"won": 1, "SeatTaken": 49}, 1)
    assert seen["events"] == {"booked": 1}


def test_the_control_without_the_guard_loses_the_seat(site_database: str, tmp_path: Path) -> None:
    seen = race("seat", site_database, tmp_path, is_guarded=False, where="seat_races")
    assert (seen["told"], seen["taken"]) == ({"won": 50}, 50)


def test_of_fifty_as_many_come_in_as_there_are_seats(site_database: str, tmp_path: Path) -> None:
    seen = race("any_seat", site_database, tmp_path, is_guarded=True, where="seat_races")
    assert seen["told"] == {"won": 10, "Full": 40, "SlotTaken": 1, "seats": 10}
    assert (seen["taken"], seen["patients"]) == (10, 10)


def test_the_control_sits_everybody_on_one(site_database: str, tmp_path: Path) -> None:
    seen = race("any_seat", site_database, tmp_path, is_guarded=False, where="seat_races")
    assert seen["told"] == {"won": 50, "SlotTaken": 1, "seats": 1}
