"""Days, periods of days, and what a day means in a time zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last, both included. Raises ValueError when they are the wrong way round."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError("a period cannot end before it begins")

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __iter__(self) -> Iterator[date]:
        return days_between(self.first, self.last)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from first to last, both included; none when last is before first."""
    return (first + ONE_DAY * number for number in range((last - first).days + 1))


def local_day(moment_utc: datetime, tz: tzinfo) -> date:
    """The day on the wall of that zone at this moment. Raises ValueError for a moment without a zone."""
    if moment_utc.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment_utc.astimezone(tz).date()


def day_bounds(day: date, tz: tzinfo) -> tuple[datetime, datetime]:
    """The UTC moments at which this local day begins and ends (the end is the next day's begin).

    23 or 25 hours apart when the clocks change that day.
    """
    return _midnight(day, tz), _midnight(day + ONE_DAY, tz)


def _midnight(day: date, tz: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=tz).astimezone(UTC)
