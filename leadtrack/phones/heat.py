"""How full a pool was at each hour of the week, for a heat map in the site's own time. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

ONE_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour of one weekday (Monday is 0) over all weeks looked at. Percent of the pool's numbers."""

    weekday: int
    hour: int
    # On average and at most; None where the pool had no numbers at such an hour.
    average: int | None
    most: int | None
    overflow: int


@dataclass(frozen=True, slots=True)
class Span:
    """A number was in the pool from a moment until another (None: still). UTC."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Hour:
    """What was counted in one hour: numbers taken at once, visitors who got one, and who got none."""

    peak: int = 0
    leased: int = 0
    overflow: int = 0


_NOTHING: Final = Hour()


def heat_map(
    counted: Mapping[datetime, Hour], spans: Sequence[Span], *, first: datetime, last: datetime, tz: tzinfo
) -> list[list[Cell]]:
    """Seven rows of 24 cells, of the whole hours (UTC) from `first` to `last`, both included.

    An hour in which nothing was counted was empty. In a zone of half hours an hour is where it begins.
    """
    uses: dict[tuple[int, int], list[int]] = defaultdict(list)
    overflows: dict[tuple[int, int], int] = defaultdict(int)
    for hour in hours_between(first, last):
        there = hour.astimezone(tz)
        place, told = (there.weekday(), there.hour), counted.get(hour, _NOTHING)
        overflows[place] += told.overflow
        if size := size_in(hour, spans):
            uses[place].append(_percent(told.peak, size))
    return [[_cell(day, hour, uses, overflows) for hour in range(24)] for day in range(7)]


def size_in(hour: datetime, spans: Iterable[Span]) -> int:
    """How many numbers the pool had in an hour that begins then."""
    return sum(span.since < hour + ONE_HOUR and (span.until is None or span.until > hour) for span in spans)


def hours_between(first: datetime, last: datetime) -> Iterator[datetime]:
    """Each whole hour from first to last, both included. UTC."""
    count = (last - first) // ONE_HOUR
    return (first.astimezone(UTC) + ONE_HOUR * step for step in range(count + 1))


def _cell(
    weekday: int,
    hour: int,
    uses: Mapping[tuple[int, int], list[int]],
    overflows: Mapping[tuple[int, int], int],
) -> Cell:
    seen = uses.get((weekday, hour), [])
    average = round(sum(seen) / len(seen)) if seen else None
    return Cell(weekday, hour, average, max(seen, default=None), overflows.get((weekday, hour), 0))


def _percent(part: int, whole: int) -> int:
    """Never above 100: a number that left the pool in the hour was counted in it."""
    return min(round(part * 100 / whole), 100)
