"""How one file writes its dates and numbers, decided by the cells that leave no doubt."""

from collections.abc import Callable, Iterator
from functools import cached_property

from leadtrack.lib.decimals import is_ambiguous, mark_of
from leadtrack.lib.table import Row
from leadtrack.spend.statement.columns import Header
from leadtrack.spend.statement.dates import order_proved

DATES = ("day", "week", "date_from", "date_to")
AMOUNTS = ("cost", "vat", "fee")
COUNTS = ("clicks", "impressions")


class Habits:
    """Answers are found when first asked for, by one more walk over the file: most files never ask."""

    def __init__(self, header: Header, delimiter: str, walk: Callable[[], Iterator[Row]]) -> None:
        self.header = header
        self.delimiter = delimiter
        self.walk = walk

    @cached_property
    def day_first(self) -> bool | None:
        """Whether "01/02/2025" is the first of February; None when no row tells, or rows disagree."""
        proved = {order_proved(cell) for cell in self._cells(DATES)} - {None}
        return proved.pop() if len(proved) == 1 else None

    @cached_property
    def decimal_comma(self) -> bool:
        """Whether "1,234" is a little more than one: by the plain cells, else by the delimiter `;`."""
        votes = [_vote(mark_of(cell)) for cell in self._cells(AMOUNTS)]
        votes += [-_vote(_thousands_mark(cell)) for cell in self._cells(COUNTS)]
        balance = sum(votes)
        return balance > 0 if balance else self.delimiter == ";"

    def _cells(self, columns: tuple[str, ...]) -> Iterator[str]:
        places = [self.header.places[column] for column in columns if column in self.header.places]
        for row in self.walk():
            yield from (row.cells[place] for place in places if place < len(row.cells))


def _vote(mark: str | None) -> int:
    """For the comma, against it, or neither."""
    return {",": 1, ".": -1}.get(mark or "", 0)


def _thousands_mark(cell: str) -> str | None:
    """A count has no decimals, so the one mark in "25,881" groups thousands."""
    digits = "".join(cell.split())
    if not is_ambiguous(digits):
        return None
    return "," if "," in digits else "."
