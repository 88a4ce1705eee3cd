"""Website forms: the snippet's, plain HTML, fetch and JSON."""

from typing import Any

from django.db import transaction

from leadtrack.leads.capture import NAME_LENGTH, Finding, Person, capture_lead
from leadtrack.leads.models import InboxRow, Lead
from leadtrack.leads.payload import ORIGIN, Stored, read_payload
from leadtrack.leads.reach import reach_of
from leadtrack.leads.trace import Trace, trace_form
from leadtrack.visits.models import Site, Visitor
from leadtrack.visits.sites import normal_origin, own_origins


def capture_form_lead(row: InboxRow) -> Lead:
    """The lead of a form's submission: a new one, or the contact's lead of the last 12 hours once more.

    Raises AlreadyWorkedError when the row is done. The lead's moment is the row's `received_at`.
    """
    stored = read_payload(row.payload)
    enquiry = stored.enquiry
    reach = reach_of(enquiry, row.site.region)
    trace = trace_form(site=row.site, enquiry=enquiry, referer=stored.referer, at=row.received_at)
    finding = Finding(
        kind=Lead.Kind.FORM,
        person=Person(
            reach.phone,
            reach.email,
            enquiry.name[:NAME_LENGTH],
            _visitor_id(row.site, trace, enquiry.visitor),
        ),
        trace=trace,
        message=enquiry.message,
        is_spam=stored.is_spam,
        raw_payload=_raw_payload(row.site, stored, reach.unread),
    )
    with transaction.atomic():
        return capture_lead(row, finding)


def _visitor_id(site: Site, trace: Trace, key: str) -> str:
    """The id of the browser, which may be known without a visit of that moment."""
    if trace.visit is not None or not key:
        return str(trace.visit.visitor_id) if trace.visit else ""
    visitor = Visitor.objects.filter(site=site, key=key).first()
    return str(visitor.pk) if visitor else ""


def _raw_payload(site: Site, stored: Stored, unread: dict[str, str]) -> dict[str, Any]:
    """Fields without a column and values that could not be read."""
    enquiry = stored.enquiry
    kept = {"page_url": enquiry.page_url or stored.referer, "referrer": enquiry.referrer, **unread}
    if len(enquiry.name) > NAME_LENGTH:
        kept["name_raw"] = enquiry.name
    if stored.origin and normal_origin(stored.origin) not in own_origins(site):
        # Still a lead, but somebody should know that it came from a page that is not ours.
        kept[ORIGIN] = stored.origin
    return dict(enquiry.rest) | {name: value for name, value in kept.items() if value} | stored.leftovers
