"""Leads that a colleague types in: somebody walked in, or rang a phone that we do not track."""

from typing import Any

from django.db import transaction

from leadtrack.leads.capture import NAME_LENGTH, Finding, Person, capture_lead
from leadtrack.leads.models import IN_TURN, InboxRow, Lead
from leadtrack.leads.trace import Trace, Words, trace_source, trace_words
from leadtrack.sources.models import Source


def capture_hand_lead(row: InboxRow) -> Lead:
    """The lead as it was typed; the receipt says who said where it came from.

    Raises AlreadyWorkedError when the row is done.
    """
    told: dict[str, Any] = row.payload
    finding = Finding(
        kind=Lead.Kind.HAND,
        person=Person(told.get("phone", ""), told.get("email", ""), told.get("name", "")[:NAME_LENGTH]),
        trace=_trace(row, told),
        message=told.get("message", ""),
        raw_payload={"typed_by": told["by"]} if told.get("by") else {},
        given_to=told.get("given_to", IN_TURN),
    )
    with transaction.atomic():
        return capture_lead(row, finding)


def _trace(row: InboxRow, told: dict[str, Any]) -> Trace:
    evidence = {"by": told.get("by", "")}
    chosen = Source.objects.filter(pk=told["source"]).first() if told.get("source") else None
    if chosen is not None:
        return trace_source(rule="typed", source=chosen, evidence=evidence, steps=[])
    words = Words(tags=told.get("tags", {}), channel=told.get("channel", ""))
    return trace_words(rule="typed", site=row.site, words=words, evidence=evidence)
