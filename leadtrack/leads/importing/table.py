"""From a file to rows of cells: CSV in any encoding, and XLSX, read row by row. Formats.md 0."""

import csv
import io
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import IO, Any, Final

from django.core.files.base import File

from leadtrack.leads.importing import columns, spreadsheet
from leadtrack.leads.importing.nouns import UnreadableFileError
from leadtrack.leads.words import clean
from leadtrack.lib.table import HEADER_WITHIN, MAX_LINE, Row, cells_of, rows_of

# What a form or a storage gives: both read and seek.
Stream = IO[bytes] | File
MAX_COLUMNS: Final = 200
MAX_ROWS: Final = 200_000
_DELIMITERS: Final = (",", ";", "\t", "|")
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Opening:
    """How a file is written. Rows begin below `header_line`; without a header the columns are A, B, C …"""

    kind: str
    header: tuple[str, ...]
    header_line: int
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""

    def stored(self) -> dict[str, Any]:
        """For a JSON column; `opening_of` reads it back."""
        return asdict(self)


def opening_of(stored: dict[str, Any]) -> Opening:
    """What `stored` wrote."""
    return Opening(**{**stored, "header": tuple(stored["header"])})


def open_table(stream: Stream) -> Opening:
    """Find out how the file is written and where its header stands. Raises UnreadableFileError."""
    start = stream.read(4096)
    stream.seek(0)
    if not start.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise UnreadableFileError("empty")
    if start.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"{\\rtf")):
        raise UnreadableFileError("old_excel")
    return _open_xlsx(stream) if start.startswith(b"PK") else _open_csv(stream, start)


def read_rows(stream: Stream, opening: Opening) -> Iterator[Row]:
    """The rows below the header, with the number of their line; never more than we take. Flat memory.

    Raises UnreadableFileError for a file that turns out to be broken, or that has more than MAX_ROWS rows.
    """
    stream.seek(0)
    found = _xlsx_rows(stream, opening) if opening.kind == "xlsx" else _csv_rows(stream, opening)
    for number, row in enumerate(found):
        if number >= MAX_ROWS:
            raise UnreadableFileError("too_many_rows", most=MAX_ROWS)
        yield row


def _open_csv(stream: Stream, start: bytes) -> Opening:
    encoding = _encoding_of(stream, start)
    stream.seek(0)
    lines = [line.rstrip("\r\n").replace("\0", "") for line in islice(_text(stream, encoding), HEADER_WITHIN)]
    if len(next(filter(str.strip, lines), "")) > MAX_LINE:
        raise UnreadableFileError("too_many_columns", most=MAX_COLUMNS)
    # A row that is too long is told with its number later on.
    lines = [line if len(line) <= MAX_LINE else "" for line in lines]
    delimiter = max(_DELIMITERS, key=lambda one: _fitness(lines, one))
    line, header = _header_in([cells_of(line, delimiter) or [line] for line in lines])
    return Opening("csv", header, line, encoding=encoding, delimiter=delimiter)


def _csv_rows(stream: Stream, opening: Opening) -> Iterator[Row]:
    return rows_of(_text(stream, opening.encoding), opening.delimiter, opening.header_line)


def _open_xlsx(stream: Stream) -> Opening:
    with spreadsheet.open_sheet(stream, most_rows=HEADER_WITHIN, most_columns=MAX_COLUMNS) as sheet:
        line, header = _header_in(list(sheet.rows))
        return Opening("xlsx", header, line, sheet=sheet.name)


def _xlsx_rows(stream: Stream, opening: Opening) -> Iterator[Row]:
    most = opening.header_line + MAX_ROWS + 1
    # A few more than the header has, so that cells beyond it are noticed; each one asked for costs time.
    width = min(len(opening.header) + 5, MAX_COLUMNS)
    with spreadsheet.open_sheet(stream, most_rows=most, most_columns=width, name=opening.sheet) as sheet:
        for number, cells in enumerate(sheet.rows, 1):
            if number > opening.header_line:
                yield Row(number, cells, [])


def _encoding_of(stream: Stream, start: bytes) -> str:
    """By the byte order mark or the look of UTF-16; else UTF-8 if all of it is valid; else cp1251."""
    if start.startswith(BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    for encoding, zeros in (("utf-16-le", start[1:200:2]), ("utf-16-be", start[:200:2])):
        if len(start) > 8 and zeros.count(0) > len(zeros) // 2 and start[:200].count(0) <= 100:
            return encoding
    decoder = getincrementaldecoder("utf-8")()
    try:
        for block in iter(lambda: stream.read(_BLOCK), b""):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1251"
    return "utf-8"


def _text(stream: Stream, encoding: str) -> io.TextIOWrapper:
    # Without its own buffer being closed with the reader: the caller opened the file and closes it.
    stream.seek(0)
    return io.TextIOWrapper(_Unclosed(stream), encoding=encoding, errors="replace", newline=None)


class _Unclosed(io.BufferedIOBase):
    """A stream that a text reader may drop without closing the file under it."""

    name = "table"

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1, /) -> bytes:
        return self._stream.read(size)

    def read(self, size: int | None = -1, /) -> bytes:
        return self._stream.read(-1 if size is None else size)


def _fitness(lines: Sequence[str], delimiter: str) -> tuple[int, int]:
    """Known names in the best line first, then how many cells the lines are cut into."""
    cut = [cells_of(line, delimiter) for line in lines]
    return max((columns.count_known(cells) for cells in cut), default=0), sum(
        len(cells) - 1 for cells in cut if cells
    )


def _header_in(tables: Sequence[Sequence[str]]) -> tuple[int, tuple[str, ...]]:
    """The number of the header's line, from 1, and its names.

    Where there is none: the line above the first row, and letters.
    """
    for least in (2, 1):
        for number, cells in enumerate(tables, 1):
            if columns.count_known(cells) >= least and not any(map(columns.looks_like_contact, cells)):
                return number, _names(cells)
    for number, cells in enumerate(tables, 1):
        if any(map(columns.looks_like_contact, cells)):
            above = tables[number - 2] if number > 1 else []
            if _is_header(above, cells):
                return number - 1, _names(above)
            return number - 1, letters(max(map(len, tables)))
    raise UnreadableFileError("no_header")


def _is_header(above: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether the line above the first person names its columns, in a language that we do not know."""
    return len([cell for cell in above if cell.strip()]) >= max(2, len(cells) - 1)


def _names(cells: Iterable[str]) -> tuple[str, ...]:
    """The names of a header, cleaned, without empty ones at the end; an unnamed column has its letter."""
    texts = [" ".join(clean(cell).replace("\ufeff", "").split())[:100] for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    if len(texts) > MAX_COLUMNS:
        raise UnreadableFileError("too_many_columns", most=MAX_COLUMNS)
    return tuple(text or letter for text, letter in zip(texts, letters(len(texts)), strict=True))


def letters(count: int) -> tuple[str, ...]:
    """A, B, … Z, AA, …: what a spreadsheet calls its columns."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    singles = list(alphabet)
    doubles = [first + second for first in alphabet for second in alphabet]
    return tuple([*singles, *doubles][:count])


csv.field_size_limit(MAX_LINE * 30)
