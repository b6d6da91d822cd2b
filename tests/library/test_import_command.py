"""`madang import` in a terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from madang.library import import_command, importing
from madang.library.models import Bib, ImportBatch
from tests.library.records import KORMARC, book, iso

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A record, the same again, and a broken one."""
    path = tmp_path / "books.mrc"
    path.write_bytes(iso(KORMARC) * 2 + b"00100junk\x1d")
    return path


def test_a_file_is_read_in_and_each_problem_told(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = len(iso(KORMARC))
    wrong = "The check digit of the ISBN is wrong; kept as it is written. 8937460018"
    expected = [
        f"record 1, byte 0: {wrong}",
        f"record 2, byte {size}: {wrong}",
        f"record 3, byte {2 * size}: The record does not begin with a leader of 24 signs.",
    ]
    assert import_command.run(["marc", str(file), "--dry-run"]) == 1
    sums = "3 records: 1 new titles, 2 new copies, 1 there already, 1 rejected"
    assert capsys.readouterr().out.splitlines() == [*expected, sums]
    assert (Bib.objects.count(), ImportBatch.objects.count()) == (0, 0)
    assert import_command.run(["marc", str(file)]) == 1
    assert capsys.readouterr().out.splitlines() == [*expected, sums]
    assert ImportBatch.objects.get().file_name == "books.mrc"
    file.write_bytes(iso(KORMARC))
    assert import_command.run(["marc", str(file)]) == 0
    sums = "1 records: 0 new titles, 0 new copies, 1 there already, 0 rejected"
    assert capsys.readouterr().out.splitlines() == [expected[0], sums]


def test_a_terminal_shows_how_far_it_is(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    import_command.run(["marc", str(file)])
    bar = "█" * 30 + " 100%  3 records"
    assert terminal.getvalue() == f"\r{bar}\r{bar}\n"


@pytest.mark.parametrize("option", [[], ["--dry-run"]])
def test_what_is_interrupted_can_be_taken_back(
    file: Path, monkeypatch: pytest.MonkeyPatch, option: list[str]
) -> None:
    def interrupt(_batch: ImportBatch) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(importing, "STEP", 1)
    monkeypatch.setattr(import_command, "_bar", lambda *_: interrupt)
    with pytest.raises(KeyboardInterrupt):
        import_command.run(["marc", str(file), *option])
    found = [(batch.status, batch.seen) for batch in ImportBatch.objects.all()]
    assert found == ([] if option else [("applied", 1)])


def test_what_is_no_file_of_records_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert import_command.run(["marc", str(tmp_path / "nothing.mrc")]) == 2
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    assert import_command.run(["marc", str(tmp_path / "a.pdf")]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "madang import: the file cannot be read: No such file or directory",
        "madang import: this is neither MARC nor MARCXML nor a table, or not what you say.",
    ]
    assert ImportBatch.objects.count() == 0


def test_many_records_of_books_are_one_title_each(tmp_path: Path) -> None:
    path = tmp_path / "many.mrc"
    path.write_bytes(b"".join(book(n, f"책 {n}") for n in range(1, 1202)))
    assert import_command.run(["marc", str(path)]) == 0
    assert Bib.objects.count() == 1201
