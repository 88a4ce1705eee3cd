"""Who may have called: the table of points, as cases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadtrack.phones.candidates import WHOLE, Shown, candidates, points_of

RINGS = datetime(2026, 3, 10, 12, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)


def shown(seconds: int = 30, **more: Any) -> Shown:
    """A visitor whose page was last seen so many seconds before the call."""
    seen = RINGS - timedelta(seconds=seconds)
    return Shown(
        **{"lease_id": 1, "visitor_id": 1, "last_seen_at": seen, "hold": HALF_HOUR, "page": "/"} | more
    )


def ago(minutes: float) -> datetime:
    return RINGS - timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("one", "points"),
    [
        (shown(0), 100 * 2),
        (shown(120), 100 * 2),
        (shown(121), 50 * 2),
        (shown(600), 50 * 2),
        (shown(1800), 25 * 2),
        (shown(1801), 10),
        (shown(3600), 10),
        (shown(7200), 4),
        (shown(-500), 100 * 2),
        (shown(30, hold=timedelta(seconds=20)), 100),
        (shown(30, tapped_at=ago(1)), 100 * 2 * 20),
        (shown(30, tapped_at=ago(11)), 100 * 2 * 5),
        (shown(30, tapped_at=ago(-1)), 100 * 2),
        (shown(30, copied_at=ago(1)), 100 * 2 * 10),
        (shown(30, copied_at=ago(30)), 100 * 2 * 3),
        (shown(30, page="/kontakt/"), 100 * 2 * 2),
        (shown(30, page="/Контакты"), 100 * 2 * 2),
        (shown(30, page="/shop/"), 100 * 2),
        (shown(30, has_called_before=True), 100 * 2 * 50),
        (shown(7200, tapped_at=ago(120), copied_at=ago(120), page="/contact"), 4 * 5 * 3 * 2),
    ],
)
def test_each_sign_has_its_points(one: Shown, points: int) -> None:
    assert points_of(one, RINGS) == points


def test_one_visitor_is_the_whole_call() -> None:
    (only,) = candidates([shown(3000)], moment=RINGS)
    assert only.share_ppm == WHOLE
    assert only.evidence == {
        "seconds": 3000,
        "tapped": False,
        "copied": False,
        "held": False,
        "contact_page": False,
        "called_before": False,
    }


def test_nobody_is_no_candidate() -> None:
    assert candidates([], moment=RINGS) == []


def test_who_tapped_the_number_is_by_far_the_likeliest() -> None:
    quiet = shown(30)
    tapper = replace(shown(30), lease_id=2, visitor_id=2, tapped_at=ago(1))
    found = candidates([quiet, tapper], moment=RINGS)
    assert [(one.shown.visitor_id, one.share_ppm) for one in found] == [(2, 952_381), (1, 47_619)]


def test_two_alike_stand_in_the_order_of_their_leases() -> None:
    both = [replace(shown(30), lease_id=pk, visitor_id=pk) for pk in (9, 4, 7)]
    found = candidates(both, moment=RINGS)
    assert [(one.shown.lease_id, one.share_ppm) for one in found] == [
        (4, 333_334),
        (7, 333_333),
        (9, 333_333),
    ]


def test_a_visitor_who_was_shown_it_twice_is_one_by_what_says_most() -> None:
    first = shown(1800, tapped_at=ago(5))
    again = replace(shown(30), lease_id=2)
    (only,) = candidates([again, first], moment=RINGS)
    assert (only.shown.lease_id, only.share_ppm) == (1, WHOLE)


_MOMENTS = st.one_of(st.none(), st.integers(-100, 100_000).map(lambda s: RINGS - timedelta(seconds=s)))
_SHOWN = st.builds(
    Shown,
    lease_id=st.integers(1, 50),
    visitor_id=st.integers(1, 9),
    last_seen_at=st.integers(-100, 90_000).map(lambda s: RINGS - timedelta(seconds=s)),
    hold=st.integers(0, 9000).map(lambda s: timedelta(seconds=s)),
    page=st.sampled_from(["", "/", "/contact", "/sale/1"]),
    tapped_at=_MOMENTS,
    copied_at=_MOMENTS,
    has_called_before=st.booleans(),
)


# A busy machine is no reason to fail.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_SHOWN, min_size=1, max_size=12, unique_by=lambda one: one.lease_id), st.randoms())
def test_shares_make_one_whole_whatever_the_order(all_shown: list[Shown], chance: Any) -> None:
    found = candidates(all_shown, moment=RINGS)
    assert sum(one.share_ppm for one in found) == WHOLE
    assert len({one.shown.visitor_id for one in found}) == len(found)
    assert [one.share_ppm for one in found] == sorted((one.share_ppm for one in found), reverse=True)
    chance.shuffle(all_shown)
    assert candidates(all_shown, moment=RINGS) == found
