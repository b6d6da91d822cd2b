"""Many rows at once: what is new is written whole, and what is refused is left out."""

from __future__ import annotations

import pytest
from django.db import transaction

from madang.db import bulk
from madang.library.models import Bib, Identifier
from tests.cast import NOW

pytestmark = pytest.mark.django_db
COLUMNS = ("title", "import_key", "source", "year", "created_at")
TEXT = "tab\t, line\n, \\N, 토지"


def test_rows_are_written_as_they_are_and_the_rest_by_default() -> None:
    rows = [(TEXT, "a", b"\x00\x1e\xff", 1994, NOW), ("둘", "b", None, None, NOW)]
    bulk.insert(Bib, COLUMNS, rows)
    one, two = Bib.objects.order_by("import_key")
    assert (one.title, bytes(one.source or b""), one.year, one.created_at) == (
        TEXT,
        b"\x00\x1e\xff",
        1994,
        NOW,
    )
    assert (two.title, two.source, two.year, two.form, two.is_hidden) == (
        "둘",
        None,
        None,
        Bib.Form.BOOK,
        False,
    )
    assert one.pk < two.pk


def test_what_is_there_already_is_left_out() -> None:
    bulk.insert(Bib, ("title", "import_key"), [("first", "a")])
    with transaction.atomic():
        bulk.insert(Bib, ("title", "import_key"), [("again", "a"), ("new", "b"), ("twice", "b")])
        bulk.insert(Bib, ("title", "import_key"), iter([]))
    assert list(Bib.objects.order_by("pk").values_list("title", flat=True)) == ["first", "new"]
    key = Bib.objects.get(import_key="a").pk
    number = (key, "isbn", "9788937460005", True)
    bulk.insert(Identifier, ("bib_id", "kind", "value", "is_valid"), [number, number])
    assert Identifier.objects.get().bib_id == key


def test_a_column_that_is_none_is_refused() -> None:
    with pytest.raises(KeyError):
        bulk.insert(Bib, ("name",), [("x",)])
