"""An import is taken back whole, but for what is in use since."""

from __future__ import annotations

import pytest

from madang.library import holding, lending, line, reverting
from madang.library.importing import NotNow
from madang.library.models import Bib, Identifier, ImportBatch, Item, SearchEntry
from madang.people.models import Member
from tests.cast import NOW
from tests.library.records import KORMARC, book, iso, staged, taken_in
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db


def taken_back(batch: ImportBatch) -> list[str]:
    reverting.begin(batch=batch, at=NOW)
    return [bib.title for bib in reverting.take_back(batch=batch, at=NOW)]


def test_an_import_is_taken_back_whole_and_can_be_read_in_again(shelf: Shelf) -> None:
    own = shelf.bib("혼불")
    batch = taken_in(iso(KORMARC) + book(2))
    told: list[int] = []
    reverting.begin(batch=batch, at=NOW)
    assert list(reverting.take_back(batch=batch, at=NOW, tell=told.append)) == []
    batch.refresh_from_db()
    assert (batch.status, batch.reverted_at, told) == ("reverted", NOW, [2])
    assert (list(Bib.objects.all()), Item.objects.count(), Identifier.objects.count()) == (
        [own],
        1,
        0,
    )
    assert SearchEntry.objects.count() == 1
    assert taken_in(iso(KORMARC)).titles == 1


def test_what_is_in_use_since_stays_and_is_named(
    shelf: Shelf, hana: Member, minjun: Member
) -> None:
    batch = taken_in(
        b"".join(book(n, f"책 {n}", ("852", f"  $pX{n}")) for n in range(1, 6))
        + book(6, "책 6", ("852", "  $pX6$cmain"))
    )
    items = {item.barcode: item for item in Item.objects.select_related("bib")}
    lent = lending.check_out(item=items["X1"], patron=shelf.patron(hana), at=NOW)
    lending.check_in(
        item=items["X2"],
        at=NOW,
        loan=lending.check_out(item=items["X2"], patron=shelf.patron(hana), at=NOW),
    )
    holding.place(bib=items["X3"].bib, patron=shelf.patron(minjun), at=NOW)
    shelf.copy(items["X4"].bib)
    assert taken_back(batch) == ["책 1", "책 2", "책 3", "책 4"]
    assert sorted(Item.objects.values_list("barcode", flat=True)) == ["B1", "X1", "X2", "X3"]
    Item.objects.filter(barcode="B1").delete()
    lent.delete()
    assert taken_back(batch) == ["책 2", "책 3"]


def test_copies_that_came_to_a_title_of_another_import_are_taken_back_alone(shelf: Shelf) -> None:
    title = book(1, "토지")
    first = taken_in(title)
    Bib.objects.update(source=title)
    Item.objects.all().delete()
    second = taken_in(title)
    Item.objects.create(
        bib=Bib.objects.get(),
        barcode="X1",
        item_type=shelf.item_type,
        location=shelf.location,
        batch=second,
    )
    assert taken_back(second) == []
    assert (Bib.objects.get().batch, Item.objects.count()) == (first, 0)


def test_what_is_not_in_the_catalogue_cannot_be_taken_back() -> None:
    batch = staged()
    with pytest.raises(NotNow):
        reverting.begin(batch=batch, at=NOW)
    with pytest.raises(NotNow):
        reverting.take_back(batch=batch, at=NOW)


def test_who_borrows_what_was_just_taken_back_is_told_so(shelf: Shelf, hana: Member) -> None:
    batch = taken_in(book(1, "토지", ("852", "  $pX1")))
    item, patron = Item.objects.get(), shelf.patron(hana)
    taken_back(batch)
    with pytest.raises(line.Gone) as refusal:
        lending.check_out(item=item, patron=patron, at=NOW)
    assert refusal.value.code == "gone"
