"""The answers against slow and obvious ones: fractions, and every coalition listed."""

from collections import defaultdict
from fractions import Fraction
from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadtrack.ledger.analysis.path_table import table_of
from leadtrack.ledger.analysis.share_out import MODELS, share_out

Row = tuple[list[str], int, int, int]
_PATHS = st.lists(st.sampled_from("ABCD"), min_size=1, max_size=5)
_ROWS = st.lists(
    st.tuples(_PATHS, st.integers(0, 3), st.integers(0, 500), st.integers(0, 3)), min_size=1, max_size=8
)
State = tuple[str, ...]


@given(_ROWS, st.sampled_from(MODELS), st.integers(1, 3))
def test_what_is_credited_is_what_came(rows: list[Row], model: str, order: int) -> None:
    table = table_of(rows)

    answer = share_out(table, model=model, order=order)

    credited = answer.conversions.sum() > 0 or model != "markov"
    assert answer.conversions.sum() == pytest.approx(sum(row[1] for row in rows) if credited else 0)
    assert answer.value.sum() == pytest.approx(sum(row[2] for row in rows) if credited else 0)
    assert (answer.conversions >= 0).all()


@settings(deadline=None)
@given(_ROWS, st.integers(1, 3))
def test_markov_is_the_chain_solved_in_fractions(rows: list[Row], order: int) -> None:
    table = table_of(rows)

    answer = share_out(table, model="markov", order=order)

    assert answer.removal_effects is not None
    wanted = [_removal_effect(rows, channel, order) for channel in table.channels]
    assert answer.removal_effects.tolist() == pytest.approx([float(effect) for effect in wanted], abs=1e-8)


@settings(deadline=None)
@given(_ROWS)
def test_shapley_is_the_mean_over_every_coalition(rows: list[Row]) -> None:
    table = table_of(rows)

    answer = share_out(table, model="shapley")

    wanted = [float(_shapley(rows, channel, table.channels)) for channel in table.channels]
    assert answer.conversions.tolist() == pytest.approx(wanted)


def test_long_lists_of_states_are_numbered_by_sorting_with_the_same_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows: list[Row] = [(list("ABCA"), 2, 5, 1), (list("CBA"), 1, 9, 0), (list("BB"), 0, 0, 2)]
    ticked = share_out(table_of(rows), model="markov", order=3)

    monkeypatch.setattr("leadtrack.ledger.analysis.markov._LONGEST_LIST", 0)
    by_sorting = share_out(table_of(rows), model="markov", order=3)

    assert np.array_equal(ticked.conversions, by_sorting.conversions)


def _removal_effect(rows: list[Row], channel: str, order: int) -> Fraction:
    whole = _chance(rows, None, order)
    return 1 - _chance(rows, channel, order) / whole if whole else Fraction(0)


def _chance(rows: list[Row], removed: str | None, order: int) -> Fraction:
    """Of converting from the start, when whoever comes to the removed channel goes away."""
    moves = _moves(rows, order)
    states = [state for state in moves if removed not in state]
    place = {state: at for at, state in enumerate(states)}
    # x[state] = sum of chances * x[next] + chance to convert
    system = [[Fraction(0)] * (len(states) + 1) for _ in states]
    for state in states:
        line = system[place[state]]
        line[place[state]] += 1
        total = sum(moves[state].values())
        for following, count in moves[state].items():
            if following == "converted":
                line[-1] += Fraction(count, total)
            elif following in place:
                line[place[following]] -= Fraction(count, total)
    return _solved(system)[place[()]]


def _moves(rows: list[Row], order: int) -> dict[State, dict[State | str, int]]:
    moves: dict[State, dict[State | str, int]] = {(): defaultdict(int)}
    for path, conversions, _value, nulls in rows:
        walks = conversions + nulls
        if not walks:
            continue
        before: State = ()
        for at in range(len(path)):
            state = ("start",) * max(0, order - at - 1) + tuple(path[max(0, at - order + 1) : at + 1])
            moves.setdefault(before, defaultdict(int))[state] += walks
            before = state
        ends = moves.setdefault(before, defaultdict(int))
        ends["converted"] += conversions
        ends["gone"] += nulls
    if not moves[()]:
        moves[()]["gone"] = 1
    return moves


def _solved(system: list[list[Fraction]]) -> list[Fraction]:
    """Gauss and Jordan."""
    for column in range(len(system)):
        pivot = next(row for row in range(column, len(system)) if system[row][column])
        system[column], system[pivot] = system[pivot], system[column]
        system[column] = [cell / system[column][column] for cell in system[column]]
        for row, line in enumerate(system):
            if row != column and line[column]:
                system[row] = [
                    cell - line[column] * own for cell, own in zip(line, system[column], strict=True)
                ]
    return [line[-1] for line in system]


def _shapley(rows: list[Row], channel: str, channels: list[str] | object) -> Fraction:
    others = [one for one in channels if one != channel]  # type: ignore[attr-defined]
    count = len(others) + 1
    total = Fraction(0)
    for size in range(len(others) + 1):
        weight = Fraction(factorial(size) * factorial(count - size - 1), factorial(count))
        for coalition in combinations(others, size):
            total += weight * (_worth(rows, {*coalition, channel}) - _worth(rows, set(coalition)))
    return total


def _worth(rows: list[Row], coalition: set[str]) -> int:
    return sum(conversions for path, conversions, *_ in rows if set(path) <= coalition)
