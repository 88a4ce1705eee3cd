"""Loading a file: every row becomes an inbox row, in chunks, and is worked like any other enquiry.

A chunk of rows is stored in one short transaction together with its inbox rows; then each is worked in its
own. Whoever is killed in between leaves rows that are waiting, and the next slice begins with those.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from leadtrack.leads import inbox
from leadtrack.leads.importing.check import chunks_of, settle_day_order
from leadtrack.leads.importing.keys import keys_of
from leadtrack.leads.importing.nouns import Problem, Understood
from leadtrack.leads.importing.rows import KEPT_LENGTH, RowReader
from leadtrack.leads.importing.slices import Slice
from leadtrack.leads.importing.table import opening_of, read_rows
from leadtrack.leads.importing.take import reader_of
from leadtrack.leads.models import IN_TURN, ImportRow, InboxRow, LeadImport
from leadtrack.lib.table import Row

# Stored together: some milliseconds on SQLite.
AT_ONCE: Final = 100
# Its rows are ours; the sweep of the inbox takes them only if we are gone for long.
OURS_FOR: Final = timedelta(minutes=10)
Outcome = ImportRow.Outcome


def load_rows(row: LeadImport, piece: Slice) -> bool:
    """Load until there is nothing to do for now (True) or the slice is over (False)."""
    settle_day_order(row)
    if not _work_waiting(row, piece):
        return False
    reader = reader_of(row, now=row.made_at)
    done = row.rows.count()
    last = row.rows.aggregate(last=Max("line"))["last"] or 0
    with row.file.open("rb") as stream:
        fresh = (one for one in read_rows(stream, opening_of(row.opening)) if one.line_no > last)
        for chunk in chunks_of(fresh, AT_ONCE):
            _store(row, reader, chunk)
            done += len(chunk)
            if not _work_waiting(row, piece):
                return False
            piece.go_on(rows_done=done)
    _end(row, piece)
    return True


def _end(row: LeadImport, piece: Slice) -> None:
    """Done once nothing waits. Rows that failed for a moment are tried again by the sweep of the inbox; the
    claim runs out meanwhile, and the next slice looks again.
    """
    stuck = row.rows.filter(outcome=Outcome.WAITING)
    given_up = stuck.filter(inbox_row__state=InboxRow.State.FAILED)
    given_up.update(outcome=Outcome.ERROR, problems=[Problem("failed").stored()])
    if not stuck.exists():
        done = row.rows.count()
        piece.go_on(state=LeadImport.State.DONE, finished_at=timezone.now(), rows_done=done, rows_total=done)


def _store(row: LeadImport, reader: RowReader, chunk: Sequence[Row]) -> None:
    read = [(one, reader.read(one)) for one in chunk]
    told = [(one, found) for one, found in read if found is not None]
    try:
        _store_once(row, told)
    except IntegrityError:
        # Another import stored one of these rows this very moment: look again.
        _store_once(row, told)


@transaction.atomic
def _store_once(row: LeadImport, told: Iterable[tuple[Row, Understood | list[Problem]]]) -> None:
    told = list(told)
    keys = keys_of(row.site_id, [found for _one, found in told if isinstance(found, Understood)])
    left = iter(keys)
    taken = set(InboxRow.objects.filter(submission_key__in=keys).values_list("submission_key", flat=True))
    rows: list[ImportRow] = []
    stored: list[InboxRow] = []
    for one, found in told:
        if isinstance(found, list):
            rows.append(_rejected(row, one, found))
        elif (key := next(left)) in taken:
            rows.append(ImportRow(lead_import=row, line=one.line_no, outcome=Outcome.KNOWN))
        else:
            taken.add(key)
            stored.append(_inbox_row(row, one.line_no, key, found))
            rows.append(ImportRow(lead_import=row, line=one.line_no, inbox_row=stored[-1]))
    InboxRow.objects.bulk_create(stored)
    ImportRow.objects.bulk_create(rows)


def _inbox_row(row: LeadImport, line: int, key: str, told: Understood) -> InboxRow:
    beside: dict[str, Any] = {
        "file": row.file_name,
        "line": line,
        "default_source": row.default_source_id,
        "given_to": _given_to(row),
    }
    return InboxRow(
        door=InboxRow.Door.IMPORT,
        site_id=row.site_id,
        submission_key=key,
        payload=told.payload() | beside,
        received_at=told.at or row.made_at,
        due_at=timezone.now() + OURS_FOR,
    )


def _given_to(row: LeadImport) -> int | None:
    if row.given_to == LeadImport.GivenTo.TURN:
        return IN_TURN
    return row.made_by_id if row.given_to == LeadImport.GivenTo.ME else None


def _rejected(row: LeadImport, one: Row, problems: Sequence[Problem]) -> ImportRow:
    cells = [cell.replace("\0", "")[:KEPT_LENGTH] for cell in one.cells or [one.raw]]
    return ImportRow(
        lead_import=row,
        line=one.line_no,
        outcome=Outcome.ERROR,
        problems=[problem.stored() for problem in problems],
        cells=cells,
    )


def _work_waiting(row: LeadImport, piece: Slice) -> bool:
    """Make leads of the rows that are stored and wait; False when the slice is over before the last."""
    waiting = row.rows.filter(outcome=Outcome.WAITING, inbox_row__state=InboxRow.State.NEW)
    for number, inbox_id in enumerate(list(waiting.order_by("line").values_list("inbox_row_id", flat=True))):
        if piece.is_over:
            return False
        if number % 50 == 49:
            piece.go_on()
        inbox.work(inbox_id)
    return True
