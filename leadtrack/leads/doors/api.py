"""Leads that a program hands over: POST /api/v1/leads."""

from typing import Any, Final

from django.db import transaction

from leadtrack.leads.capture import NAME_LENGTH, Finding, Person, capture_lead
from leadtrack.leads.models import InboxRow, Lead
from leadtrack.leads.reach import reach_of
from leadtrack.leads.reading import Enquiry
from leadtrack.leads.trace import Trace, Words, trace_form, trace_words
from leadtrack.visits.models import Visitor

_KEPT: Final = ("page_url", "referrer", "external_id")


def capture_api_lead(row: InboxRow) -> Lead:
    """The lead as the program tells it. A visit of the named browser says the source, then its words.

    Raises AlreadyWorkedError when the row is done.
    """
    told: dict[str, Any] = row.payload
    words = Enquiry(phone=told.get("phone", ""), email=told.get("email", ""), name=told.get("name", ""))
    reach = reach_of(words, row.site.region)
    trace = _trace(row, told)
    person = Person(reach.phone, reach.email, words.name[:NAME_LENGTH], _visitor_id(row, trace, told))
    kept = {name: told[name] for name in _KEPT if told.get(name)}
    finding = Finding(
        kind=Lead.Kind.API,
        person=person,
        trace=trace,
        message=told.get("message", ""),
        raw_payload=dict(told.get("kept", {})) | kept | reach.unread,
    )
    with transaction.atomic():
        return capture_lead(row, finding)


def _trace(row: InboxRow, told: dict[str, Any]) -> Trace:
    """A browser's own visit knows more than any word about it."""
    steps: list[dict[str, Any]] = []
    if told.get("visitor"):
        by_visit = trace_form(
            site=row.site, enquiry=Enquiry(visitor=told["visitor"]), referer="", at=row.received_at
        )
        if by_visit.visit is not None:
            return by_visit
        steps = by_visit.steps[:1]
    said = {name: told.get(name, "") for name in ("page_url", "referrer", "channel")}
    words = Words(tags=told.get("tags", {}), **said)
    return trace_words(rule="told", site=row.site, words=words, evidence={}, steps=steps)


def _visitor_id(row: InboxRow, trace: Trace, told: dict[str, Any]) -> str:
    """The id of the browser, which may be known without a visit of that moment."""
    if trace.visit is not None or not told.get("visitor"):
        return str(trace.visit.visitor_id) if trace.visit else ""
    visitor = Visitor.objects.filter(site=row.site, key=told["visitor"]).first()
    return str(visitor.pk) if visitor else ""
