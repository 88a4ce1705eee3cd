"""Phone calls to tracked numbers."""

from typing import cast

from django.db import transaction

from leadtrack.leads.browsers import give_browser
from leadtrack.leads.call_news import follow_captured
from leadtrack.leads.capture import Finding, Person, capture_lead
from leadtrack.leads.models import InboxRow, Lead
from leadtrack.leads.trace import trace_call
from leadtrack.phones.models import Call


def capture_call_lead(row: InboxRow) -> Lead:
    """The lead of a call, with whose it is by its number; a withheld caller is always somebody new.

    Raises AlreadyWorkedError when the row is done.
    """
    with transaction.atomic():
        # Locked: a source assigned at this very moment reaches either the trace or the finished lead. Without
        # its source: PostgreSQL drops a row from a join when its source changed while we waited.
        pk = (
            Call.objects.select_for_update(no_key=True)
            .values_list("pk", flat=True)
            .get(pk=cast(int, row.call_id))
        )
        call = Call.objects.select_related("number__site", "source", "assignment__pool", "visit").get(pk=pk)
        phone = "" if call.is_withheld else call.caller.as_e164
        raw = {"caller": call.caller_as_sent} if call.is_withheld and call.caller_as_sent else {}
        browser = call.visit.visitor_id if call.visit else None
        # A hidden number is no sign of who it is: whoever used the browser before may have lent it.
        person = Person(phone=phone, visitor=str(browser or "") if phone else "")
        lead = capture_lead(row, Finding(Lead.Kind.CALL, person, trace_call(call), raw_payload=raw))
        if browser and not phone:
            give_browser(lead.contact_id, browser)
        follow_captured(call, lead)
        return lead
