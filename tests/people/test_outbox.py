"""A letter's life: posted with its event, sent, tried again, given up, taken up again."""

from __future__ import annotations

import base64
import smtplib
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as post_office
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction

from madang.people import outbox
from madang.people.models import Member, OutboxMail
from madang.people.outbox import Attachment
from tests.cast import NOW

FILE = Attachment("자리.ics", b"BEGIN:VCALENDAR", "text/calendar; charset=utf-8")
PICTURE = Attachment("a.png", b"\x89PNG", "image/png")


class ClosedOffice(EmailBackend):
    """A post office that does not take letters; the outside world."""

    error: Exception = ConnectionRefusedError("203.0.113.7 hana@madang.example")

    def send_messages(self, messages: object) -> int:
        raise self.error


@pytest.fixture
def closed(settings: pytest.FixtureRequest) -> type[ClosedOffice]:
    settings.EMAIL_BACKEND = f"{__name__}.ClosedOffice"  # type: ignore[attr-defined]
    ClosedOffice.error = ConnectionRefusedError("203.0.113.7 hana@madang.example")
    return ClosedOffice


def post(hana: Member, event: str = "reservation/7/booked/0") -> OutboxMail:
    outbox.post(
        event=event,
        to=hana,
        subject="예약이\n되었습니다",
        body="10시에 뵙겠습니다.",
        attachments=[FILE, PICTURE],
    )
    mail = OutboxMail.objects.get(event=event)
    OutboxMail.objects.filter(pk=mail.pk).update(made_at=NOW, next_attempt_at=NOW)
    mail.refresh_from_db()
    return mail


def test_a_letter_waits_with_all_that_it_says(hana: Member) -> None:
    mail = post(hana)
    assert (mail.member, mail.address, mail.subject, mail.body) == (
        hana,
        "hana@madang.example",
        "예약이 되었습니다",
        "10시에 뵙겠습니다.",
    )
    assert [each["name"] for each in mail.attachments] == ["자리.ics", "a.png"]
    assert base64.b64decode(mail.attachments[1]["content"]) == b"\x89PNG"
    assert str(mail) == "reservation/7/booked/0"


def test_it_is_sent_once_and_its_text_is_dropped(hana: Member) -> None:
    mail = post(hana)
    assert outbox.deliver(mail, at=NOW)
    [sent] = post_office.outbox
    assert (sent.to, sent.subject, sent.body) == (
        ["hana@madang.example"],
        "예약이 되었습니다",
        "10시에 뵙겠습니다.",
    )
    assert sent.extra_headers == {"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"}
    parts = [part.get_content_type() for part in sent.message().walk()][1:]
    assert parts == ["text/plain", "text/calendar", "image/png"]
    mail.refresh_from_db()
    assert (mail.sent_at, mail.body, mail.attachments, mail.attempts) == (NOW, "", [], 1)
    assert not outbox.deliver(mail, at=NOW)
    assert len(post_office.outbox) == 1


def test_a_letter_is_not_posted_when_its_event_is_undone(hana: Member) -> None:
    with transaction.atomic():
        post(hana)
        transaction.set_rollback(True)
    assert not OutboxMail.objects.exists()


def test_an_event_told_twice_is_one_letter(hana: Member) -> None:
    post(hana)
    outbox.post(event="reservation/7/booked/0", to=hana, subject="other", body="other")
    assert [mail.body for mail in OutboxMail.objects.all()] == ["10시에 뵙겠습니다."]


def test_who_has_no_address_gets_no_letter(hana: Member) -> None:
    hana.email = ""
    outbox.post(event="e/1", to=hana, subject="s", body="b")
    assert not OutboxMail.objects.exists()


def test_a_letter_to_an_address_may_say_whose_it_is(hana: Member) -> None:
    outbox.post(event="e/1", to="new@madang.example", subject="s", body="b", member=hana)
    outbox.post(event="e/2", to="new@madang.example", subject="s", body="b")
    kept = OutboxMail.objects.order_by("event").values_list("event", "address", "member")
    assert list(kept) == [
        ("e/1", "new@madang.example", hana.pk),
        ("e/2", "new@madang.example", None),
    ]


def test_the_message_id_belongs_to_the_event_and_tells_nothing(hana: Member) -> None:
    first, other = post(hana, "e/1").message_id, post(hana, "e/2").message_id
    OutboxMail.objects.all().delete()
    assert post(hana, "e/1").message_id == first
    assert first != other
    assert first.startswith("<")
    assert first.endswith("@localhost>")
    assert "e/1" not in first


def test_a_closed_post_office_is_tried_again_later_and_later(
    hana: Member, closed: type[ClosedOffice], caplog: pytest.LogCaptureFixture
) -> None:
    mail, at = post(hana), NOW
    pauses: list[timedelta] = []
    for _attempt in range(9):
        assert not outbox.deliver(mail, at=at)
        mail.refresh_from_db()
        pauses.append(mail.next_attempt_at - at)
        at = mail.next_attempt_at
    assert pauses == [timedelta(minutes=4 * 2**n) for n in range(7)] + [outbox.LONGEST_PAUSE] * 2
    assert (mail.last_error, mail.gave_up_at, mail.attempts) == ("ConnectionRefusedError", None, 9)
    assert "hana@madang.example" not in caplog.text, "an error says its kind alone"
    assert f"letter {mail.pk} was not sent (attempt 9): ConnectionRefusedError" in caplog.text


def test_before_its_time_nobody_tries_again(hana: Member, closed: type[ClosedOffice]) -> None:
    mail = post(hana)
    outbox.deliver(mail, at=NOW)
    assert not outbox.deliver(mail, at=NOW + timedelta(minutes=3))
    mail.refresh_from_db()
    assert mail.attempts == 1


def test_when_the_office_opens_again_the_letter_goes_out(
    hana: Member, closed: type[ClosedOffice], settings: pytest.FixtureRequest
) -> None:
    mail = post(hana)
    outbox.deliver_left_over(NOW)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"  # type: ignore[attr-defined]
    outbox.deliver_left_over(NOW + timedelta(minutes=4))
    mail.refresh_from_db()
    assert (mail.sent_at, mail.last_error) == (NOW + timedelta(minutes=4), "")
    assert [sent.extra_headers["Message-ID"] for sent in post_office.outbox] == [mail.message_id]


@pytest.mark.parametrize(
    ("error", "noted", "is_over"),
    [
        (smtplib.SMTPResponseException(451, b"hana@x"), "SMTPResponseException 451", False),
        (smtplib.SMTPRecipientsRefused({"a": (550, b"no such")}), "SMTPRecipientsRefused", True),
        (smtplib.SMTPRecipientsRefused({"a": (450, b"later")}), "SMTPRecipientsRefused", False),
        (smtplib.SMTPServerDisconnected("gone"), "SMTPServerDisconnected", False),
        (TimeoutError(), "TimeoutError", False),
    ],
)
def test_only_a_final_no_is_taken_for_one(
    hana: Member, closed: type[ClosedOffice], error: Exception, noted: str, is_over: bool
) -> None:
    mail = post(hana)
    closed.error = error
    outbox.deliver(mail, at=NOW)
    mail.refresh_from_db()
    assert (mail.last_error, mail.gave_up_at) == (noted, NOW if is_over else None)
    assert mail.body, "a letter that was not sent keeps its text"


def test_after_forty_attempts_it_is_given_up_and_can_be_taken_up_again(
    hana: Member, closed: type[ClosedOffice]
) -> None:
    mail, waiting = post(hana, "e/1"), post(hana, "e/2")
    OutboxMail.objects.filter(pk=mail.pk).update(attempts=outbox.MOST_ATTEMPTS - 1)
    assert not outbox.deliver(mail, at=NOW)
    mail.refresh_from_db()
    assert mail.gave_up_at == NOW
    assert list(OutboxMail.objects.due(at=datetime.max.replace(tzinfo=NOW.tzinfo))) == [waiting]

    later = NOW + timedelta(days=9)
    assert outbox.try_again(mails=OutboxMail.objects.all(), at=later) == 1
    again = OutboxMail.objects.get(pk=mail.pk)
    assert (again.gave_up_at, again.attempts, again.next_attempt_at) == (None, 0, later)


def test_a_task_sends_the_letter_of_its_event_alone(hana: Member) -> None:
    post(hana, "e/1")
    post(hana, "e/2")
    OutboxMail.objects.update(next_attempt_at=datetime(2020, 1, 1, tzinfo=UTC))
    outbox.deliver_event.func("e/1")
    sent = OutboxMail.objects.filter(sent_at__isnull=False)
    assert [mail.event for mail in sent] == ["e/1"]


def test_a_sweep_takes_those_who_waited_longest_first(hana: Member) -> None:
    for number, event in enumerate(("e/1", "e/2", "e/3")):
        mail = post(hana, event)
        due = NOW - timedelta(hours=number)
        OutboxMail.objects.filter(pk=mail.pk).update(next_attempt_at=due)
    due_events = [mail.event for mail in OutboxMail.objects.due(at=NOW)]
    assert due_events == ["e/3", "e/2", "e/1"]
    outbox.deliver_left_over(NOW)
    assert len(post_office.outbox) == 3
