"""What is true of numbers and calls, one file per subject."""

from leadtrack.phones.models.call import Call, CallCandidate, CallEvent, Recording, with_calls
from leadtrack.phones.models.caller import ListedCaller
from leadtrack.phones.models.carrier import CarrierAccount, CarrierJob
from leadtrack.phones.models.flow import CallFlow, FlowHoliday, FlowHours, FlowLine, FlowText
from leadtrack.phones.models.number import Assignment, NumberQuerySet, TrackedNumber
from leadtrack.phones.models.pool import Lease, Overflow, Pool, PoolHour
from leadtrack.phones.models.text import OptOut, TextMessage

__all__ = [
    "Assignment",
    "Call",
    "CallCandidate",
    "CallEvent",
    "CallFlow",
    "CarrierAccount",
    "CarrierJob",
    "FlowHoliday",
    "FlowHours",
    "FlowLine",
    "FlowText",
    "Lease",
    "ListedCaller",
    "NumberQuerySet",
    "OptOut",
    "Overflow",
    "Pool",
    "PoolHour",
    "Recording",
    "TextMessage",
    "TrackedNumber",
    "with_calls",
]
