from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadtrack.ledger.attribution import WHOLE, Touch, credit, split_money

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MODELS = ("first", "last", "last_non_direct", "linear")
ALL, NONE = WHOLE, 0


def path_of(channels: str) -> list[Touch]:
    """ "PDE" is a touch of paid search, a direct one, an e-mail."""
    names = {"P": "Paid Search", "D": "Direct", "E": "Email"}
    return [
        Touch(NOON + timedelta(hours=place), names[letter], place, visit_id=place)
        for place, letter in enumerate(channels)
    ]


@pytest.mark.parametrize(
    ("model", "channels", "shares"),
    [
        ("first", "P", [ALL]),
        ("last", "P", [ALL]),
        ("last_non_direct", "P", [ALL]),
        ("linear", "P", [ALL]),
        ("first", "DPE", [ALL, NONE, NONE]),
        ("last", "PED", [NONE, NONE, ALL]),
        ("last_non_direct", "PED", [NONE, ALL, NONE]),
        ("last_non_direct", "PDD", [ALL, NONE, NONE]),
        ("last_non_direct", "DD", [NONE, ALL]),
        ("last_non_direct", "DPEDD", [NONE, NONE, ALL, NONE, NONE]),
        ("linear", "PE", [500_000, 500_000]),
        ("linear", "PED", [333_334, 333_333, 333_333]),
        ("linear", "PEDPED", [166_667, 166_667, 166_667, 166_667, 166_666, 166_666]),
    ],
)
def test_it_credits_touches_by_the_model(model: str, channels: str, shares: list[int]) -> None:
    assert credit(model, path_of(channels)) == shares


def test_it_refuses_an_empty_path() -> None:
    with pytest.raises(ValueError, match="at least one touch"):
        credit("first", [])


def test_it_refuses_an_unknown_model() -> None:
    with pytest.raises(KeyError):
        credit("guess", path_of("P"))


@given(st.sampled_from(MODELS), st.text("PDE", min_size=1, max_size=200))
def test_shares_always_make_one_whole(model: str, channels: str) -> None:
    shares = credit(model, path_of(channels))
    assert sum(shares) == WHOLE
    assert min(shares) >= 0
    assert len(shares) == len(channels)


@given(st.integers(-(10**15), 10**15), st.sampled_from(MODELS), st.text("PDE", min_size=1, max_size=200))
def test_money_is_split_to_the_cent(cents: int, model: str, channels: str) -> None:
    shares = credit(model, path_of(channels))
    parts = split_money(cents, shares)
    assert sum(parts) == cents
    for part, share in zip(parts, shares, strict=True):
        assert abs(part * WHOLE - cents * share) <= WHOLE


def test_a_refund_is_split_as_its_sale_was() -> None:
    shares = credit("linear", path_of("PED"))
    assert split_money(100, shares) == [34, 33, 33]
    assert split_money(-100, shares) == [-34, -33, -33]
