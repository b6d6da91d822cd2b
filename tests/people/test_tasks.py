"""Work after the answer: sweeps that do not stop each other, and a worker that keeps quiet."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from madang.people import outbox, tasks
from madang.people.management.commands.work import Worker
from madang.people.models import Member, OutboxMail
from tests.cast import NOW
from tests.processes import eventually
from tests.promises.test_outbox import database_url


@contextmanager
def also(sweep: tasks.Sweep) -> Iterator[None]:
    """Another room's sweep, taken out again afterwards."""
    tasks.on_sweep(sweep)
    try:
        yield
    finally:
        tasks._sweeps.remove(sweep)


def fails(at: datetime) -> None:
    raise ZeroDivisionError


@pytest.mark.django_db
def test_one_sweep_that_fails_keeps_no_other_from_being_done(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done: list[datetime] = []
    with also(fails), also(done.append):
        assert tasks.sweep(at=NOW) == ["fails"]
    assert done == [NOW]
    assert "sweep fails failed" in caplog.text
    assert tasks.sweep(at=NOW) == []


@pytest.mark.django_db
def test_the_command_says_which_sweeps_failed() -> None:
    call_command("sweep")
    with also(fails), pytest.raises(CommandError, match=r"^failed: fails$"):
        call_command("sweep")


def test_finished_tasks_are_forgotten_after_a_day(hana: Member) -> None:
    outbox.post(event="e/1", to=hana, subject="s", body="b")
    outbox.post(event="e/2", to=hana, subject="s", body="b")
    row = DBTaskResult.objects.earliest("enqueued_at")
    DBTaskResult.objects.filter(pk=row.pk).update(status="SUCCESSFUL", finished_at=NOW)
    tasks.forget_results(NOW + tasks.KEEP_RESULTS)
    assert DBTaskResult.objects.count() == 2
    tasks.forget_results(NOW + tasks.KEEP_RESULTS + timedelta(seconds=1))
    assert not DBTaskResult.objects.filter(pk=row.pk).exists()
    assert DBTaskResult.objects.count() == 1


@pytest.mark.django_db
def test_now_is_now() -> None:
    before = timezone.now()
    assert before <= tasks.now() <= timezone.now()


@pytest.mark.django_db(transaction=True)
def test_the_worker_sends_what_waits_and_says_nothing_but_errors(hana: Member) -> None:
    """A real worker on this database, with a post office that nobody keeps."""
    outbox.post(event="e/1", to=hana, subject="s", body="b")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "MADANG_DATABASE_URL": database_url(),
        "MADANG_MAIL_URL": "smtp://127.0.0.1:1",
    }
    worker = subprocess.Popen(
        [sys.executable, "-m", "madang", "manage", "work"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        eventually(lambda: OutboxMail.objects.exclude(last_error="").exists())
        eventually(lambda: DBTaskResult.objects.finished().exists())
    finally:
        worker.send_signal(signal.SIGTERM)
        said, _nothing = worker.communicate(timeout=60)
    [line] = said.splitlines()
    pk = OutboxMail.objects.get().pk
    ending = f"letter {pk} was not sent (attempt 1): ConnectionRefusedError"
    assert line.endswith(f"WARNING madang.people.outbox: {ending}")


def test_a_task_that_fails_is_heard_of(
    db: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = logging.getLogger("django_tasks_db")
    monkeypatch.setattr(logger, "level", logging.NOTSET)
    Worker().configure_logging(1)
    assert (logger.getEffectiveLevel(), logger.handlers) == (logging.ERROR, [])
    logger.info("Starting worker")
    logger.error("Task failed")
    assert caplog.messages == ["Task failed"]
