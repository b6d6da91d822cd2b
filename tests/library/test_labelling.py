"""Which copies and patrons get labels and cards."""

from __future__ import annotations

import pytest

from madang.library import labelling
from madang.library.models import Item, Patron
from madang.people.models import Member
from tests.library.printed import read
from tests.library.records import KORMARC, iso, taken_in
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db


def test_copies_are_found_by_either_number_once_and_in_order(shelf: Shelf) -> None:
    first, second = shelf.item("혼불"), shelf.item("토지")
    Item.objects.filter(pk=first.pk).update(accession_number="EM1")
    numbers = [second.barcode, "EM1", first.barcode]
    assert labelling.copies(numbers=numbers) == [second, first]
    with pytest.raises(labelling.Unknown) as refused:
        labelling.copies(numbers=["EM1", "no", "EM2"])
    assert refused.value.numbers == ["no", "EM2"]


def test_a_number_that_two_copies_have_is_first_of_all_a_barcode(shelf: Shelf) -> None:
    first, second = shelf.item("혼불"), shelf.item("토지")
    Item.objects.filter(pk=first.pk).update(accession_number=second.barcode)
    assert labelling.copies(numbers=[second.barcode]) == [second]


def test_all_that_came_with_a_file_follow_by_call_number(shelf: Shelf) -> None:
    other, batch = shelf.item(), taken_in(iso(KORMARC))
    found = labelling.copies(numbers=[other.barcode], batch=batch)
    came = list(Item.objects.filter(batch=batch).order_by("call_number", "pk"))
    assert found == [other, *came]
    assert len(came) == 2


def test_patrons_are_found_by_card_and_by_category(
    shelf: Shelf, hana: Member, minjun: Member
) -> None:
    first, second = shelf.patron(hana), shelf.patron(minjun)
    Patron.objects.create(name="without a card", category=shelf.category)
    assert labelling.patrons(numbers=["minjun"]) == [second]
    assert labelling.patrons(numbers=["minjun"], category=shelf.category) == [second, first]
    with pytest.raises(labelling.Unknown):
        labelling.patrons(numbers=["nobody"])


def test_more_than_are_printed_at_once_is_refused(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labelling, "MOST", 1)
    items = [shelf.item("혼불"), shelf.item("토지")]
    with pytest.raises(labelling.TooMany):
        labelling.copies(numbers=[item.barcode for item in items])


def test_what_stands_on_them(shelf: Shelf, hana: Member) -> None:
    plain, whole = shelf.item("혼불"), shelf.item("토지")
    whole.call_number, whole.accession_number = "813.6 박14ㅌ", "EM2"
    assert _lines(labelling.spines([plain, whole], sheet="65")) == [
        plain.barcode,
        "813.6",
        "박14ㅌ",
        "EM2",
    ]
    assert _lines(labelling.barcodes([whole], sheet="24")) == ["마당", "토지", whole.barcode]
    assert _lines(labelling.cards([shelf.patron(hana)])) == ["마당", "김하나", "어른", "hana"]


def _lines(content: bytes) -> list[str]:
    [sheet] = read(content)
    return sheet.lines
