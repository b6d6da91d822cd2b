"""Letters to patrons: which, when, in which words, and each once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any  # pytest-django's settings

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from madang.library import history, holding, lending, telling
from madang.library.models import Hold, Item, Loan, Notice, Patron
from madang.people import outbox, tasks
from madang.people.models import Member, OutboxMail
from tests.cast import NOW, Enter
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DUE = NOW + 14 * DAY
"""Nine in the morning of the day on which what is lent NOW is due."""


def lend(shelf: Shelf, member: Member, title: str = "혼불") -> Loan:
    return lending.check_out(item=shelf.item(title), patron=shelf.patron(member), at=NOW)


def letters() -> list[tuple[str, str]]:
    """To whom letters of the library were written, and about what."""
    rows = OutboxMail.objects.filter(event__startswith="library/").order_by("id")
    return [(row.address, row.event.split("/")[1]) for row in rows]


def sent(mailoutbox: list[EmailMessage]) -> EmailMessage:
    """The last letter, as it was sent."""
    mail = OutboxMail.objects.order_by("-id")[0]
    outbox.deliver(mail, at=mail.next_attempt_at)
    return mailoutbox[-1]


def test_what_is_due_soon_is_told_once_in_one_letter(
    shelf: Shelf, hana: Member, mailoutbox: list[EmailMessage]
) -> None:
    lend(shelf, hana, "혼불")
    lend(shelf, hana, "토지")
    telling.tell_all(DUE - 3 * DAY)
    assert letters() == []
    for at in (DUE - 2 * DAY, DUE - 2 * DAY, DUE - DAY, DUE):
        telling.tell_all(at)
        assert letters() == [("hana@madang.example", "due")]
    letter = sent(mailoutbox)
    assert (letter.subject, letter.to) == (
        "[마당] 곧 반납하실 책이 2권 있습니다",
        ["hana@madang.example"],
    )
    assert letter.body == (
        "김하나 님, 안녕하세요.\n\n"
        "제때 반납하시거나 연장해 주세요.\n\n"
        "- 혼불\n  2027년 3월 15일 월요일까지\n\n"
        "- 토지\n  2027년 3월 15일 월요일까지\n\n"
        "연장하거나 빌린 책을 모두 보는 곳:\nhttp://localhost/library/mine/\n\n"
        "반납일 전 메일을 받지 않으시려면 같은 화면에서 끄시면 됩니다.\n\n마당\n"
    )


def test_a_renewed_loan_is_told_of_again(shelf: Shelf, hana: Member) -> None:
    loan = lend(shelf, hana)
    telling.tell_all(DUE)
    lending.renew(loan=loan, at=DUE)
    telling.tell_all(DUE)
    assert len(letters()) == 1
    telling.tell_all(DUE + 7 * DAY)
    assert len(letters()) == 2
    notices = Notice.objects.values_list("kind", "due_on", "step")
    assert list(notices) == [("due", DUE.date(), 0), ("due", loan.due_on, 0)]


@pytest.mark.parametrize("hours", [-9, -1.5])
def test_nothing_about_due_dates_comes_at_night(shelf: Shelf, hana: Member, hours: float) -> None:
    lend(shelf, hana)
    telling.tell_all(DUE + timedelta(hours=hours))
    assert letters() == []


def test_who_borrows_for_a_day_is_not_told_on_that_day(
    shelf: Shelf, hana: Member, settings: Any
) -> None:
    settings.LIBRARY_DUE_SOON_DAYS = 14
    lend(shelf, hana)
    telling.tell_all(NOW + timedelta(hours=1))
    assert letters() == []
    telling.tell_all(NOW + DAY)
    assert len(letters()) == 1


def test_the_site_or_a_reader_may_have_no_letters_before(
    shelf: Shelf, hana: Member, settings: Any
) -> None:
    lend(shelf, hana)
    settings.LIBRARY_DUE_SOON_DAYS = 0
    telling.tell_all(DUE)
    settings.LIBRARY_DUE_SOON_DAYS = 2
    telling.choose(member=hana, is_on=False)
    telling.tell_all(DUE)
    assert letters() == []
    telling.choose(member=hana, is_on=True)
    telling.tell_all(DUE)
    assert len(letters()) == 1


def test_what_is_late_is_told_at_each_step(
    shelf: Shelf, hana: Member, settings: Any, mailoutbox: list[EmailMessage]
) -> None:
    telling.choose(member=hana, is_on=False)
    lend(shelf, hana)
    telling.choose(member=hana, is_on=False)
    settings.LIBRARY_OVERDUE_DAYS = (1, 7, 21)
    counts = []
    for days in (0, 1, 2, 6, 7, 8, 20, 21, 400):
        telling.tell_all(DUE + days * DAY)
        counts.append(len(letters()))
    assert counts == [0, 1, 1, 1, 2, 2, 2, 3, 3]
    assert list(Notice.objects.values_list("step", flat=True)) == [1, 7, 21]
    letter = sent(mailoutbox)
    assert letter.subject == "[마당] 반납일이 지난 책이 1권 있습니다"
    assert letter.body == (
        "김하나 님, 안녕하세요.\n\n"
        "반납일이 지난 책을 돌려주세요.\n\n"
        "- 혼불\n  반납일이 2027년 3월 15일 월요일이었습니다\n\n"
        "빌린 책을 모두 보는 곳:\nhttp://localhost/library/mine/\n\n마당\n"
    )


def test_a_site_that_slept_tells_the_step_that_is_reached(
    shelf: Shelf, hana: Member, settings: Any
) -> None:
    lend(shelf, hana)
    telling.tell_all(DUE + 30 * DAY)
    assert list(Notice.objects.values_list("step", flat=True)) == [21]
    settings.LIBRARY_OVERDUE_DAYS = ()
    Notice.objects.all().delete()
    telling.tell_all(DUE + 30 * DAY)
    assert len(letters()) == 1


def test_what_is_back_or_missing_is_not_asked_for(shelf: Shelf, hana: Member) -> None:
    back, lost = lend(shelf, hana, "혼불"), lend(shelf, hana, "토지")
    lending.check_in(item=back.item, at=NOW + DAY)
    Item.objects.filter(pk=lost.item_id).update(status=Item.Status.CLAIMED)
    for days in (0, 1):
        telling.tell_all(DUE + days * DAY)
    assert letters() == []


def test_who_waited_is_told_that_it_is_ready_even_at_night(
    shelf: Shelf, hana: Member, minjun: Member, mailoutbox: list[EmailMessage]
) -> None:
    loan, night = lend(shelf, minjun), NOW + timedelta(hours=17)
    waiting = holding.place(bib=loan.item.bib, patron=shelf.patron(hana), at=NOW)
    telling.tell_all(night)
    assert letters() == []
    lending.check_in(item=loan.item, at=night)
    for _again in range(2):
        telling.tell_all(night)
    assert letters() == [("hana@madang.example", "ready")]
    assert Notice.objects.get().hold == waiting
    letter = sent(mailoutbox)
    assert letter.subject == "[마당] 예약하신 책이 1권 준비되었습니다"
    assert letter.body == (
        "김하나 님, 안녕하세요.\n\n"
        "예약하신 책을 따로 두었습니다.\n\n"
        "- 혼불\n  2027년 3월 5일 금요일까지, 서가\n\n"
        "필요 없어지셨다면 다음 분께 차례를 넘겨 주세요:\nhttp://localhost/library/mine/\n\n"
        "마당\n"
    )


def test_each_reads_a_letter_in_the_own_language(
    shelf: Shelf, emma: Member, mailoutbox: list[EmailMessage]
) -> None:
    lend(shelf, emma)
    telling.tell_all(DUE)
    letter = sent(mailoutbox)
    assert letter.subject == "[마당] 1 book is due soon"
    assert "- 혼불\n  due on Monday 15 March 2027\n" in letter.body


def test_nobody_without_an_address_is_told_until_there_is_one(shelf: Shelf, hana: Member) -> None:
    lend(shelf, hana)
    card = Patron.objects.create(name="카드만", card="c", category=shelf.category)
    lending.check_out(item=shelf.item("토지"), patron=card, at=NOW)
    Member.objects.filter(pk=hana.pk).update(email="")
    telling.tell_all(DUE)
    assert (letters(), Notice.objects.count()) == ([], 0)
    assert telling.tell(patron=card, kind=Notice.Kind.DUE, at=DUE) == 0
    Member.objects.filter(pk=hana.pk).update(email="hana@madang.example")
    telling.tell_all(DUE)
    assert letters() == [("hana@madang.example", "due")]


def test_somebody_who_was_quicker_leaves_nothing_to_tell(
    shelf: Shelf, hana: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    loan, patron = lend(shelf, hana), shelf.patron(hana)
    soon = telling._soon

    def slow(*when: Any) -> Any:
        rows = soon(*when)
        found = list(rows)
        Notice.objects.create(kind="due", loan=loan, due_on=loan.due_on)
        rows._result_cache = found
        monkeypatch.setattr(rows, "filter", lambda **_of: rows)
        return rows

    monkeypatch.setattr(telling, "_soon", slow)
    assert telling.tell(patron=patron, kind=Notice.Kind.DUE, at=DUE) == 0
    assert letters() == []


def test_a_letter_does_not_say_later_who_had_what(shelf: Shelf, hana: Member) -> None:
    loan = lend(shelf, hana)
    telling.tell_all(DUE)
    lending.check_in(item=loan.item, at=DUE)
    mail = OutboxMail.objects.get(event__startswith="library/")
    outbox.deliver(mail, at=mail.next_attempt_at)
    history.forget(DUE + 31 * DAY)
    mail.refresh_from_db()
    assert (mail.body, "혼불" in mail.subject) == ("", False)
    assert len(mail.event.removeprefix("library/due/")) == 36
    assert Loan.objects.get().patron is None


def test_a_sweep_tells_everybody(shelf: Shelf, hana: Member, minjun: Member) -> None:
    for title, member in (("혼불", hana), ("토지", minjun)):
        lend(shelf, member, title)
    assert tasks.sweep(at=DUE) == []
    assert sorted(letters()) == [("hana@madang.example", "due"), ("minjun@madang.example", "due")]
    assert not Hold.objects.exists()


def test_a_reader_switches_letters_off_and_on(
    shelf: Shelf, hana: Member, minjun: Member, client: Client, enter: Enter
) -> None:
    patron, own, path = shelf.patron(hana), enter(hana), "/library/mine/reminders/"
    assert client.post(path)["Location"].startswith("/people/login/")
    assert enter(minjun).post(path, {"on": "no"}).status_code == 404
    for wanted, sentence in (
        ("no", "반납일 전에 메일을 받지 않습니다."),
        ("yes", "반납일 전에 메일을 받습니다."),
    ):
        page = own.post(path, {"on": wanted}, follow=True)
        assert sentence in page.content.decode()
        patron.refresh_from_db()
        assert patron.wants_reminders is (wanted == "yes")
