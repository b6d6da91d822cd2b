"""Doctors, patients, and the relation between them that carries a time.

Words follow FHIR R4 where it has one: Appointment (here `Reservation`), HealthcareService
(here `Service`), Schedule. Slots are computed from opening rules and never stored.
"""

from madang.reservation.models.busy_time import BusyTime
from madang.reservation.models.exception import ScheduleException
from madang.reservation.models.feed import FeedToken
from madang.reservation.models.note import ReservationNote
from madang.reservation.models.parties import Doctor, Patient
from madang.reservation.models.reminder import Reminder
from madang.reservation.models.reservation import Reservation, ReservationEvent
from madang.reservation.models.schedule import OpeningRule, Schedule, Service
from madang.reservation.models.session import GroupSession
from madang.reservation.models.waiting import WaitlistEntry

__all__ = [
    "BusyTime",
    "Doctor",
    "FeedToken",
    "GroupSession",
    "OpeningRule",
    "Patient",
    "Reminder",
    "Reservation",
    "ReservationEvent",
    "ReservationNote",
    "Schedule",
    "ScheduleException",
    "Service",
    "WaitlistEntry",
]
