"""Letting the recording of a talk rest while a card number or the like is said."""

from datetime import datetime
from typing import Final

from auditlog.models import LogEntry
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from leadtrack.phones.carriers.interface import Ability, CarrierError, can, carrier_for
from leadtrack.phones.models import Call
from leadtrack.phones.recordings import flow_of_call

_ON: Final = "on"
_PAUSED: Final = "paused"


class PauseError(Exception):
    """Why the recording is as it was, in words for who pressed the button."""

    def __init__(self, words: str | Promise) -> None:
        super().__init__(words)
        self.words = words


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

    Raises PauseError when nothing is being recorded, or the carrier did not do it; then nothing is noted.
    """
    before = recording_of(call)
    if not before:
        raise PauseError(_("Nothing is being recorded: the talk may be over."))
    try:
        carrier_for(call.account).pause_recording(call_sid=call.sid, is_paused=is_paused)
    except CarrierError as problem:
        raise PauseError(_words_of(problem)) from None
    with transaction.atomic():
        call.recording_paused_at = at if is_paused else None
        Call.objects.filter(pk=call.pk).update(recording_paused_at=call.recording_paused_at)
        changes = {"recording": [before, _PAUSED if is_paused else _ON]}
        LogEntry.objects.log_create(call, force_log=True, action=LogEntry.Action.UPDATE, changes=changes)


def _words_of(problem: CarrierError) -> str | Promise:
    """Its own words promise that it is tried again by itself: a talk cannot wait for that."""
    if problem.code == "not_found":
        return _("Nothing is being recorded: the talk may be over.")
    if problem.is_temporary:
        return _("The carrier did not answer: the recording may be as it was. Press once more.")
    return problem.words
