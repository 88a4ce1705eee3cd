"""Taking a file of leads: stored, looked into, its columns guessed. Nothing of it is loaded yet."""

from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

from django.core.files.base import File
from django.db.models import Q
from django.utils import timezone

from leadtrack.leads.importing.columns import guess, signature_of
from leadtrack.leads.importing.nouns import Problem, Understood
from leadtrack.leads.importing.rows import RowReader
from leadtrack.leads.importing.table import Opening, Stream, open_table, opening_of, read_rows
from leadtrack.leads.models import LeadImport
from leadtrack.leads.words import clean
from leadtrack.lib.table import Row
from leadtrack.visits.models import Site

SAMPLE: Final = 200


def take_file(*, site: Site, file_name: str, stream: Stream, by: int | None) -> LeadImport:
    """Store a file of leads for a site; `by` is a user's id. What its columns mean is guessed, or known from
    the last file with the same header.

    Raises UnreadableFileError for what is no table.
    """
    opening = open_table(stream)
    sample = [row.cells for row in islice(read_rows(stream, opening), SAMPLE)]
    signature = signature_of(opening.header)
    meant = _remembered(site, signature, len(opening.header)) or guess(opening.header, sample)
    stream.seek(0)
    return LeadImport.objects.create(
        site=site,
        file=File(getattr(stream, "file", stream), name="leads"),
        file_name=clean(file_name)[-255:] or "?",
        made_by_id=by,
        opening=opening.stored(),
        signature=signature,
        columns=meant,
    )


def reader_of(row: LeadImport, meanings: Sequence[str] | None = None, **other: Any) -> RowReader:
    """How this import's rows are read, with other meanings or habits where they are given."""
    habits: dict[str, Any] = {
        "region": row.site.region,
        "tz": row.site.tz,
        "day_first": row.day_first,
        "now": timezone.now(),
    }
    header = row.opening["header"]
    return RowReader(header=header, meanings=meanings or row.columns, **(habits | other))


def first_rows(row: LeadImport, count: int) -> list[Row]:
    """The first rows of the file as they stand in it."""
    with row.file.open("rb") as stream:
        return list(islice(read_rows(stream, opening_of(row.opening)), count))


def understood_rows(reader: RowReader, rows: Sequence[Row]) -> list[tuple[int, Understood | list[Problem]]]:
    """The lines and what is read of each; empty ones are left out."""
    read = ((row.line_no, reader.read(row)) for row in rows)
    return [(line, found) for line, found in read if found is not None]


def opening_of_import(row: LeadImport) -> Opening:
    """How the file is written."""
    return opening_of(row.opening)


def _remembered(site: Site, signature: str, width: int) -> list[str] | None:
    """The columns of the last file with this header that somebody loaded, this site's first."""
    known = LeadImport.objects.filter(signature=signature).exclude(
        Q(state=LeadImport.State.MAPPING) | Q(state=LeadImport.State.FAILED)
    )
    last = known.filter(site=site).order_by("-pk").first() or known.order_by("-pk").first()
    return list(last.columns) if last is not None and len(last.columns) == width else None
