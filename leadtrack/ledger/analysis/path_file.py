"""Reading a table of paths from CSV: path, conversions, and where there are any value and nulls."""

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from leadtrack.ledger.analysis.path_table import Numbers, PathTable

BETWEEN: Final = " > "
_NUMBERS: Final = ("conversions", "value", "nulls")
# The heading is row 1.
_FIRST_ROW: Final = 2


class PathFileError(ValueError):
    """Why a file is no table of paths: names the column and the row, as a spreadsheet counts them."""


def read_paths(file: Path) -> PathTable:
    """The paths of a CSV file (UTF-8; a comma, semicolon or tab between columns).

    `path` has channels with " > " between them; `conversions` how often it converted; `value` what those
    conversions were worth together; `nulls` how often the same path did not convert. The last two may be
    missing. Raises PathFileError, and OSError for a file that cannot be read.
    """
    frame = _frame(file)
    paths = frame["path"].str.strip_chars()
    _refuse(paths.is_null() | (paths == ""), "path", "is empty")
    touches = paths.str.split(BETWEEN)
    lengths = touches.list.len().to_numpy().astype(np.int64)
    names = touches.explode()
    channels = names.unique().sort()
    starts = np.concatenate([[0], np.cumsum(lengths)])
    if "" in channels:
        empty = int(np.flatnonzero((names == "").to_numpy())[0])
        row = int(np.searchsorted(starts, empty, side="right")) - 1 + _FIRST_ROW
        raise PathFileError(f"Row {row}: “path” has a channel without a name.")
    return PathTable(
        channels=channels.to_list(),
        codes=names.cast(pl.Enum(channels)).to_physical().to_numpy().astype(np.int32),
        starts=starts,
        conversions=_numbers(frame, "conversions"),
        value=_numbers(frame, "value"),
        nulls=_numbers(frame, "nulls"),
    )


def _frame(file: Path) -> pl.DataFrame:
    try:
        frame = pl.read_csv(file, separator=_separator(file), infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as problem:
        raise PathFileError(f"This is no CSV file in UTF-8: {str(problem).splitlines()[0]}") from problem
    frame = frame.rename(lambda name: name.strip().lower())
    for name in ("path", "conversions"):
        if name not in frame.columns:
            raise PathFileError(f"There is no column “{name}”.")
    if frame.is_empty():
        raise PathFileError("There is no path in this file.")
    return frame


def _separator(file: Path) -> str:
    """The one that the heading has most of."""
    with file.open(encoding="utf-8-sig") as text:
        heading = text.readline()
    return max(",;\t", key=heading.count)


def _numbers(frame: pl.DataFrame, name: str) -> Numbers:
    if name not in frame.columns:
        return np.zeros(frame.height)
    words = frame[name].str.strip_chars()
    numbers = words.cast(pl.Float64, strict=False)
    _refuse(numbers.is_null() | ~numbers.is_finite() | (numbers < 0), name, "is no number from 0", words)
    return numbers.to_numpy()


def _refuse(wrong: pl.Series, column: str, why: str, words: pl.Series | None = None) -> None:
    """Raises PathFileError for the first row that is wrong. Absent is wrong, too: nothing is made up."""
    rows = np.flatnonzero(wrong.fill_null(value=True).to_numpy())
    if not len(rows):
        return
    shown = "" if words is None else f" (“{words[int(rows[0])] or ''}”)"
    raise PathFileError(f"Row {rows[0] + _FIRST_ROW}: “{column}” {why}{shown}.")
