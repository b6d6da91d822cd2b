"""The page for labels and cards."""

from __future__ import annotations

import pytest
from django.test import Client

from madang.library import labelling
from madang.library.models import ImportBatch, Item
from madang.people.models import Member
from tests.cast import Enter
from tests.library.printed import read
from tests.library.records import KORMARC, book, iso, taken_in
from tests.reservation.test_queries import costs
from tests.shelf import Shelf

pytestmark = pytest.mark.usefixtures("now")
PAGE = "/library/desk/labels/"
CHOSEN = {"kind": "barcodes", "sheet": "24", "bars": "code128", "skip": "0"}


def test_a_librarian_gets_labels_for_numbers(shelf: Shelf, sujin: Member, enter: Enter) -> None:
    first, second = shelf.item("혼불"), shelf.item("토지")
    numbers = f" {second.barcode} \r\n\r\n{first.barcode}\r\n{second.barcode}"
    answer = enter(sujin).post(f"{PAGE}copies/", {**CHOSEN, "numbers": numbers})
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="barcodes.pdf"'
    [sheet] = read(answer.content)
    assert sheet.bars == [(second.barcode, "Code128"), (first.barcode, "Code128")]


def test_a_librarian_gets_labels_for_a_file(shelf: Shelf, sujin: Member, enter: Enter) -> None:
    batch, desk = taken_in(iso(KORMARC)), enter(sujin)
    link = f"{PAGE}?batch={batch.pk}"
    assert link in desk.get(f"/library/imports/{batch.pk}/").content.decode()
    assert f'<option value="{batch.pk}" selected>' in desk.get(link).content.decode()
    fields = {"batch": batch.pk, "kind": "spines", "sheet": "65"}
    answer = desk.post(f"{PAGE}copies/", fields)
    assert answer["Content-Disposition"] == 'attachment; filename="spines.pdf"'
    [sheet] = read(answer.content)
    [first, *_others] = Item.objects.filter(batch=batch).order_by("call_number", "pk")
    assert sheet.lines[0] == first.call_number.split()[0]


def test_a_librarian_gets_cards(
    shelf: Shelf, sujin: Member, hana: Member, minjun: Member, enter: Enter
) -> None:
    patron, desk = shelf.patron(hana), enter(sujin)
    shelf.patron(minjun)
    link = f"{PAGE}?cards=hana"
    assert link in desk.get(f"/library/desk/patrons/{patron.pk}/").content.decode()
    assert "\nhana</textarea>" in desk.get(link).content.decode()
    answer = desk.post(f"{PAGE}cards/", {"numbers": "minjun", "bars": "code39", "skip": "9"})
    assert answer["Content-Disposition"] == 'attachment; filename="cards.pdf"'
    [sheet] = read(answer.content)
    assert sheet.bars == [("minjun", "Code128")]  # Code 39 has no small letters
    answer = desk.post(f"{PAGE}cards/", {"category": shelf.category.pk})
    [sheet] = read(answer.content)
    assert len(sheet.bars) == 2


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("copies/", {**CHOSEN}, "고른 것이 없습니다."),
        ("cards/", {}, "고른 것이 없습니다."),
        ("copies/", {**CHOSEN, "numbers": "B1\nno"}, "없는 번호입니다: no"),
        ("cards/", {"numbers": "\n".join(map(str, range(11)))}, "8, 9, …"),
        ("copies/", {**CHOSEN, "numbers": "B1", "skip": "24"}, "자리가 24개입니다."),
        ("cards/", {"numbers": "hana", "skip": "10"}, "자리가 10개입니다."),
        ("copies/", {**CHOSEN, "numbers": "B1", "sheet": "A0"}, 'class="error"'),
        ("copies/", {**CHOSEN, "numbers": "B1", "batch": "7"}, 'class="error"'),
        ("cards/", {"numbers": "hana", "bars": "qr"}, 'class="error"'),
    ],
)
def test_bad_input_is_refused_on_the_page(
    shelf: Shelf,
    sujin: Member,
    hana: Member,
    enter: Enter,
    path: str,
    fields: dict[str, str],
    said: str,
) -> None:
    shelf.item()
    shelf.patron(hana)
    answer = enter(sujin).post(PAGE + path, fields)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_more_than_are_printed_at_once_is_refused_on_the_page(
    shelf: Shelf, sujin: Member, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labelling, "MOST", 1)
    numbers = "\n".join(shelf.item(title).barcode for title in ("혼불", "토지"))
    answer = enter(sujin).post(f"{PAGE}copies/", {**CHOSEN, "numbers": numbers})
    assert answer.status_code == 422
    assert "한 번에 1개까지 만듭니다." in answer.content.decode()


@pytest.mark.parametrize("path", ["", "copies/", "cards/"])
def test_only_librarians_make_labels(hana: Member, client: Client, enter: Enter, path: str) -> None:
    ask = "post" if path else "get"
    assert getattr(client, ask)(PAGE + path)["Location"].startswith("/people/login/")
    assert getattr(enter(hana), ask)(PAGE + path).status_code == 403


def test_the_page_costs_the_same_with_one_row_and_with_three(sujin: Member, enter: Enter) -> None:
    class Growing:
        def grow(self, rows: int) -> None:
            for number in range(ImportBatch.objects.count(), rows):
                taken_in(book(number))

    one, three = costs(Growing(), enter(sujin), PAGE)
    assert (one, three) == (6, 6)
