"""One outbox for all rooms: a letter is written with the event it reports, and sent later.

A crash after the post office took the letter and before the row says so repeats it, with the
same Message-ID (RFC 5322, 3.6.4), so that mail readers can fold the two. A letter is never lost.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F

from madang.people import tasks
from madang.people.models import Member, OutboxMail
from madang.people.models.mail import OutboxMailQuerySet

logger = logging.getLogger(__name__)
CLAIM = timedelta(minutes=2)
"""How long a letter stays in the hands of one worker before another may take it."""
LONGEST_PAUSE = timedelta(hours=6)
MOST_ATTEMPTS = 40
"""With six hours between the later ones, about eight days."""


@dataclass(frozen=True)
class Attachment:
    """A file in a letter; `mimetype` may have parameters (`text/calendar; method=REQUEST`)."""

    name: str
    content: bytes
    mimetype: str


def post(
    *,
    event: str,
    to: Member | str,
    subject: str,
    body: str,
    attachments: Sequence[Attachment] = (),
    member: Member | None = None,
) -> None:
    """Put a letter about `event` into the outbox, in the caller's transaction.

    `to` is a member or an address; with an address, `member` may say whose letter it is.

    A second letter for the same event is dropped (`people_mail_once_per_event`), and so is one to
    a member without an e-mail address. `event` is a stable name such as `reservation/12/booked/0`.
    """
    address = to if isinstance(to, str) else to.email
    if not address:
        return
    mail = OutboxMail(
        event=event,
        member=to if isinstance(to, Member) else member,
        address=address,
        message_id=_message_id(event),
        subject=" ".join(subject.split())[:200],
        body=body,
        attachments=[
            {
                "name": each.name,
                "content": base64.b64encode(each.content).decode(),
                "mimetype": each.mimetype,
            }
            for each in attachments
        ],
    )
    OutboxMail.objects.bulk_create([mail], ignore_conflicts=True)
    deliver_event.enqueue(event)


def _message_id(event: str) -> str:
    """Always the same for the same event; says nothing about it."""
    digest = hashlib.sha256(f"{settings.SECRET_KEY}/{event}".encode()).hexdigest()[:32]
    return f"<{digest}@{urlsplit(settings.SITE_ORIGIN).hostname}>"


@tasks.task()
def deliver_event(event: str) -> None:
    """Send the letter about `event`, if it is still to be sent."""
    for mail in OutboxMail.objects.due(at=tasks.now()).filter(event=event):
        deliver(mail, at=tasks.now())


@tasks.on_sweep
def deliver_left_over(at: datetime) -> None:
    """Send what a crash or a closed post office left over."""
    for mail in OutboxMail.objects.due(at=at)[:100]:
        deliver(mail, at=at)


def deliver(mail: OutboxMail, *, at: datetime) -> bool:
    """Send `mail` unless another worker has it in hand; whether it was sent by this call."""
    claimed = OutboxMail.objects.due(at=at).filter(pk=mail.pk)
    if not claimed.update(next_attempt_at=at + CLAIM, attempts=F("attempts") + 1):
        return False
    mail.refresh_from_db()
    try:
        _message(mail).send()
    except (OSError, smtplib.SMTPException) as error:
        _postpone(mail, error, at=at)
        return False
    OutboxMail.objects.filter(pk=mail.pk).update(sent_at=at, last_error="", body="", attachments=[])
    return True


def try_again(*, mails: OutboxMailQuerySet, at: datetime) -> int:
    """Let those of `mails` that were given up wait again from `at` on; how many they are."""
    return mails.filter(gave_up_at__isnull=False).update(
        gave_up_at=None, attempts=0, next_attempt_at=at
    )


def _postpone(mail: OutboxMail, error: Exception, *, at: datetime) -> None:
    """Note what went wrong, by its kind alone: servers quote addresses and words of the letter."""
    kind = type(error).__name__
    if isinstance(error, smtplib.SMTPResponseException):
        kind = f"{kind} {error.smtp_code}"
    is_over = mail.attempts >= MOST_ATTEMPTS or _is_final(error)
    pause = min(CLAIM * 2 ** min(mail.attempts, 20), LONGEST_PAUSE)
    OutboxMail.objects.filter(pk=mail.pk).update(
        next_attempt_at=at + pause, last_error=kind, gave_up_at=at if is_over else None
    )
    logger.warning("letter %s was not sent (attempt %s): %s", mail.pk, mail.attempts, kind)


def _is_final(error: Exception) -> bool:
    """Whether the post office says that this address will never do (RFC 5321, 4.2.1: 5yz)."""
    return isinstance(error, smtplib.SMTPRecipientsRefused) and all(
        code >= 500 for code, _ in error.recipients.values()
    )


def _message(mail: OutboxMail) -> EmailMessage:
    message = EmailMessage(
        subject=mail.subject,
        body=mail.body,
        to=[mail.address],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )
    for each in mail.attachments:
        content = base64.b64decode(each["content"])
        if each["mimetype"].startswith("text/"):
            message.attach(each["name"], content.decode(), each["mimetype"])
        else:
            message.attach(each["name"], content, each["mimetype"])
    return message
