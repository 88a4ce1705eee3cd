"""Which purchase was a person's first: the others are repeats, whatever deal they belong to."""

from django.db.models import QuerySet

from leadtrack.deals.models import Deal, Purchase
from leadtrack.leads.models import Merge

Kind = Purchase.Kind


def settle_firsts(contact_id: int) -> None:
    """Name the contact's purchases first and repeat anew: the earliest that stands is the first.

    Amounts and days stay. Call it in the transaction that changed them, with the contact locked.
    """
    bought = Purchase.objects.filter(deal__lead__contact=contact_id).money_in()
    first = list(bought.live().order_by("paid_on", "pk").values_list("pk", flat=True)[:1])
    _name(bought.exclude(pk__in=first).filter(kind=Kind.FIRST, voided_at=None), Kind.REPEAT)
    _name(bought.filter(pk__in=first, kind=Kind.REPEAT), Kind.FIRST)


def settle_firsts_of(deal: Deal) -> None:
    """The same, for the person of a deal."""
    settle_firsts(deal.lead.contact_id)


def follow_merge(merge: Merge) -> None:
    """After a merge, or its undoing: one person has one first purchase, two have two."""
    for contact_id in (merge.survivor_id, merge.absorbed_id):
        settle_firsts(contact_id)


def _name(purchases: QuerySet[Purchase], kind: Kind) -> None:
    # By key: an UPDATE cannot be joined.
    Purchase.objects.filter(pk__in=list(purchases.values_list("pk", flat=True))).update(kind=kind)
