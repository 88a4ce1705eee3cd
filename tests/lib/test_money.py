from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadtrack.lib.money import RunningCents, convert, format_cents, split, to_amount, to_cents

cents = st.integers(min_value=-(10**15), max_value=10**15)
weights = st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=60)


@given(cents, weights)
def test_the_parts_sum_to_the_whole(whole: int, shares: list[int]) -> None:
    assert sum(split(whole, shares)) == whole


@given(cents, weights)
def test_no_part_is_a_cent_or_more_away_from_its_exact_share(whole: int, shares: list[int]) -> None:
    total = sum(shares) or len(shares)
    even = not sum(shares)
    for part, weight in zip(split(whole, shares), shares, strict=True):
        assert abs(part * total - whole * (1 if even else weight)) < total


@given(cents, weights)
def test_a_negative_whole_is_the_mirror_image(whole: int, shares: list[int]) -> None:
    assert split(-whole, shares) == [-part for part in split(whole, shares)]


@pytest.mark.parametrize(
    ("whole", "shares", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),  # ties go to the first
        (-100, [1, 1, 1], [-34, -33, -33]),
        (101, [0, 0], [51, 50]),  # no weights at all: equal shares
        (10, [0, 1], [0, 10]),
        (100, [40, 20, 40], [40, 20, 40]),
        (5, [1, 3], [1, 4]),
        (0, [3, 4], [0, 0]),
    ],
)
def test_it_splits(whole: int, shares: list[int], parts: list[int]) -> None:
    assert split(whole, shares) == parts


@pytest.mark.parametrize("shares", [[], [1, -1]])
def test_it_refuses_to_split_by_nothing_or_by_less_than_nothing(shares: list[int]) -> None:
    with pytest.raises(ValueError, match="weight"):
        split(1, shares)


@pytest.mark.parametrize(
    ("amount", "whole"),
    [
        ("12.345", 1234),
        ("12.355", 1236),
        ("-0.005", 0),
        ("1e3", 100_000),
        ("12345678901234.56", 1234567890123456),
    ],
)
def test_amounts_become_cents_half_to_even(amount: str, whole: int) -> None:
    assert to_cents(Decimal(amount)) == whole


@given(cents)
def test_cents_survive_the_way_out_and_back(whole: int) -> None:
    assert to_cents(to_amount(whole)) == whole
    assert to_cents(Decimal(format_cents(whole))) == whole


@pytest.mark.parametrize(
    ("whole", "text"), [(123450, "1234.50"), (-5, "-0.05"), (0, "0.00"), (-12345, "-123.45")]
)
def test_cents_are_written_with_two_decimals(whole: int, text: str) -> None:
    assert format_cents(whole) == text


def test_conversion_rounds_half_to_even() -> None:
    assert convert(1000, Decimal("0.01085")) == 11
    assert convert(1, Decimal("0.5")) == 0
    assert convert(-3, Decimal("0.5")) == -2


@given(st.lists(st.decimals(min_value=-1000, max_value=1000, places=6), max_size=80))
def test_running_cents_sum_to_the_rounded_total(amounts: list[Decimal]) -> None:
    running = RunningCents()
    assert sum(running.add(amount) for amount in amounts) == to_cents(sum(amounts, Decimal(0)))


def test_running_cents_leave_whole_cents_alone() -> None:
    running = RunningCents()
    assert [running.add(Decimal(text)) for text in ("1.10", "-2.37", "0.01")] == [110, -237, 1]
