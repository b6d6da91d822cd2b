"""Every record of a file is in the catalogue, there already, or rejected; nothing twice."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.db import IntegrityError, transaction

from madang.lib import iso2709, marcxml
from madang.library import importing, reading, search, taking, working
from madang.library.importing import NotNow
from madang.library.models import (
    Bib,
    Identifier,
    ImportBatch,
    ImportProblem,
    Item,
    ItemType,
    Location,
)
from madang.library.taking import Step
from tests.cast import NOW
from tests.library.records import KORMARC, LINKED, book, iso, staged, sums, taken_in
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db


def problems(batch: ImportBatch) -> list[tuple[int, int, str, str, bool]]:
    rows = batch.problems.values_list("number", "offset", "reason", "detail", "is_rejected")
    return list(rows)


def looked_through(source: bytes) -> ImportBatch:
    batch = staged()
    importing.look_through(batch=batch, stream=BytesIO(source), at=NOW)
    batch.refresh_from_db()
    return batch


def test_a_record_becomes_a_title_with_its_numbers_and_copies() -> None:
    batch = taken_in(iso(KORMARC))
    assert sums(batch) == (1, 1, 2, 0, 0)
    bib = Bib.objects.get()
    assert (bib.title, bib.author, bib.year, bib.batch) == ("토지", "박경리", 1994, batch)
    assert (bytes(bib.source or b""), bib.source_format) == (iso(KORMARC), "marc")
    assert list(bib.identifiers.values_list("value", "is_valid")) == [
        ("8937460018", False),
        ("9788937460005", True),
    ]
    assert list(bib.items.values_list("barcode", "call_number")) == [
        ("EM0000001", "R 813.6 박14ㅌ 1 1"),
        ("EM0000002", "R 813.6 박14ㅌ 1 1 c.2"),
    ]
    assert list(search.find("대하소설")) == [bib]
    assert problems(batch) == [(1, 0, "isbn", "8937460018", False)]
    assert (batch.status, batch.applied_at, batch.total) == ("applied", NOW, 1)


def test_reading_a_file_again_changes_nothing() -> None:
    source = iso(KORMARC) + iso(LINKED) + iso([("245", "00$a번호 없는 책")])
    first = taken_in(source)
    before = [list(model.objects.order_by("pk").values()) for model in (Bib, Item, Identifier)]
    again = taken_in(source)
    assert (sums(first), sums(again)) == ((3, 3, 3, 0, 0), (3, 0, 0, 3, 0))
    after = [list(model.objects.order_by("pk").values()) for model in (Bib, Item, Identifier)]
    assert before == after


def test_what_is_broken_is_rejected_with_its_place_and_the_rest_is_read() -> None:
    one, two = book(1, "하나"), book(2, "둘")
    nameless = iso([("001", "3")])
    batch = taken_in(one + b"00100junk\x1d" + nameless + two[:-20] + book(4, "넷"))
    assert sums(batch) == (5, 2, 0, 0, 3)
    at = len(one)
    assert problems(batch) == [
        (2, at, "leader", "", True),
        (3, at + 10, "no_title", "", True),
        (4, at + 10 + len(nameless), "cut", "", True),
    ]
    sources = [bytes(row.source or b"") for row in batch.problems.all()]
    assert sources == [b"00100junk\x1d", nameless, two[:-20]]
    assert sorted(Bib.objects.values_list("title", flat=True)) == ["넷", "하나"]
    assert str(batch.problems.first()) == f"2: {ImportProblem.Reason.LEADER.label}"


def test_one_number_with_other_words_is_rejected_and_the_title_stays() -> None:
    taken_in(book(1, "토지"))
    batch = taken_in(book(1, "다른 책") + book(2, "둘") + book(2, "둘") + book(2, "셋"))
    assert sums(batch) == (4, 1, 0, 1, 2)
    assert problems(batch) == [
        (1, 0, "differs", "다른 책", True),
        (4, len(book(1, "다른 책")) + 2 * len(book(2, "둘")), "differs", "셋", True),
    ]
    assert sorted(Bib.objects.values_list("title", flat=True)) == ["둘", "토지"]


def test_a_barcode_that_another_title_has_is_told_and_the_title_is_read(shelf: Shelf) -> None:
    shelf.item("혼불")
    batch = taken_in(
        book(1, "하나", ("852", "  $pB1"))
        + book(2, "둘", ("049", "  $lN1"))
        + book(3, "셋", ("852", "  $pN1$cMAIN"))
    )
    assert sums(batch) == (3, 3, 1, 0, 0)
    assert [(each[0], each[2], each[3]) for each in problems(batch)] == [
        (1, "barcode", "B1"),
        (3, "barcode", "N1"),
    ]
    assert batch.problems.filter(source=None).count() == 0
    assert Item.objects.get(barcode="N1").bib.title == "둘"
    assert Item.objects.get(barcode="B1").bib.title == "혼불"


def test_copies_stand_where_the_record_says_if_there_is_such_a_place(shelf: Shelf) -> None:
    child = Location.objects.create(code="child", name="어린이실")
    batch = staged()
    assert (batch.item_type, batch.location) == (shelf.item_type, shelf.location)
    taken_in(
        iso(LINKED) + book(2, "둘", ("852", "  $pX2$c어린이실")) + book(3, "셋", ("852", "  $pX3"))
    )
    assert dict(Item.objects.values_list("barcode", "location")) == {
        "X1": child.pk,
        "X2": child.pk,
        "X3": shelf.location.pk,
    }


def test_copies_are_what_the_librarian_says(shelf: Shelf) -> None:
    disc = ItemType.objects.create(code="disc", name="음반")
    child = Location.objects.create(code="child", name="어린이실")
    batch = importing.stage(
        file_name="discs.mrc", format="marc", at=NOW, by=None, item_type=disc, location=child
    )
    importing.begin(batch=batch, at=NOW)
    source = book(1, "하나", ("852", "  $pX1"))
    importing.take_in(batch=batch, stream=BytesIO(source), at=NOW)
    copy = Item.objects.get(barcode="X1")
    assert (copy.item_type, copy.location) == (disc, child)


def test_a_copy_that_somebody_else_was_quicker_with_is_told(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.item("혼불")
    monkeypatch.setattr(taking, "_taken", lambda copies: {})  # it looked before B1 was there
    batch = taken_in(book(1, "하나", ("852", "  $pB1"), ("852", "  $pB2")))
    assert sums(batch) == (1, 1, 1, 0, 0)
    assert [(each[0], each[2], each[3]) for each in problems(batch)] == [(1, "barcode", "B1")]
    assert Item.objects.get(barcode="B1").bib.title == "혼불"


def test_a_title_that_somebody_else_was_quicker_with_is_one_that_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = book(1, "하나", ("852", "  $pB1")) + book(2, "둘")
    others: list[ImportBatch] = []
    there = Step._there

    def looked_too_early(step: Step) -> dict[str, int]:
        found = there(step)
        if not others:  # another import, between this one's look and its writing
            others.append(staged())
            others[0] = taken_in(source)
        return found

    monkeypatch.setattr(Step, "_there", looked_too_early)
    batch = taken_in(source)
    assert (sums(others[0]), sums(batch)) == ((2, 2, 1, 0, 0), (2, 0, 0, 2, 0))
    assert list(Bib.objects.values_list("batch", flat=True)) == [others[0].pk] * 2
    assert problems(batch) == []


def test_a_site_that_has_no_shelf_gets_one() -> None:
    batch, again = staged(), staged()
    assert (batch.item_type, batch.location) == (again.item_type, again.location)
    assert (ItemType.objects.count(), Location.objects.count()) == (1, 1)


def test_looking_through_counts_what_taking_in_would_bring_and_writes_no_title(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "STEP", 2)
    shelf.item("혼불")
    source = (
        book(1, "하나", ("852", "  $pX1"))
        + book(2, "둘", ("852", "  $pB1"))
        + book(1, "하나", ("852", "  $pX1"))
        + book(4, "넷", ("852", "  $pX1"))
        + b"00100junk\x1d"
    )
    batch = looked_through(source)
    expected = (5, 3, 1, 1, 1)
    assert (sums(batch), batch.status, batch.total) == (expected, "staged", 5)
    assert Bib.objects.count() == 1
    seen = problems(batch)
    importing.begin(batch=batch, at=NOW)
    batch.refresh_from_db()
    assert (sums(batch), problems(batch)) == ((0, 0, 0, 0, 0), [])
    importing.take_in(batch=batch, stream=BytesIO(source), at=NOW)
    batch.refresh_from_db()
    assert (sums(batch), problems(batch)) == (expected, seen)


@pytest.mark.parametrize("size", [1, 3])
def test_what_was_interrupted_goes_on_where_it_ended(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    source = b"".join(book(n, f"책 {n}") for n in range(1, 6))
    told: list[int] = []

    def stop_after_two(row: ImportBatch) -> None:
        told.append(row.seen)
        raise KeyboardInterrupt

    for verb in (importing.look_through, importing.take_in):
        monkeypatch.setattr(importing, "STEP", 2)
        batch = staged()
        if verb is importing.take_in:
            importing.begin(batch=batch, at=NOW)
        with pytest.raises(KeyboardInterrupt):
            verb(batch=batch, stream=BytesIO(source), at=NOW, tell=stop_after_two)
        monkeypatch.setattr(importing, "STEP", size)
        verb(batch=batch, stream=BytesIO(source), at=NOW)
        batch.refresh_from_db()
        assert sums(batch) == (5, 5, 0, 0, 0)
    assert told == [2, 2]


def test_each_thing_is_done_in_its_turn() -> None:
    batch = taken_in(book(1))
    for verb in (importing.look_through, importing.take_in):
        with pytest.raises(NotNow):
            verb(batch=batch, stream=BytesIO(book(2)), at=NOW)
    with pytest.raises(NotNow):
        importing.begin(batch=batch, at=NOW)
    with pytest.raises(NotNow):
        importing.discard(batch=batch)
    with pytest.raises(NotNow):
        importing.stop(batch=batch, at=NOW)
    assert Bib.objects.count() == 1


def test_a_file_that_is_given_up_is_gone() -> None:
    batch = looked_through(book(1))
    importing.discard(batch=batch)
    assert (ImportBatch.objects.count(), Bib.objects.count()) == (0, 0)
    with pytest.raises(NotNow):
        importing.begin(batch=batch, at=NOW)


def test_the_database_counts_every_record() -> None:
    batch = taken_in(book(1))
    told = pytest.raises(IntegrityError, match="library_import_counts_every_record")
    with told, transaction.atomic():
        ImportBatch.objects.filter(pk=batch.pk).update(seen=2)


def test_marcxml_is_taken_in_like_marc() -> None:
    text = marcxml.write(iso2709.parse(iso(KORMARC)))
    batch = taken_in(
        f"<collection>{text}<record><leader/></record></collection>".encode(), "marcxml"
    )
    assert sums(batch) == (2, 1, 2, 0, 1)
    bib = Bib.objects.get()
    assert (bytes(bib.source or b""), bib.source_format) == (text.encode(), "marcxml")


@pytest.mark.parametrize(
    ("beginning", "expected"),
    [
        (b"00100nam", "marc"),
        (b"\xef\xbb\xbf00100", "marc"),
        (b"junk\x1e", "marc"),
        (b" <?xml", "marcxml"),
        ("<?xml".encode("utf-16"), "marcxml"),
        (b"PK\x03\x04", "xlsx"),
        (b"%PDF", None),
        (b"", None),
    ],
)
def test_the_format_is_told_by_how_a_file_begins(beginning: bytes, expected: str | None) -> None:
    assert reading.format_of("책.mrc", beginning) == expected
    assert reading.format_of("책.CSV", b"a,b") == "csv"


def test_a_sweep_ends_the_import_of_a_terminal_that_is_gone() -> None:
    batch = staged()
    importing.begin(batch=batch, at=NOW)
    working.resume(NOW + working.QUIET)
    batch.refresh_from_db()
    assert batch.worked_at == NOW
    later = NOW + 2 * working.QUIET
    working.resume(later)
    working.work(batch=batch, at=later)
    batch.refresh_from_db()
    assert (batch.status, batch.applied_at) == ("applied", later)
