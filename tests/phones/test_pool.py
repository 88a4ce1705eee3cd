"""Which pool serves a number of a page, which of its numbers is given, how many a pool needs: tables."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadtrack.phones import pool_size
from leadtrack.phones.pool import (
    Arrival,
    Moments,
    PoolRule,
    Stand,
    held_by,
    moments,
    numbers_to_give,
    pool_for,
    pools_naming,
)
from leadtrack.phones.pool_size import SizeWarning, size_advice, warnings
from leadtrack.phones.pools import written
from leadtrack.visits.goal_pattern import read_pattern

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
ASKED, OTHER = "+49301234567", "+49307654321"
ANN, BEN = 1, 2


def rule(pk: int, **fields: Any) -> PoolRule:
    usual = {"position": pk, "replaces": frozenset({ASKED})}
    usual |= {"hold": timedelta(minutes=30), "cooldown": timedelta(hours=1)}
    return PoolRule(id=pk, **usual | fields)


PAID = Arrival("Paid Search", "google", "https://shop.example/sale/shoes?utm_source=google")


@pytest.mark.parametrize(
    ("conditions", "arrival", "is_served"),
    [
        ({}, PAID, True),
        ({}, Arrival(), True),
        ({"channels": frozenset({"paid search"})}, PAID, True),
        ({"channels": frozenset({"direct"})}, PAID, False),
        ({"channels": frozenset({"direct", "paid search"})}, PAID, True),
        ({"sources": frozenset({"google"})}, PAID, True),
        ({"sources": frozenset({"google"})}, Arrival("Organic Search", "Google"), True),
        ({"sources": frozenset({"yandex"})}, PAID, False),
        ({"sources": frozenset({"google"}), "channels": frozenset({"direct"})}, PAID, False),
        ({"landing": read_pattern("/sale/*")}, PAID, True),
        ({"landing": read_pattern("/sale")}, PAID, False),
        ({"landing": read_pattern("/sale/*")}, Arrival(landing_url="https://shop.example/"), False),
        ({"landing": read_pattern("/sale/*")}, Arrival(landing_url="http://[broken"), False),
        ({"is_open": False}, PAID, False),
        ({"replaces": frozenset({OTHER})}, PAID, False),
        ({"replaces": frozenset(), "selector": ".phone"}, PAID, True),
        ({"replaces": frozenset()}, PAID, False),
    ],
)
def test_a_pool_serves_whom_its_conditions_name(
    conditions: dict[str, Any], arrival: Arrival, is_served: bool
) -> None:
    assert (pool_for(ASKED, arrival, [rule(1, **conditions)]) is not None) is is_served


def test_the_first_pool_by_position_that_holds_is_used() -> None:
    last, paid, common = (
        rule(1, position=9),
        rule(3, position=1, channels=frozenset({"paid search"})),
        rule(2),
    )
    pools = [last, paid, common]
    assert pool_for(ASKED, PAID, pools) == paid
    assert pool_for(ASKED, Arrival("Direct"), pools) == common
    assert pools_naming(ASKED, pools) == [paid, common, last]
    assert pool_for(OTHER, PAID, pools) is None


def test_what_conditions_ask_for() -> None:
    assert not rule(1).has_conditions
    assert rule(1, landing=read_pattern("/a")).has_conditions
    assert not rule(1, landing=read_pattern("/a")).needs_source
    assert rule(1, sources=frozenset({"google"})).needs_source


def test_a_lease_is_held_after_its_last_sign_and_then_rests() -> None:
    assert moments(seen_at=NOW, pool=rule(1)) == Moments(
        NOW + timedelta(minutes=30), NOW + timedelta(minutes=90)
    )


def stand(pk: int, visitor: int | None = None, free_in: int | None = None, *, is_open: bool = True) -> Stand:
    """A number; minutes from now until its last lease leaves it free."""
    free_at = None if free_in is None else NOW + timedelta(minutes=free_in)
    return Stand(pk, f"+4930111{pk:04}", visitor, free_at, None if is_open else NOW - timedelta(minutes=5))


@pytest.mark.parametrize(
    ("last", "stands", "expected"),
    [
        # Nobody ever had them: in their order.
        (None, [stand(2), stand(1)], [1, 2]),
        # Never used before long rested before rested just now.
        (None, [stand(1, BEN, 0), stand(2, BEN, -90), stand(3)], [3, 2, 1]),
        # Held or at rest: not for others.
        (None, [stand(1, BEN, 1), stand(2, BEN, 80)], []),
        # The same as last time, while it is free.
        (2, [stand(1), stand(2, BEN, -1), stand(3, BEN, -500)], [2, 1, 3]),
        (2, [stand(1), stand(2, BEN, 1)], [1]),
        # Taken from the visitor early (it had left the pool): free for nobody else yet.
        (1, [stand(1, ANN, 60, is_open=False)], [1]),
        (None, [stand(1, BEN, 60, is_open=False)], []),
        (None, [], []),
    ],
)
def test_which_numbers_a_visitor_may_get(last: int | None, stands: list[Stand], expected: list[int]) -> None:
    given = numbers_to_give(ANN, last_number_id=last, stands=stands, now=NOW)
    assert [one.number_id for one in given] == expected


@pytest.mark.parametrize(
    ("one", "is_held"),
    [
        (stand(1, ANN, 1), True),
        (stand(1, ANN, 0), False),
        (stand(1, BEN, 1), False),
        (stand(1, ANN, 1, is_open=False), False),
        (stand(1), False),
    ],
)
def test_the_number_that_a_visitor_has(one: Stand, is_held: bool) -> None:
    assert held_by(ANN, [one], NOW) == (one if is_held else None)


@pytest.mark.parametrize(
    ("peak", "visit_minutes", "hold_minutes", "size", "with_rest"),
    [
        (0, 5, 30, 0, 0),
        (1, 0, 30, 1, 2),
        # 40 x 0.75 h x 1.25 = 37.5; with the rest 40 x 1.75 x 1.25 = 87.5
        (40, 15, 30, 38, 88),
        # Exactly 5, and not 6: 8 x 0.5 x 1.25
        (8, 0, 30, 5, 15),
        (16, 10, 30, 14, 34),
        (1000, 60, 30, 1875, 3125),
    ],
)
def test_how_many_numbers_a_pool_needs(
    peak: int, visit_minutes: int, hold_minutes: int, size: int, with_rest: int
) -> None:
    advice = size_advice(
        peak_visitors=peak,
        average_visit=timedelta(minutes=visit_minutes),
        hold=timedelta(minutes=hold_minutes),
        cooldown=timedelta(hours=1),
    )
    assert (advice.size, advice.with_rest) == (size, with_rest)
    assert (advice.peak_visitors, advice.hold) == (peak, timedelta(minutes=hold_minutes))


@pytest.mark.parametrize(
    ("peak", "size", "overflow", "expected"),
    [
        (0, 0, 0, ()),
        (7, 10, 0, ()),
        (74, 100, 0, ()),
        (75, 100, 0, (SizeWarning.USE,)),
        (3, 4, 0, (SizeWarning.USE,)),
        (0, 4, 1, (SizeWarning.OVERFLOW,)),
        (4, 4, 9, (SizeWarning.USE, SizeWarning.OVERFLOW)),
        (0, 0, 1, (SizeWarning.OVERFLOW,)),
    ],
)
def test_when_a_pool_is_too_small(
    peak: int, size: int, overflow: int, expected: tuple[SizeWarning, ...]
) -> None:
    assert warnings(peak=peak, size=size, overflow=overflow) == expected
    assert pool_size.WARN_PERCENT == 75


@pytest.mark.parametrize(
    ("number", "asked", "shown_as", "text"),
    [
        ("+78001112233", "+78007654321", "page", ""),
        ("+78001112233", "+78007654321", "international", "+7 800 111-22-33"),
        ("+78001112233", "+78007654321", "national", "8 (800) 111-22-33"),
        # Another length or another country: the page's manner does not fit.
        ("+493011122233", "+49301234567", "page", "+49 30 11122233"),
        ("+12025550123", "+78007654321", "page", "+1 202-555-0123"),
        ("+12025550123", "nothing", "page", ""),
    ],
)
def test_how_a_number_is_written(number: str, asked: str, shown_as: str, text: str) -> None:
    assert written(number, asked, shown_as) == text
