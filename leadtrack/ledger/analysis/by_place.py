"""The models that look at the place of a touch in its path alone (domain.md 7)."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from leadtrack.ledger.analysis.path_table import Numbers, PathTable

# Forty to the first, forty to the last, twenty among those between.
_END: Final = 0.4


def first(table: PathTable, half_life: float) -> Numbers:
    """All to the first touch."""
    return np.asarray(table.places == 0, dtype=np.float64)


def last(table: PathTable, half_life: float) -> Numbers:
    """All to the last touch."""
    return np.asarray(_until_end(table) == 0, dtype=np.float64)


def linear(table: PathTable, half_life: float) -> Numbers:
    """The same to every touch."""
    return 1.0 / np.repeat(table.lengths, table.lengths)


def position(table: PathTable, half_life: float) -> Numbers:
    """40/20/40; one touch has all, two share evenly."""
    lengths = np.repeat(table.lengths, table.lengths)
    is_end = (table.places == 0) | (_until_end(table) == 0)
    between = (1 - 2 * _END) / np.maximum(lengths - 2, 1)
    return np.where(lengths <= 2, 1.0 / lengths, np.where(is_end, _END, between))


def time_decay(table: PathTable, half_life: float) -> Numbers:
    """A touch that is `half_life` touches before the end weighs half of the last: a table has no dates."""
    weights = np.exp2(-_until_end(table) / half_life)
    totals = np.add.reduceat(weights, table.starts[:-1])
    return np.asarray(weights / np.repeat(totals, table.lengths))


Shares = Callable[[PathTable, float], Numbers]
BY_PLACE: Final[Mapping[str, Shares]] = {
    "first": first,
    "last": last,
    "linear": linear,
    "position": position,
    "time_decay": time_decay,
}


def _until_end(table: PathTable) -> Numbers:
    return (np.repeat(table.lengths, table.lengths) - table.places - 1).astype(np.float64)
