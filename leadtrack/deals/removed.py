"""Deals of leads that are taken away again: an import that is undone before anybody worked its leads."""

from collections.abc import Collection

from leadtrack.deals.models import CallBack, Deal, DealEvent, Purchase
from leadtrack.deals.moves import settle_asked
from leadtrack.leads.models import Lead

Event = DealEvent.Kind


def worked_leads(lead_ids: Collection[int]) -> set[int]:
    """Those of the leads whose deal has money, that a person did anything with, or that somebody asked about
    again.

    The deals stay locked until the end of the transaction, so nobody begins to work them meanwhile.
    """
    deals = dict(
        Deal.objects.select_for_update().filter(lead__in=lead_ids).order_by("pk").values_list("pk", "lead_id")
    )
    told = DealEvent.objects.filter(deal__in=deals).exclude(
        kind__in=[Event.OPENED, Event.REPEAT, Event.MISSED]
    )
    told = told.exclude(kind=Event.RECALLED, by=None)
    touched = set(told.exclude(kind=Event.ASSIGNED, by=None).order_by().values_list("deal_id", flat=True))
    paid = Purchase.objects.filter(deal__in=deals).order_by().values_list("deal_id", flat=True)
    return {deals[pk] for pk in touched | set(paid)} | _asked_again(lead_ids)


def forget_deals(lead_ids: Collection[int]) -> None:
    """Delete the deals of these leads with their stories. ProtectedError where there is money.

    Repeat enquiries among them let go of their deals, which forget that they were asked about again.
    """
    _let_go(lead_ids)
    CallBack.objects.filter(deal__lead__in=lead_ids).delete()
    DealEvent.objects.filter(deal__lead__in=lead_ids).delete()
    Deal.objects.filter(lead__in=lead_ids).delete()


def _asked_again(lead_ids: Collection[int]) -> set[int]:
    repeats = Lead.objects.filter(repeat_of__in=lead_ids).exclude(pk__in=lead_ids)
    return {pk for pk in repeats.values_list("repeat_of", flat=True) if pk is not None}


def _let_go(lead_ids: Collection[int]) -> None:
    repeats = Lead.objects.filter(pk__in=lead_ids).exclude(repeat_of=None)
    joined = list(repeats.values_list("public_id", "repeat_of"))
    repeats.update(repeat_of=None)
    for public_id, first in joined:
        if first is not None:
            DealEvent.objects.filter(deal__lead=first, kind=Event.REPEAT, details__lead=public_id).delete()
            settle_asked(first)
