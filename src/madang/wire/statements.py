"""SQL as it may be kept: the parameters were never in it, and what was written into it is out."""

from __future__ import annotations

import re
from functools import lru_cache

COLUMNS = ("began", "ms", "rows", "alias", "text", "file", "line", "inside", "loop")
"""Of one statement in a record: when, how long (milliseconds), rows found or changed (-1: not
known), database, number of its text, where it was asked, number of its loop or -1."""
LONGEST = 2000
LITERALS = re.compile(
    r"[eE]'(?:[^'\\]|\\.|'')*(?:'|\Z)"
    r"|'(?:[^']|'')*(?:'|\Z)"
    r"|\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z)"
    r"|/\*.*?(?:\*/|\Z)"
    r"|--[^\n]*"
    r"|(?<![\w\"])\d{4,}(?![\w\"])",
    re.DOTALL,
)
"""Strings in each of PostgreSQL's spellings (4.1.2), comments, long numbers."""
NUMBERS = re.compile(r"(?<![\w\"])\d{4,}(?![\w\"])")


@lru_cache(maxsize=512)
def without_values(sql: str) -> str:
    """`sql` with an ellipsis for every literal and comment, cut after `LONGEST` letters."""
    if len(sql) > LONGEST:
        sql = sql[:LONGEST] + " …"
    if "'" not in sql and "$" not in sql and "-" not in sql and "/" not in sql:
        return NUMBERS.sub("…", sql)
    return LITERALS.sub("…", sql)
