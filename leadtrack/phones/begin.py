"""Beginning a call: the row of it, with whose it is."""

from datetime import datetime
from typing import Any

from leadtrack.lib.periods import local_day
from leadtrack.phones.afterwards import tell_of_change, tell_of_new
from leadtrack.phones.assign import lock_assignments
from leadtrack.phones.match import give, keep_candidates, match_call
from leadtrack.phones.models import Call, CarrierAccount, TrackedNumber


def begin_call(
    *,
    account: CarrierAccount,
    number: TrackedNumber,
    sid: str,
    started_at: datetime,
    caller: str = "",
    caller_as_sent: str = "",
    kinds: frozenset[str] | None = None,
    **told: Any,
) -> Call:
    """Store an incoming call that began at `started_at` (UTC), matched by its number and that moment.

    `caller` is E.164 or empty, of `kinds` where that was asked already; `told` are further columns. Call it
    in a transaction: until its end nobody assigns the number anew. The rooms above make its lead.
    IntegrityError where the account has a call with this `sid` already.
    """
    lock_assignments(number)
    matched = match_call(number=number, moment=started_at, caller=caller)
    call = Call(
        account=account,
        number=number,
        sid=sid,
        caller=caller,
        caller_as_sent=caller_as_sent,
        started_at=started_at,
        day=local_day(started_at, number.site.tz),
        **told,
    )
    call.known_kinds = kinds
    give(call, matched)
    call.save(force_insert=True)
    keep_candidates(call, matched)
    tell_of_new(call)
    if call.ended_at is not None:  # a list told the whole of it at once
        tell_of_change(call)
    return call
