"""Missed callers: each is called back, or calls again, or somebody says why not. One row per missed call.

The end of a call and its lead come in any order, and so do the calls of one person: whatever comes later
finds what it settles. `at` is the moment in UTC.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from leadtrack.deals.models import CallBack, Deal, DealEvent
from leadtrack.deals.moves import Person, record
from leadtrack.leads.call_news import call_back_due, calls_of
from leadtrack.leads.models import Lead
from leadtrack.phones.models import Call

How = CallBack.How
Event = DealEvent.Kind
SET_ASIDE: Final = (Lead.Status.SPAM, Lead.Status.REJECTED)
_REACHED: Final = (Call.Status.TALKING, Call.Status.ANSWERED)
_NOT_REACHED: Final = (Call.Status.MISSED, Call.Status.VOICEMAIL, Call.Status.ABANDONED)


def follow_call(call: Call, lead: Lead | None) -> None:
    """Owe a call-back for a call that was missed; a talk with its caller settles the earlier ones."""
    if lead is not None and call.direction == Call.Direction.IN:
        _owe(call, lead)
    if call.status in _REACHED:
        _settle(call, lead)
    elif call.status in _NOT_REACHED:
        # A late word: what had looked like a talk was none.
        _open_again(CallBack.objects.filter(answer=call))


def follow_status(deal: Deal, status: str, *, at: datetime) -> None:
    """Who is set aside is not called back; who is taken back to work is."""
    mine = CallBack.objects.filter(deal=deal)
    if status in SET_ASIDE:
        mine.filter(done_at=None).update(done_at=at, how=How.NOT_NEEDED)
        return
    _open_again(mine.filter(how=How.NOT_NEEDED, done_by=None))
    for lead in Lead.objects.filter(Q(pk=deal.lead_id) | Q(repeat_of=deal.lead_id)).order_by("pk"):
        for call in calls_of(lead.pk):
            _owe(call, lead)


def move_with(lead: Lead, deal: Deal) -> None:
    """The lead became a repeat enquiry about this deal, or a lead of its own with it."""
    CallBack.objects.filter(call__in=calls_of(lead.pk)).update(deal=deal)


@transaction.atomic
def say_done(*, deal: Deal, how: str, by: Person | None, at: datetime) -> list[int]:
    """A person called back (BY_HAND) or says that nobody need (NOT_NEEDED); the ids of what that settled."""
    mine = CallBack.objects.filter(deal=deal, done_at=None)
    ids = list(mine.order_by("pk").values_list("pk", flat=True))
    settled = [pk for pk in ids if mine.filter(pk=pk).update(done_at=at, done_by=by, how=how)]
    if settled:
        record(deal, Event.RECALLED, by=by, at=at, how=how)
    return settled


@transaction.atomic
def take_back(*, deal: Deal, ids: Collection[int], by: Person | None, at: datetime) -> int:
    """Undo `say_done`: how many are to be made again. What a call settled since stays settled."""
    said = CallBack.objects.filter(deal=deal, pk__in=ids, how__in=(How.BY_HAND, How.NOT_NEEDED))
    if deal.lead.status in SET_ASIDE:
        return 0
    opened = _open_again(said)
    if opened:
        record(deal, Event.MISSED, by=by, at=at, restored=True)
    return opened


def _owe(call: Call, lead: Lead) -> None:
    known = CallBack.objects.filter(call=call).first()
    due_at = call_back_due(call)
    if due_at is None:
        if known is not None and known.done_by_id is None:
            known.delete()
        return
    deal = Deal.objects.filter(lead=lead.repeat_of_id or lead.pk).first()
    if known is None and deal is not None and lead.status not in SET_ASIDE:
        _make(call, deal, due_at)


def _make(call: Call, deal: Deal, due_at: datetime) -> None:
    missed_at = call.ended_at or call.started_at
    try:
        with transaction.atomic():
            made = CallBack.objects.create(deal=deal, call=call, due_at=due_at, made_at=missed_at)
    except IntegrityError:  # made by another worker this very moment
        return
    record(deal, Event.MISSED, by=None, at=missed_at)
    _settle_if_reached(made)


def _settle_if_reached(one: CallBack) -> None:
    """They may have been reached before we learnt that they had been missed."""
    if one.call.is_withheld:
        return
    later = Call.objects.filter(caller=one.call.caller, started_at__gt=one.call.started_at)
    talk = later.filter(status__in=_REACHED, is_test=False).order_by("started_at").first()
    if talk is not None:
        _close([one], talk)


def _settle(talk: Call, lead: Lead | None) -> None:
    if talk.is_withheld or talk.is_test:
        return
    same = Q(call__caller=talk.caller)
    if lead is not None:
        same |= Q(deal__lead__contact=lead.contact_id)
    missed = CallBack.objects.filter(same, done_at=None, call__started_at__lt=talk.started_at)
    _close(missed.select_related("deal").order_by("pk"), talk)


def _close(missed: Iterable[CallBack], talk: Call) -> None:
    how = How.CALLED_BACK if talk.direction == Call.Direction.OUT else How.CALLED_AGAIN
    at = talk.answered_at or talk.started_at
    for one in missed:
        mine = CallBack.objects.filter(pk=one.pk, done_at=None)
        if mine.update(done_at=at, done_by=talk.answered_by_id, how=how, answer=talk):
            record(one.deal, Event.RECALLED, by=talk.answered_by, at=at, how=how)


def _open_again(some: QuerySet[CallBack]) -> int:
    """To be made once more, unless the caller was reached meanwhile; how many."""
    ids = list(some.order_by("pk").values_list("pk", flat=True))
    fresh = CallBack.objects.filter(pk__in=ids)
    fresh.update(done_at=None, done_by=None, how="", answer=None)
    for one in fresh.select_related("call", "deal"):
        _settle_if_reached(one)
    return fresh.filter(done_at=None).count()
