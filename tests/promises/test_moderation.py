"""A lock holds against those who answer at that moment, and a deed is in the log once."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tests.promises.test_social import race as any_race

race = partial(any_race, of="moderation_races")


def test_a_locked_thread_takes_no_answer_from_that_moment_on(
    site_database: str, tmp_path: Path
) -> None:
    seen = race(site_database, tmp_path, "lock", is_guarded=True)
    assert seen["after"] == 0
    assert sum(seen["told"].values()) == 25


def test_where_one_only_looks_for_the_lock_answers_come_after_it(
    site_database: str, tmp_path: Path
) -> None:
    seen = race(site_database, tmp_path, "lock", is_guarded=False)
    assert (seen["after"], seen["told"]) == (24, {"said": 24, "locked": 1})


def test_of_many_moderators_who_hide_a_post_one_does(site_database: str, tmp_path: Path) -> None:
    seen = race(site_database, tmp_path, "hide", is_guarded=True)
    assert seen == {"told": {"hidden": 1, "AlreadyDone": 23}, "rows": 1}


def test_where_they_only_look_all_of_them_stand_in_the_log(
    site_database: str, tmp_path: Path
) -> None:
    seen = race(site_database, tmp_path, "hide", is_guarded=False)
    assert seen == {"told": {"hidden": 24}, "rows": 24}
