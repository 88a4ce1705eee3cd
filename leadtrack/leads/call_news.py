"""What a call means for its lead, once it began, was answered or ended: told to the rooms above.

The end of a call and its lead come in any order: whichever is the later one finds both.
"""

from datetime import datetime

from django.db.models import Q, QuerySet

from leadtrack.leads.afterwards import tell_of_call
from leadtrack.leads.models import Lead
from leadtrack.leads.target_calls import judge_call
from leadtrack.phones.missed import call_back_due_at, owes_call_back
from leadtrack.phones.models import Call


def follow_call(call: Call) -> None:
    """A call changed; in the transaction that changes it, with its row locked."""
    judge_call(call)
    tell_of_call(call, lead_of(call))


def follow_captured(call: Call, lead: Lead) -> None:
    """A call became a lead, or one more attempt on a lead; in that transaction, with the call locked."""
    judge_call(call)
    tell_of_call(call, lead)


def lead_of(call: Call) -> Lead | None:
    """The lead that a call made, or that it was one more attempt on."""
    return Lead.objects.filter(Q(call=call) | Q(attempts__call=call)).order_by("pk").first()


def calls_of(lead: Lead) -> QuerySet[Call]:
    """The calls of a lead: its own and those of its attempts, oldest first."""
    mine = Q(lead=lead) | Q(attempt__lead=lead)
    return Call.objects.filter(mine).select_related("number__site").order_by("started_at", "pk")


def call_back_due(call: Call) -> datetime | None:
    """Until when (UTC) the caller is to be called back; None where nothing is owed."""
    return call_back_due_at(call) if owes_call_back(call) else None
