"""Letting the recording of a talk rest while a card number or the like is said."""

from datetime import datetime
from typing import Final

from auditlog.models import LogEntry
from django.db import transaction

from leadtrack.phones.carriers.interface import Ability, can, carrier_for
from leadtrack.phones.models import Call
from leadtrack.phones.recordings import flow_of_call

_ON: Final = "on"
_PAUSED: Final = "paused"


def recording_of(call: Call) -> str:
    """How the recording of a call is: "on", "paused", or "" where none runs that could be paused."""
    if call.status != Call.Status.TALKING or not can(call.account, Ability.PAUSES):
        return ""
    flow = flow_of_call(call)
    if flow is None or not flow.is_recorded:
        return ""
    return _PAUSED if call.recording_paused_at else _ON


def pause_recording(call: Call, *, is_paused: bool, at: datetime) -> None:
    """Have the carrier pause the recording of the talk, or go on; who did it is in the audit trail.

    Raises CarrierError, and then nothing is written: code "not_found" when nothing is being recorded.
    """
    carrier_for(call.account).pause_recording(call_sid=call.sid, is_paused=is_paused)
    before = recording_of(call)
    with transaction.atomic():
        call.recording_paused_at = at if is_paused else None
        Call.objects.filter(pk=call.pk).update(recording_paused_at=call.recording_paused_at)
        changes = {"recording": [before, _PAUSED if is_paused else _ON]}
        LogEntry.objects.log_create(call, force_log=True, action=LogEntry.Action.UPDATE, changes=changes)
