"""What the page of a pool shows: use, overflow, collisions, advice, silent numbers, costs."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leadtrack.phones.health import PoolHealth, health_of
from leadtrack.phones.heat import Hour, Span, heat_map, size_in
from leadtrack.phones.models import Assignment, Call, Lease, Pool, PoolHour, TrackedNumber
from leadtrack.phones.pool_size import SizeWarning
from leadtrack.sources import register
from tests import make

ONE, TWO, THREE = "+4930111001", "+4930111002", "+4930111003"
# A Tuesday.
NOW = make.NOON
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def heat(counted: dict[datetime, Hour], spans: list[Span], *, zone: str = "UTC", weeks: int = 1) -> object:
    last = MONDAY + timedelta(weeks=weeks) - HOUR
    return heat_map(counted, spans, first=MONDAY, last=last, tz=ZoneInfo(zone))


def test_an_hour_is_as_full_as_its_numbers_were_taken() -> None:
    spans = [Span(MONDAY - DAY, None), Span(MONDAY - DAY, MONDAY + 2 * DAY), Span(MONDAY - DAY, None)]
    counted = {MONDAY + 9 * HOUR: Hour(peak=2, leased=2), MONDAY + 3 * DAY: Hour(peak=2, overflow=5)}
    cells = heat(counted, spans)
    assert (cells[0][9].average, cells[0][9].most, cells[0][9].overflow) == (67, 67, 0)
    assert (cells[3][0].average, cells[3][0].overflow) == (100, 5)
    assert (cells[6][23].average, cells[6][23].most) == (0, 0)
    assert [len(row) for row in cells] == [24] * 7


def test_the_average_counts_the_weeks_in_which_nobody_came() -> None:
    cells = heat({MONDAY: Hour(peak=1)}, [Span(MONDAY - DAY, None)], weeks=4)
    assert (cells[0][0].average, cells[0][0].most) == (25, 100)


def test_weekdays_and_hours_are_those_of_the_site() -> None:
    cells = heat({MONDAY + 22 * HOUR: Hour(peak=1)}, [Span(MONDAY - DAY, None)], zone="Europe/Moscow")
    assert cells[1][1].average == 100
    assert sum(cell.average or 0 for row in cells for cell in row) == 100


def test_hours_without_numbers_have_no_use() -> None:
    cells = heat({}, [Span(MONDAY + 12 * HOUR, None)])
    assert (cells[0][11].average, cells[0][12].average) == (None, 0)
    assert size_in(MONDAY + 12 * HOUR, [Span(MONDAY + 12 * HOUR, MONDAY + 12 * HOUR)]) == 0


# --- from the database


@pytest.fixture
def pool(db: None) -> Pool:
    return make.pool(ONE, TWO, THREE, since=NOW - 40 * DAY, site=make.site(time_zone="Europe/Berlin"))


def number(phone: str) -> TrackedNumber:
    return TrackedNumber.objects.get(number=phone)


def hour(pool: Pool, ago: timedelta, **counted: int) -> None:
    at = (NOW - ago).replace(minute=0)
    PoolHour.objects.create(pool=pool, hour=at, **counted)


def lease(pool: Pool, phone: str, *, ago: timedelta, lasted: timedelta, is_open: bool = False) -> None:
    visit = make.visit(on=pool.site, at=NOW - ago)
    seen = visit.started_at + lasted
    Lease.objects.create(
        pool=pool,
        number=number(phone),
        visitor=visit.visitor,
        visit=visit,
        started_at=visit.started_at,
        last_seen_at=seen,
        held_until=seen + HOUR / 2,
        free_at=seen + HOUR,
        closed_at=None if is_open else seen + HOUR,
    )


def call(phone: str, *, ago: timedelta, **fields: object) -> None:
    tracked = number(phone)
    usual = {"match": Call.Match.VISIT, "source": register.unknown_source(), "day": (NOW - ago).date()}
    usual |= {"assignment": Assignment.objects.get(number=tracked), "started_at": NOW - ago}
    Call.objects.create(
        account=tracked.account, number=tracked, sid=f"CA{Call.objects.count()}", **usual | fields
    )


def told(pool: Pool) -> PoolHealth:
    return health_of(Pool.objects.select_related("site").get(pk=pool.pk), now=NOW)


def test_a_pool_that_nobody_used(pool: Pool) -> None:
    health = told(pool)
    assert (health.size, health.taken, health.percent, health.peak, health.peak_at) == (3, 0, 0, 0, None)
    assert (health.advice.size, health.warnings, health.calls, health.costs) == (0, (), 0, [])
    assert [str(one.number) for one in health.silent] == [ONE, TWO, THREE]


def test_a_pool_without_numbers(db: None) -> None:
    health = told(make.pool())
    assert (health.size, health.percent, health.numbers, health.costs) == (0, 0, [], [])
    assert all(cell.average is None for row in health.heat for cell in row)


def test_use_overflow_and_advice(pool: Pool) -> None:
    hour(pool, 2 * DAY, leased=12, overflow=4, peak=3)
    hour(pool, DAY, leased=5, peak=2)
    hour(pool, 31 * DAY, leased=99, overflow=99, peak=3)
    lease(pool, ONE, ago=2 * DAY, lasted=timedelta(minutes=10))
    lease(pool, TWO, ago=HOUR / 2, lasted=timedelta(minutes=20), is_open=True)
    lease(pool, TWO, ago=35 * DAY, lasted=5 * HOUR)
    health = told(pool)
    assert (health.taken, health.percent, health.leased, health.overflow) == (1, 33, 17, 4)
    assert (health.peak, health.peak_at, health.last_overflow_at) == (3, NOW - 2 * DAY, NOW - 2 * DAY)
    assert health.average_visit == timedelta(minutes=15)
    # ceil(16 x (0.25 h + 0.5 h) x 1.25)
    assert (health.advice.peak_visitors, health.advice.size) == (16, 15)
    assert health.warnings == (SizeWarning.USE, SizeWarning.OVERFLOW)
    # Noon in UTC is one o'clock in Berlin; two days ago was a Sunday.
    assert health.heat[6][13].overflow == 4
    assert health.heat[6][13].most == 100


def test_old_troubles_warn_no_longer(pool: Pool) -> None:
    hour(pool, 8 * DAY, leased=3, overflow=1, peak=3)
    assert told(pool).warnings == ()


def test_calls_collisions_and_silent_numbers(pool: Pool) -> None:
    call(ONE, ago=DAY)
    call(ONE, ago=2 * DAY, match=Call.Match.AMBIGUOUS)
    call(ONE, ago=3 * DAY, direction=Call.Direction.OUT)
    call(ONE, ago=3 * DAY, is_test=True)
    call(TWO, ago=31 * DAY)
    Assignment.objects.filter(number=number(THREE)).update(starts_at=NOW - 29 * DAY)
    health = told(pool)
    assert (health.calls, health.collisions) == (2, 1)
    assert [(one.calls, one.last_call_at) for one in health.numbers] == [(2, NOW - DAY), (0, None), (0, None)]
    assert [str(one.number) for one in health.silent] == [TWO]


def test_costs_are_told_by_currency(pool: Pool) -> None:
    TrackedNumber.objects.filter(number__in=[ONE, TWO]).update(monthly_cents=115, currency="USD")
    TrackedNumber.objects.filter(number=THREE).update(monthly_cents=300, currency="EUR")
    call(ONE, ago=DAY, price_micros=8_500, price_currency="USD")
    call(ONE, ago=DAY, price_micros=1_061_500, price_currency="USD")
    call(TWO, ago=DAY)
    euros, dollars = told(pool).costs
    assert (euros.currency, euros.numbers_cents, euros.calls_cents, euros.per_call_cents) == (
        "EUR",
        300,
        0,
        100,
    )
    assert (dollars.numbers_cents, dollars.calls_cents) == (230, 107)
    assert (dollars.per_number_cents, dollars.per_call_cents) == (115, 112)


def test_the_figures_are_five_questions(pool: Pool) -> None:
    for days in range(5):
        hour(pool, days * DAY, leased=1, peak=1)
        call(ONE, ago=days * DAY, price_micros=1, price_currency="USD")
        lease(pool, TWO, ago=days * DAY, lasted=HOUR)
    found = Pool.objects.select_related("site").get(pk=pool.pk)
    with CaptureQueriesContext(connection) as asked:
        health_of(found, now=NOW)
    assert len(asked) == 5
