"""Comparing the carrier's list of calls with ours: no call is lost, rings for ever or stays unpriced."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

from django.db.models import Q

from leadtrack.phones.calls import record_call
from leadtrack.phones.carriers.interface import Ability, CarrierError, LoggedCall, can, carrier_for
from leadtrack.phones.carriers.notice import Notice
from leadtrack.phones.carriers.steps import step_of
from leadtrack.phones.carriers.twilio import phone_of
from leadtrack.phones.models import Call, CarrierAccount, TrackedNumber
from leadtrack.phones.progress import Step, Teller
from leadtrack.phones.stale import end_stale

logger = logging.getLogger(__name__)

# Prices come hours later, and a call may last for hours.
LOOK_BACK: Final = timedelta(hours=26)
# After an outage of ours: as far as it was, at most this.
LONGEST_LOOK_BACK: Final = timedelta(days=30)
# What happens now is told by the hooks themselves, if a little late.
SETTLED: Final = timedelta(minutes=2)
_GOING_ON: Final = frozenset({"queued", "initiated", "ringing", "in-progress"})
_BATCH: Final = 500


@dataclass(frozen=True)
class Compared:
    """What a comparison brought: calls never heard of, calls ended by the list, prices taken along."""

    found: int = 0
    ended: int = 0
    priced: int = 0


def compare_all(*, now: datetime) -> None:
    """Compare every account's list of calls with ours; one that cannot be asked keeps no other waiting."""
    for account in CarrierAccount.objects.order_by("pk"):
        try:
            told = compare(account, now=now)
        except CarrierError as problem:
            logger.warning("The calls of account %s cannot be compared: %s", account.pk, problem.code)
            continue
        if told.found or told.ended:
            logger.warning("Account %s: %s calls found, %s ended", account.pk, told.found, told.ended)
    end_stale(now=now)


def compare(account: CarrierAccount, *, now: datetime) -> Compared:
    """Take from the carrier's list what we have not heard. Twice, it comes out the same. CarrierError."""
    if not can(account, Ability.LOG):
        return Compared()
    lines = list(carrier_for(account).calls_between(since=_since(account, now), until=now))
    told = _compared(account, lines, now)
    CarrierAccount.objects.filter(pk=account.pk).update(compared_until=now)
    return told


def _since(account: CarrierAccount, now: datetime) -> datetime:
    last = account.compared_until or now
    return max(min(last - timedelta(hours=1), now - LOOK_BACK), now - LONGEST_LOOK_BACK)


def _compared(account: CarrierAccount, lines: list[LoggedCall], now: datetime) -> Compared:
    legs: dict[str, list[LoggedCall]] = defaultdict(list)
    for line in lines:
        legs[line.parent_sid].append(line)
    numbers = {
        str(number.number): number
        for number in TrackedNumber.objects.filter(account=account).select_related("site")
    }
    incoming = [line for line in lines if line.is_incoming and line.to in numbers]
    found = ended = priced = 0
    for some in _batches(incoming):
        rows = Call.objects.filter(account=account, sid__in=[line.sid for line in some])
        known = {call.sid: call for call in rows}
        for line in some:
            call = known.get(line.sid)
            is_news = _is_news(line, call, now)
            if is_news:
                _record(account, numbers[line.to], line, legs[line.sid])
            found += is_news and call is None
            ended += is_news and call is not None
            priced += _price(account, line, legs[line.sid], call)
    return Compared(found, ended, priced)


def _batches(lines: list[LoggedCall]) -> Iterator[list[LoggedCall]]:
    return (lines[start : start + _BATCH] for start in range(0, len(lines), _BATCH))


def _is_news(line: LoggedCall, call: Call | None, now: datetime) -> bool:
    """Nobody told us of the call, or of its end, although there was time for it."""
    if call is None:
        return line.started_at <= now - SETTLED
    is_over = line.status not in _GOING_ON and (line.ended_at or line.started_at) <= now - SETTLED
    return call.ended_at is None and is_over


def _record(
    account: CarrierAccount, number: TrackedNumber, line: LoggedCall, legs: Iterable[LoggedCall]
) -> None:
    """The way that the hooks' own notices take: first the caller's line, then those to the sales phones."""
    for one in [line, *sorted(legs, key=lambda leg: leg.started_at)]:
        record_call(
            account=account,
            number=number,
            event=_notice(account, line, one),
            # When it happened: the list may tell of it weeks later.
            at=one.ended_at or one.started_at,
            told_by=Call.ToldBy.LOG,
        )


def _notice(account: CarrierAccount, line: LoggedCall, one: LoggedCall) -> Notice:
    """A line of the list in the words in which the carrier would have told it."""
    at = one.ended_at or one.started_at
    payload: dict[str, Any] = {
        "CallSid": one.sid,
        "ParentCallSid": one.parent_sid,
        "CallStatus": one.status,
        "From": one.from_,
        "To": one.to,
        "Timestamp": format_datetime(at),
    }
    if one.seconds is not None:
        payload["CallDuration"] = str(one.seconds)
    # The list knows when the call began; a notice only how long it was paid for.
    is_callers = one.sid == line.sid
    step = (
        Step(Teller.CALLER, one.status, line.started_at)
        if is_callers
        else step_of(account.kind, payload, received_at=at)
    )
    return Notice(
        call_sid=line.sid,
        called=line.to,
        caller=phone_of(line.from_),
        caller_as_sent=line.from_[:64],
        key=f"log:{one.sid}:{one.status}",
        step=step,
        payload=payload,
    )


def _price(account: CarrierAccount, line: LoggedCall, legs: Iterable[LoggedCall], known: Call | None) -> bool:
    """What all its lines cost together, once the carrier has priced each that was paid for."""
    lines = [line, *legs]
    if any(one.price_micros is None and one.seconds for one in lines) or line.price_micros is None:
        return False
    micros = sum(one.price_micros or 0 for one in lines)
    if known is not None and known.price_micros == micros:
        return False  # as nearly always: the list is read every five minutes
    mine = Call.objects.filter(account=account, sid=line.sid)
    changed = mine.filter(~Q(price_micros=micros) | Q(price_micros=None))
    return changed.update(price_micros=micros, price_currency=line.currency) == 1
