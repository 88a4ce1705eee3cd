"""Tables small enough to check on paper."""

import pytest

from leadtrack.ledger.analysis.path_table import PathTable, table_of
from leadtrack.ledger.analysis.share_out import share_out

# Ads leads to Mail, which sells; Ads alone does not.
TWO = table_of([(["Ads", "Mail"], 1, 100, 0), (["Ads"], 0, 0, 1)])
FOUR = table_of([(["A", "B", "C", "B"], 1, 10, 0)])


def _by_channel(table: PathTable, **asked: object) -> dict[str, float]:
    answer = share_out(table, **asked)  # type: ignore[arg-type]
    return dict(zip(table.channels, answer.conversions.tolist(), strict=True))


@pytest.mark.parametrize(
    ("model", "shares"),
    [
        ("first", {"A": 1, "B": 0, "C": 0}),
        ("last", {"A": 0, "B": 1, "C": 0}),
        ("linear", {"A": 0.25, "B": 0.5, "C": 0.25}),
        ("position", {"A": 0.4, "B": 0.5, "C": 0.1}),
        # 1/8, 1/4, 1/2 and 1 of 15/8.
        ("time_decay", {"A": 1 / 15, "B": 10 / 15, "C": 4 / 15}),
        ("shapley", {"A": 1 / 3, "B": 1 / 3, "C": 1 / 3}),
    ],
)
def test_a_path_of_four(model: str, shares: dict[str, float]) -> None:
    assert _by_channel(FOUR, model=model, half_life=1.0) == pytest.approx(shares)


def test_position_gives_one_touch_all_and_two_a_half_each() -> None:
    table = table_of([(["A"], 1, 0, 0), (["A", "B"], 1, 0, 0)])

    assert _by_channel(table, model="position") == pytest.approx({"A": 1.5, "B": 0.5})


def test_markov_of_one_way_to_convert() -> None:
    """Without either channel nobody converts: both effects are 1, each has half."""
    answer = share_out(TWO, model="markov")

    assert answer.removal_effects is not None
    assert answer.removal_effects.tolist() == pytest.approx([1, 1])
    assert answer.conversions.tolist() == pytest.approx([0.5, 0.5])
    assert answer.value.tolist() == pytest.approx([50, 50])


def test_markov_of_two_ways() -> None:
    """Half convert from A at once, half of the others over B: P = 1/2 + 1/4, without B 1/2."""
    table = table_of([(["A"], 2, 2, 0), (["A", "B"], 1, 1, 1)])

    answer = share_out(table, model="markov")

    assert answer.removal_effects is not None
    assert answer.removal_effects.tolist() == pytest.approx([1, 1 / 3])
    assert answer.conversions.tolist() == pytest.approx([2.25, 0.75])


def test_markov_of_order_two_remembers_what_was_before() -> None:
    """B converts after A and never after C; only the second order can tell."""
    table = table_of([(["A", "B"], 1, 1, 0), (["C", "B"], 0, 0, 1)])

    first, second = (share_out(table, model="markov", order=order) for order in (1, 2))

    assert first.removal_effects is not None
    assert second.removal_effects is not None
    assert first.removal_effects.tolist() == pytest.approx([0.5, 1, 0.5])
    assert second.removal_effects.tolist() == pytest.approx([1, 1, 0])


def test_nothing_converted() -> None:
    table = table_of([(["A", "B"], 0, 0, 5)])

    answer = share_out(table, model="markov")

    assert answer.conversions.tolist() == [0, 0]
    assert answer.removal_effects is not None
    assert answer.removal_effects.tolist() == [0, 0]
