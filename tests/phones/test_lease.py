"""Lending numbers: who gets which, until when, and what is counted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from leadtrack.phones import close, lease, pools, rows
from leadtrack.phones.lease import Shown, end_lease, holder_at, lease_numbers
from leadtrack.phones.models import Assignment, Lease, Overflow, Pool, PoolHour, TrackedNumber
from leadtrack.phones.pool import Moments
from leadtrack.visits.models import Site, Visit
from leadtrack.visits.sites import known
from tests import make

pytestmark = pytest.mark.django_db

ASKED, SECOND = "+49301234567", "+49307654321"
ONE, TWO, THREE = "+4930111001", "+4930111002", "+4930111003"
NOW = make.NOON + timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def site() -> Site:
    return make.site()


def comes(site: Site, url: str = "https://shop.example/", **fields: Any) -> Visit:
    return make.visit(on=site, at=NOW, **fields)


def shows(visit: Visit, at: datetime = NOW, *asked: str, page: str = "/a") -> list[Shown]:
    site = known(Site.objects.get(pk=visit.site_id))
    return lease_numbers(
        site=site, visit=visit, visitor_key=visit.visitor.key, page=page, asked=asked or [ASKED], now=at
    )


def number_of(visit: Visit, at: datetime = NOW, *asked: str) -> str:
    """The one number that the visit's page shows; "" where it keeps its own."""
    shown = shows(visit, at, *asked)
    return shown[0].number if shown else ""


def changed(**fields: Any) -> None:
    Pool.objects.update(**fields)
    pools.forget()


# --- who gets which


def test_each_visitor_has_a_number_of_his_own(site: Site) -> None:
    make.pool(ONE, TWO, site=site)
    ann, ben = comes(site), comes(site)
    assert {number_of(ann), number_of(ben)} == {ONE, TWO}
    assert number_of(ann) == ONE
    assert [row.number.number for row in Lease.objects.order_by("pk")] == [ONE, TWO]


def test_a_lease_says_who_when_and_where(site: Site) -> None:
    pool = make.pool(ONE, site=site)
    ann = comes(site)
    shown = shows(ann, page="/contacts")
    assert shown == [Shown(ASKED, ONE, "+49 30 111001", "", pool.pk, 60)]
    row = Lease.objects.get()
    assert (row.pool, row.visitor, row.visit, row.page) == (pool, ann.visitor, ann, "/contacts")
    assert (row.started_at, row.last_seen_at, row.closed_at) == (NOW, NOW, None)
    assert (row.held_until, row.free_at) == (NOW + 30 * MINUTE, NOW + 90 * MINUTE)


def test_seen_again_it_goes_on_where_the_visitor_is_now(site: Site) -> None:
    make.pool(ONE, site=site)
    ann = comes(site)
    assert number_of(ann) == ONE
    later = make.visit(visitor=ann.visitor, at=NOW + 20 * MINUTE)
    assert shows(later, NOW + 20 * MINUTE, page="/b")[0].number == ONE
    row = Lease.objects.get()
    assert (row.visit, row.page, row.started_at) == (later, "/b", NOW)
    assert (row.last_seen_at, row.free_at) == (NOW + 20 * MINUTE, NOW + 110 * MINUTE)


def test_nobody_gets_it_before_hold_and_rest_are_over(site: Site) -> None:
    make.pool(ONE, site=site)
    ann, ben = comes(site), comes(site)
    assert number_of(ann) == ONE
    assert number_of(ben, NOW + 89 * MINUTE) == ""
    assert number_of(ben, NOW + 90 * MINUTE) == ONE
    first, second = Lease.objects.order_by("pk")
    assert first.closed_at == first.free_at == second.started_at


def test_a_visitor_who_comes_back_in_the_rest_has_it_still(site: Site) -> None:
    make.pool(ONE, site=site)
    ann = comes(site)
    assert number_of(ann) == ONE
    assert number_of(ann, NOW + 80 * MINUTE) == ONE
    assert Lease.objects.get().free_at == NOW + 170 * MINUTE


def test_the_same_visitor_gets_the_same_number_while_it_is_free(site: Site) -> None:
    make.pool(ONE, TWO, THREE, site=site)
    ann, ben = comes(site), comes(site)
    assert [number_of(ann), number_of(ben)] == [ONE, TWO]
    days = timedelta(days=3)
    assert number_of(ben, NOW + days) == TWO
    assert number_of(ann, NOW + 2 * days) == ONE
    # Not taken from another: she gets what rested longest.
    carl = comes(site)
    assert number_of(carl, NOW + 3 * days) == THREE
    dora, emil = comes(site), comes(site)
    assert {number_of(dora, NOW + 3 * days), number_of(emil, NOW + 3 * days)} == {ONE, TWO}
    assert number_of(ann, NOW + 3 * days + 80 * MINUTE) == ""
    assert number_of(ann, NOW + 4 * days) == ONE


def test_the_number_that_rested_longest_is_next(site: Site) -> None:
    make.pool(ONE, TWO, site=site)
    assert number_of(comes(site)) == ONE
    assert number_of(comes(site), NOW + MINUTE) == TWO
    assert number_of(comes(site), NOW + timedelta(hours=5)) == ONE
    assert number_of(comes(site), NOW + timedelta(hours=5)) == TWO


def test_settings_that_became_shorter_take_nothing_away(site: Site) -> None:
    make.pool(ONE, site=site)
    ann = comes(site)
    assert number_of(ann) == ONE
    changed(hold_seconds=60, cooldown_seconds=0)
    assert number_of(ann, NOW + MINUTE) == ONE
    assert Lease.objects.get().free_at == NOW + 90 * MINUTE
    assert number_of(comes(site), NOW + 80 * MINUTE) == ""


def test_numbers_that_are_off_or_leave_soon_are_given_to_nobody(site: Site) -> None:
    make.pool(ONE, TWO, THREE, site=site)
    TrackedNumber.objects.filter(number=ONE).update(is_active=False)
    TrackedNumber.objects.filter(number=TWO).update(release_on=NOW.date())
    assert number_of(comes(site)) == THREE
    assert number_of(comes(site)) == ""


# --- several numbers, several pools


def test_two_numbers_of_a_page_have_a_pool_each(site: Site) -> None:
    make.pool(ONE, site=site)
    make.pool(TWO, site=site, replaces=[SECOND])
    ann = comes(site)
    shown = shows(ann, NOW, ASKED, SECOND)
    assert [(one.asked, one.number) for one in shown] == [(ASKED, ONE), (SECOND, TWO)]
    assert Lease.objects.count() == 2


def test_one_pool_for_two_numbers_of_a_page_lends_one(site: Site) -> None:
    make.pool(ONE, TWO, site=site, replaces=[ASKED, SECOND])
    shown = shows(comes(site), NOW, ASKED, SECOND, ASKED)
    assert [(one.asked, one.number) for one in shown] == [(ASKED, ONE), (SECOND, ONE), (ASKED, ONE)]
    assert Lease.objects.count() == 1


def test_numbers_are_asked_for_as_pages_write_them(site: Site) -> None:
    make.pool(ONE, site=site)
    for text in ("030 1234567", "+49 (30) 123-45-67", "004930 1234567"):
        shown = shows(comes(site), NOW + timedelta(days=1), text)
        assert [one.asked for one in shown] == [text]
        Lease.objects.all().delete()


@pytest.mark.parametrize("text", ["", "+", "nothing", "\0", "1" * 40, "+4930\0", "\ud800", SECOND, "🦄" * 10])
def test_what_no_pool_replaces_has_no_answer(site: Site, text: str) -> None:
    make.pool(ONE, site=site)
    assert shows(comes(site), NOW, text) == []
    assert not Lease.objects.exists()


def test_conditions_choose_the_pool_by_the_visit(site: Site) -> None:
    paid = make.source("https://shop.example/?utm_source=google&utm_medium=cpc")
    make.pool(ONE, site=site, position=1, channels=["Paid Search"])
    make.pool(TWO, site=site, position=2, landing="/sale/*")
    make.pool(THREE, site=site, position=3)
    sale = comes(site)
    Visit.objects.filter(pk=sale.pk).update(landing_url="https://shop.example/sale/1?x=2")
    sale.refresh_from_db()
    direct = comes(site, of=make.source("https://shop.example/"))
    assert [number_of(comes(site, of=paid)), number_of(direct)] == [ONE, THREE]
    sale.source = direct.source
    assert number_of(sale) == TWO


def test_a_new_visit_may_have_another_pool_and_the_first_number_runs_out(site: Site) -> None:
    paid = make.source("https://shop.example/?utm_source=google&utm_medium=cpc")
    make.pool(ONE, site=site, position=1, channels=["Paid Search"])
    make.pool(TWO, site=site, position=2)
    direct = comes(site, of=make.source("https://shop.example/"))
    assert number_of(direct) == TWO
    second = make.visit(visitor=direct.visitor, of=paid, at=NOW + MINUTE)
    assert number_of(second, NOW + MINUTE) == ONE
    assert Lease.objects.get(number__number=TWO).free_at == NOW + 90 * MINUTE


def test_pools_that_are_off_or_retired_or_of_another_site_show_nothing(site: Site) -> None:
    pool = make.pool(ONE, site=site)
    ann = comes(site)
    for fields in ({"is_active": False}, {"is_active": True, "retired_at": NOW}):
        changed(**fields)
        assert number_of(ann) == ""
    changed(retired_at=None)
    assert number_of(comes(make.site(origin="https://other.example"))) == ""
    assert number_of(ann) == ONE
    assert PoolHour.objects.get(pool=pool).overflow == 0


def test_a_pool_switched_off_just_now_elsewhere_lends_nothing_new(site: Site) -> None:
    make.pool(ONE, site=site)
    ann, ben = comes(site), comes(site)
    assert number_of(ann) == ONE
    Pool.objects.update(is_active=False)
    assert number_of(ben) == ""
    assert not Overflow.objects.exists()


def test_a_landing_page_that_is_no_address_is_for_nobody(site: Site) -> None:
    make.pool(ONE, site=site, landing="two words")
    assert number_of(comes(site)) == ""


# --- empty pools


def test_an_empty_pool_shows_its_fallback_and_counts_each_visitor_once_an_hour(site: Site) -> None:
    pool = make.pool(ONE, site=site, fallback="+49309999999")
    assert number_of(comes(site)) == ONE
    ben = comes(site)
    for minutes in (1, 2, 3):
        assert number_of(ben, NOW + minutes * MINUTE) == "+49309999999"
    assert number_of(comes(site), NOW + MINUTE) == "+49309999999"
    hour = PoolHour.objects.get(pool=pool, hour=NOW)
    assert (hour.leased, hour.overflow, hour.peak) == (1, 2, 1)
    assert number_of(ben, NOW + 61 * MINUTE) == "+49309999999"
    assert PoolHour.objects.get(hour=NOW + 60 * MINUTE).overflow == 1


def test_without_a_fallback_the_page_keeps_its_own(site: Site) -> None:
    make.pool(ONE, site=site)
    assert number_of(comes(site)) == ONE
    assert shows(comes(site)) == []
    make.pool(site=site, replaces=[SECOND])
    pools.forget()
    assert shows(comes(site), NOW, SECOND) == []


def test_an_hour_knows_how_many_came_and_how_many_numbers_were_taken_at_once(site: Site) -> None:
    pool = make.pool(ONE, TWO, THREE, site=site)
    for minutes in (0, 10, 20):
        assert number_of(comes(site), NOW + minutes * MINUTE)
    hour = PoolHour.objects.get(pool=pool)
    assert (hour.hour, hour.leased, hour.overflow, hour.peak) == (NOW, 3, 0, 3)
    # By then the first two have rested.
    number_of(comes(site), NOW + 100 * MINUTE)
    assert PoolHour.objects.get(hour=NOW + 60 * MINUTE).peak == 2


# --- the end


def test_a_number_that_leaves_its_pool_ends_its_lease(site: Site) -> None:
    pool = make.pool(ONE, TWO, site=site)
    ann = comes(site)
    assert number_of(ann) == ONE
    one = TrackedNumber.objects.get(number=ONE)
    Assignment.objects.filter(number=one).update(ends_at=NOW + MINUTE)
    assert end_lease(number=one, at=NOW + MINUTE)
    assert not end_lease(number=one, at=NOW + 2 * MINUTE)
    assert Lease.objects.get().closed_at == NOW + MINUTE
    assert number_of(ann, NOW + 2 * MINUTE) == TWO
    # Back in the pool it is hers alone until it has rested.
    Assignment.objects.create(number=one, pool=pool, starts_at=NOW + 3 * MINUTE)
    assert number_of(comes(site), NOW + 4 * MINUTE) == ""
    assert number_of(comes(site), NOW + 91 * MINUTE) == ONE


def test_a_lease_whose_number_left_without_a_word_stands_in_nobodys_way(site: Site) -> None:
    make.pool(ONE, TWO, site=site)
    ann = comes(site)
    assert number_of(ann) == ONE
    Assignment.objects.filter(number__number=ONE).update(ends_at=NOW + MINUTE)
    assert close.close_over(now=NOW + 2 * MINUTE) == 1
    assert Lease.objects.get().closed_at == NOW + 2 * MINUTE
    assert number_of(ann, NOW + 3 * MINUTE) == TWO


def test_the_sweep_closes_what_is_over_at_the_moment_it_ended(site: Site) -> None:
    make.pool(ONE, TWO, site=site)
    ann, ben = comes(site), comes(site)
    assert number_of(ann) == ONE
    assert number_of(ben, NOW + 60 * MINUTE) == TWO
    assert close.close_over(now=NOW + 100 * MINUTE) == 1
    assert close.close_over(now=NOW + 100 * MINUTE) == 0
    assert Lease.objects.get(number__number=ONE).closed_at == NOW + 90 * MINUTE
    assert Lease.objects.get(number__number=TWO).closed_at is None


def test_the_sweep_forgets_who_got_no_number_after_two_days(site: Site) -> None:
    make.pool(site=site)
    number_of(comes(site))
    close.close_over(now=NOW + timedelta(days=1))
    assert Overflow.objects.count() == 1
    close.close_over(now=NOW + timedelta(days=3))
    assert Overflow.objects.count() == 0
    assert PoolHour.objects.get().overflow == 1


def test_use_is_noted_also_in_hours_when_nobody_comes(site: Site) -> None:
    pool = make.pool(ONE, TWO, site=site)
    number_of(comes(site))
    number_of(comes(site))
    later = NOW + 70 * MINUTE
    close.note_use(now=later)
    close.note_use(now=later + MINUTE)
    hour = PoolHour.objects.get(pool=pool, hour=rows.hour_of(later))
    assert (hour.leased, hour.peak) == (0, 2)
    close.note_use(now=NOW + timedelta(hours=5))
    assert PoolHour.objects.count() == 2


# --- history


def test_history_says_whose_a_number_was(site: Site) -> None:
    make.pool(ONE, site=site)
    ann, ben = comes(site), comes(site)
    number_of(ann)
    number_of(ben, NOW + 200 * MINUTE)
    one = TrackedNumber.objects.get()

    def who(minutes: int) -> Any:
        found = holder_at(one, NOW + minutes * MINUTE)
        return found.visitor if found else None

    told = [who(minutes) for minutes in (-1, 0, 89, 90, 199, 200, 289, 290)]
    assert told == [None, ann.visitor, ann.visitor, None, None, ben.visitor, ben.visitor, None]


# --- races that a test can stage


def test_who_comes_second_for_a_number_gets_the_next(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = make.pool(ONE, TWO, site=site)
    ann, ben = comes(site), comes(site)
    known_stands = rows.stands(pool_id=pool.pk, visitor_id=ann.visitor_id)
    assert number_of(ben) == ONE
    # What she read is old: the database has the last word.
    monkeypatch.setattr(rows, "stands", lambda **_who: known_stands)
    assert number_of(ann) == TWO


def test_the_database_refuses_a_second_holder_and_a_second_number(site: Site) -> None:
    pool = make.pool(ONE, TWO, site=site)
    ann, ben = comes(site), comes(site)
    number_of(ann)
    until = Moments(NOW + MINUTE, NOW + 2 * MINUTE)
    usual = {"pool": pool, "started_at": NOW, "last_seen_at": NOW, "free_at": until.free_at}
    for number, visit in ((ONE, ben), (TWO, ann)):
        of = {"number": TrackedNumber.objects.get(number=number), "visit": visit, "visitor": visit.visitor}
        with pytest.raises(IntegrityError), lease.transaction.atomic():
            Lease.objects.create(**usual, **of, held_until=until.held_until)


# --- cost


def test_a_page_costs_one_statement_and_a_new_lease_a_handful(site: Site) -> None:
    make.pool(ONE, TWO, site=site)
    make.pool(THREE, site=site, replaces=[SECOND])
    ann, place = comes(site), known(site)
    pools.pools_of(site)

    def statements(*asked: str) -> list[str]:
        with CaptureQueriesContext(connection) as told:
            lease_numbers(site=place, visit=ann, visitor_key="", page="/", asked=asked, now=NOW + MINUTE)
        return [query["sql"] for query in told]

    # Is there one, the pool's row, its numbers, close, open, count.
    assert len(statements(ASKED)) == 6
    # The one that is there goes on with the other.
    assert len(statements(ASKED, SECOND)) == 6
    assert len(statements(ASKED, SECOND)) == 1


def test_moments_are_utc(site: Site) -> None:
    assert rows.hour_of(datetime(2026, 3, 10, 12, 59, tzinfo=UTC)).hour == 12
