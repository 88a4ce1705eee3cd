"""Moments as the exports of several countries write them, read on the clock of a site. Pure."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

FIRST_YEAR: Final = 2000
# A day without a time: the middle of it lies on that day in every zone people live in.
NOON: Final = time(12)
_LONGEST: Final = 60
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})", re.ASCII)
_TIME = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s*([ap]\.?m\.?)?\s*(z|utc|gmt|[+-]\d{2}:?\d{2})?",
    re.ASCII | re.IGNORECASE,
)
# Days since 30 December 1899, as a spreadsheet counts: 1954 to 2119.
_SERIAL = re.compile(r"([2-7]\d{4})(?:[.,](\d{1,15}))?", re.ASCII)
_UNIX = re.compile(r"[1-3]\d{9}", re.ASCII)
_EPOCH: Final = date(1899, 12, 30)


class UnreadableMomentError(Exception):
    """A code of `reasons`: date_unreadable, date_ambiguous, date_unlikely."""


def read_moment(text: str, clock: str = "", *, day_first: bool | None, tz: tzinfo) -> datetime:
    """The moment (UTC) of a date and, in the same cell or another, a time; noon where there is none.

    Without a zone of its own it is on the site's clock. `day_first` settles "01/02/2025" only; None refuses
    it. Raises UnreadableMomentError.
    """
    shown = " ".join(text.replace("T", " ", 1).split()).replace(", ", " ")
    if not shown or len(shown) > _LONGEST or len(clock) > _LONGEST:
        raise UnreadableMomentError("date_unreadable")
    if _UNIX.fullmatch(shown):
        return datetime.fromtimestamp(int(shown), UTC)
    if found := _SERIAL.fullmatch(shown):
        return _serial(int(found[1]), found[2] or "", clock, tz)
    day_text, _, rest = shown.partition(" ")
    day = _day(day_text, day_first)
    told = rest.strip() or " ".join(clock.split())
    if _SERIAL_TIME.fullmatch(told):
        return _at(day, _fraction(told.partition(".")[2]), tz)
    found = _TIME.fullmatch(told) if told else None
    if told and not found:
        raise UnreadableMomentError("date_unreadable")
    return _at(day, _clock(found), _zone(found[5], tz)) if found else _at(day, NOON, tz)


_SERIAL_TIME = re.compile(r"0\.\d{1,15}", re.ASCII)


def order_proved(text: str) -> bool | None:
    """Whether this cell proves that days come first (True) or months (False); None when it proves nothing."""
    found = _SLASHED.match(text.strip())
    if not found or (int(found[1]) > 12) == (int(found[2]) > 12):
        return None
    return int(found[1]) > 12


def is_slashed(text: str) -> bool:
    """Whether a cell is written like 01/02/2025, so that somebody must say which comes first."""
    return _SLASHED.match(text.strip()) is not None


def looks_like_moment(text: str) -> bool:
    """Whether a cell reads as a date; by its looks alone."""
    try:
        read_moment(text, day_first=True, tz=UTC)
    except UnreadableMomentError:
        return False
    return not _UNIX.fullmatch(text.strip()) and not _SERIAL.fullmatch(text.strip())


def _serial(days: int, fraction: str, clock: str, tz: tzinfo) -> datetime:
    day = _EPOCH + timedelta(days=days)
    told = _TIME.fullmatch(" ".join(clock.split())) if clock.strip() else None
    if told:
        return _at(day, _clock(told), tz)
    return _at(day, _fraction(fraction) if fraction.strip("0") else NOON, tz)


def _fraction(digits: str) -> time:
    seconds = min(round(float(f"0.{digits or 0}") * 86_400), 86_399)
    return (datetime(2000, 1, 1) + timedelta(seconds=seconds)).time()  # noqa: DTZ001 (a time of day)


def _day(text: str, day_first: bool | None) -> date:
    year, month, number = _numbers(text, day_first)
    try:
        found = date(year + 2000 if year < 100 else year, month, number)
    except ValueError:
        raise UnreadableMomentError("date_unreadable") from None
    if not FIRST_YEAR <= found.year <= 2100:
        raise UnreadableMomentError("date_unlikely")
    return found


def _numbers(text: str, day_first: bool | None) -> tuple[int, int, int]:
    if found := _ISO.fullmatch(text):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _DOTTED.fullmatch(text):
        return int(found[3]), int(found[2]), int(found[1])
    found = _SLASHED.fullmatch(text)
    if not found:
        raise UnreadableMomentError("date_unreadable")
    one, two, year = int(found[1]), int(found[2]), int(found[3])
    if one != two and one <= 12 and two <= 12 and day_first is None:
        raise UnreadableMomentError("date_ambiguous")
    return (year, two, one) if one > 12 or (two <= 12 and day_first) else (year, one, two)


def _clock(found: re.Match[str]) -> time:
    hour, half = int(found[1]), (found[4] or "").lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(found[2]), int(found[3] or 0))
    except ValueError:
        raise UnreadableMomentError("date_unreadable") from None


def _zone(text: str | None, tz: tzinfo) -> tzinfo:
    if not text:
        return tz
    if text.lower() in ("z", "utc", "gmt"):
        return UTC
    try:
        offset = datetime.strptime(text.replace(":", ""), "%z").tzinfo
    except ValueError:
        # "+99:00" is no place on earth.
        raise UnreadableMomentError("date_unreadable") from None
    return offset or UTC


def _at(day: date, clock: time, tz: tzinfo) -> datetime:
    return datetime.combine(day, clock, tz).astimezone(UTC)
