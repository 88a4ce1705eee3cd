"""Making a lead of what came by a door: who it is, where from, new or once more. One short transaction each.

The doors (`leads/doors/`) say what they found; this module writes it down.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from leadtrack.leads.afterwards import tell_rooms_above
from leadtrack.leads.identify import contact_for
from leadtrack.leads.models import IN_TURN, Attempt, Contact, InboxRow, Lead, Receipt
from leadtrack.leads.suspect import Doubt, verdicts_of, weigh
from leadtrack.leads.trace import Trace
from leadtrack.lib.periods import local_day
from leadtrack.sources.dirty import mark_contact, marks_of
from leadtrack.ui.prepared import change
from leadtrack.ui.together import store_together

# Within this time the same person on the same site means the same enquiry (Roistat's rule).
SAME_ENQUIRY: Final = timedelta(hours=12)
NAME_LENGTH: Final = 200
_FINISH: Final = f"""
    UPDATE {InboxRow._meta.db_table} SET state = 'done', lead_id = %s, error = ''
    WHERE id = %s AND state <> 'done'
"""  # noqa: S608


class AlreadyWorkedError(Exception):
    """Another worker has finished the row meanwhile; nothing was written."""


@dataclass(frozen=True)
class Person:
    """Who it is: E.164 phone, lower-case e-mail, name, and the id of the browser's visits.Visitor.

    `messenger` is a network and its id of the person ("whatsapp:+49…"), `outside` a system's ("crm:17").
    """

    phone: str = ""
    email: str = ""
    name: str = ""
    visitor: str = ""
    messenger: str = ""
    outside: str = ""


@dataclass(frozen=True)
class Finding:
    """Everything that was looked up before the transaction."""

    kind: Lead.Kind
    person: Person
    trace: Trace
    message: str = ""
    is_spam: bool = False
    raw_payload: dict[str, Any] = field(default_factory=dict)
    # Who is to have a new lead: a user's id, nobody (None), or whose turn it is.
    given_to: int | None = IN_TURN


def capture_lead(row: InboxRow, finding: Finding) -> Lead:
    """Call it in a transaction, which is rolled back for whatever is raised.

    A row that is worked once more adds to its lead what that lacks, and is no second attempt.
    """
    person = finding.person
    if row.lead is not None:
        _fill_blanks(row.lead, person)
        _finish(row, row.lead)
        return row.lead
    contact, is_new = contact_for(
        phone=person.phone,
        email=person.email,
        name=person.name,
        visitor=person.visitor,
        messenger=person.messenger,
        outside=person.outside,
        at=row.received_at,
    )
    doubt = _weighed(row, finding, None if is_new else contact.pk)
    earlier = None if is_new or doubt.is_spam else _lead_nearby(row, contact)
    lead = _add_attempt(row, earlier, finding) if earlier else _new_lead(row, contact, finding, doubt, is_new)
    _finish(row, lead)
    return lead


def _weighed(row: InboxRow, finding: Finding, contact_id: int | None) -> Doubt:
    return weigh(
        row,
        kind=finding.kind,
        name=finding.person.name,
        email=finding.person.email,
        message=finding.message,
        is_spam=finding.is_spam,
        contact_id=contact_id,
        told=finding.raw_payload,
    )


def _lead_nearby(row: InboxRow, contact: Contact) -> Lead | None:
    """Spam does not count: a real enquiry must not vanish behind it."""
    near = (row.received_at - SAME_ENQUIRY, row.received_at + SAME_ENQUIRY)
    leads = Lead.objects.counted().filter(contact=contact, site=row.site_id, captured_at__range=near)
    return leads.order_by("captured_at", "pk").first()


def _new_lead(row: InboxRow, contact: Contact, finding: Finding, doubt: Doubt, is_new_contact: bool) -> Lead:
    person, trace = finding.person, finding.trace
    lead = Lead(
        public_id=row.public_id,
        kind=finding.kind,
        status=Lead.Status.SPAM if doubt.is_spam else Lead.Status.NEW,
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
    receipt = Receipt(steps=trace.steps, made_at=row.received_at)
    store_together(lead, [receipt, *verdicts_of(doubt, row.received_at), *marks_of([lead.day])], by="lead")
    lead.given_to, lead.is_of_new_contact = finding.given_to, is_new_contact
    tell_rooms_above(lead)
    return lead


def _add_attempt(row: InboxRow, lead: Lead, finding: Finding) -> Lead:
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


def _fill_blanks(lead: Lead, person: Person) -> None:
    """The second try often brings what the first left out."""
    told = {"name": person.name, "phone": person.phone, "email": person.email}
    fresh = [name for name, value in told.items() if value and not getattr(lead, name)]
    for name in fresh:
        setattr(lead, name, told[name])
    lead.filled = tuple(fresh)
    if fresh:
        lead.save(update_fields=fresh)


def _finish(row: InboxRow, lead: Lead) -> None:
    """Last in the transaction: if another worker was faster, everything above is rolled back."""
    if not change(_FINISH, [lead.pk, row.pk]):
        raise AlreadyWorkedError
    row.state, row.lead = InboxRow.State.DONE, lead
