"""Days and periods as ad systems of several countries write them."""

import re
from datetime import date, timedelta
from typing import Final

from leadtrack.lib.periods import Period
from leadtrack.spend.statement.nouns import Problem

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100
MOST_DAYS: Final = 3_660
MONTHS: Final[dict[str, int]] = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar jän jänner janv janvier янв января январь",
            "feb february februar févr février fév фев февраля февраль",
            "mar march märz mär mrz mars мар марта март",
            "apr april avr avril апр апреля апрель",
            "may mai мая май",
            "jun june juni juin июн июня июнь",
            "jul july juli juil juillet июл июля июль",
            "aug august août авг августа август",
            "sep sept september septembre сен сент сентября сентябрь",
            "oct october okt oktober octobre окт октября октябрь",
            "nov november novembre ноя нояб ноября ноябрь",
            "dec december dez dezember déc décembre дек декабря декабрь",
        ),
        start=1,
    )
    for name in names.split()
}
ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?Z?)?", re.ASCII)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", re.ASCII)
# "Tue, Jul 8, 2025" and "8. Juli 2025", the weekday only in the first
MONTH_FIRST = re.compile(r"(?:[^\W\d]+\.?,\s*)?([^\W\d]+)\.?\s+(\d{1,2}),?\s+(\d{4})")
DAY_FIRST = re.compile(r"(?:[^\W\d]+\.?,\s*)?(\d{1,2})\.?\s+([^\W\d]+)\.?,?\s+(\d{4})(?:\s+г\.)?")
MONTH_ALONE = re.compile(r"([^\W\d]+)\.?\s+(\d{4})")
YEAR_AND_MONTH = re.compile(r"(\d{4})-(\d{1,2})", re.ASCII)
BETWEEN = re.compile(r"\s+[-–—]\s+|(?<=\d{4})\s*[–—]\s*")
LONGEST = 60


class UnreadableDate(Exception):  # noqa: N818 (it reads as what it says)
    """Carries the problem to tell the person."""

    def __init__(self, code: str, value: str) -> None:
        super().__init__(code)
        self.problem = Problem(code, {"value": value[:LONGEST]})


def read_day(text: str, *, day_first: bool | None) -> date:
    """The day a cell says. `day_first` settles "01/02/2025" only; None refuses it. Raises UnreadableDate."""
    shown = " ".join(text.split())
    if len(shown) > LONGEST:
        raise UnreadableDate("date_unreadable", shown)
    year, month, day = _numbers(shown, day_first)
    try:
        found = date(year, month, day)
    except ValueError:
        raise UnreadableDate("date_unreadable", shown) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise UnreadableDate("date_unlikely", shown)
    return found


def read_period(text: str, *, day_first: bool | None) -> Period:
    """One day, or two: "2026-01-01/2026-01-31", "1 July 2025 - 31 July 2025". Raises UnreadableDate."""
    ends = _ends(" ".join(text.strip('"').split()))
    first = read_day(ends[0], day_first=day_first)
    return period_of(first, read_day(ends[-1], day_first=day_first))


def period_of(first: date, last: date) -> Period:
    """The period between two days. Raises UnreadableDate when it is reversed or longer than ten years."""
    if first > last:
        raise UnreadableDate("period_reversed", "")
    if (last - first).days >= MOST_DAYS:
        raise UnreadableDate("period_too_long", "")
    return Period(first, last)


def read_week(text: str, *, day_first: bool | None) -> Period:
    """The seven days that begin with this one."""
    first = read_day(text, day_first=day_first)
    return Period(first, first + timedelta(days=6))


def read_month(text: str, *, day_first: bool | None) -> Period:
    """The month of a cell: "2025-07", "July 2025", or any of its days."""
    shown = " ".join(text.split()).lower()
    if found := YEAR_AND_MONTH.fullmatch(shown):
        shown = f"{shown}-01"
    elif (found := MONTH_ALONE.fullmatch(shown)) and found[1] in MONTHS:
        shown = f"{found[2]}-{MONTHS[found[1]]}-01"
    first = read_day(shown, day_first=day_first).replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def order_proved(text: str) -> bool | None:
    """Whether this cell proves that days come first (True) or months (False); None when it proves nothing."""
    found = SLASHED.fullmatch(text.strip())
    if not found or (int(found[1]) > 12) == (int(found[2]) > 12):
        return None
    return int(found[1]) > 12


def _ends(text: str) -> list[str]:
    """The two ends of a period, or the one day it is."""
    parts = (
        BETWEEN.split(text) if BETWEEN.search(text) else text.split("/") if text.count("/") == 1 else [text]
    )
    return parts if len(parts) <= 2 else [text]


def _numbers(shown: str, day_first: bool | None) -> tuple[int, int, int]:
    """Year, month, day."""
    if found := ISO.fullmatch(shown) or COMPACT.fullmatch(shown):
        return int(found[1]), int(found[2]), int(found[3])
    if found := DOTTED.fullmatch(shown):
        return int(found[3]), int(found[2]), int(found[1])
    if found := SLASHED.fullmatch(shown):
        return _slashed(int(found[1]), int(found[2]), int(found[3]), shown, day_first)
    return _worded(shown)


def _slashed(one: int, two: int, year: int, shown: str, day_first: bool | None) -> tuple[int, int, int]:
    if one > 12 or one == two:
        return year, two, one
    if two > 12:
        return year, one, two
    if day_first is None:
        raise UnreadableDate("date_ambiguous", shown)
    return (year, two, one) if day_first else (year, one, two)


def _worded(shown: str) -> tuple[int, int, int]:
    lowered = shown.lower()
    if (found := MONTH_FIRST.fullmatch(lowered)) and found[1] in MONTHS:
        return int(found[3]), MONTHS[found[1]], int(found[2])
    if (found := DAY_FIRST.fullmatch(lowered)) and found[2] in MONTHS:
        return int(found[3]), MONTHS[found[2]], int(found[1])
    raise UnreadableDate("date_unreadable", shown)
