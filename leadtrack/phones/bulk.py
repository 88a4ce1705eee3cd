"""Many numbers given to sources and pools at once, from a table. Reading it writes nothing."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import to_python

from leadtrack.lib.spreadsheet import csv_text, plain_cell
from leadtrack.lib.table import DELIMITERS, cells_of, rows_of
from leadtrack.phones.assign import AssignmentError, assign_number
from leadtrack.phones.models import Assignment, Pool, TrackedNumber
from leadtrack.phones.offline import KINDS
from leadtrack.sources import register
from leadtrack.sources.channel import channels
from leadtrack.sources.find import found_sources
from leadtrack.sources.models import Source

MOST_ROWS: Final = 500
LARGEST: Final = 200_000
COLUMNS: Final = ("number", "source", "pool", "since", "note")
_NAMES: Final = {
    "number": ("number", "phone", "номер", "телефон"),
    "source": ("source", "источник", "реклама"),
    "pool": ("pool", "пул"),
    "since": ("since", "from", "date", "с", "с какого", "дата"),
    "note": ("note", "comment", "примечание", "заметка", "комментарий"),
}
_MOMENT: Final = re.compile(
    r"(?:(\d{4})-(\d\d?)-(\d\d?)|(\d\d?)\.(\d\d?)\.(\d{4}))(?:[ T](\d\d?):(\d\d)(?::\d\d)?)?"
)


@dataclass
class BulkRow:
    """One line: what it says, what that means, and what is wrong in which column (by its English name)."""

    line: int
    cells: dict[str, str]
    number: TrackedNumber | None = None
    source: Source | None = None
    # A source that nobody has yet: it is made when the row is carried out.
    new_source: dict[str, str] | None = None
    pool: Pool | None = None
    since: datetime | None = None
    problems: list[tuple[str, str]] = field(default_factory=list)

    @property
    def owner(self) -> str:
        """To whom the number goes, as the page says it."""
        if self.new_source:
            told = (self.new_source[name] for name in ("channel", "source", "campaign"))
            return " / ".join(part for part in told if part)
        return str(self.source or self.pool or "")


def column_words(name: str) -> str:
    """What a column is called on the page."""
    words = {"number": _("Number"), "source": _("Source"), "pool": _("Pool"), "since": _("Since")}
    return words.get(name) or _("Note")


def template(numbers: Iterable[TrackedNumber]) -> str:
    """The table to fill in, with every number and whose it is now. Safe to open in a spreadsheet."""
    rows = ([plain_cell(cell) for cell in _told(number)] for number in numbers)
    return csv_text([COLUMNS, *rows])


def read_bulk(text: str, *, now: datetime) -> list[BulkRow]:
    """The lines below the header, each with what it means. A line without any words is left out."""
    columns, rows = _opened(text)
    known = {row.number.as_e164: row for row in TrackedNumber.objects.select_related("site")}
    pools = {pool.name.casefold(): pool for pool in Pool.objects.filter(retired_at=None)}
    reader = _Reader(known, pools, now)
    return [reader.read(line, dict(zip(columns, cells, strict=False))) for line, cells in rows]


def give_all(rows: Sequence[BulkRow], *, by: Any, now: datetime) -> list[Assignment]:
    """Carry out the rows that have no problem; what cannot be done becomes a problem of its row."""
    given = (_give(row, by, now) for row in rows if not row.problems)
    return [assignment for assignment in given if assignment]


def _give(row: BulkRow, by: Any, now: datetime) -> Assignment | None:
    if row.number is None:
        return None
    source = row.source or (register.assigned_source(**row.new_source) if row.new_source else None)
    at = row.since or now
    try:
        return assign_number(
            number=row.number, source=source, pool=row.pool, at=at, by=by, note=row.cells.get("note", "")
        )
    except AssignmentError as problem:
        row.problems.append(("number", str(problem)))
        return None


def _told(number: TrackedNumber) -> list[str]:
    held = number.open_assignments[0] if number.open_assignments else None  # type: ignore[attr-defined]
    since = timezone.localtime(held.starts_at, number.site.tz).strftime("%Y-%m-%d %H:%M") if held else ""
    source, pool = (held.source, held.pool) if held else (None, None)
    return [str(number.number), str(source or ""), str(pool or ""), since, held.note if held else ""]


def _opened(text: str) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The columns, as the first line names them or in their usual order, and the lines with their numbers."""
    first = text.lstrip("\ufeff").split("\n", 1)[0].rstrip("\r")
    delimiter = max(DELIMITERS, key=lambda sign: len(cells_of(first, sign)))
    named = [_column(cell) for cell in cells_of(first, delimiter)]
    has_header = "number" in named
    columns = named if has_header else list(COLUMNS)
    lines = rows_of(StringIO(text.lstrip("\ufeff")), delimiter, 1 if has_header else 0)
    return columns, (
        (row.line_no, [_plain(cell) for cell in (row.cells or [row.raw])])
        for row in lines
        if row.raw.strip(" \t\r\n,;")
    )


def _column(cell: str) -> str:
    word = cell.strip().casefold()
    return next((name for name, words in _NAMES.items() if word in words), "")


def _plain(cell: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from running it."""
    text = cell.strip().replace("\0", "")
    return text[1:] if text[:2] in ("'+", "'=", "'-", "'@") else text


@dataclass
class _Reader:
    known: dict[str, TrackedNumber]
    pools: dict[str, Pool]
    now: datetime
    seen: dict[str, int] = field(default_factory=dict)
    found: dict[str, list[Source]] = field(default_factory=dict)

    def read(self, line: int, cells: dict[str, str]) -> BulkRow:
        row = BulkRow(line, {name: cells.get(name, "") for name in COLUMNS})
        self._number(row)
        self._owner(row)
        self._since(row)
        if len(row.cells["note"]) > 200:
            row.problems.append(("note", _("At most 200 characters.")))
        return row

    def _number(self, row: BulkRow) -> None:
        said = row.cells["number"]
        regions = {number.site.region for number in self.known.values()}
        read = (to_python(said, region=region or None) for region in sorted(regions))
        # Not str(): a number that no plan lists yet is written as it was typed.
        digits = (phone.as_e164 for phone in read if phone and phone.country_code)
        row.number = next((self.known[text] for text in digits if text in self.known), None)
        if row.number is None:
            row.problems.append(("number", _("This is none of your numbers.")))
            return
        before = self.seen.setdefault(row.number.number.as_e164, row.line)
        if before != row.line:
            words = _("The same number stands in line %(line)s already.") % {"line": before}
            row.problems.append(("number", words))

    def _owner(self, row: BulkRow) -> None:
        source, pool = row.cells["source"], row.cells["pool"]
        if bool(source) == bool(pool):
            words = _("Name a source or a pool, not both.") if source else _("Name a source or a pool.")
            row.problems.append(("source", words))
        elif pool:
            self._pool(row, pool)
        else:
            self._source(row, source)

    def _pool(self, row: BulkRow, said: str) -> None:
        row.pool = self.pools.get(said.casefold())
        if row.pool is None:
            row.problems.append(("pool", _("There is no pool “%(name)s”.") % {"name": said}))
        elif row.number and row.number.site_id != row.pool.site_id:
            row.problems.append(("pool", _("This pool is of another site.")))

    def _source(self, row: BulkRow, said: str) -> None:
        found = self.found.setdefault(said, found_sources(said.replace(" / ", " ")))
        same = [source for source in found if str(source).casefold() == said.casefold()]
        if same or len(found) == 1:
            row.source = (same or found)[0]
        elif found:
            names = "; ".join(str(source) for source in found[:3])
            words = _("Several sources hold these words: %(names)s. Write one of them whole.") % {
                "names": names
            }
            row.problems.append(("source", words))
        else:
            row.new_source = _new_source(said)
            if row.new_source is None:
                words = _("No source holds these words. For a new one write: Billboard / Main street.")
                row.problems.append(("source", words))

    def _since(self, row: BulkRow) -> None:
        said = row.cells["since"]
        if not said:
            return
        row.since = _moment(said, row.number)
        if row.since is None:
            words = _("Write the day as 2026-03-31 or 31.03.2026, with a time after it if you like.")
            row.problems.append(("since", words))
        elif row.since > self.now:
            row.problems.append(("since", _("This lies in the future.")))


def _moment(said: str, number: TrackedNumber | None) -> datetime | None:
    """On the clock of the number's site."""
    found = _MOMENT.fullmatch(said.strip())
    if not found:
        return None
    parts = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
    year, month, day = map(int, parts)
    tz = number.site.tz if number else UTC
    try:
        local = datetime(year, month, day, int(found[7] or 0), int(found[8] or 0), tzinfo=tz)
        moment = local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year >= 2000 else None


def _new_source(said: str) -> dict[str, str] | None:
    """ "Billboard / Main street" or "Offline / fair / June": kinds and channels that we know, no other."""
    first, *others = [part.strip()[: Source.NAME_LENGTH] for part in said.split("/")]
    for kind in KINDS:
        if first.casefold() in (kind.key, str(kind.label).casefold()):
            told = {"channel": kind.channel, "source": kind.source, "medium": kind.medium}
            return told | {"campaign": " / ".join(others)[: Source.NAME_LENGTH]}
    channel = next((name for name in channels() if name.casefold() == first.casefold()), "")
    if not channel or not others or not others[0]:
        return None
    campaign = " / ".join(others[1:])[: Source.NAME_LENGTH]
    return {"channel": channel, "source": others[0], "medium": "", "campaign": campaign}
