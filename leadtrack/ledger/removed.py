"""The books of leads that are taken away: an import that is undone."""

from collections.abc import Collection

from django.db.models import F

from leadtrack.ledger.models import Credit, Turn
from leadtrack.ledger.turns import claim
from leadtrack.sources.dirty import mark_days


def forget_credits(lead_ids: Collection[int]) -> None:
    """Delete the credits of these leads and have their days booked again, in the caller's transaction.

    A booking of such a day that has read the leads already is overtaken and looks again.
    """
    credits = Credit.objects.filter(lead__in=lead_ids)
    days = sorted(set(credits.order_by().values_list("day", flat=True)))
    for day in days:
        claim(day.isoformat())
        Turn.objects.filter(name=day.isoformat()).update(number=F("number") + 1)
    credits.delete()
    mark_days(days)
