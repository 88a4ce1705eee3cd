"""How many numbers a pool needs, with the terms of the formula to show, and when to warn. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final

# A quarter more than the formula says: visitors do not come evenly.
RESERVE: Final = Fraction(5, 4)
WARN_PERCENT: Final = 75
_HOUR: Final = timedelta(hours=1)


class SizeWarning(StrEnum):
    """What is wrong with a pool's size."""

    USE = "use"
    OVERFLOW = "overflow"


@dataclass(frozen=True, slots=True)
class Advice:
    """ceil(peak visitors per hour x (average visit + hold, in hours) x 1.25), with its terms.

    `with_rest` is the same with the rest counted, too: so many keep every number resting its full time even
    if the peak goes on for hours.
    """

    peak_visitors: int
    average_visit: timedelta
    hold: timedelta
    cooldown: timedelta
    size: int
    with_rest: int


def size_advice(
    *, peak_visitors: int, average_visit: timedelta, hold: timedelta, cooldown: timedelta
) -> Advice:
    """How many numbers for so many visitors in the busiest hour; none for nobody."""
    return Advice(
        peak_visitors,
        average_visit,
        hold,
        cooldown,
        _size(peak_visitors, average_visit + hold),
        _size(peak_visitors, average_visit + hold + cooldown),
    )


def warnings(*, peak: int, size: int, overflow: int) -> tuple[SizeWarning, ...]:
    """Of a pool of `size` numbers, at most `peak` of them taken at once, and visitors who got none."""
    used = (SizeWarning.USE,) if size and peak * 100 >= WARN_PERCENT * size else ()
    return used + ((SizeWarning.OVERFLOW,) if overflow else ())


def _size(visitors: int, each: timedelta) -> int:
    """Exact: no binary fraction may turn 5 into 6."""
    needed = visitors * Fraction(_micros(each), _micros(_HOUR)) * RESERVE
    return -(-needed.numerator // needed.denominator)


def _micros(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
