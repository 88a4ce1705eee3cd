"""What a call means for its lead, once it began, was answered or ended: told to the rooms above.

The end of a call and its lead come in any order: whichever is the later one finds both.
"""

from datetime import datetime

from django.db.models import QuerySet

from leadtrack.leads.afterwards import tell_of_call
from leadtrack.leads.models import Attempt, Lead
from leadtrack.leads.target_calls import judge_call
from leadtrack.phones.missed import call_back_due_at, owes_call_back
from leadtrack.phones.models import Call


def follow_call(call: Call) -> None:
    """A call changed; in the transaction that changes it, with its row locked."""
    lead = lead_of(call)
    judge_call(call, lead)
    tell_of_call(call, lead)


def follow_captured(call: Call, lead: Lead) -> None:
    """A call became a lead, or one more attempt on a lead; in that transaction, with the call locked."""
    judge_call(call, lead)
    tell_of_call(call, lead)


def lead_of(call: Call) -> Lead | None:
    """The lead that a call made, or that it was one more attempt on."""
    own = Lead.objects.filter(call=call).first()
    if own is not None:
        return own
    attempt = Attempt.objects.filter(call=call).select_related("lead").first()
    return attempt.lead if attempt else None


def calls_of(*lead_ids: int) -> QuerySet[Call]:
    """The calls of leads: their own and those of their attempts, oldest first."""
    # By key: no index helps a database that looks in two tables at once.
    own = Lead.objects.filter(pk__in=lead_ids).values_list("call", flat=True)
    tried = Attempt.objects.filter(lead__in=lead_ids).values_list("call", flat=True)
    ids = {pk for pk in (*own, *tried) if pk is not None}
    return Call.objects.filter(pk__in=ids).select_related("number__site").order_by("started_at", "pk")


def call_back_due(call: Call) -> datetime | None:
    """Until when (UTC) the caller is to be called back; None where nothing is owed."""
    return call_back_due_at(call) if owes_call_back(call) else None
