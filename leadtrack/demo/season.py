"""When people come: the shape of the year, the week and the day. Pure but for the dice that are handed in."""

import math
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from leadtrack.lib.periods import days_between

DAYS: Final = 365
# January to December: people furnish in spring and autumn.
_MONTHS: Final = (0.95, 0.95, 1.1, 1.15, 1.05, 0.9, 0.75, 0.85, 1.1, 1.2, 1.2, 0.8)
# Monday to Sunday.
_WEEK: Final = (1.1, 1.1, 1.05, 1.05, 1.0, 0.8, 0.9)
# Midnight to eleven at night, local time.
_HOURS: Final = (1, 0, 0, 0, 0, 0, 1, 3, 5, 7, 9, 9, 8, 8, 7, 7, 7, 8, 10, 12, 13, 11, 7, 3)
_OFFICE_HOURS: Final = (9, 10, 10, 11, 11, 12, 13, 14, 14, 15, 16, 17)


def days_until(last_day: date) -> list[date]:
    """The year that ends with this day."""
    return list(days_between(last_day - timedelta(days=DAYS - 1), last_day))


def day_shares(days: list[date]) -> list[float]:
    """The part of the year's people that comes on each day; the firm grows a little."""
    growth = [0.85 + 0.3 * place / len(days) for place in range(len(days))]
    weights = [
        _MONTHS[day.month - 1] * _WEEK[day.weekday()] * grown for day, grown in zip(days, growth, strict=True)
    ]
    total = sum(weights)
    return [weight / total for weight in weights]


def about(mean: float, rng: Random) -> int:
    """How many come when `mean` come on average (Poisson, by Knuth's method)."""
    limit, product, number = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        number += 1
    return number


def moment_on(day: date, zone: str, rng: Random) -> datetime:
    """A moment (UTC) at which people of that zone look at pages."""
    return _moment(day, rng.choices(range(24), _HOURS)[0], zone, rng)


def office_moment(day: date, zone: str, rng: Random) -> datetime:
    """A moment (UTC) at which people of that zone call and work."""
    return _moment(day, rng.choice(_OFFICE_HOURS), zone, rng)


def _moment(day: date, hour: int, zone: str, rng: Random) -> datetime:
    wall = time(hour, rng.randrange(60), rng.randrange(60), tzinfo=ZoneInfo(zone))
    return datetime.combine(day, wall).astimezone(UTC)
