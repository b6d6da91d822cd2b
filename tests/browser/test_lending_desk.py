"""The librarian's desk, worked by a scanner that types and presses Enter."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Enter, Reader


def scan(reader: Reader, text: str) -> None:
    """What a keyboard-wedge scanner does; whatever has the focus gets it."""
    reader.page.keyboard.type(text)
    reader.page.keyboard.press("Enter")


@pytest.mark.parametrize(("scripts", "barcode"), [(True, "B0008"), (False, "B0009")])
def test_a_card_and_books_need_no_mouse_and_a_failed_scan_breaks_nothing(
    enter: Enter, scripts: bool, barcode: str
) -> None:
    sujin = enter("sujin", "ko", "desktop", "light", scripts=scripts)
    sujin.go("/library/desk/")
    sujin.look()
    scan(sujin, "no such number")
    sujin.page.get_by_text("no such number").wait_for()
    scan(sujin, "M1002")
    sujin.page.get_by_role("heading", name="이민준").wait_for()
    scan(sujin, "nor this")
    sujin.page.get_by_text("nor this").wait_for()
    scan(sujin, barcode)
    sujin.page.get_by_text("빌려드렸습니다").wait_for()
    sujin.look()
    sujin.go("/library/desk/returns/")
    scan(sujin, barcode)
    sujin.page.get_by_text("반납했습니다").wait_for()
    sujin.look()
