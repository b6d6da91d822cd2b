"""Reminders: planned, moved and dropped with the meeting, and written once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.core.mail import EmailMessage
from django.db.migrations.loader import MigrationLoader
from django.test import Client

from madang.people import outbox, tasks
from madang.people.models import Member, OutboxMail
from madang.reservation import attending, booking, moving, reminding
from madang.reservation.models import Patient, Reminder, Reservation, Service
from tests.cast import NOW, TEN, Enter, Room

DAY = timedelta(days=1)
LATER = TEN + 2 * DAY
DUE = TEN - DAY
"""An hour after NOW."""


def plans() -> list[tuple[datetime, bool]]:
    """When each meeting is to be remembered, and whether that is over."""
    rows = Reminder.objects.values_list("due_at", "closed_at")
    return [(due, closed is not None) for due, closed in rows]


def reminders() -> list[str]:
    """The reminders in the outbox, by their events."""
    mails = OutboxMail.objects.filter(event__contains="/reminded/").order_by("id")
    return list(mails.values_list("event", flat=True))


def test_who_books_is_reminded_once_a_day_before(
    room: Room, hana: Member, mailoutbox: list[EmailMessage]
) -> None:
    row = room.book(hana)
    assert plans() == [(DUE, False)]
    for at in (DUE - timedelta(seconds=1), DUE, DUE + timedelta(minutes=1)):
        reminding.write_due(at)
        assert len(reminders()) == (at >= DUE)
    assert plans() == [(DUE, True)]
    outbox.deliver(OutboxMail.objects.get(event=f"reservation/{row.uid}/reminded/0"), at=LATER)
    [letter] = mailoutbox
    assert (letter.subject, letter.to, letter.attachments) == (
        "[마당] 박서윤 선생님 예약을 알려 드립니다",
        ["hana@madang.example"],
        [],
    )
    assert letter.body == (
        "김하나 님, 안녕하세요.\n\n"
        "곧 다가오는 예약을 알려 드립니다.\n\n"
        "언제: 2027년 3월 2일 화요일 오전 10:00\n누구와: 박서윤\n무엇을: 학습 상담\n\n"
        f"예약을 보거나, 못 오시게 되면 취소하는 곳:\nhttp://localhost/reservation/{row.uid}/\n\n"
        "알림 메일을 더 받지 않으시려면:\nhttp://localhost/reservation/mine/\n\n마당\n"
    )


def test_what_another_sweep_wrote_is_not_written_again(room: Room, hana: Member) -> None:
    room.book(hana)
    reminder = Reminder.objects.get()
    assert reminding.write(reminder=reminder, at=DUE)
    assert not reminding.write(reminder=reminder, at=DUE)  # it looked before that was written
    assert len(reminders()) == 1


def test_the_reader_reads_it_in_their_language_and_on_their_clock(room: Room, emma: Member) -> None:
    row = room.book(emma)
    reminding.write_due(DUE)
    mail = OutboxMail.objects.get(event=f"reservation/{row.uid}/reminded/0")
    assert mail.subject == "[마당] A reminder: your reservation with 박서윤"
    assert "When: Tuesday 2 March 2027 01:00\n" in mail.body


def test_the_sweep_of_the_house_writes_what_is_due(room: Room, hana: Member) -> None:
    row = room.book(hana)
    assert tasks.sweep(at=DUE) == []
    assert reminders() == [f"reservation/{row.uid}/reminded/0"]


def test_a_meeting_that_is_moved_takes_its_reminder_along(room: Room, hana: Member) -> None:
    row = room.book(hana)
    reminding.write_due(DUE)
    moving.move(reservation=row, appointed_time=LATER, at=DUE, by=hana)
    assert plans() == [(LATER - DAY, False)]
    reminding.write_due(LATER - DAY)
    assert reminders() == [f"reservation/{row.uid}/reminded/{n}" for n in (0, 1)]


def test_who_moves_to_a_time_that_is_near_has_just_had_a_letter(room: Room, hana: Member) -> None:
    row = room.book(hana, LATER)
    moving.move(reservation=row, appointed_time=TEN, at=DUE, by=hana)
    assert plans() == []


def test_a_cancelled_meeting_is_remembered_no_more(room: Room, hana: Member) -> None:
    booking.cancel(reservation=room.book(hana), at=NOW, by=hana)
    assert plans() == []


@pytest.mark.parametrize("minutes", [0, 25 * 60, 26 * 60])
def test_where_it_would_be_too_late_or_the_service_wants_none_nothing_is_planned(
    room: Room, hana: Member, minutes: int
) -> None:
    Service.objects.update(reminder_minutes=minutes)
    room.service.refresh_from_db()
    room.book(hana)
    assert plans() == []


def test_a_meeting_without_a_service_has_no_reminder(room: Room, hana: Member) -> None:
    row = Reservation.objects.create(
        doctor=room.doctor, patient=room.patient(hana), appointed_time=TEN
    )
    reminding.plan(reservation=row, at=NOW)
    assert plans() == []


def test_a_hold_is_remembered_once_it_is_booked(room: Room, hana: Member) -> None:
    row = room.hold(hana)
    assert plans() == []
    for _time in range(2):
        booking.confirm(reservation=row, at=NOW, by=hana)
        assert plans() == [(DUE, False)]


def test_who_is_here_already_is_not_reminded(room: Room, hana: Member, seoyun: Member) -> None:
    Service.objects.update(reminder_minutes=60)
    room.service.refresh_from_db()
    row = room.book(hana)
    due = TEN - timedelta(hours=1)
    attending.arrive(reservation=row, at=due - timedelta(minutes=1), by=seoyun)
    reminding.write_due(due)
    assert (plans(), reminders()) == ([(due, True)], [])


def test_what_nobody_swept_in_time_is_not_written_afterwards(room: Room, hana: Member) -> None:
    room.book(hana)
    reminding.write_due(TEN)
    assert (plans(), reminders()) == ([(DUE, True)], [])


def test_who_wants_none_gets_none(room: Room, hana: Member) -> None:
    room.book(hana)
    reminding.switch(member=hana, is_on=False)
    reminding.write_due(DUE)
    assert (plans(), reminders()) == ([(DUE, True)], [])


def test_what_was_booked_before_there_were_reminders_has_one_too(room: Room, hana: Member) -> None:
    far, near = TEN + timedelta(days=365 * 50), TEN
    rows = [
        Reservation.objects.create(
            doctor=room.doctor,
            patient=room.patient(hana),
            service=service,
            appointed_time=time,
            status=status,
        )
        for time, status, service in (
            (far, "booked", room.service),
            (far + DAY, "cancelled", room.service),
            (far + 2 * DAY, "booked", None),
            (near - timedelta(days=365 * 20), "booked", room.service),
        )
    ]
    names = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    [migration] = [each for (_app, name), each in names.items() if name.endswith("_reminders")]
    plan = migration.operations[-1].code  # type: ignore[attr-defined]
    plan(apps, None)
    assert list(Reminder.objects.values_list("reservation", "due_at")) == [(rows[0].pk, far - DAY)]


# The switch.


@pytest.mark.django_db
def test_a_stranger_switches_nothing(client: Client) -> None:
    path = "/reservation/reminders/"
    answer = client.post(path, {"reminders": "off"})
    assert (answer.status_code, answer["Location"]) == (302, f"/people/login/?next={path}")


def test_the_switch_turns_reminders_off_and_on_for_oneself_alone(
    room: Room, hana: Member, minjun: Member, enter: Enter
) -> None:
    room.patient(minjun)
    client = enter(hana)
    for choice, said, button in (
        ("off", "이제 알림 메일을 보내지 않습니다.", 'value="on"'),
        ("on", "예약 전마다 메일로 알려 드립니다.", 'value="off"'),
    ):
        text = client.post("/reservation/reminders/", {"reminders": choice}, follow=True)
        page = text.content.decode()
        assert (said in page, button in page) == (True, True)
        wants = dict(Patient.objects.values_list("member__handle", "wants_reminders"))
        assert wants == {"hana": choice == "on", "minjun": True}


def test_neither_on_nor_off_is_refused(hana: Member, enter: Enter) -> None:
    client = enter(hana)
    assert client.post("/reservation/reminders/", {"reminders": "x"}).status_code == 400
    assert client.get("/reservation/reminders/").status_code == 405


@pytest.mark.usefixtures("now")
def test_the_page_of_a_reservation_says_when_the_mail_comes(
    room: Room, hana: Member, enter: Enter
) -> None:
    row, client = room.book(hana), enter(hana)
    path, says = f"/reservation/{row.uid}/", "알림 메일은 오늘 오전 10:00에 보내 드립니다."
    assert says in client.get(path).content.decode()
    reminding.switch(member=hana, is_on=False)
    assert says not in client.get(path).content.decode()


def test_nobody_expects_a_letter_without_an_account(room: Room) -> None:
    guest = Patient.objects.create(name="손님")
    row = booking.book(
        doctor=room.doctor,
        patient=guest,
        service=room.service,
        appointed_time=TEN,
        at=NOW,
        by=None,
    )
    assert reminding.expected(reservation=row, at=NOW) is None
