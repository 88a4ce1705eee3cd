"""Money as whole hundredths of a currency unit ("cents"). No float ever touches it."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

HUNDREDTH = Decimal("0.01")


def split(cents: int, weights: Sequence[int]) -> list[int]:
    """Share out cents by weights so that the parts sum to the whole, always.

    Largest remainder, ties by order. A negative whole is split as its mirror image. Weights that are all
    zero mean equal shares. Raises ValueError for no weights or a negative one.
    """
    if not weights or min(weights) < 0:
        raise ValueError("split needs at least one weight, and none below zero")
    total = sum(weights)
    if not total:
        return split(cents, [1] * len(weights))
    if cents < 0:
        return [-part for part in split(-cents, weights)]
    parts = [cents * weight // total for weight in weights]
    remainders = [cents * weight % total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: -remainders[place])
    for place in by_remainder[: cents - sum(parts)]:
        parts[place] += 1
    return parts


def to_cents(amount: Decimal) -> int:
    """An amount in currency units as cents, rounded half to even."""
    return round(amount * 100)


def to_amount(cents: int) -> Decimal:
    """Cents as an amount in currency units, exactly, with two decimals."""
    return Decimal(cents).scaleb(-2).quantize(HUNDREDTH)


def format_cents(cents: int) -> str:
    """Cents for machines and logs: "1234.50", "-0.05". People get localised money from `ui`."""
    sign = "-" if cents < 0 else ""
    units, hundredths = divmod(abs(cents), 100)
    return f"{sign}{units}.{hundredths:02d}"


def convert(cents: int, rate: Decimal) -> int:
    """Cents of one currency as cents of another; the rate is the price of one unit. Half to even."""
    return int((cents * rate).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


class RunningCents:
    """Rounds a series of amounts so that the cents sum to the rounded sum of the series.

    Amounts finer than a cent would drift apart from their total if each were rounded alone; here every
    rounding error is carried to the next amount.
    """

    def __init__(self) -> None:
        self.exact = Decimal(0)
        self.cents = 0

    def add(self, amount: Decimal) -> int:
        """The cents of this amount, given everything added before it."""
        self.exact += amount
        total = to_cents(self.exact)
        part = total - self.cents
        self.cents = total
        return part
