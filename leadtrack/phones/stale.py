"""Calls whose end nobody will ever tell: a PBX that lost an event, a carrier that forgot."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Max

from leadtrack.phones.calls import record_call
from leadtrack.phones.carriers.notice import Notice
from leadtrack.phones.carriers.steps import step_of
from leadtrack.phones.models import Call, CarrierAccount

# No phone rings for an hour, nobody talks for twelve. A carrier with a list of calls has two days to tell.
RINGS_AT_MOST: Final = timedelta(hours=1)
TALKS_AT_MOST: Final = timedelta(hours=12)
LISTED_WITHIN: Final = timedelta(days=2)
_BATCH: Final = 200


def end_stale(*, now: datetime) -> int:
    """End the calls that go on for longer than calls do, when they were last heard of; how many."""
    going_on = Call.objects.filter(ended_at=None, started_at__lte=now - RINGS_AT_MOST)
    rows = going_on.select_related("account", "number__site").annotate(heard_at=Max("events__received_at"))
    stale = [call for call in rows.order_by("started_at")[:_BATCH] if _is_stale(call, now)]
    for call in stale:
        _end(call)
    return len(stale)


def _is_stale(call: Call, now: datetime) -> bool:
    is_talking = call.status == Call.Status.TALKING
    limit = TALKS_AT_MOST if is_talking else RINGS_AT_MOST
    if call.account.kind == CarrierAccount.Kind.TWILIO:
        limit = LISTED_WITHIN
    return call.started_at <= now - limit


def _end(call: Call) -> None:
    at: datetime = vars(call)["heard_at"] or call.started_at
    payload = _payload(call)
    notice = Notice(
        call_sid=call.sid,
        called=str(call.number.number),
        caller=str(call.caller or ""),
        caller_as_sent=call.caller_as_sent,
        key="over",
        step=step_of(call.account.kind, payload, received_at=at),
        payload=payload,
    )
    record_call(account=call.account, number=call.number, event=notice, at=at)


def _payload(call: Call) -> dict[str, Any]:
    """The end as the carrier would have told it. How long they talked nobody knows."""
    is_talking = call.status == Call.Status.TALKING
    if call.account.kind == CarrierAccount.Kind.TWILIO:
        return {"CallSid": call.sid, "DialCallStatus": "completed" if is_talking else "no-answer"}
    return {
        "id": "over",
        "call": call.sid,
        "event": "ended",
        "number": str(call.number.number),
        "phone": str(call.answered_on or ""),
        "outcome": "answered" if is_talking else "no-answer",
    }
