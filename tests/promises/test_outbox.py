"""An event sends one mail; a crash may repeat it with the same Message-ID, and never loses it."""

from __future__ import annotations

import os
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes
from threading import Barrier, Event
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.core import mail as post_office
from django.core.mail import EmailMessage
from django.db import connection
from django.utils import timezone

from madang.people import outbox
from madang.people.models import Member, OutboxMail

CROWD = 12


class Sink(socketserver.ThreadingTCPServer):
    """A post office: keeps every letter it was handed, and can be told to stall."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Counter)
        self.letters: list[bytes] = []
        self.stalls = False
        self.has_letter = Event()
        self.go_on = Event()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class Counter(socketserver.StreamRequestHandler):
    """One conversation (RFC 5321), as short as it can be."""

    server: Sink

    def handle(self) -> None:
        self._say("220 sink")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self._say("354 go on")
                self._take_letter()
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def _take_letter(self) -> None:
        lines: list[bytes] = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line)
        self.server.letters.append(b"".join(lines))
        self.server.has_letter.set()
        if self.server.stalls:
            self.server.go_on.wait(30)
        try:
            self._say("250 kept")
        except OSError:
            return


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.go_on.set()
        server.shutdown()
        thread.join()


def database_url() -> str:
    """The URL of the database in which this test is."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlunsplit(urlsplit(os.environ["MADANG_DATABASE_URL"])._replace(path=f"/{name}"))


def worker(sink: Sink, at: datetime) -> subprocess.Popen[bytes]:
    """Another process that sends what is due at `at`."""
    script = (
        "import sys, django; django.setup()\n"
        "from datetime import datetime\n"
        "from madang.people import outbox\n"
        "outbox.deliver_left_over(datetime.fromisoformat(sys.argv[1]))\n"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "madang.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "MADANG_DATABASE_URL": database_url(),
        "MADANG_MAIL_URL": sink.url,
    }
    return subprocess.Popen([sys.executable, "-c", script, at.isoformat()], env=environment)


def at_once(act: Callable[[int], object]) -> None:
    def alone(number: int) -> None:
        try:
            act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(CROWD) as pool:
        list(pool.map(alone, range(CROWD)))


def post(hana: Member) -> None:
    outbox.post(event="reservation/7/booked/0", to=hana, subject="예약", body="10시에 뵙겠습니다.")


@pytest.mark.django_db(transaction=True)
def test_killed_after_the_post_office_took_it_repeats_the_same_letter(
    hana: Member, sink: Sink
) -> None:
    post(hana)
    now = timezone.now()
    sink.stalls = True
    first = worker(sink, now)
    assert sink.has_letter.wait(30)
    first.send_signal(signal.SIGKILL)
    first.wait(30)
    sink.go_on.set()
    assert OutboxMail.objects.get().sent_at is None

    outbox.deliver_left_over(now + outbox.CLAIM / 2)
    assert post_office.outbox == [], "while the claim holds nobody else takes it"

    later = now + outbox.CLAIM + timedelta(seconds=1)
    outbox.deliver_left_over(later)
    [again] = post_office.outbox
    [first_letter] = [message_from_bytes(letter) for letter in sink.letters]
    assert again.message()["Message-ID"] == first_letter["Message-ID"]
    assert OutboxMail.objects.get().sent_at == later

    outbox.deliver_left_over(later + outbox.LONGEST_PAUSE)
    assert len(post_office.outbox) == 1, "once it says sent, it stays sent"


@pytest.mark.django_db(transaction=True)
def test_killed_before_the_post_office_answers_is_not_lost(hana: Member) -> None:
    post(hana)
    now = timezone.now()
    with Sink() as deaf:
        first = worker(deaf, now)  # nobody accepts: the worker waits for the greeting
        while not OutboxMail.objects.filter(attempts=1).exists():
            assert first.poll() is None
            time.sleep(0.02)
        first.send_signal(signal.SIGKILL)
        first.wait(30)
    assert deaf.letters == []
    outbox.deliver_left_over(now + outbox.CLAIM + timedelta(seconds=1))
    assert len(post_office.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_one_letter(hana: Member) -> None:
    post(hana)
    start = Barrier(CROWD)

    def deliver(_number: int) -> None:
        mail = OutboxMail.objects.get()
        start.wait()
        outbox.deliver(mail, at=timezone.now())

    at_once(deliver)
    assert len(post_office.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_control_workers_that_look_first_and_do_not_claim_send_it_many_times(hana: Member) -> None:
    post(hana)
    looked = Barrier(CROWD)

    def deliver(_number: int) -> None:
        mail = OutboxMail.objects.get()
        is_due = mail.sent_at is None
        looked.wait()
        if is_due:
            EmailMessage(mail.subject, mail.body, to=[mail.address]).send()
            OutboxMail.objects.filter(pk=mail.pk).update(sent_at=timezone.now())

    at_once(deliver)
    assert len(post_office.outbox) == CROWD


@pytest.mark.django_db(transaction=True)
def test_an_event_told_many_times_at_once_is_one_letter(hana: Member) -> None:
    start = Barrier(CROWD)

    def tell(_number: int) -> None:
        start.wait()
        post(hana)

    at_once(tell)
    assert OutboxMail.objects.count() == 1


@contextmanager
def without(name: str) -> Iterator[None]:
    """The outbox's table as it would be without the constraint `name`."""
    meta = OutboxMail._meta
    kept = meta.constraints
    rule = next(rule for rule in kept if rule.name == name)
    meta.constraints = [rule for rule in kept if rule.name != name]
    with connection.schema_editor() as editor:
        editor.remove_constraint(OutboxMail, rule)
    try:
        yield
    finally:
        OutboxMail.objects.all().delete()
        meta.constraints = kept
        with connection.schema_editor() as editor:
            editor.add_constraint(OutboxMail, rule)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_constraint_an_event_is_many_letters(hana: Member) -> None:
    looked = Barrier(CROWD)

    def tell(_number: int) -> None:
        is_new = not OutboxMail.objects.filter(event="reservation/7/booked/0").exists()
        looked.wait()
        if is_new:
            post(hana)

    with without("people_mail_once_per_event"):
        at_once(tell)
        assert OutboxMail.objects.count() == CROWD
