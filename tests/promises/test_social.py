"""What members do to one another's posts at once, and controls that lose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any  # JSON

from tests.servers import run


def race(url: str, data: Path, which: str, *, is_guarded: bool, of: str = "social_races") -> Any:
    """What the racers of a module tell."""
    code = f"from tests.promises import {of} as races; races.{which}"
    return json.loads(run(url, data, f"{code}(is_guarded={is_guarded})"))


def test_each_passes_it_on_once_and_the_number_is_exact(site_database: str, tmp_path: Path) -> None:
    seen = race(site_database, tmp_path, "pass_on", is_guarded=True)
    assert seen == {"told": 24, "rows": 6, "shown": 6}


def test_without_the_constraints_it_is_passed_on_twice_and_miscounted(
    site_database: str, tmp_path: Path
) -> None:
    seen = race(site_database, tmp_path, "pass_on", is_guarded=False)
    assert (seen["rows"], seen["shown"] < seen["rows"]) == (24, True)


def test_of_a_block_and_a_press_at_the_same_moment_no_follow_is_left(
    site_database: str, tmp_path: Path
) -> None:
    seen = race(site_database, tmp_path, "block", is_guarded=True)
    assert seen == {"told": {"pressed": 20, "blocked": 1}, "blocks": 1, "follows": 0}


def test_where_one_only_looks_for_the_block_a_follow_is_left(
    site_database: str, tmp_path: Path
) -> None:
    seen = race(site_database, tmp_path, "block", is_guarded=False)
    assert seen == {"told": {"pressed": 20, "blocked": 1}, "blocks": 1, "follows": 1}


def test_each_follows_a_thread_once(site_database: str, tmp_path: Path) -> None:
    seen = race(site_database, tmp_path, "follow_thread", is_guarded=True)
    assert seen == {"told": 24, "rows": 6}


def test_without_the_constraint_a_thread_is_followed_twice(
    site_database: str, tmp_path: Path
) -> None:
    seen = race(site_database, tmp_path, "follow_thread", is_guarded=False)
    assert seen == {"told": 24, "rows": 24}
