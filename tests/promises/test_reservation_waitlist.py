"""What becomes free goes to whoever waits first, and to nobody who only passes by."""

from __future__ import annotations

from pathlib import Path

from tests.promises.test_reservation_hold import race


def test_of_one_cancellation_twenty_waiters_and_fifty_passers_by_the_first_waiter_alone_gets_it(
    site_database: str, tmp_path: Path
) -> None:
    seen = race("waitlist", site_database, tmp_path, is_guarded=True)
    assert seen == {
        "told": {"cancelled": 1, "SlotTaken": 50, "first waiter": 1},
        "taken": 1,
        "patients": 1,
        "events": {"booked": 1, "cancelled": 1, "offered": 1},
    }


def test_the_control_that_frees_first_and_asks_later_loses(
    site_database: str, tmp_path: Path
) -> None:
    seen = race("waitlist", site_database, tmp_path, is_guarded=False)
    assert (seen["told"]["won"], seen["told"]["first waiter"]) == (1, 0)


def test_an_offer_that_ran_out_goes_to_the_next_before_any_passer_by(
    site_database: str, tmp_path: Path
) -> None:
    seen = race("offer", site_database, tmp_path, is_guarded=True)
    assert seen == {
        "told": {"SlotTaken": 50, "second waiter": 1},
        "taken": 1,
        "patients": 1,
        "events": {"booked": 1, "cancelled": 1, "offered": 2, "expired": 1},
    }


def test_the_control_whose_sweeper_only_frees_loses(site_database: str, tmp_path: Path) -> None:
    seen = race("offer", site_database, tmp_path, is_guarded=False)
    assert (seen["told"]["won"], seen["told"]["second waiter"]) == (1, 0)
