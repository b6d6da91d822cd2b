"""`madang labels` in a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from madang.library import label_command, labelling
from madang.library.labels import SHEETS
from madang.people.models import Member
from tests.library.printed import read
from tests.library.records import KORMARC, iso, taken_in
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")


def test_labels_and_cards_are_written(shelf: Shelf, hana: Member, tmp_path: Path) -> None:
    file, item = tmp_path / "labels.pdf", shelf.item()
    shelf.patron(hana)
    assert label_command.run(["barcodes", str(file), item.barcode, "--code39"]) == 0
    assert read(file.read_bytes())[0].bars == [(item.barcode, "Code39")]
    assert label_command.run(["spines", str(file), item.barcode, "--sheet", "65"]) == 0
    assert read(file.read_bytes())[0].lines == [item.barcode]
    assert label_command.run(["cards", str(file), "hana", "--skip", "3"]) == 0
    assert read(file.read_bytes())[0].bars == [("hana", "Code128")]
    batch = taken_in(iso(KORMARC))
    assert label_command.run(["barcodes", str(file), "--import", str(batch.pk)]) == 0
    assert len(read(file.read_bytes())[0].bars) == batch.copies == 2


def test_what_cannot_be_is_refused_with_its_reason(
    shelf: Shelf,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file, item, other = tmp_path / "labels.pdf", shelf.item("혼불"), shelf.item("토지")
    for argv, said in {
        ("spines", str(file), "no", "B0"): "nothing has these numbers: no, B0",
        ("spines", str(file)): "nothing was chosen",
        ("cards", str(file)): "nothing was chosen",
        ("barcodes", str(file), "--import", "7"): "nothing was chosen",
        (
            "spines",
            str(tmp_path),
            item.barcode,
        ): "the file cannot be written: Is a directory",
    }.items():
        assert label_command.run(list(argv)) == 2
        assert capsys.readouterr().err == f"madang labels: {said}\n"
    monkeypatch.setattr(labelling, "MOST", 1)
    assert label_command.run(["spines", str(file), item.barcode, other.barcode]) == 2
    assert capsys.readouterr().err == "madang labels: at most 1 at once, please\n"
    with pytest.raises(SystemExit):
        label_command.run(["spines", str(file), item.barcode, "--skip", "65"])
    assert not file.exists()


def test_the_sheets_are_those_of_the_page() -> None:
    assert set(label_command.SHEETS) == set(SHEETS)
