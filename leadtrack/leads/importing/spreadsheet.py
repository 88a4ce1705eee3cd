"""XLSX, read row by row. The only module that knows openpyxl.

A spreadsheet is a zip of XML: it may unpack to any size, claim any number of cells and define entities in
entities. So its sizes are looked at before anything is read (Python's zipfile never unpacks more than it is
told beforehand), rows and columns are asked for up to a limit, and defusedxml, which openpyxl uses where it
is installed, refuses entities.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook

from leadtrack.leads.importing.nouns import UnreadableFileError

MAX_UNPACKED: Final = 400 * 1024 * 1024
# Texts and styles are held in memory as a whole; the rows of a sheet are not.
MAX_HELD: Final = 64 * 1024 * 1024
MAX_PARTS: Final = 2_000
_ERRORS: Final = frozenset({"#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NUM!", "#NAME?", "#NULL!"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first sheet in sight that holds anything, as rows of texts."""

    name: str
    rows: Iterator[list[str]]


@contextmanager
def open_sheet(stream: Any, *, most_rows: int, most_columns: int, name: str = "") -> Iterator[Sheet]:
    """The sheet of this name, or the first. Raises UnreadableFileError, also from the rows later on."""
    _check(stream)
    with warnings.catch_warnings():
        # Extensions and styles that openpyxl does not know are no news to anybody.
        warnings.simplefilter("ignore")
        try:
            book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            sheets = [one for one in book.worksheets if one.sheet_state == "visible"] or book.worksheets
            sheet = next((one for one in sheets if one.title == name), sheets[0])
            sheet.reset_dimensions()
            found = sheet.iter_rows(max_row=most_rows, max_col=most_columns, values_only=True)
        except Exception as problem:
            raise UnreadableFileError("xlsx_broken") from problem
        try:
            yield Sheet(sheet.title, _guarded(found))
        finally:
            book.close()


def _check(stream: Any) -> None:
    stream.seek(0)
    try:
        with ZipFile(stream) as parts:
            infos = parts.infolist()
    except (BadZipFile, OSError, ValueError, NotImplementedError) as problem:
        raise UnreadableFileError("xlsx_broken") from problem
    if not any(info.filename == "[Content_Types].xml" for info in infos):
        raise UnreadableFileError("not_xlsx")
    held = sum(info.file_size for info in infos if "worksheets/" not in info.filename)
    if len(infos) > MAX_PARTS or held > MAX_HELD or sum(info.file_size for info in infos) > MAX_UNPACKED:
        raise UnreadableFileError("too_large_unpacked")
    stream.seek(0)


def _guarded(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[str]]:
    """Whatever is wrong inside the XML is a broken file, not an error of ours."""
    while True:
        try:
            values = next(rows)
        except StopIteration:
            return
        except Exception as problem:
            raise UnreadableFileError("xlsx_broken") from problem
        yield _texts(values)


def _texts(values: tuple[Any, ...]) -> list[str]:
    last = len(values)
    while last and values[last - 1] is None:
        last -= 1
    cells = [_text(value) for value in values[:last]]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(value: Any) -> str:
    """A cell as a person reads it: dates as ISO, whole numbers without ".0", formulas as what they gave."""
    if value is None:
        return ""
    if isinstance(value, str):
        return "" if value in _ERRORS else value
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date | time | timedelta):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
