"""The pages of reports, their drawings and their files."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.test import Client

from madang.library import lending
from madang.library.models import Bib, Item, Loan
from madang.people.models import Member
from tests.cast import NOW, Enter
from tests.reservation.test_queries import costs
from tests.shelf import Shelf

pytestmark = pytest.mark.usefixtures("now")
PAGE = "/library/desk/reports/"
MARCH = "?first_on=2027-02-01&last_on=2027-03-31&scheme=ddc"


def rows(client: Client, name: str) -> list[list[str]]:
    """The file's rows."""
    answer = client.get(f"{PAGE}{name}.csv{MARCH}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    file = f'attachment; filename="library-{name}-2027-02-01-2027-03-31.csv"'
    assert answer["Content-Disposition"] == file
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]  # it streams
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.fixture
def lent(shelf: Shelf, hana: Member) -> None:
    """A copy that is three days late, one that was never lent, and one that is =lent."""
    patron = shelf.patron(hana)
    lending.check_out(item=shelf.item(), patron=patron, at=NOW - timedelta(days=17))
    item = shelf.item("토지")
    item.call_number, item.created_at = "813.6 박14ㅌ", NOW
    item.save()
    Bib.objects.filter(title="혼불").update(author="=1+1")


def test_a_librarian_sees_the_figures(lent: None, sujin: Member, enter: Enter) -> None:
    page = enter(sujin).get(PAGE + MARCH).content.decode()
    assert re.findall(r"<title>(.*?)</title>", page)[1:] == [
        "2027년 2월: 1",
        "2027년 3월: 0",
        "800 문학: 1",
        "분류 없음: 1",
        "800 문학: 0",
        "분류 없음: 1",
        "1–7: 1",
        "8–30: 0",
        "31–90: 0",
        "91–: 0",
    ]
    assert "400 언어" in page
    assert "B2 813.6 박14ㅌ · 서가" in page
    assert "style=" not in page


def test_nothing_is_drawn_where_nothing_is(sujin: Member, enter: Enter) -> None:
    text = enter(sujin).get(PAGE).content.decode()
    assert "이 기간에 빌려드린 것이 없습니다." in text
    assert "한 번도 나가지 않은 자료가 없습니다." in text
    assert re.findall(r'class="rod"[^>]*height="([1-9]\d*)"', text) == []
    assert 'value="2026-03-01"' in text
    assert 'value="2027-03-01"' in text


def test_each_report_is_a_file(lent: None, sujin: Member, enter: Enter) -> None:
    desk = enter(sujin)
    assert rows(desk, "months") == [
        ["첫날", "대출"],
        ["2027-02-01", "1"],
        ["2027-03-01", "0"],
    ]
    assert rows(desk, "titles")[1:] == [["혼불", "'=1+1", "1"]]
    assert rows(desk, "overdue")[1:] == [["2027-02-26", "3", "혼불", "B1", "김하나", "hana"]]
    assert rows(desk, "never")[1:] == [["토지", "813.6 박14ㅌ", "B2", "서가", "2027-03-01"]]
    classes = {row[0]: row[1:] for row in rows(desk, "classes")[1:]}
    assert (classes["800 문학"], classes["분류 없음"]) == (["1", "0"], ["1", "1"])
    assert len(classes) == 11


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("first_on=2027-03-02&last_on=2027-03-01", "마지막 날이 첫날보다 빠릅니다."),
        ("first_on=2020-03-01&last_on=2027-03-02", "한 번에 5년까지만 볼 수 있습니다."),
        ("first_on=0001-01-01&last_on=0001-01-02", "이 해에는 볼 통계가 없습니다."),
        ("first_on=yesterday", 'class="error"'),
        ("scheme=udc", 'class="error"'),
    ],
)
def test_days_that_make_no_sense_are_refused(
    sujin: Member, enter: Enter, asked: str, told: str
) -> None:
    desk = enter(sujin)
    answer = desk.get(f"{PAGE}?{asked}")
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert desk.get(f"{PAGE}months.csv?{asked}").status_code == 400


def test_there_is_no_other_report(sujin: Member, enter: Enter) -> None:
    assert enter(sujin).get(f"{PAGE}readers.csv").status_code == 404


@pytest.mark.parametrize("path", ["", "overdue.csv"])
def test_only_librarians_see_reports(hana: Member, client: Client, enter: Enter, path: str) -> None:
    assert client.get(PAGE + path)["Location"].startswith("/people/login/")
    assert enter(hana).get(PAGE + path).status_code == 403


def test_the_page_costs_the_same_with_one_row_and_with_three(
    shelf: Shelf, sujin: Member, hana: Member, enter: Enter
) -> None:
    class Growing:
        def grow(self, rows: int) -> None:
            for number in range(Loan.objects.count(), rows):
                item = shelf.item(f"책 {number}")
                lending.check_out(item=item, patron=shelf.patron(hana), at=NOW)
                shelf.item(f"새 책 {number}")
            assert Item.objects.count() == 2 * rows

    one, three = costs(Growing(), enter(sujin), PAGE)
    assert (one, three) == (10, 10)
