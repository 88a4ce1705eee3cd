from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadtrack.lib.periods import Period, day_bounds, days_between, local_day

ZONES = [
    "UTC",
    "Asia/Vladivostok",
    "America/New_York",
    "Asia/Beirut",
    "America/Havana",
    "Pacific/Kiritimati",
    "Australia/Lord_Howe",
]


def test_both_ends_belong_to_a_period() -> None:
    july = Period(date(2025, 7, 1), date(2025, 7, 31))
    assert len(july) == 31
    assert next(iter(july)) == july.first
    assert list(july)[-1] == july.last
    assert date(2025, 7, 31) in july
    assert date(2025, 8, 1) not in july


def test_a_period_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="before"):
        Period(date(2025, 7, 2), date(2025, 7, 1))


def test_no_days_lie_between_a_day_and_one_before_it() -> None:
    assert list(days_between(date(2025, 7, 2), date(2025, 7, 1))) == []


def test_a_minute_before_midnight_in_vladivostok_belongs_to_that_day() -> None:
    moment = datetime(2025, 7, 1, 13, 59, tzinfo=UTC)
    assert local_day(moment, ZoneInfo("Asia/Vladivostok")) == date(2025, 7, 1)
    assert local_day(moment + timedelta(minutes=1), ZoneInfo("Asia/Vladivostok")) == date(2025, 7, 2)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        local_day(datetime(2025, 7, 1), ZoneInfo("UTC"))  # noqa: DTZ001


def test_a_day_of_changing_clocks_has_23_or_25_hours() -> None:
    zone = ZoneInfo("America/New_York")
    spring, autumn = day_bounds(date(2025, 3, 9), zone), day_bounds(date(2025, 11, 2), zone)
    assert spring[1] - spring[0] == timedelta(hours=23)
    assert autumn[1] - autumn[0] == timedelta(hours=25)


@given(st.dates(date(1990, 1, 1), date(2037, 12, 31)), st.sampled_from(ZONES))
def test_every_moment_between_its_bounds_is_of_that_day(day: date, zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    begin, end = day_bounds(day, zone)
    if begin == end:  # a day that the date line swallowed
        return
    assert local_day(begin, zone) == day
    assert local_day(end - timedelta(microseconds=1), zone) == day
    assert local_day(begin - timedelta(microseconds=1), zone) < day
