"""Names are found by a part, whatever the spaces, and by their initials."""

import re
import unicodedata

import pytest

from madang.lib.hangul import pattern


@pytest.mark.parametrize(
    ("asked", "name", "is_found"),
    [
        ("하나", "김하나", True),
        ("김 하나", "김하나", True),
        ("김하나", "김 하나", True),
        ("ㄱㅎㄴ", "김하나", True),
        ("ㄱㅎㄴ", "김 하나", True),
        ("ㅎㄴ", "김하나", True),
        ("김ㅎ", "김하나", True),
        ("ㄲ", "김하나", False),
        ("ㄱ", "깊은샘", True),
        ("ㅎ", "힣", True),
        ("ㅎㄱ", "김하나", False),
        ("kim", "Hana Kim", True),
        (".", "Hana Kim", False),
        ("J.", "J. Kim", True),
        ("ㄱ", "ㄱ", True),
    ],
)
def test_a_part_is_enough(asked: str, name: str, is_found: bool) -> None:
    assert bool(re.search(pattern(asked), name, re.IGNORECASE)) is is_found


def test_letters_written_apart_find_those_written_together() -> None:
    assert re.search(pattern(unicodedata.normalize("NFD", "하나")), "김하나")


@pytest.mark.parametrize("asked", ["", "  ", "\x00", "\u200b\n"])
def test_nothing_asks_for_nothing(asked: str) -> None:
    assert pattern(asked) == ""
