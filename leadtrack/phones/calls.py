"""Keeping calls as the carrier tells of them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from leadtrack.phones.afterwards import tell_of_change
from leadtrack.phones.begin import begin_call
from leadtrack.phones.callers import user_with
from leadtrack.phones.carriers.notice import Notice
from leadtrack.phones.carriers.steps import step_of
from leadtrack.phones.models import Call, CallEvent, CarrierAccount, TrackedNumber
from leadtrack.phones.outgoing import begin_outgoing_call
from leadtrack.phones.progress import Teller, progress_of, start_of

# What was told of a call, and when it came (UTC).
_News = Iterable[tuple[Mapping[str, Any], datetime]]


def number_for(*, account: CarrierAccount, notice: Notice, number_id: int | None) -> TrackedNumber | None:
    """The tracked number that a notice is about; None when it is none of this account's.

    A notice about the sales line names the sales phone, and one about a recording no phone at all, so there
    the known call tells, or else the id that we wrote into the callback's address. Inactive numbers ring
    too: an old leaflet still brings people.
    """
    numbers = TrackedNumber.objects.filter(account=account).select_related("site").with_flow_of_pool()
    if notice.called and notice.step.teller not in (Teller.SALES, Teller.KEY):
        return numbers.filter(number=notice.called).first()
    known = numbers.filter(calls__account=account, calls__sid=notice.call_sid).first()
    return known or numbers.filter(pk=number_id or 0).first()


def record_call(
    *,
    account: CarrierAccount,
    number: TrackedNumber,
    event: Notice,
    at: datetime,
    told_by: Call.ToldBy = Call.ToldBy.HOOK,
    kinds: frozenset[str] | None = None,
) -> tuple[Call, bool]:
    """Store what the carrier told and bring its call up to date; `at` is when it came (UTC).

    `kinds` is what `kinds_of` said of the caller, where it was asked already.
    Returns the call and whether it is new. Told twice, or in another order, it comes out the same.
    """
    with transaction.atomic():
        call, is_new = _locked_call(account, number, event, told_by, kinds)
        CallEvent.objects.bulk_create(
            [CallEvent(call=call, key=event.key, payload=event.payload, received_at=at)],
            ignore_conflicts=True,
        )
        # Of a call that nobody else can see yet there is no other news.
        told: _News = [(event.payload, at)] if is_new else call.events.values_list("payload", "received_at")
        _follow_events(call, event, account.kind, told)
    return call, is_new


def _locked_call(
    account: CarrierAccount,
    number: TrackedNumber,
    event: Notice,
    told_by: Call.ToldBy,
    kinds: frozenset[str] | None,
) -> tuple[Call, bool]:
    """The call's row, ours alone until the end of the transaction: two notices never miss each other."""
    mine = Call.objects.select_for_update(no_key=True).filter(account=account, sid=event.call_sid)
    call = mine.first()
    if call is not None:
        return call, False
    try:
        with transaction.atomic():
            return _new_call(account, number, event, told_by, kinds), True
    except IntegrityError:
        return mine.get(), False


def _new_call(
    account: CarrierAccount,
    number: TrackedNumber,
    event: Notice,
    told_by: Call.ToldBy,
    kinds: frozenset[str] | None,
) -> Call:
    # On the sales line a withheld caller shows as our own number.
    is_ours = event.caller == str(number.number)
    told: dict[str, Any] = {
        "account": account,
        "number": number,
        "sid": event.call_sid,
        "started_at": start_of(event.step),
        "caller": "" if is_ours else event.caller,
        "caller_as_sent": "" if is_ours else event.caller_as_sent,
        "told_by": told_by,
    }
    if event.is_outgoing:
        return begin_outgoing_call(**told)
    return begin_call(**told, kinds=None if is_ours else kinds)


def _follow_events(call: Call, event: Notice, kind: str, told: _News) -> None:
    steps = [step_of(kind, payload, received_at=received_at) for payload, received_at in told]
    now = progress_of(steps, started_at=call.started_at)
    fresh = {
        "status": Call.Status(now.outcome),
        "ended_at": now.ended_at,
        "talk_seconds": now.talk_seconds,
        "answered_at": now.answered_at,
        "answered_on": now.answered_on,
        "stir": call.stir or event.stir,
    }
    changed = [name for name, value in fresh.items() if getattr(call, name) != value]
    for name in changed:
        setattr(call, name, fresh[name])
    if "answered_on" in changed:
        call.answered_by = user_with(now.answered_on)
        changed.append("answered_by")
    if changed:
        call.save(update_fields=changed)
        tell_of_change(call)
