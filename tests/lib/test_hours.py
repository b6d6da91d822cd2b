"""Hours as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.lib import hours


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" , ", []),
        ("9-12", [(540, 720)]),
        ("09:00–12:00, 13:00–18:00", [(540, 720), (780, 1080)]),
        ("13:30 ~ 18:00; 9 - 12", [(540, 720), (810, 1080)]),
        ("0-24:00", [(0, 1440)]),
        ("9-12, 12-13", [(540, 720), (720, 780)]),
    ],
)
def test_stretches_are_read(text: str, expected: list[hours.Stretch]) -> None:
    assert hours.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    ["nine", "9", "12-9", "9-9", "9:60-10", "9-10:99", "9-24:01", "25-26", "9-12-13", "٩-١٢"],
)
def test_what_is_no_stretch_is_named(text: str) -> None:
    with pytest.raises(hours.NoHours, match=text):
        hours.parse(f"1-2, {text}")


def test_stretches_that_meet_are_refused() -> None:
    with pytest.raises(hours.Overlapping, match="11:30–13:00"):
        hours.parse("11:30-13, 9-12")


@given(st.lists(st.integers(0, 1440), unique=True, max_size=8).map(sorted))
def test_what_is_shown_is_read_as_it_was(edges: list[int]) -> None:
    stretches = list(zip(edges[::2], edges[1::2], strict=False))
    assert hours.parse(hours.show(stretches)) == stretches
