"""What rooms below `spend` pay by themselves: numbers, calls, ads on a wall.

`spend` must not know of phones (rooms are entered in one direction, and a wall stands between the two), so a
room adds its book here when it is loaded, and `spend.own_costs` books what it says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, order=True)
class DayCost:
    """Money out on one day for what a marker names. Hundredths of the currency, net."""

    day: date
    source: str
    medium: str
    campaign: str
    currency: str
    cents: int


@dataclass(frozen=True, slots=True)
class CostBook:
    """`costs` says everything that was paid until a day (included), from the first one on."""

    # The ad account that the money stands under; it is never translated, so that it stays the same one.
    account: str
    costs: Callable[[date], list[DayCost]]


_books: dict[str, CostBook] = {}


def add_cost_book(book: CostBook) -> None:
    """Have what this book says booked as spend."""
    _books[book.account] = book


def cost_books() -> list[CostBook]:
    """Every book that was added."""
    return list(_books.values())
