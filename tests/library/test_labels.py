"""Labels and cards, read as people and scanners read them."""

from __future__ import annotations

import pytest
from reportlab.pdfbase.ttfonts import TTFontFile

from madang.library import labels
from madang.library.labels import CARDS, FILE, SHEETS, Label
from tests.library.printed import read

BOOK = Label(head="마당", lines=("혼불",), number="EM0000001")


def test_the_parts_of_a_call_number_stand_below_each_other() -> None:
    spine = Label(lines=("813.6", "최34ㅎ", "v.2"), foot="EM0001")
    [sheet] = read(labels.spines([spine, Label(lines=("三國史記",))], SHEETS["65"]))
    assert sheet.lines == ["813.6", "최34ㅎ", "v.2", "EM0001", "三國史記"]
    assert sheet.bars == []


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize(("is_code39", "kind"), [(False, "Code128"), (True, "Code39")])
def test_bars_are_read_by_a_scanner(name: str, is_code39: bool, kind: str) -> None:
    [sheet] = read(labels.barcodes([BOOK] * 3, SHEETS[name], is_code39=is_code39))
    assert sheet.bars == [("EM0000001", kind)] * 3
    assert sheet.lines == ["마당", "혼불", "EM0000001"] * 3


def test_what_code_39_has_no_signs_for_gets_code_128() -> None:
    [sheet] = read(labels.barcodes([Label(lines=(), number="em-1")], SHEETS["24"], is_code39=True))
    assert sheet.bars == [("em-1", "Code128")]


@pytest.mark.parametrize("number", ["가나다1", "X" * 60, ""])
def test_a_number_that_bars_cannot_tell_is_written_alone(number: str) -> None:
    [sheet] = read(labels.barcodes([Label(lines=(), number=number)], SHEETS["65"]))
    assert sheet.bars == []
    assert "".join(sheet.lines)[:5] == number[:5]


def test_a_long_title_is_made_smaller_and_then_cut() -> None:
    title = "아주 긴 제목 " * 20
    [sheet] = read(labels.barcodes([Label(lines=(title,), number="B1")], SHEETS["24"]))
    assert sheet.lines[0].endswith("…")
    assert title.startswith(sheet.lines[0][:-1])
    assert len(sheet.lines[0]) > 30


def test_a_sheet_that_was_begun_is_gone_on_with() -> None:
    sheet = SHEETS["24"]
    first, second = read(labels.barcodes([BOOK] * sheet.places, sheet, skip=5))
    assert (len(first.bars), len(second.bars)) == (sheet.places - 5, 5)
    [whole] = read(labels.barcodes([BOOK] * sheet.places, sheet))
    assert len(whole.bars) == sheet.places


def test_a_card_has_a_name_and_bars() -> None:
    card = Label(head="마당", lines=("김하나",), foot="어른", number="P0000001")
    first, second = read(labels.cards([card] * (CARDS.places + 1)))
    assert first.lines[:4] == ["마당", "김하나", "어른", "P0000001"]
    assert first.bars == [("P0000001", "Code128")] * CARDS.places
    assert second.bars == [("P0000001", "Code128")]
    [sheet] = read(labels.cards([card], is_code39=True, skip=CARDS.places - 1))
    assert sheet.bars == [("P0000001", "Code39")]


def test_the_same_labels_are_the_same_file() -> None:
    assert labels.spines([BOOK], SHEETS["24"]) == labels.spines([BOOK], SHEETS["24"])


def test_every_place_lies_on_the_sheet() -> None:
    for sheet in [*SHEETS.values(), CARDS]:
        assert sheet.left + sheet.across * (sheet.columns - 1) + sheet.width <= 210
        assert sheet.top + sheet.down * (sheet.rows - 1) + sheet.height <= 297
        assert (sheet.across >= sheet.width, sheet.down >= sheet.height) == (True, True)


def test_the_font_has_all_hangul_and_the_name_of_this_house() -> None:
    font = TTFontFile(str(FILE))
    signs = [*range(0xAC00, 0xD7A4), *range(0x3131, 0x3164), *range(0x20, 0x7F), ord("…")]
    assert [sign for sign in signs if sign not in font.charToGlyph] == []
    assert font.name == b"MadangLabel-Regular"
    assert "Reserved Font Name Nanum" in FILE.with_name("LICENSE.txt").read_text("utf-8")
