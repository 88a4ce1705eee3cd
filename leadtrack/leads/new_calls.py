"""A new call is a lead to be: its inbox row, in the transaction that makes the call."""

from leadtrack.leads import inbox
from leadtrack.phones.callers import kinds_of
from leadtrack.phones.models import Call


def accept_new_call(call: Call) -> None:
    """Store the news of a call; none of a test, of a blocked caller, or of one of our own phones."""
    if call.is_test or call.direction != Call.Direction.IN or _kinds(call):
        return
    row, _is_new = inbox.accept_call(call=call, at=call.started_at)
    inbox.wake(row)


def _kinds(call: Call) -> frozenset[str]:
    return kinds_of(_phone_of(call)) if call.known_kinds is None else call.known_kinds


def _phone_of(call: Call) -> str:
    return "" if call.is_withheld else str(call.caller)
