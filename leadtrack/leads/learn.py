"""What a connection's stored payloads teach: its fields, and what each payload would give."""

from dataclasses import dataclass, field
from typing import Final

from leadtrack.leads.doors.webhook import TEST_FIELD, meanings_of, named_texts, read_row
from leadtrack.leads.models import Connection, InboxRow
from leadtrack.leads.reach import can_be_reached, phone_of, reach_of
from leadtrack.leads.reading import Enquiry

LEARN_FROM: Final = 50
PREVIEWED: Final = 5
_MOST_FIELDS: Final = 200
_EXAMPLES: Final = 3
_EXAMPLE_LENGTH: Final = 80


@dataclass
class SentField:
    """A field as its sender names it, with what stood in it and what it is taken for."""

    key: str
    label: str
    meaning: str
    is_said: bool
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """What a stored payload would give: a lead that can be reached, or not."""

    row: InboxRow
    name: str
    phone: str
    email: str
    message: str
    source: str
    is_reachable: bool
    # What stands in the field of the phone and is no number we can dial.
    unread_phone: str


def stored_rows(connection: Connection) -> list[InboxRow]:
    """The newest submissions of a connection, without tests."""
    rows = connection.inbox_rows.select_related("site").order_by("-pk")[:LEARN_FROM]
    return [row for row in rows if not row.payload.get(TEST_FIELD)]


def fields_seen(rows: list[InboxRow], mapping: dict[str, str]) -> list[SentField]:
    """Every field of these rows, as the mapping and our guesses take it; those of the newest row first."""
    found: dict[str, SentField] = {}
    for row in rows:
        meant = meanings_of(row.payload, mapping)
        labels = row.payload.get("_labels") or {}
        for key, text in named_texts(row.payload).items():
            if key not in found and len(found) >= _MOST_FIELDS:
                continue
            seen = found.setdefault(key, SentField(key, labels.get(key, ""), "", key in mapping))
            seen.meaning = seen.meaning or meant.get(key, "")
            shown = text[:_EXAMPLE_LENGTH]
            if text.strip() and shown not in seen.examples and len(seen.examples) < _EXAMPLES:
                seen.examples.append(shown)
    return list(found.values())


def outcomes(rows: list[InboxRow], mapping: dict[str, str]) -> list[Outcome]:
    """What the newest of these rows would give with this mapping. Nothing is stored."""
    return [_outcome(row, mapping) for row in rows[:PREVIEWED]]


def _outcome(row: InboxRow, mapping: dict[str, str]) -> Outcome:
    enquiry = read_row(row.payload, mapping).enquiry
    reach = reach_of(enquiry, row.site.region)
    return Outcome(
        row=row,
        name=enquiry.name,
        phone=reach.phone,
        email=reach.email,
        message=enquiry.message,
        source=_source(enquiry),
        is_reachable=can_be_reached(enquiry, reach),
        unread_phone="" if phone_of(enquiry.phone, row.site.region) else enquiry.phone,
    )


def _source(enquiry: Enquiry) -> str:
    tags = dict(enquiry.rest)
    told = (tags.get(name, "") for name in ("utm_source", "utm_medium", "utm_campaign"))
    return " / ".join(filter(None, told))
