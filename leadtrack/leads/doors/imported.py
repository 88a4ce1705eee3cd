"""Rows of an imported file."""

from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from leadtrack.leads.capture import Finding, Person, capture_lead
from leadtrack.leads.importing.nouns import Understood, understood_of
from leadtrack.leads.models import IN_TURN, ContactKey, ImportRow, InboxRow, Lead
from leadtrack.leads.trace import Trace, Words, trace_source, trace_words
from leadtrack.sources.models import Source

# Older ones are history: nobody has to run for them.
NEWS_AGE: Final = timedelta(days=2)


def capture_imported_lead(row: InboxRow) -> Lead:
    """The lead of a row of a file, with what it takes to undo it.

    Raises AlreadyWorkedError when the row is done.
    """
    told: dict[str, Any] = row.payload
    enquiry = understood_of(told, row.received_at)
    finding = Finding(
        kind=Lead.Kind.IMPORT,
        person=Person(enquiry.phone, enquiry.email, enquiry.name),
        trace=_trace(row, enquiry, told),
        message=enquiry.message,
        raw_payload=_raw_payload(enquiry),
        given_to=_given_to(row, told),
    )
    with transaction.atomic():
        newest = ContactKey.objects.aggregate(newest=Max("pk"))["newest"] or 0
        lead = capture_lead(row, finding)
        fresh = lead.contact.keys.filter(pk__gt=newest).values_list("pk", flat=True)
        is_new = lead.public_id == row.public_id
        mine = ImportRow.objects.filter(inbox_row=row)
        # A row that is worked once more has brought what it brought the first time.
        before = mine.values_list("brought", flat=True).first() or {}
        mine.update(
            outcome=ImportRow.Outcome.LEAD if is_new else ImportRow.Outcome.ATTEMPT,
            brought={
                "keys": [*before.get("keys", ()), *fresh],
                "fields": [*before.get("fields", ()), *lead.filled],
            },
        )
        return lead


def _trace(row: InboxRow, enquiry: Understood, told: dict[str, Any]) -> Trace:
    evidence = {"file": told.get("file", ""), "line": told.get("line", 0)}
    words = Words(enquiry.tags, enquiry.page_url, enquiry.referrer, enquiry.channel)
    trace = trace_words(rule="file", site=row.site, words=words, evidence=evidence)
    chosen = told.get("default_source")
    if trace.steps[0]["won"] or not chosen:
        return trace
    source = Source.objects.get(pk=chosen)
    return trace_source(rule="file-default", source=source, evidence=evidence, steps=trace.steps[:1])


def _raw_payload(enquiry: Understood) -> dict[str, Any]:
    names = ("page_url", "referrer", "external_id")
    return dict(enquiry.kept) | {name: value for name in names if (value := getattr(enquiry, name))}


def _given_to(row: InboxRow, told: dict[str, Any]) -> int | None:
    """Whose turn it is only for news; history waits for whoever takes it."""
    wanted: int | None = told.get("given_to")
    is_old = timezone.now() - row.received_at > NEWS_AGE
    return None if wanted == IN_TURN and is_old else wanted
