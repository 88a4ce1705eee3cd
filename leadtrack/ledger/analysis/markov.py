"""Markov attribution, solved and not simulated.

A path walks from a start over its channels to a conversion or to nothing. The removal effect of a channel is
the share of conversions that would be lost if whoever comes to it went away. States are the last `order`
channels; credit is the removal effect's share of the total (Anderl et al., 2016).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from leadtrack.ledger.analysis.path_table import Numbers, PathTable, Places, sums_at

# Nine digits of an effect are right then.
_CLOSE: Final = 1e-10
_MOST_ROUNDS: Final = 100_000
_LONGEST_LIST: Final = 20_000_000


def removal_effects(table: PathTable, order: int) -> Numbers:
    """What share (0 to 1) of all conversions is lost without each channel.

    All zero where nothing converted. Raises ValueError for an order below 1.
    """
    if order < 1:
        raise ValueError("an order is 1 or more")
    if not table.conversions.any():
        return np.zeros(len(table.channels))
    return _of_order_one(table) if order == 1 else _of_order(table, order)


def _of_order_one(table: PathTable) -> Numbers:
    """One inverse for all: P(lost without c) = P(ever at c) * P(convert from c)."""
    count = len(table.channels)
    weights = _weights(table)
    is_start = table.places == 0
    ahead = ~is_start[1:]
    pairs = table.codes[:-1][ahead].astype(np.int64) * count + table.codes[1:][ahead]
    moves = sums_at(pairs, weights[:-1][ahead], count * count).reshape(count, count)
    # Staying where one is changes neither where one gets nor whether: without it the matrix is well-behaved.
    np.fill_diagonal(moves, 0.0)
    converted = _ends(table, table.conversions, table.codes, count)
    leaving = moves.sum(axis=1) + converted + _ends(table, table.nulls, table.codes, count)
    chances = moves / np.where(leaving, leaving, 1.0)[:, None]
    visits = np.linalg.inv(np.eye(count) - chances)
    converts = visits @ (converted / np.where(leaving, leaving, 1.0))
    begin = sums_at(table.codes[is_start], weights[is_start], count)
    begin /= begin.sum()
    ever_at = (begin @ visits) / np.diag(visits)
    return _whole(ever_at * converts / (begin @ converts))


def _of_order(table: PathTable, order: int) -> Numbers:
    """The masked fixed point X <- mask * (Q X + r), all channels at once."""
    states, holds = _states(table, order)
    count = len(holds)
    weights = _weights(table)
    moves = _moves(table, states, weights, count)
    converted = _ends(table, table.conversions, states, count)
    leaving = np.asarray(moves.sum(axis=1)) + converted + _ends(table, table.nulls, states, count)
    # A state that only paths without any walk pass is never entered.
    leaving[leaving == 0] = 1.0
    moves.data /= np.repeat(leaving, np.diff(moves.indptr))
    ends_well = (converted / leaving)[:, None]
    begin = sums_at(states[table.places == 0], weights[table.places == 0], count)
    with_all = _fixed_point(moves, ends_well, np.ones((count, 1)))
    without = _fixed_point(moves, ends_well, (~holds).astype(np.float64), guess=with_all)
    return _whole(1.0 - (begin @ without) / (begin @ with_all))


def _moves(table: PathTable, states: Places, weights: Numbers, count: int) -> csr_array:
    """How often each state led to each other. State and next channel say which one comes next."""
    ahead = table.places[1:] > 0
    pairs, following = _numbered(states[:-1][ahead] * len(table.channels) + table.codes[1:][ahead])
    sums = sums_at(following, weights[:-1][ahead], len(pairs))
    target = np.zeros(len(pairs), dtype=np.int64)
    target[following] = states[1:][ahead]
    return csr_array((sums, (pairs // len(table.channels), target)), shape=(count, count))


def _fixed_point(
    moves: csr_array, ends_well: Numbers, mask: Numbers, guess: Numbers | None = None
) -> Numbers:
    """The chance to convert from each state (rows), never entering the states that a column masks."""
    found: Numbers = mask * (ends_well if guess is None else guess)
    for _round in range(_MOST_ROUNDS):
        following = mask * (moves @ found + ends_well)
        change = np.abs(following - found).max()
        found = following
        if change < _CLOSE:
            return found
    raise ArithmeticError("the chain does not come to rest")


def _states(table: PathTable, order: int) -> tuple[Places, NDArray[np.bool_]]:
    """The state of each touch, and for each state which channels it holds."""
    base = len(table.channels) + 1
    keys = _back(table, 0)
    for steps in range(1, order):
        keys = keys * base + _back(table, steps)
    known, states = _numbered(keys)
    holds = np.zeros((len(known), base), dtype=np.bool_)
    for steps in range(order):
        holds[np.arange(len(known)), known // base**steps % base] = True
    # The last column is "before the path", which nobody can remove.
    return states, holds[:, :-1]


def _numbered(keys: Places) -> tuple[Places, Places]:
    """The different keys in order, and the place of each key among them."""
    most = int(keys.max(initial=0)) + 1
    if most > _LONGEST_LIST:
        known, places = np.unique(keys, return_inverse=True)
        return known, places.astype(np.int64)
    # Ticking off a list of all that there could be is many times faster than sorting.
    is_there = np.zeros(most, dtype=np.bool_)
    is_there[keys] = True
    return np.flatnonzero(is_there), (np.cumsum(is_there) - 1)[keys]


def _back(table: PathTable, steps: int) -> Places:
    """The channel that many touches before each; one past the last channel where the path had not begun."""
    codes = np.full(len(table.codes), len(table.channels), dtype=np.int64)
    reached = np.flatnonzero(table.places >= steps)
    codes[reached] = table.codes[reached - steps]
    return codes


def _weights(table: PathTable) -> Numbers:
    """How often each touch was passed: the walks of its path, converting or not."""
    return np.repeat(table.conversions + table.nulls, table.lengths)


def _ends(table: PathTable, walks: Numbers, states: NDArray[np.integer], count: int) -> Numbers:
    """How many of these walks ended in each state."""
    return sums_at(states[table.starts[1:] - 1], walks, count)


def _whole(effects: Numbers) -> Numbers:
    """Rounding may leave a hair below 0 or above 1."""
    return np.clip(effects, 0.0, 1.0)
