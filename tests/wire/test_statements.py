"""What was written into a statement as a value is not kept."""

from __future__ import annotations

import pytest

from madang.wire.statements import LONGEST, without_values

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("sql", "kept"),
    [
        ('SELECT "a"."b" FROM "a" WHERE "a"."c" = %s LIMIT 21', None),
        ("SELECT 'it''s', 1", "SELECT …, 1"),
        (r"SELECT E'it\'s', 'b'", "SELECT …, …"),
        ("SELECT $$it's$$, $q$a$q$", "SELECT …, …"),
        ("SELECT 1 -- hunter2", "SELECT 1 …"),
        ("SELECT /* hunter2 */ 1", "SELECT … 1"),
        ("SELECT 'cut", "SELECT …"),
        ("SELECT * FROM a WHERE phone = 821012345678", "SELECT * FROM a WHERE phone = …"),
    ],
)
def test_literals_and_comments_become_an_ellipsis(sql: str, kept: str | None) -> None:
    assert without_values(sql) == (sql if kept is None else kept)


def test_a_long_statement_is_cut_before_it_is_read() -> None:
    assert without_values("SELECT " + "a, " * LONGEST + "'b'").endswith(" …")
    assert len(without_values("SELECT '" + "a" * LONGEST)) < 20
