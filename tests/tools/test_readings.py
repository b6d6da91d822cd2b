"""The table of readings: of several, the one that most words have; with its licence."""

from __future__ import annotations

import pytest

from tools import readings

pytestmark = pytest.mark.once

SOURCE = """\
# Copyright of the list

가:家:집 가
가:歌:노래 가
가수:歌手:
낙:樂:즐길 락
음악:音樂:
악기:樂器:
가수들:歌手:of another length
"""


def test_each_hanja_is_read_as_most_words_read_it() -> None:
    found = readings.read(SOURCE.splitlines())
    assert found == {
        "家": "가",
        "歌": "가",
        "手": "수",
        "樂": "악",
        "音": "음",
        "器": "기",
    }


def test_the_table_keeps_the_notice_and_has_a_line_for_each_syllable() -> None:
    assert readings.table(SOURCE).splitlines()[1:] == [
        "#",
        "# Copyright of the list",
        "가家歌",
        "기器",
        "수手",
        "악樂",
        "음音",
    ]


def test_the_table_that_is_shipped_reads_each_hanja_once_and_has_the_licence() -> None:
    text = readings.TABLE.read_text("utf-8")
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    signs = [sign for row in rows for sign in row[1:]]
    assert len(signs) == len(set(signs)) > 10_000
    assert [row[0] for row in rows] == sorted({row[0] for row in rows})
    assert "Redistributions of source code must retain the above copyright notice" in " ".join(
        line.lstrip("# ") for line in text.splitlines() if line.startswith("#")
    )
