"""What a doctor's other calendar takes: to take it over from a file, and to forget it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet

from madang.db.prepared import Prepared
from madang.lib.clock import Span, joined
from madang.lib.clock import meets as overlaps
from madang.reservation import foreign, freeing
from madang.reservation.models import BusyTime, Doctor, GroupSession, Reservation
from madang.reservation.models.session import REACH


@dataclass(frozen=True)
class TakenOver:
    """What came of a file: how many busy times, how many entries could not be read.

    `over` are the reservations that were made before and lie in one of these times, soonest first.
    """

    busy: int
    unread: int
    over: list[Reservation]


def take_over(
    *, doctor: Doctor, content: bytes, zone: str, at: datetime, is_whole: bool = False
) -> TakenOver:
    """Let the doctor be busy when the file (iCalendar) says so, from `at` on for 400 days.

    An entry replaces what an earlier file said of the same UID; with `is_whole` the file is the
    whole calendar, and what it does not have any more is forgotten. What cannot be read changes
    nothing. Times without a zone are those of `zone`. What becomes free is offered to who waits
    for it. Reservations stay: who books meanwhile is in `over`, or is refused, and from then on
    nobody books such a time. Raises `foreign.NoCalendar` or `foreign.TooLarge`, nothing written.
    """
    host = urlsplit(settings.SITE_ORIGIN).hostname or ""
    reading = foreign.read(content, zone=ZoneInfo(zone), host=host, at=at)
    rows = [
        BusyTime(doctor=doctor, uid_digest=digest, starts_at=start, ends_at=end)
        for digest, spans in reading.spans.items()
        for start, end in spans
    ]
    with freeing.turn(doctor=doctor, patient=None, at=at, is_freeing=True):
        before = BusyTime.objects.filter(doctor=doctor)
        if is_whole:
            before = before.exclude(uid_digest__in=reading.unread_digests)
        else:
            before = before.filter(uid_digest__in=list(reading.spans))
        gone = set(before.coming(at=at)) - {(row.starts_at, row.ends_at) for row in rows}
        before.delete()
        BusyTime.objects.bulk_create(rows, batch_size=500)
        _offer(doctor, gone, at)
        both = over(doctor=doctor, at=at)
    return TakenOver(busy=len(rows), unread=reading.unread, over=both)


def forget(*, doctor: Doctor, at: datetime) -> None:
    """Let the doctor be busy by no other calendar. Who waits is offered what becomes free."""
    with freeing.turn(doctor=doctor, patient=None, at=at, is_freeing=True):
        mine = BusyTime.objects.filter(doctor=doctor)
        gone = set(mine.coming(at=at))
        mine.delete()
        _offer(doctor, gone, at)


def meets(*, doctor: Doctor, span: Span) -> bool:
    """Whether another calendar, or a session of many, takes any of the span.

    For verbs that have the doctor's turn; one query.
    """
    start, end = span
    low, high = start - REACH, end + REACH
    return bool(_meeting(doctor=doctor.pk, start=start, end=end, low=low, high=high))


@Prepared
def _meeting(
    *, doctor: int, start: datetime, end: datetime, low: datetime, high: datetime
) -> QuerySet[BusyTime, tuple[int]]:
    """One of what overlaps [start, end), if there is any; sessions are sought in [low, high)."""
    busy = BusyTime.objects.filter(doctor=doctor).meeting(start, end)
    many = GroupSession.objects.filter(doctor=doctor).near(low, high).taking(start, end)
    one = busy.order_by().values_list("pk")
    return one.union(many.order_by().values_list("pk"), all=True)[:1]


def within(*, doctor: Doctor, span: Span) -> list[Span]:
    """What another calendar takes of the span, soonest first, in as few pieces as possible."""
    found = BusyTime.objects.filter(doctor=doctor).meeting(*span)
    return [
        (max(start, span[0]), min(end, span[1]))
        for start, end in joined(found.values_list("starts_at", "ends_at"))
    ]


def over(*, doctor: Doctor, at: datetime) -> list[Reservation]:
    """The reservations that are not over at `at` and lie in a time of another calendar."""
    spans = joined(BusyTime.objects.filter(doctor=doctor).coming(at=at))
    rows = Reservation.objects.filter(doctor=doctor).ahead(at=at).with_people() if spans else []
    return [row for row in rows if overlaps(spans, *row.taken)]


def _offer(doctor: Doctor, gone: set[Span], at: datetime) -> None:
    """What is free again is for whoever waits first, before anybody who passes by."""
    if gone:
        spans = joined(gone)
        freeing.offer(doctor=doctor, span=(spans[0][0], spans[-1][1]), at=at)
