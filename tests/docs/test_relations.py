"""The lesson on many-to-many relations does what it says, line by line, in both languages."""

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["relations.md", "ko/relations.md"])
def test_every_line_of_the_lesson_runs(page: str) -> None:
    lesson = doctest.DocTestParser().get_doctest(
        (DOCS / page).read_text("utf-8"), {}, page, page, 0
    )
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(lesson)
    assert (result.failed, result.attempted) == (0, len(lesson.examples))
    assert len(lesson.examples) > 25
