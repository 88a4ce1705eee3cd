"""From bytes to rows of cells: encodings, delimiters, quotes. Formats.md 0."""

import codecs
import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TextIO

HEADER_WITHIN: Final = 30
DELIMITERS: Final = (",", ";", "\t")
CHUNK: Final = 1 << 20
# A quoted cell may hold line breaks, but a quote that stays open must not swallow the rest of the file.
MAX_LINES_IN_ROW: Final = 20
MAX_LINE: Final = 100_000
NUL: Final = "\0"


class Row(NamedTuple):
    """The number of its first line, its cells, and its lines; `broken` says why it has no cells."""

    line_no: int
    cells: list[str]
    lines: list[str]
    broken: str = ""

    @property
    def raw(self) -> str:
        """Its text as it stands in the file."""
        return "".join(self.lines).rstrip("\r\n")


def open_text(content: bytes) -> Callable[[], TextIO]:
    """A maker of fresh readers over the content's text. What no encoding explains becomes U+FFFD."""
    encoding = encoding_of(content)
    return lambda: io.TextIOWrapper(io.BytesIO(content), encoding=encoding, errors="replace")


def encoding_of(content: bytes) -> str:
    """By the byte order mark; else UTF-8 if it is valid as such; else cp1251."""
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), CHUNK):
            decoder.decode(content[start : start + CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1251"
    return "utf-8"


def cells_of(line: str, delimiter: str) -> list[str]:
    """One line as cells; none when its quotes are broken."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def rows_of(text: TextIO, delimiter: str, after_line: int) -> Iterator[Row]:
    """The rows below a line. A row that cannot be cut into cells costs itself only, not its neighbours."""
    lines = _Lines(text)
    lines.skip(after_line)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _OpenQuoteError, _LongLineError) as error:
            if not lines.taken:
                return
            yield lines.give_up(error)
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
        else:
            yield Row(lines.first_no, cells, lines.taken)


class _OpenQuoteError(Exception):
    pass


class _LongLineError(Exception):
    pass


class _Lines:
    """Feeds lines to the CSV reader, remembers those of the present row and can take them back."""

    def __init__(self, text: TextIO) -> None:
        self.text = text
        self.waiting: deque[str] = deque()
        self.taken: list[str] = []
        self.first_no = 1

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MAX_LINES_IN_ROW:
            raise _OpenQuoteError
        line = self.waiting.popleft() if self.waiting else next(self.text)
        self.taken.append(line)
        if len(line) > MAX_LINE:
            raise _LongLineError
        return line.replace(NUL, "") if NUL in line else line

    def skip(self, count: int) -> None:
        for _ in range(count):
            next(self.text, "")
        self.first_no += count

    def begin_row(self) -> None:
        self.first_no += len(self.taken)
        self.taken = []

    def give_up(self, error: Exception) -> Row:
        """The first line as a broken row; the lines after it are read again."""
        first, *others = self.taken
        self.waiting.extendleft(reversed(others))
        self.taken = [first]
        is_long = isinstance(error, _LongLineError) and not others
        return Row(self.first_no, [], [first], "too_long" if is_long else "broken_quotes")
