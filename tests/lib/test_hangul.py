"""Particles follow the sound of the word before them."""

import pytest

from madang.lib.hangul import particle


@pytest.mark.parametrize(
    ("word", "pair", "expected"),
    [
        ("김하나", "을/를", "김하나를"),
        ("박서윤", "을/를", "박서윤을"),
        ("박서윤", "이/가", "박서윤이"),
        ("토지", "은/는", "토지는"),
        ("서울", "으로/로", "서울로"),
        ("부산", "으로/로", "부산으로"),
        ("제주", "으로/로", "제주로"),
        ("3", "을/를", "3을"),
        ("2", "을/를", "2를"),
        ("10", "이/가", "10이"),
        ("Kim", "이/가", "Kim이"),
        ("Hana", "이/가", "Hana가"),
        ("《토지》", "을/를", "《토지》를"),
        ("", "을/를", "를"),
        ("…", "이/가", "…가"),
    ],
)
def test_the_particle_fits(word: str, pair: str, expected: str) -> None:
    assert particle(word, pair) == expected
