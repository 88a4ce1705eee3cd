"""Leads follow their calls when a call is given another source (an assignment entered late)."""

from leadtrack.leads.models import Attempt, Lead, Receipt
from leadtrack.leads.trace import trace_call
from leadtrack.phones.models import Call
from leadtrack.sources.dirty import mark_contact, mark_days


def follow_call(call: Call) -> None:
    """Give the call's lead (or attempt) the call's source and a new receipt, in the caller's transaction."""
    Attempt.objects.filter(call=call).update(source=call.source)
    attempt = Attempt.objects.filter(call=call).select_related("lead").first()
    if attempt is not None:
        mark_contact(attempt.lead.contact_id)
    lead = Lead.objects.filter(call=call).first()
    if lead is None:
        return
    Lead.objects.filter(pk=lead.pk).update(source=call.source)
    Receipt.objects.filter(lead=lead).update(steps=trace_call(call).steps)
    mark_days([lead.day])
    mark_contact(lead.contact_id)
