"""What a sender's fields say of a person and an enquiry, put together for `capture`."""

from typing import Any, Final

from django.db import transaction

from leadtrack.leads.capture import NAME_LENGTH, Finding, Person, capture_lead
from leadtrack.leads.models import InboxRow, Lead
from leadtrack.leads.reach import Reach, reach_of
from leadtrack.leads.reading import Enquiry
from leadtrack.leads.trace import Trace

Kind = Lead.Kind
# Names of ours in a payload that a sender may use, too.
OURS: Final = frozenset({"_raw", "_labels", "_hints"})


class NoLeadError(Exception):
    """The row was read and makes no lead: it is held for a person, or set aside; the text says why."""

    def __init__(self, state: InboxRow.State, why: str) -> None:
        super().__init__(why)
        self.state, self.why = state, why


def capture_enquiry(
    row: InboxRow,
    *,
    kind: Lead.Kind,
    enquiry: Enquiry,
    trace: Trace,
    extra: dict[str, Any],
    messenger: str = "",
) -> Lead:
    """The lead of an enquiry; `extra` are texts without a column. Raises AlreadyWorkedError."""
    reach = reach_of(enquiry, row.site.region)
    visitor = str(trace.visit.visitor_id) if trace.visit else ""
    finding = Finding(
        kind=kind,
        person=Person(reach.phone, reach.email, enquiry.name[:NAME_LENGTH], visitor, messenger),
        trace=trace,
        message=enquiry.message,
        raw_payload=_kept(enquiry, reach, extra),
    )
    with transaction.atomic():
        return capture_lead(row, finding)


def _kept(enquiry: Enquiry, reach: Reach, extra: dict[str, Any]) -> dict[str, Any]:
    kept = {"page_url": enquiry.page_url, "referrer": enquiry.referrer, **reach.unread}
    if len(enquiry.name) > NAME_LENGTH:
        kept["name_raw"] = enquiry.name
    filled = {name: value for name, value in kept.items() if value}
    return dict(enquiry.rest) | filled | {name: value for name, value in extra.items() if value}
