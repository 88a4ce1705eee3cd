"""Leads follow their calls when a call is given another source (an assignment entered late)."""

from leadtrack.leads.models import Attempt, Binding, Lead, Receipt
from leadtrack.leads.trace import Step, trace_call
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
    _follow_or_remember(lead, call.source_id, trace_call(call).steps)
    mark_days([lead.day])
    mark_contact(lead.contact_id)


def _follow_or_remember(lead: Lead, source_id: int, steps: list[Step]) -> None:
    """Give the lead the source, or keep it for when a person's binding to a visit is undone."""
    first = Binding.objects.filter(lead=lead, undone_at=None).order_by("pk").first()
    if first is None:
        Lead.objects.filter(pk=lead.pk).update(source=source_id)
        Receipt.objects.filter(lead=lead).update(steps=steps)
        return
    first.before = first.before | {"source": source_id, "steps": steps}
    first.save(update_fields=["before"])
