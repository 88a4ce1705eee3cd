"""From lines of a statement to what its days hold. Pure.

A slice of the books is one day of one account at one level; a statement says all of every slice it touches.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from leadtrack.lib.money import RunningCents, split
from leadtrack.spend.statement import Item, Line

Slot = tuple[Item, str]
# Net, VAT and fee in cents, clicks, impressions.
Figures = tuple[int, int, int, int, int]


@dataclass(slots=True)
class Amounts:
    """What one item cost on one day in one currency; `lines` counts the rows of the file that begin here."""

    net_cents: int = 0
    vat_cents: int = 0
    fee_cents: int = 0
    clicks: int = 0
    impressions: int = 0
    lines: int = 0

    def add(self, net: int, vat: int, fee: int, clicks: int, impressions: int, lines: int) -> None:
        self.net_cents += net
        self.vat_cents += vat
        self.fee_cents += fee
        self.clicks += clicks
        self.impressions += impressions
        self.lines += lines

    def figures(self) -> Figures:
        return self.net_cents, self.vat_cents, self.fee_cents, self.clicks, self.impressions


@dataclass(slots=True)
class Booking:
    """All slices of a statement. Add its lines in their order: rounding is carried from one to the next."""

    days: dict[date, dict[Slot, Amounts]] = field(default_factory=lambda: defaultdict(dict))
    accepted: int = 0
    # How many amounts the days hold: a few lines over many years make as much work as a big file.
    size: int = 0
    has_gross: bool = False
    _slots: dict[Slot, Slot] = field(default_factory=dict)
    _net: dict[str, RunningCents] = field(default_factory=lambda: defaultdict(RunningCents))
    _vat: dict[str, RunningCents] = field(default_factory=lambda: defaultdict(RunningCents))
    _fee: dict[str, RunningCents] = field(default_factory=lambda: defaultdict(RunningCents))

    def add(self, line: Line) -> None:
        """Book one line, evenly over the days it covers; lines of the same slot add up."""
        self.accepted += 1
        self.has_gross = self.has_gross or line.is_gross
        slot, period = self._slot(line), line.period
        figures = self._figures(line)
        if period.first == period.last:
            self._put(period.first, slot, figures, 1)
            return
        shares = zip(*(split(figure, [1] * len(period)) for figure in figures), strict=True)
        for place, (day, share) in enumerate(zip(period, shares, strict=True)):
            self._put(day, slot, share, int(place == 0))

    def _put(self, day: date, slot: Slot, figures: Figures, lines: int) -> None:
        self.size += 1
        slots = self.days[day]
        amounts = slots.get(slot)
        if amounts is None:
            slots[slot] = Amounts(*figures, lines)
        else:
            amounts.add(*figures, lines)

    def _slot(self, line: Line) -> Slot:
        """The one pair of an item and a currency: a million rows must not keep a million of them."""
        slot = line.item, line.currency
        return self._slots.setdefault(slot, slot)

    def _figures(self, line: Line) -> Figures:
        """Of all its days together."""
        currency = line.currency
        return (
            self._net[currency].add(line.net),
            self._vat[currency].add(line.vat) if line.vat else 0,
            self._fee[currency].add(line.fee) if line.fee else 0,
            line.clicks,
            line.impressions,
        )

    def items(self) -> set[Item]:
        """Everything that any day paid for."""
        return {item for item, _ in self._slots}

    def totals(self) -> dict[str, int]:
        """The net cost of all lines by currency, in cents: the exact sum rounded once."""
        return {currency: running.cents for currency, running in sorted(self._net.items())}


def batches(days: Iterable[date], size_of: Callable[[date], int], most: int) -> Iterator[list[date]]:
    """Days in groups of at most `most` rows; a day is never cut, so a big one stands alone."""
    batch: list[date] = []
    size = 0
    for day in days:
        if batch and size + size_of(day) > most:
            yield batch
            batch, size = [], 0
        batch.append(day)
        size += size_of(day)
    if batch:
        yield batch
