"""The door of this folder: a file of costs as a Parsed statement."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TextIO

from leadtrack.lib.periods import Period
from leadtrack.lib.table import (
    DELIMITERS,
    HEADER_WITHIN,
    MAX_LINE,
    Row,
    cells_of,
    open_text,
    rows_of,
)
from leadtrack.spend.statement.columns import Header, count_known, read_header
from leadtrack.spend.statement.dates import UnreadableDate, read_period
from leadtrack.spend.statement.habits import Habits
from leadtrack.spend.statement.nouns import FORMATS, Line, Parsed, Problem, Rejected
from leadtrack.spend.statement.rows import Assumed, RowReader

REPORT_TITLE = re.compile(r"report|bericht|rapport|отч[её]т|informe", re.IGNORECASE)
DATE_COLUMNS = frozenset({"day", "week", "month", "date_from"})


@dataclass(frozen=True, slots=True)
class Opening:
    """The top of a file: the lines before the header, the header, and what follows it."""

    preamble: tuple[str, ...]
    header: Header
    delimiter: str
    walk: Callable[[], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a statement, read anew on each walk so that a big file need not be held as rows."""

    reader: RowReader
    walk: Callable[[], Iterator[Row]]

    def __iter__(self) -> Iterator[Line | Rejected]:
        for row in self.walk():
            read = self.reader.read(row)
            if read is not None:
                yield read


def parse(
    content: bytes, *, known_currencies: Collection[str], format: str = "auto", currency: str = ""
) -> Parsed:
    """Read a statement. Whatever the bytes are, it answers; what is wrong is in `problem` or a Rejected.

    `format` is one of FORMATS; `currency` holds where neither row nor header names one.
    """
    if format not in FORMATS:
        return Parsed(format, problem=Problem("unknown_format", {"value": format[:60]}))
    if not content.strip(b"\0\r\n\t \xef\xbb\xbf\xff\xfe"):
        return Parsed(format, problem=Problem("empty"))
    opening = _open(content, known_currencies)
    if opening is None:
        return Parsed(format, problem=Problem("no_header"))
    return _parsed(opening, _format_of(opening, format), currency.upper(), known_currencies)


def _parsed(opening: Opening, format: str, currency: str, known_currencies: Collection[str]) -> Parsed:
    header, period = opening.header, _period_above(opening.preamble)
    is_google = format == "google_ads"
    problem = _lack(header, period, is_google)
    if problem:
        return Parsed(format, header.level, problem)
    assumed = Assumed(
        period, currency, "google" if is_google else "", "cpc" if is_google else "", known_currencies
    )
    reader = RowReader(header, Habits(header, opening.delimiter, opening.walk), assumed)
    return Parsed(format, header.level, None, _warnings(header), Rows(reader, opening.walk))


def _open(content: bytes, known_currencies: Collection[str]) -> Opening | None:
    """Find the header: the first of the first lines with two names that we know, by any delimiter."""
    make_text = open_text(content)
    lines = [line.replace("\0", "") for line in islice(make_text(), HEADER_WITHIN)]
    for number, line in enumerate(lines):
        delimiter = _delimiter_of(line) if len(line) <= MAX_LINE else ""
        if delimiter:
            header = read_header(cells_of(line, delimiter), known_currencies)
            walk = partial(_walk, make_text, delimiter, number + 1)
            return Opening(tuple(lines[:number]), header, delimiter, walk)
    return None


def _walk(make_text: Callable[[], TextIO], delimiter: str, after_line: int) -> Iterator[Row]:
    return rows_of(make_text(), delimiter, after_line)


def _delimiter_of(line: str) -> str:
    """The delimiter by which this line is a header; empty when it is none."""
    known = {delimiter: count_known(cells_of(line, delimiter)) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: known[delimiter])
    return best if known[best] >= 2 else ""


def _format_of(opening: Opening, asked: str) -> str:
    if asked != "auto":
        return asked
    has_title = bool(opening.preamble) and REPORT_TITLE.search(opening.preamble[0]) is not None
    has_period = _period_above(opening.preamble) is not None
    is_google = opening.header.looks_google or (
        (has_title or has_period) and "source" not in opening.header.places
    )
    return "google_ads" if is_google else "generic"


def _lack(header: Header, period: Period | None, is_google: bool) -> Problem | None:
    """The column without which no row could be taken."""
    if "cost" not in header.places:
        return Problem("no_cost_column")
    if period is None and header.places.keys().isdisjoint(DATE_COLUMNS):
        return Problem("no_date_column")
    if not is_google and header.places.keys().isdisjoint({"source", "campaign", "campaign_id"}):
        return Problem("no_name_column")
    return None


def _period_above(preamble: tuple[str, ...]) -> Period | None:
    """The date range that a report prints above its header; None for "All time" and for files without one."""
    for line in preamble:
        try:
            return read_period(line.strip().strip('\ufeff";,\t '), day_first=None)
        except UnreadableDate:
            continue
    return None


def _warnings(header: Header) -> tuple[Problem, ...]:
    found = []
    if header.places.keys().isdisjoint({"day", "date_from"}):
        found.append(Problem("spread_evenly"))
    if header.is_with_vat:
        found.append(Problem("vat_included"))
    return tuple(found)
