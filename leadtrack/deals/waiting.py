"""Deals whose caller waits to be called back."""

from datetime import datetime

from django.db.models import BooleanField, Case, OuterRef, Q, Subquery, Value, When

from leadtrack.accounts.models import Member
from leadtrack.deals.models import CallBack, Deal
from leadtrack.deals.querysets import DealQuerySet


def with_call_backs(deals: DealQuerySet, *, now: datetime) -> DealQuerySet:
    """Each deal with `call_back_due` and `missed_at` of its first open call-back (None: none is open), and
    `is_call_back_late`."""
    mine = CallBack.objects.filter(deal=OuterRef("pk"), done_at=None).order_by("due_at")
    marked = deals.annotate(
        call_back_due=Subquery(mine.values("due_at")[:1]), missed_at=Subquery(mine.values("made_at")[:1])
    )
    late = Case(
        When(Q(call_back_due__lt=now), then=Value(True)), default=Value(False), output_field=BooleanField()
    )
    return marked.annotate(is_call_back_late=late)


def to_call_back(deals: DealQuerySet) -> DealQuerySet:
    """Those of the deals whose caller waits."""
    return deals.filter(pk__in=CallBack.objects.filter(done_at=None).values("deal"))


def count_to_call(member: Member) -> int:
    """How many deals that the member may see wait for a call."""
    visible: DealQuerySet = Deal.objects.visible_to(member)
    return to_call_back(visible).count()
