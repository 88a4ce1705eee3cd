"""Leads follow their calls when a call is given another source or visit (an assignment entered late)."""

from typing import Any

from leadtrack.leads.browsers import give_browser, take_browser
from leadtrack.leads.models import Attempt, Binding, Contact, Lead, Receipt
from leadtrack.leads.trace import trace_call
from leadtrack.phones.models import Call
from leadtrack.sources.dirty import mark_contact, mark_days
from leadtrack.visits.models import Visit


def follow_call(call: Call) -> None:
    """Give the call's lead (or attempt) the call's source, visit and a new receipt, and its contact the
    visit's browser; in the caller's transaction."""
    attempt = Attempt.objects.filter(call=call).select_related("lead", "visit").first()
    if attempt is not None:
        _lock_contact(attempt.lead.contact_id)
        Attempt.objects.filter(pk=attempt.pk).update(source=call.source, visit=call.visit)
        _change_browser(attempt.lead.contact_id, attempt.visit, call.visit)
        mark_contact(attempt.lead.contact_id)
    lead = Lead.objects.filter(call=call).select_related("visit").first()
    if lead is None:
        return
    _lock_contact(lead.contact_id)
    _follow_or_remember(lead, call)
    mark_days([lead.day])
    mark_contact(lead.contact_id)


def _follow_or_remember(lead: Lead, call: Call) -> None:
    """Rewrite the lead, or keep it for when a person's binding to a visit is undone."""
    steps = trace_call(call).steps
    first = Binding.objects.filter(lead=lead, undone_at=None).order_by("pk").first()
    if first is None:
        Lead.objects.filter(pk=lead.pk).update(source=call.source_id, visit=call.visit_id)
        Receipt.objects.filter(lead=lead).update(steps=steps)
        _change_browser(lead.contact_id, lead.visit, call.visit)
        return
    told: dict[str, Any] = {"source": call.source_id, "visit": call.visit_id, "steps": steps}
    first.before = first.before | told | {"took": call.visit.visitor_id if call.visit else None}
    first.save(update_fields=["before"])


def _lock_contact(contact_id: int) -> None:
    """Before anything else, as captures, merges and bindings do: else each waits for the other."""
    Contact.objects.select_for_update(no_key=True).filter(pk=contact_id).first()


def _change_browser(contact_id: int, was: Visit | None, now: Visit | None) -> None:
    """Who called from one visit is known by its browser; not any more by that of another one."""
    if (was and was.visitor_id) == (now and now.visitor_id):
        return
    if was is not None:
        take_browser(contact_id, was.visitor_id)
    if now is not None:
        give_browser(contact_id, now.visitor_id)
