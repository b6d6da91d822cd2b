"""An event sends one letter; a crash may repeat it under the same Message-ID, never lose it."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from django.core import mail
from django.core.mail.backends.smtp import EmailBackend
from django.db import transaction

from madang.people import outbox, tasks
from madang.people.models import Member, OutboxMail

from tests.servers import environment, run


def post(member: Member, event: str = "something/1") -> OutboxMail:
    outbox.post(event=event, to=member, subject="A\nsubject", body="text")
    return OutboxMail.objects.get(event=event)


@pytest.mark.django_db
def test_one_letter_for_one_event(hana: Member) -> None:
    first = post(hana)
    assert post(hana).pk == first.pk
    assert OutboxMail.objects.count() == 1


@pytest.mark.django_db
def test_a_letter_goes_with_its_event_or_not_at_all(hana: Member) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        post(hana)
        _ = 1 / 0
    assert OutboxMail.objects.count() == 0


@pytest.mark.django_db
def test_a_member_without_an_address_gets_none(hana: Member) -> None:
    hana.email = None
    outbox.post(event="e", to=hana, subject="s", body="b")
    assert OutboxMail.objects.count() == 0


@pytest.mark.django_db
def test_sending_is_noted_and_the_text_forgotten(hana: Member) -> None:
    letter = post(hana)
    at = tasks.now()
    assert outbox.deliver(letter, at=at)
    assert not outbox.deliver(letter, at=at)
    letter.refresh_from_db()
    assert (letter.sent_at, letter.body, letter.attempts) == (at, "", 1)
    sent = mail.outbox[0]
    assert (sent.subject, sent.to, sent.extra_headers["Message-ID"]) == (
        "A subject",
        ["hana@madang.example"],
        letter.message_id,
    )


@pytest.mark.django_db
def test_a_closed_post_office_is_tried_again_later_and_later(
    hana: Member, settings: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(self: EmailBackend) -> bool:
        raise ConnectionRefusedError("the password was hunter2")

    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
    monkeypatch.setattr(EmailBackend, "open", closed)
    letter, at, pauses = post(hana), tasks.now(), []
    for _ in range(3):
        assert not outbox.deliver(letter, at=at)
        letter.refresh_from_db()
        pauses.append(letter.next_attempt_at - at)
        at = letter.next_attempt_at
    assert pauses == [timedelta(minutes=minutes) for minutes in (2, 4, 8)]
    assert letter.last_error == "ConnectionRefusedError"


@pytest.mark.django_db
def test_the_sweep_sends_what_was_left_over(hana: Member) -> None:
    letter = post(hana)
    OutboxMail.objects.update(next_attempt_at=tasks.now() - timedelta(minutes=1))
    tasks.sweep(at=tasks.now())
    letter.refresh_from_db()
    assert letter.sent_at is not None


DYING = """
import os, signal
from django.core.mail.backends.filebased import EmailBackend
from madang.people import outbox, tasks
from madang.people.models import OutboxMail
send = EmailBackend.send_messages
def send_and_die(self, messages):
    send(self, messages)
    self.close()
    print("sent", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
EmailBackend.send_messages = send_and_die
outbox.deliver(OutboxMail.objects.get(), at=tasks.now())
"""
WRITE = """
from madang.people import outbox
outbox.post(event="e/1", to="hana@madang.example", subject="s", body="b")
"""
AGAIN = """
from datetime import timedelta
from madang.people import outbox, tasks
from madang.people.models import OutboxMail
letter = OutboxMail.objects.get()
assert letter.sent_at is None
assert not outbox.deliver(letter, at=tasks.now())
tasks.sweep(at=tasks.now() + timedelta(minutes=3))
letter.refresh_from_db()
assert letter.sent_at is not None
"""


def test_a_worker_killed_after_sending_repeats_the_letter_under_the_same_name(
    site_database: str, tmp_path: Path
) -> None:
    run(site_database, tmp_path, WRITE)
    dying = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{DYING}"],
        env=environment(site_database, tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (dying.returncode, dying.stdout) == (-9, "sent\n")
    time.sleep(1.1)  # the file back end names files by the second
    run(site_database, tmp_path, AGAIN)
    letters = [
        message_from_bytes(path.read_bytes()) for path in sorted((tmp_path / "mail").glob("*.log"))
    ]
    assert len(letters) == 2
    assert len({letter["Message-ID"] for letter in letters}) == 1
