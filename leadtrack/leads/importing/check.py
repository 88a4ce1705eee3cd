"""The dry run: what loading a file would do, counted row by row. Writes nothing but its own counts."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.utils import timezone

from leadtrack.leads.capture import SAME_ENQUIRY
from leadtrack.leads.importing.keys import Met, keys_of
from leadtrack.leads.importing.moments import is_slashed, order_proved
from leadtrack.leads.importing.nouns import Problem, Understood
from leadtrack.leads.importing.rows import RowReader, proved_order
from leadtrack.leads.importing.slices import Slice
from leadtrack.leads.importing.table import opening_of, read_rows
from leadtrack.leads.importing.take import SAMPLE, first_rows, reader_of
from leadtrack.leads.models import ContactKey, InboxRow, Lead, LeadImport
from leadtrack.lib.table import Row

AT_ONCE: Final = 200
PROBLEMS_SHOWN: Final = 100
_Kind = ContactKey.Kind


@dataclass
class _Tally:
    """What was counted, and what rows of the file have brought so far: keys of rows and of people."""

    found: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    problems: list[dict[str, Any]] = field(default_factory=list)
    rows: set[int] = field(default_factory=set)
    ids: Met = field(default_factory=dict)
    # A person of the file -> the last moment (seconds) at which the file has a lead of them.
    people: dict[int, int] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        return {**self.found, "codes": dict(self.codes), "problems": self.problems}


def check_rows(row: LeadImport, piece: Slice) -> bool:
    """Count what each row would become: lead (of them `joins`: of a known contact), attempt, known, error."""
    settle_day_order(row)
    reader, tally, done = reader_of(row), _Tally(), 0
    with row.file.open("rb") as stream:
        for chunk in chunks_of(read_rows(stream, opening_of(row.opening))):
            _count(row, reader, chunk, tally)
            done += len(chunk)
            piece.go_on(rows_done=done)
    is_empty = not tally.found
    piece.go_on(
        state=LeadImport.State.FAILED if is_empty else LeadImport.State.CHECKED,
        error="no_rows" if is_empty else "",
        found=tally.stored(),
        rows_total=done,
    )
    return True


def settle_day_order(row: LeadImport) -> None:
    """Where nobody said whether 01/02/2025 is the first of February, let the rest of the file prove it."""
    if row.day_first is not None or "date" not in row.columns:
        return
    reader = reader_of(row)
    if not any(is_slashed(reader.cells_of(one, "date")) for one in first_rows(row, SAMPLE)):
        return
    with row.file.open("rb") as stream:
        rows = read_rows(stream, opening_of(row.opening))
        row.day_first = proved_order((reader.cells_of(one, "date") for one in rows), order_proved)
    if row.day_first is not None:
        LeadImport.objects.filter(pk=row.pk).update(day_first=row.day_first)


def chunks_of(rows: Iterator[Row], size: int = AT_ONCE) -> Iterator[list[Row]]:
    """The rows, so many at a time."""
    while chunk := list(islice(rows, size)):
        yield chunk


def _count(row: LeadImport, reader: RowReader, chunk: list[Row], tally: _Tally) -> None:
    enquiries: list[Understood] = []
    for one in chunk:
        read = reader.read(one)
        if isinstance(read, Understood):
            enquiries.append(read)
        elif read is not None:
            _note(tally, one.line_no, read)
    keys = keys_of(row.site_id, enquiries, tally.ids)
    loaded = set(InboxRow.objects.filter(submission_key__in=keys).values_list("submission_key", flat=True))
    people = _People(row.site_id, enquiries)
    for key, enquiry in zip(keys, enquiries, strict=True):
        if key in loaded or hash(key) in tally.rows:
            tally.found["known"] += 1
            continue
        tally.rows.add(hash(key))
        tally.found[_becomes(enquiry, people, tally)] += 1
        tally.found["joins"] += tally.found.pop("joining", 0)


def _note(tally: _Tally, line: int, problems: list[Problem]) -> None:
    tally.found["error"] += 1
    tally.codes.update({problem.code for problem in problems})
    if len(tally.problems) < PROBLEMS_SHOWN:
        tally.problems += [{"line": line, **problem.stored()} for problem in problems]


def _becomes(enquiry: Understood, people: "_People", tally: _Tally) -> str:
    """lead or attempt; a lead of somebody known is counted under "joining", too."""
    at = int((enquiry.at or timezone.now()).timestamp())
    marks = [hash(value) for value in (enquiry.email, enquiry.phone) if value]
    before = [tally.people[mark] for mark in marks if mark in tally.people]
    is_near = any(abs(at - moment) <= SAME_ENQUIRY.total_seconds() for moment in before)
    if is_near or people.has_lead_near(enquiry, at):
        return "attempt"
    if before or people.is_known(enquiry):
        tally.found["joining"] = 1
    tally.people.update(dict.fromkeys(marks, at))
    return "lead"


class _People:
    """Who of a chunk is known already, and when they asked; three queries."""

    def __init__(self, site_id: int, enquiries: Iterable[Understood]) -> None:
        told = list(enquiries)
        self._contacts: dict[str, int] = {}
        for kind, values in (
            (_Kind.PHONE, {one.phone for one in told if one.phone}),
            (_Kind.EMAIL, {one.email for one in told if one.email}),
        ):
            keys = ContactKey.objects.filter(kind=kind, value__in=values, is_owner=True)
            self._contacts.update(keys.values_list("value", "contact_id"))
        leads = Lead.objects.counted().filter(contact__in=set(self._contacts.values()), site=site_id)
        self._moments: dict[int, list[datetime]] = {}
        for contact_id, at in leads.values_list("contact_id", "captured_at"):
            self._moments.setdefault(contact_id, []).append(at)

    def is_known(self, enquiry: Understood) -> bool:
        return enquiry.email in self._contacts or enquiry.phone in self._contacts

    def has_lead_near(self, enquiry: Understood, at: int) -> bool:
        contact = self._contacts.get(enquiry.email) or self._contacts.get(enquiry.phone) or 0
        moments = self._moments.get(contact, [])
        return any(abs(at - moment.timestamp()) <= SAME_ENQUIRY.total_seconds() for moment in moments)
