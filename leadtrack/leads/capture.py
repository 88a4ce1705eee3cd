"""Making a lead of an inbox row: who it is, where from, new or once more. One short transaction each."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, cast

from django.db import transaction

from leadtrack.leads.afterwards import tell_rooms_above
from leadtrack.leads.identify import contact_for
from leadtrack.leads.models import Attempt, Contact, InboxRow, Lead, Receipt
from leadtrack.leads.payload import ORIGIN, Stored, read_payload
from leadtrack.leads.reach import reach_of
from leadtrack.leads.trace import Trace, trace_call, trace_form
from leadtrack.lib.periods import local_day
from leadtrack.phones.models import Call
from leadtrack.sources.dirty import mark_contact, mark_days
from leadtrack.visits.models import Site, Visitor
from leadtrack.visits.sites import normal_origin, own_origins

# Within this time the same person on the same site means the same enquiry (Roistat's rule).
SAME_ENQUIRY: Final = timedelta(hours=12)
_NAME_LENGTH: Final = 200


class AlreadyWorkedError(Exception):
    """Another worker has finished the row meanwhile; nothing was written."""


@dataclass(frozen=True)
class _Person:
    """Who it is: E.164 phone, lower-case e-mail, name, and the id of the browser's visits.Visitor."""

    phone: str = ""
    email: str = ""
    name: str = ""
    visitor: str = ""


@dataclass(frozen=True)
class _Finding:
    """Everything that was looked up before the transaction."""

    kind: Lead.Kind
    person: _Person
    trace: Trace
    message: str = ""
    is_spam: bool = False
    raw_payload: dict[str, Any] = field(default_factory=dict)


def capture_form_lead(row: InboxRow) -> Lead:
    """The lead of a form's submission: a new one, or the contact's lead of the last 12 hours once more.

    Raises AlreadyWorkedError when the row is done. The lead's moment is the row's `received_at`.
    """
    stored = read_payload(row.payload)
    enquiry = stored.enquiry
    reach = reach_of(enquiry, row.site.region)
    trace = trace_form(site=row.site, enquiry=enquiry, referer=stored.referer, at=row.received_at)
    finding = _Finding(
        kind=Lead.Kind.FORM,
        person=_Person(
            reach.phone,
            reach.email,
            enquiry.name[:_NAME_LENGTH],
            _visitor_id(row.site, trace, enquiry.visitor),
        ),
        trace=trace,
        message=enquiry.message,
        is_spam=stored.is_spam,
        raw_payload=_raw_payload(row.site, stored, reach.unread),
    )
    with transaction.atomic():
        return _capture(row, finding)


def capture_call_lead(row: InboxRow) -> Lead:
    """The lead of a call, with the source its number had; a withheld caller is always somebody new.

    Raises AlreadyWorkedError when the row is done.
    """
    with transaction.atomic():
        # Locked: a source assigned at this very moment reaches either the trace or the finished lead. Without
        # its source: PostgreSQL drops a row from a join when its source changed while we waited.
        pk = Call.objects.select_for_update().values_list("pk", flat=True).get(pk=cast(int, row.call_id))
        call = Call.objects.select_related("number", "source").get(pk=pk)
        phone = "" if call.is_withheld else call.caller.as_e164
        raw = {"caller": call.caller_as_sent} if call.is_withheld and call.caller_as_sent else {}
        return _capture(
            row, _Finding(Lead.Kind.CALL, _Person(phone=phone), trace_call(call), raw_payload=raw)
        )


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
    if len(enquiry.name) > _NAME_LENGTH:
        kept["name_raw"] = enquiry.name
    if stored.origin and normal_origin(stored.origin) not in own_origins(site):
        # Still a lead, but somebody should know that it came from a page that is not ours.
        kept[ORIGIN] = stored.origin
    return dict(enquiry.rest) | {name: value for name, value in kept.items() if value} | stored.leftovers


def _capture(row: InboxRow, finding: _Finding) -> Lead:
    """Call it in a transaction, which is rolled back for whatever is raised."""
    person = finding.person
    contact, is_new = contact_for(
        phone=person.phone,
        email=person.email,
        name=person.name,
        visitor=person.visitor,
        at=row.received_at,
    )
    earlier = None if is_new or finding.is_spam else _lead_nearby(row, contact)
    lead = _add_attempt(row, earlier, finding) if earlier else _new_lead(row, contact, finding)
    _finish(row, lead)
    return lead


def _lead_nearby(row: InboxRow, contact: Contact) -> Lead | None:
    """Spam does not count: a real enquiry must not vanish behind it."""
    near = (row.received_at - SAME_ENQUIRY, row.received_at + SAME_ENQUIRY)
    leads = Lead.objects.counted().filter(contact=contact, site=row.site_id, captured_at__range=near)
    return leads.order_by("captured_at", "pk").first()


def _new_lead(row: InboxRow, contact: Contact, finding: _Finding) -> Lead:
    person, trace = finding.person, finding.trace
    lead = Lead.objects.create(
        public_id=row.public_id,
        kind=finding.kind,
        status=Lead.Status.SPAM if finding.is_spam else Lead.Status.NEW,
        site=row.site,
        form_id=row.form_id,
        contact=contact,
        source=trace.source,
        visit=trace.visit,
        call_id=row.call_id,
        name=person.name,
        phone=person.phone,
        email=person.email,
        message=finding.message,
        raw_payload=finding.raw_payload,
        captured_at=row.received_at,
        day=local_day(row.received_at, row.site.tz),
    )
    Receipt.objects.create(lead=lead, steps=trace.steps, made_at=row.received_at)
    mark_days([lead.day])
    tell_rooms_above(lead)
    return lead


def _add_attempt(row: InboxRow, lead: Lead, finding: _Finding) -> Lead:
    Attempt.objects.create(
        lead=lead,
        inbox_row=row,
        source=finding.trace.source,
        visit=finding.trace.visit,
        call_id=row.call_id,
        message=finding.message,
        at=row.received_at,
    )
    # Its visit or call is one more touch of what this contact bought since.
    mark_contact(lead.contact_id)
    _fill_blanks(lead, finding.person)
    return lead


def _fill_blanks(lead: Lead, person: _Person) -> None:
    """The second try often brings what the first left out."""
    told = {"name": person.name, "phone": person.phone, "email": person.email}
    fresh = [name for name, value in told.items() if value and not getattr(lead, name)]
    for name in fresh:
        setattr(lead, name, told[name])
    if fresh:
        lead.save(update_fields=fresh)


def _finish(row: InboxRow, lead: Lead) -> None:
    """Last in the transaction: if another worker was faster, everything above is rolled back."""
    still_open = InboxRow.objects.filter(pk=row.pk).exclude(state=InboxRow.State.DONE)
    if not still_open.update(state=InboxRow.State.DONE, lead=lead, error=""):
        raise AlreadyWorkedError
    row.state, row.lead = InboxRow.State.DONE, lead
