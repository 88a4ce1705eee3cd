"""Which calls are target calls: judged again whenever a call, its lead or its person changes.

A person's verdict stands beside it and wins.
"""

from collections.abc import Collection, Iterable
from typing import Any

from leadtrack.leads.models import Attempt, ContactKey, Lead
from leadtrack.phones.callers import kinds_of
from leadtrack.phones.models import Call
from leadtrack.phones.target import FIRST_IN, TALK_SECONDS, Talk, targets_among


def judge_call(call: Call, lead: Lead | None) -> None:
    """Say of a call that is over, and of those that follow it, whether they are target calls.

    `lead` is whose call it is, None for nobody's (yet).
    """
    if call.direction != Call.Direction.IN or call.ended_at is None:
        return
    if call.is_withheld:
        _judge([call])
        return
    when = (call.started_at - FIRST_IN, call.started_at + FIRST_IN)
    # Its own time decides about it, the time after it about those that follow.
    calls = _calls_of(_phones_beside(call, lead), started_at__range=when)
    _judge(calls, only_from=call)


def judge_lead(lead: Lead) -> None:
    """The lead is spam now, or is none any more: its calls, and those of the same person, count anew."""
    tried = Attempt.objects.filter(lead=lead).values_list("call", flat=True)
    ids = {pk for pk in (lead.call_id, *tried) if pk is not None}
    for call in Call.objects.filter(pk__in=ids).order_by("started_at"):
        judge_call(call, lead)


def give_verdict(call: Call, verdict: bool | None, *, by: Any) -> None:
    """What a person says of a call wins over the rule; None leaves it to the rule again."""
    Call.objects.filter(pk=call.pk).update(verdict=verdict, verdict_by=None if verdict is None else by)


def judge_people(contact_ids: Collection[int]) -> None:
    """Two people became one, or one became two: each has their own first calls."""
    for contact_id in contact_ids:
        phones = _phones_of([contact_id])
        _judge(_calls_of(phones))


def _judge(calls: Iterable[Call], only_from: Call | None = None) -> None:
    known = list(calls)
    spam, ours = _spam_among(known), _ours_among(known)
    talks = [
        Talk(
            at=call.started_at,
            is_answered=call.status == Call.Status.ANSWERED,
            seconds=call.talk_seconds or 0,
            counts=not call.is_test and call.pk not in spam and str(call.caller or "") not in ours,
        )
        for call in known
    ]
    for call, is_target in zip(known, targets_among(talks), strict=True):
        is_asked = only_from is None or call.started_at >= only_from.started_at
        if is_asked and call.is_target != is_target:
            Call.objects.filter(pk=call.pk).update(is_target=is_target)


def _calls_of(phones: Collection[str], **when: Any) -> list[Call]:
    ended = Call.objects.filter(caller__in=phones, direction=Call.Direction.IN, ended_at__isnull=False)
    return list(ended.filter(**when).order_by("started_at", "pk"))


def _spam_among(calls: Iterable[Call]) -> set[int]:
    """Only of calls that would count otherwise: most need no look-up."""
    ids = [call.pk for call in calls if (call.talk_seconds or 0) >= TALK_SECONDS]
    if not ids:
        return set()
    # By two look-ups: no index helps a database that looks in two tables at once.
    own = Lead.objects.filter(call__in=ids, status=Lead.Status.SPAM).values_list("call", flat=True)
    tried = Attempt.objects.filter(call__in=ids, lead__status=Lead.Status.SPAM)
    return {pk for pk in (*own, *tried.values_list("call", flat=True)) if pk is not None}


def _ours_among(calls: Iterable[Call]) -> set[str]:
    """Phones of blocked callers and of our own people, where it matters."""
    talks = (call for call in calls if (call.talk_seconds or 0) >= TALK_SECONDS)
    return {phone for phone in {str(call.caller or "") for call in talks} if kinds_of(phone)}


def _phones_beside(call: Call, lead: Lead | None) -> set[str]:
    """The caller's phone and the others of the person whose lead the call is."""
    return {str(call.caller), *(_phones_of([lead.contact_id]) if lead else ())}


def _phones_of(contact_ids: Collection[int]) -> set[str]:
    keys = ContactKey.objects.filter(kind=ContactKey.Kind.PHONE, contact__in=contact_ids)
    return set(keys.values_list("value", flat=True))
