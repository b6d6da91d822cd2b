"""What a member finds by FHIR, and what they may read: no more than the JSON API shows them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from madang.people.models import Member
from madang.reservation import slots, staff
from madang.reservation.fhir import parameters, resources
from madang.reservation.fhir.answers import Problem, Resource
from madang.reservation.fhir.parameters import Query, Range
from madang.reservation.models import Doctor, Reservation, Schedule, Service

Row = TypeVar("Row", bound=Model)

APPOINTMENT_STATUS: Final = "http://hl7.org/fhir/appointmentstatus"
SLOT_STATUS: Final = "http://hl7.org/fhir/slotstatus"
AHEAD: Final = timedelta(days=7)
"""How far a search for slots looks that names no end, or neither doctor nor schedule."""
LONGEST: Final = timedelta(days=62)
SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True)
class Page:
    """What was understood and found: a page of it, how many there are, where the next goes on."""

    query: Query
    found: list[Resource]
    total: int
    after: str = ""


def practitioners(query: Query, member: Member, at: datetime) -> Page:
    """Doctors who take reservations, and those whom the member has met."""
    rows = _doctors(member)
    for choices in parameters.keys(query, "_id", str):
        rows = rows.filter(pk__in=choices)
    for names in query.choices("name"):
        matches = Q()
        for name in map(parameters.unescaped, names):
            matches |= Q(name__istartswith=name) | Q(name__icontains=f" {name}")
        rows = rows.filter(matches)
    return _page(rows, query, resources.practitioner)


def practitioner(key: str, member: Member, at: datetime) -> Doctor | None:
    """One of them."""
    return _doctors(member).filter(pk=parameters.number(key)).first()


def _doctors(member: Member) -> QuerySet[Doctor]:
    met = Reservation.objects.of(member).filter(doctor=OuterRef("pk"))
    return Doctor.objects.filter(Q(is_active=True) | Q(member=member) | Exists(met))


def schedules(query: Query, member: Member, at: datetime) -> Page:
    """What can be booked with whom."""
    rows = _open_schedules()
    for pairs in query.choices("_id"):
        matches = Q(pk__in=[])
        for doctor_id, service_id in filter(None, map(_pair, pairs)):
            matches |= Q(doctor=doctor_id, service=service_id)
        rows = rows.filter(matches)
    rows = _of_actors(rows, query, "actor")
    rows = _of_services(rows, query)
    groups = _groups(rows)
    after = _pair(query.after) or (0, 0)
    left = [group for group in groups if (group[0].doctor_id, group[0].service_id) > after]
    shown = [resources.schedule(group) for group in left[: query.count]]
    is_last = len(left) <= query.count or not shown
    return Page(query, shown, len(groups), "" if is_last else str(shown[-1]["id"]))


def schedule(key: str, member: Member, at: datetime) -> list[Schedule]:
    """The rows of one of them, or none."""
    pair = _pair(key)
    if pair is None:
        return []
    return list(_open_schedules().filter(doctor=pair[0], service=pair[1]))


def _open_schedules() -> QuerySet[Schedule]:
    return (
        Schedule.objects.filter(doctor__is_active=True, service__is_active=True)
        .select_related("doctor", "service")
        .order_by("doctor_id", "service_id", "pk")
    )


def _groups(rows: Iterable[Schedule]) -> list[list[Schedule]]:
    """The rows of each doctor and service; `rows` are in their order."""
    return [
        list(group) for _key, group in groupby(rows, lambda row: (row.doctor_id, row.service_id))
    ]


def _pair(text: str) -> tuple[int, int] | None:
    found = resources.PAIR.fullmatch(text)
    return None if found is None else (int(found[1]), int(found[2]))


def _of_actors(rows: QuerySet[Schedule], query: Query, name: str) -> QuerySet[Schedule]:
    for choices in parameters.keys(query, name, _practitioner):
        rows = rows.filter(doctor__in=choices)
    return rows


def _of_services(rows: QuerySet[Row], query: Query) -> QuerySet[Row]:
    for choices in parameters.keys(query, "service-type", _service):
        rows = rows.filter(service__in=choices)
    return rows


def _practitioner(value: str) -> str:
    return parameters.reference(value, "Practitioner")


def _service(value: str) -> str:
    return parameters.code(value, resources.services())


def free_and_busy(query: Query, member: Member, at: datetime) -> Page:
    """The slots of a span, busy ones included; at most 62 days, of everybody at most 7."""
    spans = [
        [found for value in choices for found in _ranges(value, member, "start")]
        for choices in query.choices("start")
    ]
    ids = [
        set(filter(None, map(resources.parse_slot, choices))) for choices in query.choices("_id")
    ]
    spans += [[(start, start + SECOND) for _d, _s, start in choices] for choices in ids]
    asked, low, high = _window(query, spans, at)
    known = _known(query)
    found = slots.slots(
        doctors={row.doctor for row in known.values()},
        services={row.service for row in known.values()},
        first=(low - timedelta(days=1)).date(),
        until=(high + timedelta(days=2)).date(),
        at=at,
    )
    wanted = [
        each
        for each in found
        if low <= each.start < high
        and (each.doctor_id, each.service_id) in known
        and all(_lies(each.start, choices) for choices in spans)
        and all((each.doctor_id, each.service_id, each.start) in choices for choices in ids)
        and _has_status(each.status, query)
    ]
    shown, after = _turn(wanted, asked)
    made = [resources.slot(each, known[each.doctor_id, each.service_id].service) for each in shown]
    return Page(asked, made, len(wanted), after)


def slot(key: str, member: Member, at: datetime) -> tuple[slots.Slot, Service] | None:
    """One of them."""
    parsed = resources.parse_slot(key)
    if parsed is None or parsed[2].year not in parameters.YEARS:
        return None
    row = _open_schedules().filter(doctor=parsed[0], service=parsed[1]).first()
    if row is None:
        return None
    found = slots.find(doctor=row.doctor, service=row.service, start=parsed[2], at=at)
    return None if found is None else (found, row.service)


def _known(query: Query) -> dict[tuple[int, int], Schedule]:
    """The doctors and services whose slots are asked for."""
    rows = _of_services(_of_actors(_open_schedules(), query, "schedule.actor"), query)
    wanted = [
        {_pair(parameters.reference(value, "Schedule")) for value in choices}
        for choices in query.choices("schedule")
    ]
    pairs = {(row.doctor_id, row.service_id): row for row in rows}
    return {pair: row for pair, row in pairs.items() if all(pair in choices for choices in wanted)}


def _window(
    query: Query, spans: list[list[Range]], at: datetime
) -> tuple[Query, datetime, datetime]:
    """The span in which every match lies, and the search that says so where it did not."""
    lows = [low for choices in spans if (low := _lowest(choices)) is not None]
    highs = [high for choices in spans if (high := _highest(choices)) is not None]
    low, high = max(lows, default=None), min(highs, default=None)
    said = list(query.choices("start"))
    if low is None:
        low = at if high is None else high - AHEAD
        said.append([f"ge{resources.instant(low)}"])
    if high is None:
        high = low + AHEAD
        said.append([f"lt{resources.instant(high)}"])
    is_narrow = any(query.choices(name) for name in ("schedule", "schedule.actor", "_id"))
    if high - low > (LONGEST if is_narrow else AHEAD):
        text = _("Ask for 62 days of one schedule or doctor, or for 7 of all.")
        raise Problem(400, "too-costly", text, "start")
    return replace(query, values={**query.values, "start": said}), low, high


def _lowest(choices: list[Range]) -> datetime | None:
    found = [low for low, _high in choices]
    return None if None in found else min(filter(None, found), default=None)


def _highest(choices: list[Range]) -> datetime | None:
    found = [high for _low, high in choices]
    return None if None in found else max(filter(None, found), default=None)


def _lies(moment: datetime, choices: list[Range]) -> bool:
    return any(
        (low is None or low <= moment) and (high is None or moment < high) for low, high in choices
    )


def _has_status(status: str, query: Query) -> bool:
    wanted = query.choices("status")
    return all(status in [parameters.code(each, SLOT_STATUS) for each in one] for one in wanted)


def _turn(found: list[slots.Slot], query: Query) -> tuple[list[slots.Slot], str]:
    """The page that follows `query.after`, and where the next goes on."""
    parsed = resources.parse_slot(query.after)
    if parsed is not None:
        doctor_id, service_id, start = parsed
        last = (start, doctor_id, service_id)
        found = [each for each in found if (each.start, each.doctor_id, each.service_id) > last]
    shown = found[: query.count]
    if not shown or len(found) == len(shown):
        return shown, ""
    last_one = shown[-1]
    return shown, resources.slot_id(last_one.doctor_id, last_one.service_id, last_one.start)


def appointments(query: Query, member: Member, at: datetime) -> Page:
    """The member's own; of a doctor also those with them; of staff all."""
    rows = _appointments(member)
    for ids in query.choices("_id"):
        rows = rows.filter(uid__in=[found for found in map(_uid, ids) if found])
    for choices in query.choices("status"):
        rows = rows.filter(_status(choices, at))
    for values in query.choices("date"):
        matches = Q()
        for value in values:
            for low, high in _ranges(value, member, "date"):
                matches |= _between(low, high)
        rows = rows.filter(matches)
    for name, is_doctor, is_patient in (
        ("practitioner", True, False),
        ("patient", False, True),
        ("actor", True, True),
    ):
        for actors in query.choices(name):
            rows = rows.filter(_meets(actors, is_doctor=is_doctor, is_patient=is_patient))
    rows = _of_services(rows, query)
    return _page(rows, query, lambda row: resources.appointment(row, at=at))


def appointment(key: str, member: Member, at: datetime) -> Reservation | None:
    """One of them."""
    uid = _uid(key)
    return None if uid is None else _appointments(member).filter(uid=uid).first()


def _appointments(member: Member) -> QuerySet[Reservation]:
    rows = Reservation.objects.with_people()
    if staff.is_staff(member):
        return rows
    mine = Q(patient__member=member)
    if "doctor" in member.roles:
        mine |= Q(doctor__member=member)
    return rows.filter(mine)


def _uid(text: str) -> uuid.UUID | None:
    """Only as the answers write it: other spellings of a UUID are no id of ours."""
    try:
        found = uuid.UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None


def _status(choices: list[str], at: datetime) -> Q:
    """A hold that has run out is cancelled, whether or not somebody swept."""
    codes = {parameters.code(each, APPOINTMENT_STATUS) for each in choices}
    has_expired = Q(hold_expires_at__isnull=False, hold_expires_at__lte=at)
    matches = Q(status__in=codes) & ~has_expired
    return matches | has_expired if "cancelled" in codes else matches


def _between(low: datetime | None, high: datetime | None) -> Q:
    matches = Q()
    if low is not None:
        matches &= Q(appointed_time__gte=low)
    if high is not None:
        matches &= Q(appointed_time__lt=high)
    return matches


def _meets(actors: list[str], *, is_doctor: bool, is_patient: bool) -> Q:
    matches = Q(pk__in=[])
    if is_doctor:
        matches |= Q(doctor__in=[parameters.number(_practitioner(each)) for each in actors])
    if is_patient:
        keys = [parameters.number(parameters.reference(each, "Patient")) for each in actors]
        matches |= Q(patient__in=keys)
    return matches


def _ranges(value: str, member: Member, name: str) -> list[Range]:
    return parameters.ranges(value, ZoneInfo(member.time_zone), name)


def _page(rows: QuerySet[Row], query: Query, make: Callable[[Row], Resource]) -> Page:
    """Those that follow `query.after`, by their keys."""
    total = rows.count()
    if not query.count:
        return Page(query, [], total)
    after = parameters.number(query.after)
    found = list(rows.filter(pk__gt=after).order_by("pk")[: query.count + 1])
    shown = found[: query.count]
    return Page(
        query, list(map(make, shown)), total, str(shown[-1].pk) if found[query.count :] else ""
    )
