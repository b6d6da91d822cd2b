"""What a text may hold, and where it leads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.microblog import words

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  안녕하세요 \n", "안녕하세요"),
        ("한글", "한글"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\n\n\n\nb", "a\n\nb"),
        ("a\x00\x07b\t", "ab"),
        ("\x00\n ", ""),
    ],
)
def test_a_text_is_cleaned(text: str, expected: str) -> None:
    assert words.clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#마당 에서 #Book 을 #BOOK", ["마당", "book"]),
        ("눈이#왔다 a&#38; http://x/#top ##둘", []),
        ("#2027 #2027년", ["2027년"]),
        ("#STRASSE #straße", ["strasse"]),
        ("#café #café", ["café"]),
    ],
)
def test_hashtags_are_one_word_however_they_are_written(text: str, expected: list[str]) -> None:
    assert words.tags(words.clean(text)) == expected


def test_more_tags_than_anybody_means_lead_nowhere() -> None:
    text = " ".join(f"#t{n}x" for n in range(10_000))
    assert words.tags(text) == [f"t{n}x" for n in range(20)]
    assert sum(piece.kind == "tag" for piece in words.pieces(text)) == 20


def test_a_text_is_cut_where_it_leads_somewhere() -> None:
    text = "@Hana 보세요: https://madang.example/a_(b). #마당!"
    assert list(words.pieces(text)) == [
        words.Piece("mention", "@Hana", "hana"),
        words.Piece("text", " 보세요: "),
        words.Piece("link", "https://madang.example/a_(b", "https://madang.example/a_(b"),
        words.Piece("text", "). "),
        words.Piece("tag", "#마당", "마당"),
        words.Piece("text", "!"),
    ]


@given(st.text(max_size=120))
def test_the_pieces_are_the_text(text: str) -> None:
    text = words.clean(text)
    assert "".join(piece.text for piece in words.pieces(text)) == text
    assert words.clean(text) == text
    assert [words.tag(name) for name in words.tags(text)] == words.tags(text)
