"""What money of one currency is worth in the reporting currency on a day. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from leadtrack.lib.money import convert

# Week-ends and holidays have no rate of their own; a rate older than this says nothing about today.
LONGEST_HOLD: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RateTable:
    """Rates to the reporting currency `base`, in order of days for each other currency."""

    base: str
    days: Mapping[str, tuple[date, ...]]
    values: Mapping[str, tuple[Decimal, ...]]

    def rate_on(self, currency: str, day: date) -> Decimal | None:
        """The latest rate on or before the day, at most seven days old; None where it is missing."""
        if currency == self.base:
            return Decimal(1)
        days = self.days.get(currency, ())
        place = bisect_right(days, day) - 1
        if place < 0 or day - days[place] > LONGEST_HOLD:
            return None
        return self.values[currency][place]


def rate_table(base: str, rates: Iterable[tuple[str, date, Decimal]]) -> RateTable:
    """A table of (currency, day, rate), given in any order."""
    days: dict[str, list[date]] = {}
    values: dict[str, list[Decimal]] = {}
    for currency, day, rate in sorted(rates, key=lambda one: (one[0], one[1])):
        days.setdefault(currency, []).append(day)
        values.setdefault(currency, []).append(rate)
    return RateTable(
        base,
        {currency: tuple(found) for currency, found in days.items()},
        {currency: tuple(found) for currency, found in values.items()},
    )


def convert_at(cents: int, currency: str, day: date, rates: RateTable) -> int | None:
    """Cents of the reporting currency, at the day's own rate, half to even; None where the rate is missing.

    A missing rate is never taken as 1: the caller shows it as an error.
    """
    rate = rates.rate_on(currency, day)
    return None if rate is None else convert(cents, rate)
