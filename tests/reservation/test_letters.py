"""What patients are told by mail."""

from __future__ import annotations

from email import message_from_bytes, policy

import vobject
from django.core.mail import EmailMessage
from django.utils import timezone

from madang.people import outbox
from madang.people.models import Member, OutboxMail
from madang.reservation import booking, letters
from madang.reservation.models import Patient
from tests.cast import NOW, Room


def sent(mailoutbox: list[EmailMessage]) -> list[tuple[str, ...]]:
    """Subject, text, the calendar's Content-Type and METHOD of every letter that went out."""
    for mail in OutboxMail.objects.order_by("id"):
        outbox.deliver(mail, at=timezone.now())
    found: list[tuple[str, ...]] = []
    for letter in mailoutbox:
        message = message_from_bytes(letter.message().as_bytes(), policy=policy.default)
        text, file = message.iter_parts()
        assert (file.get_filename(), letter.to) == ("reservation.ics", ["hana@madang.example"])
        calendar = vobject.readOne(file.get_content())
        found.append(
            (str(letter.subject), text.get_content(), file["Content-Type"], calendar.method.value)
        )
    return found


def test_who_books_and_cancels_gets_two_letters(
    room: Room, hana: Member, mailoutbox: list[EmailMessage]
) -> None:
    row = booking.cancel(reservation=room.book(hana), at=NOW, by=hana)
    page = f"http://localhost/reservation/{row.uid}/"
    assert sent(mailoutbox) == [
        (
            "[마당] 박서윤 선생님 예약",
            (
                "김하나 님, 안녕하세요.\n\n"
                "예약이 되었습니다. 같은 시간은 다른 분이 잡을 수 없습니다.\n\n"
                "언제: 2027년 3월 2일 화요일 오전 10:00\n누구와: 박서윤\n무엇을: 학습 상담\n\n"
                f"예약을 보거나, 못 오시게 되면 취소하는 곳:\n{page}\n\n마당\n"
            ),
            'text/calendar; charset="utf-8"; method="REQUEST"',
            "REQUEST",
        ),
        (
            "[마당] 박서윤 선생님 예약이 취소되었습니다",
            (
                "김하나 님, 안녕하세요.\n\n"
                "아래 예약이 취소되었습니다. 이제 다른 분이 이 시간을 예약할 수 있습니다.\n\n"
                "언제: 2027년 3월 2일 화요일 오전 10:00\n누구와: 박서윤\n\n"
                f"다른 시간을 찾는 곳:\n{page}\n\n마당\n"
            ),
            'text/calendar; charset="utf-8"; method="CANCEL"',
            "CANCEL",
        ),
    ]


def test_letters_are_in_the_readers_language_and_on_the_readers_clock(
    room: Room, emma: Member
) -> None:
    row = room.book(emma)
    mail = OutboxMail.objects.get()
    assert (mail.event, mail.member, mail.address, mail.subject) == (
        f"reservation/{row.uid}/confirmed/0",
        emma,
        "emma@madang.example",
        "[마당] Your reservation with 박서윤",
    )
    assert mail.body == (
        "Dear 엠마 클라크,\n\n"
        "your reservation is made. Nobody else can take this time.\n\n"
        "When: Tuesday 2 March 2027 01:00\nWith: 박서윤\nWhat: 학습 상담\n\n"
        f"See it, or cancel it if you cannot come:\nhttp://localhost/reservation/{row.uid}/\n\n마당\n"
    )


def test_each_revision_has_a_letter_of_its_own_and_none_twice(room: Room, hana: Member) -> None:
    row = room.book(hana)
    letters.confirm(row)
    row.sequence = 1
    letters.confirm(row)
    assert [mail.event for mail in OutboxMail.objects.order_by("id")] == [
        f"reservation/{row.uid}/confirmed/{n}" for n in (0, 1)
    ]


def test_names_are_written_as_they_are(room: Room, hana: Member) -> None:
    room.doctor.name = "O'Brien & <Söhne>"
    room.doctor.save()
    room.book(hana)
    mail = OutboxMail.objects.get()
    assert mail.subject == "[마당] O'Brien & <Söhne> 선생님 예약"
    assert "누구와: O'Brien & <Söhne>\n" in mail.body


def test_who_has_no_account_or_no_address_gets_no_letter(room: Room, hana: Member) -> None:
    hana.email = ""
    hana.save()
    row = room.book(hana)
    row.patient = Patient.objects.create(name="손님")
    letters.cancelled(row)
    assert OutboxMail.objects.count() == 0
