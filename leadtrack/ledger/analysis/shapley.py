"""Shapley values, exactly.

The game: a coalition of channels is worth the conversions of the paths that lie wholly in it. Each path is
then a game of its own in which only all of its channels together are worth anything, so they share it evenly;
Shapley values add up over games. No coalition need ever be listed.
"""

import numpy as np

from leadtrack.ledger.analysis.path_table import Numbers, PathTable


def shapley(table: PathTable) -> Numbers:
    """The share of each touch: 1 / (distinct channels of its path) for the first touch of each channel."""
    is_first = _first_of_channel(table)
    distinct = np.add.reduceat(is_first, table.starts[:-1], dtype=np.int64)
    shares: Numbers = is_first / np.repeat(distinct, table.lengths)
    return shares


def _first_of_channel(table: PathTable) -> Numbers:
    """1.0 for each touch whose channel did not stand in the path before, else 0.0."""
    is_first = np.ones(len(table.codes))
    # Compared with the touch one before, two before, … as far as the longest path goes; only touches that far
    # into their path are looked at, so long paths cost what they are and short ones nothing.
    deep = np.flatnonzero(table.places >= 1)
    back = 1
    while len(deep):
        is_first[deep[table.codes[deep] == table.codes[deep - back]]] = 0.0
        back += 1
        deep = deep[table.places[deep] >= back]
    return is_first
