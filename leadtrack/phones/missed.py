"""Calls that we owe an answer: nobody talked to the caller, who did not give up at once."""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from leadtrack.phones.callers import kinds_of
from leadtrack.phones.flow import Flow, Holiday, Hours
from leadtrack.phones.models import Call, FlowHoliday, FlowHours, TrackedNumber
from leadtrack.phones.ring import flow_id_of
from leadtrack.phones.texts import text_missed
from leadtrack.phones.working_time import after_working

# Who is called back, or calls again, within so much working time is recovered (domain.md 3).
CALL_BACK_WITHIN: Final = timedelta(minutes=20)
# Of a call that we learn of later than that, a text "we have missed you" would be a riddle.
TEXT_WITHIN: Final = timedelta(hours=1)
_Status = Call.Status


def is_missed(call: Call) -> bool:
    """Whether nobody talked to a caller who waited: missed, or left a message. None of a test call."""
    is_unanswered = call.status in (_Status.MISSED, _Status.VOICEMAIL)
    return is_unanswered and call.direction == Call.Direction.IN and not call.is_test


def owes_call_back(call: Call) -> bool:
    """Whether somebody must call back.

    A hidden number cannot be called, unless its message says how. What a list of old calls tells is history.
    """
    can_be_called = not call.is_withheld or call.status == _Status.VOICEMAIL
    return is_missed(call) and can_be_called and call.told_by != Call.ToldBy.FILE


def call_back_due_at(call: Call) -> datetime:
    """Until when (UTC) a missed caller is to be called back: working time of the flow of the number."""
    start = call.ended_at or call.started_at
    hours = _hours_of(call.number)
    return after_working(hours, start=start, span=CALL_BACK_WITHIN, tz=call.number.site.tz)


def text_if_missed(call: Call) -> None:
    """Text the caller of a call that was missed just now, where the flow of the number says so."""
    if not is_missed(call) or call.told_by == Call.ToldBy.FILE or kinds_of(str(call.caller or "")):
        return
    now = timezone.now()
    if (call.ended_at or call.started_at) > now - TEXT_WITHIN:
        text_missed(call, at=now)


def _hours_of(number: TrackedNumber) -> Flow:
    """The number's flow with nothing but its hours."""
    flow_id = flow_id_of(number)
    hours = FlowHours.objects.filter(flow=flow_id) if flow_id else FlowHours.objects.none()
    holidays = FlowHoliday.objects.filter(flow=flow_id) if flow_id else FlowHoliday.objects.none()
    return Flow(
        lines=(),
        hours=tuple(Hours(one.weekday, one.opens_at, one.closes_at) for one in hours),
        holidays=tuple(Holiday(one.day, one.opens_at, one.closes_at) for one in holidays),
    )
