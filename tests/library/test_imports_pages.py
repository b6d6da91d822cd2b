"""A librarian sends a file, looks at what it would bring, reads it in, and takes it back."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from madang.library import lending, working
from madang.library.models import Bib, ImportBatch, Item
from madang.people.models import Member
from tests.cast import NOW, Enter
from tests.library.records import KORMARC, book, iso, taken_in
from tests.reservation.test_queries import costs
from tests.shelf import Shelf

pytestmark = [pytest.mark.usefixtures("now"), pytest.mark.django_db]

INDEX = "/library/imports/"


@pytest.fixture(autouse=True)
def _folder(settings: LazySettings, tmp_path: Path) -> None:
    """Files that are sent lie in a folder of the test."""
    settings.MEDIA_ROOT = tmp_path


def sent(client: Client, source: bytes, name: str = "책.mrc") -> str:
    """The page of a file that was sent."""
    file = SimpleUploadedFile(name, source)
    answer = client.post(INDEX, {"file": file})
    assert answer.status_code == 302, answer.content.decode()
    return answer.headers["Location"]


def work() -> ImportBatch:
    """As the background worker does."""
    batch = ImportBatch.objects.get()
    working.go_on.func(batch.pk)
    batch.refresh_from_db()
    return batch


def page(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_a_file_is_looked_through_read_in_and_taken_back(
    shelf: Shelf, sujin: Member, enter: Enter, tmp_path: Path
) -> None:
    client = enter(sujin)
    path = sent(client, iso(KORMARC) + book(2, "무정") + b"00100junk\x1d")
    assert "파일을 살펴보고 있습니다" in page(client, path)
    assert '<meta http-equiv="refresh" content="2">' in page(client, path)
    work()
    looked = page(client, path)
    assert "이 파일이 가져올 내용입니다. 아직 아무것도 목록에 들어가지 않았습니다." in looked
    assert "<b>토지</b>" in looked
    assert "EM0000001 R 813.6 박14ㅌ 1 1" in looked
    assert "24자리 리더로 시작하지 않는 레코드입니다." in looked
    assert Bib.objects.count() == 0
    client.post(f"{path}apply/")
    assert 'max="3" value="0"' in page(client, path)
    client.post(f"{path}apply/")
    batch = work()
    assert (batch.status, batch.titles, batch.file.name, list(tmp_path.rglob("*.mrc"))) == (
        "applied",
        2,
        "",
        [],
    )
    assert "파일이 목록에 들어갔습니다." in page(client, path)
    assert client.get(f"{path}rejected/").content == b"00100junk\x1d"
    lending.check_out(
        item=Item.objects.get(barcode="EM0000001"), patron=shelf.patron(sujin), at=NOW
    )
    assert "이 파일을 되돌릴까요?" in page(client, f"{path}revert/")
    client.post(f"{path}revert/")
    assert "파일을 되돌리고 있습니다" in page(client, path)
    work()
    after = page(client, path)
    assert "그 뒤로 쓰이고 있는 것만 남기고 파일을 되돌렸습니다." in after
    assert f'<a href="/library/titles/{Bib.objects.get().pk}/"><b>토지</b></a>' in after


def test_a_file_is_left_before_it_is_read_in_and_not_after(
    sujin: Member, enter: Enter, tmp_path: Path, django_capture_on_commit_callbacks: object
) -> None:
    client = enter(sujin)
    path = sent(client, book(1))
    work()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        answer = client.post(f"{path}discard/", follow=True).content.decode()
    assert "‘책.mrc’ 파일을 지웠습니다. 들여온 것은 없습니다." in answer
    assert (ImportBatch.objects.count(), list(tmp_path.rglob("*.mrc"))) == (0, [])
    batch = taken_in(book(1))
    answer = client.post(f"{INDEX}{batch.pk}/discard/", follow=True).content.decode()
    assert "이미 목록에 들어간 파일입니다." in answer


def test_htmx_gets_the_part(sujin: Member, enter: Enter) -> None:
    client = enter(sujin)
    path = sent(client, book(1))
    part = client.get(path, headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<div id="batch"')
    assert 'hx-trigger="every 1s"' in part


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "필수"),
        ({"file": SimpleUploadedFile("a.pdf", b"%PDF-1.7")}, "읽을 수 있는 파일이 아닙니다"),
        ({"file": SimpleUploadedFile("a.mrc", b"")}, "파일"),
    ],
)
def test_what_is_no_file_of_records_is_refused(
    sujin: Member, enter: Enter, data: dict[str, object], said: str
) -> None:
    answer = enter(sujin).post(INDEX, data)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert ImportBatch.objects.count() == 0


def test_librarians_send_large_files_and_others_do_not(
    sujin: Member, hana: Member, enter: Enter
) -> None:
    large = book(1) * 20_000
    assert enter(hana).post(INDEX, {"file": SimpleUploadedFile("a.mrc", large)}).status_code == 413
    assert enter(sujin).post("/library/desk/", {"scan": "x" * (2 << 20)}).status_code == 413
    assert ImportBatch.objects.count() == 0
    sent(enter(sujin), large)
    assert ImportBatch.objects.count() == 1
    larger = SimpleUploadedFile("a.mrc", b"x" * (21 << 20))
    assert enter(sujin).post(INDEX, {"file": larger}).status_code == 413


def test_only_librarians_see_files(hana: Member, enter: Enter, client: Client) -> None:
    path = f"{INDEX}{taken_in(book(1)).pk}/"
    for wanted in (INDEX, path, f"{path}revert/", f"{path}rejected/"):
        assert client.get(wanted).headers["Location"].startswith("/people/login/")
        assert enter(hana).get(wanted).status_code == 403
    for wanted in (f"{path}apply/", f"{path}discard/", f"{path}revert/"):
        assert client.post(wanted).headers["Location"].startswith("/people/login/")
        assert enter(hana).post(wanted).status_code == 403
    assert Bib.objects.count() == 1


def test_files_cost_the_same_for_one_row_and_for_three(sujin: Member, enter: Enter) -> None:
    class Growing:
        def grow(self, rows: int) -> None:
            while ImportBatch.objects.count() < rows:
                taken_in(book(ImportBatch.objects.count()) + b"00100junk\x1d" * rows)

    assert costs(Growing(), enter(sujin), INDEX) == [10, 10]


def test_an_import_costs_the_same_for_one_problem_and_for_three(
    sujin: Member, enter: Enter
) -> None:
    batch = taken_in(book(1) + b"00100junk\x1d")

    class Growing:
        def grow(self, rows: int) -> None:
            for row in batch.problems.all()[: rows - 1]:
                for number in range(1, rows):
                    row.pk, row.number = None, number
                    row.save()

    assert costs(Growing(), enter(sujin), f"{INDEX}{batch.pk}/") == [6, 6]


def test_a_task_for_a_file_that_is_gone_does_nothing() -> None:
    working.go_on.func(1)
    assert ImportBatch.objects.count() == 0
