"""`madang import reservations` in a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from madang import cli
from madang.reservation import import_command
from madang.reservation.models import Patient, Reservation

FILE = """의사,환자,서비스,예약일시,상태
박서윤,윤새봄,학습 상담,2027-03-02 10:00,
박서윤,윤새봄,학습 상담,2027-03-02 10:30,취소됨
박서윤,강태오,학습 상담,2027-03-02 10:15,
박서연,강태오,학습 상담,2027-03-02 11:00,
박서윤,윤새봄,학습 상담,2027-03-02 10:00,booked
박서윤,강태오,학습 상담,2027-03-02 11:00,,,
"""
TOLD = [
    "row 4: the doctor is with somebody else, or busy, at this time (박서윤)",
    "row 5: there is no such doctor (박서연)",
    "row 7: the row has more cells than there are columns",
]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "reservations.csv"
    path.write_bytes(FILE.replace(",,,\n", ",,x\n").encode("cp949"))
    return path


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


@pytest.mark.usefixtures("room")
def test_each_row_is_in_or_told_with_its_line_and_again_nothing_changes(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sums = "6 rows: 2 new, 1 there already, 3 rejected"
    argv = ["import", "reservations", str(file)]
    assert (cli.main([*argv, "--dry-run"]), told(capsys)) == (1, [*TOLD, sums])
    assert (Reservation.objects.count(), Patient.objects.count()) == (0, 0)
    assert (cli.main(argv), told(capsys)) == (1, [*TOLD, sums])
    assert (Reservation.objects.count(), Patient.objects.count()) == (2, 1)
    sums = "6 rows: 0 new, 3 there already, 3 rejected"
    assert (cli.main(argv), told(capsys)) == (1, [*TOLD, sums])
    assert (Reservation.objects.count(), Patient.objects.count()) == (2, 1)


@pytest.mark.usefixtures("room")
def test_a_file_that_is_in_whole_ends_with_0(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    file.write_text("".join(FILE.splitlines(keepends=True)[:3]), "utf-8")
    assert cli.main(["import", "reservations", str(file)]) == 0
    assert told(capsys) == ["2행: 새 예약 2건, 이미 있음 0건, 거부 0건"]


@pytest.mark.django_db
def test_a_file_without_columns_is_refused(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("a,b\n1,2\n")
    assert cli.main(["import", "reservations", str(file)]) == 2
    assert capsys.readouterr().err == (
        "madang import: the first row has to name the columns:"
        " doctor, patient, service, appointed_time, status\n"
    )


def test_a_file_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["import", "reservations", str(tmp_path / "none.csv")]) == 2
    said = "madang import: the file cannot be read: No such file or directory\n"
    assert capsys.readouterr().err == said


def test_a_site_that_is_not_set_up_is_refused(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise ImproperlyConfigured("MADANG_SECRET_KEY is missing")

    monkeypatch.setattr("django.setup", fails)
    assert cli.main(["import", "reservations", str(file)]) == 2
    assert capsys.readouterr().err == "madang import: MADANG_SECRET_KEY is missing\n"


@pytest.mark.parametrize("argv", [[], ["fish"], ["--help"]])
def test_other_kinds_are_refused_with_those_that_there_are(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["import", *argv]) == 2
    assert capsys.readouterr().err == "madang import takes one of: marc, books, reservations\n"


def test_every_refusal_has_a_sentence() -> None:
    assert len(set(import_command.REASONS.values())) == len(import_command.REASONS)
