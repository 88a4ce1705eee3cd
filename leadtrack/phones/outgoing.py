"""Calls from us to somebody: kept beside those that came in, never a lead of their own."""

from datetime import datetime
from typing import Any

from leadtrack.lib.periods import local_day
from leadtrack.phones.afterwards import tell_of_new
from leadtrack.phones.models import Call, CarrierAccount, TrackedNumber
from leadtrack.sources import register


def begin_outgoing_call(
    *,
    account: CarrierAccount,
    number: TrackedNumber,
    sid: str,
    started_at: datetime,
    caller: str,
    **told: Any,
) -> Call:
    """Store a call from our number to `caller` (E.164), which belongs to whatever brought their last call.

    IntegrityError where the account has a call with this `sid` already.
    """
    before = Call.objects.filter(caller=caller, direction=Call.Direction.IN).exclude(caller="")
    last = before.select_related("source").order_by("-started_at").first()
    call = Call.objects.create(
        account=account,
        number=number,
        sid=sid,
        direction=Call.Direction.OUT,
        source=last.source if last else register.unknown_source(),
        caller=caller,
        started_at=started_at,
        day=local_day(started_at, number.site.tz),
        **told,
    )
    tell_of_new(call)
    return call
