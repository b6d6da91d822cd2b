"""When doctors are taken, read as whole numbers: a month of one has hundreds of rows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any  # a database's parameters may be anything

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler

from madang.db.prepared import Prepared
from madang.lib.clock import Span, joined
from madang.reservation.models import BusyTime, GroupSession, Reservation

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = 60_000_000
REACH = timedelta(days=4)
"""How far zones, and the longest meeting with its buffers, reach over the ends of a day."""


class Microseconds(models.Func):
    """A moment as whole microseconds since 1970, much faster to read than a datetime."""

    output_field = models.BigIntegerField()
    template = "(extract(epoch FROM %(expressions)s) * 1000000)::bigint"

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """For the text in which Django keeps moments; the fraction apart, so none is lost."""
        (moment,) = self.get_source_expressions()
        text, params = compiler.compile(moment)
        seconds = f"CAST(strftime('%%s', substr({text}, 1, 19)) AS INTEGER)"
        fraction = f"CAST(substr({text}, 21, 6) AS INTEGER)"
        return f"({seconds} * 1000000 + {fraction})", (*params, *params)


class Busy:
    """Times that are taken; those of a foreign calendar may lie over others."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self.spans = joined(spans)
        self._ends = [end for _start, end in self.spans]

    def meets(self, start: datetime, end: datetime) -> bool:
        """Whether any of them overlaps [start, end)."""
        index = bisect_right(self._ends, start)
        return index < len(self.spans) and self.spans[index][0] < end


def busy(
    *,
    doctors: Iterable[int],
    first: date,
    until: date,
    at: datetime,
    apart_from: Reservation | None = None,
) -> dict[int, Busy]:
    """By doctor, what is taken at `at` on the days from `first` to before `until`, in any zone.

    One query: reservations and sessions with their buffers, and what foreign calendars say;
    without what `apart_from` takes, for it is to be moved.
    """
    spans: dict[int, list[tuple[int, int]]] = {}
    taken = _taken(
        doctors=list(doctors),
        at=at,
        low=datetime.combine(first, time(), UTC) - REACH,
        high=datetime.combine(until, time(), UTC) + REACH,
        apart_from=None if apart_from is None else apart_from.pk,
    )
    for doctor, start, minutes, before, after in taken:
        lasting = (start - before * MINUTE, start + (minutes + after) * MINUTE)
        spans.setdefault(doctor, []).append(lasting)
    return {doctor: Busy(_moments(joined(found))) for doctor, found in spans.items()}


def _moments(spans: Iterable[tuple[int, int]]) -> Iterator[Span]:
    for start, end in spans:
        yield EPOCH + timedelta(microseconds=start), EPOCH + timedelta(microseconds=end)


@Prepared
def _taken(
    *, doctors: list[int], at: datetime, low: datetime, high: datetime, apart_from: int | None
) -> models.QuerySet[Any, Any]:
    """Whose, from which microsecond, minutes, and those of the buffers before and after."""
    rows = Reservation.objects.unexpired(at=at).filter(
        doctor__in=doctors,
        session__isnull=True,
        status__in=Reservation.OCCUPYING,
        overbook_reason="",
        appointed_time__gt=low,
        appointed_time__lt=high,
    )
    if apart_from is not None:
        rows = rows.exclude(pk=apart_from)
    sessions = GroupSession.objects.on().filter(
        doctor__in=doctors, starts_at__gt=low, starts_at__lt=high
    )
    elsewhere = BusyTime.objects.filter(doctor__in=doctors).meeting(low, high)
    length = (Microseconds("ends_at") - Microseconds("starts_at")) / MINUTE
    buffers = ("buffer_before", "buffer_after")
    return _columns(rows, "appointed_time", "minutes", *buffers).union(
        _columns(sessions, "starts_at", "minutes", *buffers),
        _columns(elsewhere, "starts_at", length, models.Value(0), models.Value(0)),
        all=True,
    )


def _columns(rows: models.QuerySet[Any], start: str, *others: Any) -> models.QuerySet[Any, Any]:
    """Whose it is, when it begins, and the others, all as whole numbers."""
    return rows.order_by().values_list("doctor_id", Microseconds(start), *others)
