"""Which calls are target calls: judged again whenever a call, its lead or its person changes.

A person's verdict stands beside it and wins.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q

from leadtrack.leads.models import ContactKey, Lead
from leadtrack.phones.callers import kinds_of
from leadtrack.phones.models import Call
from leadtrack.phones.target import FIRST_IN, Talk, targets_among


def judge_call(call: Call) -> None:
    """Say of a call that is over, and of those that follow it, whether they are target calls."""
    if call.direction != Call.Direction.IN or call.ended_at is None:
        return
    if call.is_withheld:
        _judge([call])
        return
    when = (call.started_at - FIRST_IN, call.started_at + FIRST_IN)
    # Its own time decides about it, the time after it about those that follow.
    calls = _calls_of(_phones_beside(call), started_at__range=when)
    _judge(calls, only_from=call)


def judge_lead(lead: Lead) -> None:
    """The lead is spam now, or is none any more: its calls, and those of the same person, count anew."""
    for call in Call.objects.filter(Q(lead=lead) | Q(attempt__lead=lead)).order_by("started_at"):
        judge_call(call)


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
    spam = _spam_among(known)
    ours = {phone for phone in {str(call.caller or "") for call in known} if kinds_of(phone)}
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
    ids = [call.pk for call in calls]
    spam = Lead.objects.filter(status=Lead.Status.SPAM)
    own = spam.filter(call__in=ids).values_list("call", flat=True)
    tried = spam.filter(attempts__call__in=ids).values_list("attempts__call", flat=True)
    return {pk for pk in (*own, *tried) if pk is not None}


def _phones_beside(call: Call) -> set[str]:
    """The caller's phone and the others of the person whose lead the call is."""
    leads = Lead.objects.filter(Q(call=call) | Q(attempts__call=call))
    return {str(call.caller), *_phones_of(list(leads.values_list("contact", flat=True)))}


def _phones_of(contact_ids: Collection[int]) -> set[str]:
    keys = ContactKey.objects.filter(kind=ContactKey.Kind.PHONE, contact__in=contact_ids)
    return set(keys.values_list("value", flat=True))
