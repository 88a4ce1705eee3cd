"""Tables that people open in a spreadsheet: plain cells, never formulas."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

# A cell that begins with one of these is run as a formula (OWASP, CSV injection).
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def plain_cell(text: str) -> str:
    """The text so that a spreadsheet shows it instead of running it. Text only: numbers may be negative."""
    return "'" + text if text.startswith(_DANGEROUS) else text


def csv_line(cells: Sequence[str]) -> str:
    """One CSV line, quoted where needed, ending in CRLF (RFC 4180)."""
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """A whole CSV table."""
    return "".join(csv_line(row) for row in rows)
