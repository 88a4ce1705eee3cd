"""Pools of numbers as an office manager makes them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leadtrack.phones import assign, retire, rows
from leadtrack.phones.assign import assign_number
from leadtrack.phones.models import Assignment, Call, Pool, PoolHour, TrackedNumber
from leadtrack.phones.pool_words import pool_words
from leadtrack.sources import register
from leadtrack.sources.models import DirtyMark
from leadtrack.visits.models import Site
from tests import make
from tests.phones.test_numbers import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return make.site(region="RU")


@pytest.fixture
def admin(login) -> Client:
    return login("admin")


def told(place: Site, **fields: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "name": "Search ads",
        "site": place.pk,
        "replaces": "8 (800) 123-45-67",
        "channels": ["Paid Search"],
        "sources": "",
        "landing": "",
        "position": "0",
        "fallback": "",
        "shown_as": "page",
        "ambiguous": "unknown",
        "flow": "",
        "selector": "",
        "hold": "30",
        "cooldown": "60",
        "window": "60",
    }
    return usual | fields


def numbers(site: Site, count: int) -> list[TrackedNumber]:
    account = make.carrier_account()
    return [make.number(f"+1555010005{last}", account=account, site=site) for last in range(count)]


def test_a_pool_is_made_of_plain_words(admin, site):
    sent = told(site, sources="Google\n\nYandex\ngoogle", landing="/sale/*", fallback="8 800 123-45-68")
    page = admin.post("/numbers/pools/add/", sent, follow=True)
    pool = Pool.objects.get()
    assert page.redirect_chain[-1][0] == "/numbers/pools/"
    assert pool.replaces == ["+78001234567"]
    assert (pool.channels, pool.sources) == (["Paid Search"], ["google", "yandex"])
    assert str(pool.fallback) == "+78001234568"
    assert (pool.hold_seconds, pool.cooldown_seconds, pool.window_seconds) == (1800, 3600, 3600)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "This field is required"),
        ({"replaces": ""}, "Write the number that your site shows now"),
        ({"replaces": "8 800 123-45-67\ncall me"}, "“call me”: Write a phone number"),
        ({"replaces": "\n".join(["8 800 123-45-67"] * 21)}, "At most 20 numbers"),
        ({"channels": ["Nonsense"]}, "Select a valid choice"),
        ({"landing": "two words"}, "An address has no spaces"),
        ({"fallback": "1"}, "Write a phone number"),
        ({"hold": "0"}, "greater than or equal to 1"),
        ({"cooldown": "-1"}, "greater than or equal to 0"),
        ({"window": "1441"}, "less than or equal to 1440"),
        ({"site": "99"}, "Select a valid choice"),
        ({"name": "a\0"}, "Null characters"),
    ],
)
def test_a_mistake_is_told_beside_its_field(admin, site, fields, words):
    assert words in text_of(admin.post("/numbers/pools/add/", told(site, **fields)))
    assert not Pool.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"replaces": "", "selector": ".phone"}, {"selector": ".a) b"}, {"selector": "a{}"}]
)
def test_a_place_alone_or_one_that_is_none_would_show_nothing_and_is_refused(admin, site, fields):
    page = admin.post("/numbers/pools/add/", told(site, **fields))
    assert "invalid-feedback" in page.content.decode()
    assert not Pool.objects.exists()


def test_a_pool_may_name_a_place_of_the_page(admin, site):
    admin.post("/numbers/pools/add/", told(site, selector=".phone > b"))
    assert Pool.objects.get().selector == ".phone > b"


def test_changing_shows_minutes_and_keeps_the_site(admin, site):
    pool = Pool.objects.create(name="A", site=site, replaces=["+78001234567"], hold_seconds=90)
    page = admin.get(f"/numbers/pools/{pool.pk}/").content.decode()
    assert 'name="hold" value="2"' in page
    other = make.site("https://other.example")
    admin.post(f"/numbers/pools/{pool.pk}/", told(site, name="B", site=other.pk, hold="5"))
    pool.refresh_from_db()
    assert (pool.name, pool.site, pool.hold_seconds) == ("B", site, 300)


def test_another_credit_of_ambiguous_calls_books_their_days_again(admin, site):
    pool = Pool.objects.create(name="A", site=site, replaces=["+78001234567"])
    number = numbers(site, 1)[0]
    given = assign_number(number=number, pool=pool, at=make.NOON)
    Call.objects.create(
        account=number.account, number=number, sid="CA1", source=register.unknown_source(), assignment=given,
        match=Call.Match.AMBIGUOUS, started_at=make.NOON, day=make.TODAY,
    )  # fmt: skip
    DirtyMark.objects.all().delete()
    admin.post(f"/numbers/pools/{pool.pk}/", told(site))
    assert not DirtyMark.objects.exists()
    admin.post(f"/numbers/pools/{pool.pk}/", told(site, ambiguous="shares"))
    assert DirtyMark.objects.filter(day=make.TODAY).exists()


def test_a_pool_is_said_in_one_sentence(site):
    pool = Pool(name="A", site=site, replaces=["+78001234567"], channels=["Paid Search"])
    assert (
        pool_words(pool, 5) == "Visitors from Paid Search see one of 5 numbers in place of +7 800 123-45-67."
    )
    assert "but it has none yet" in pool_words(pool, 0)
    pool.channels, pool.landing = [], "/sale/*"
    assert pool_words(pool, 2).startswith("Visitors who began on /sale/* see one of 2 numbers")
    pool.landing, pool.replaces = "", []
    assert pool_words(pool, 1) == "All visitors see 1 number in place of the number of the page."


def test_the_board_shows_pools_and_free_numbers_with_a_select_to_move_them(admin, site):
    pool = Pool.objects.create(name="Search ads", site=site, replaces=["+78001234567"])
    held, free = numbers(site, 2)
    assign_number(number=held, pool=pool, at=make.NOON)
    page = admin.get("/numbers/pools/").content.decode()
    assert f'aria-label="Move {held.number} to"' in page
    assert f'data-give="/numbers/{free.pk}/give/"' in page
    moved = admin.post(
        f"/numbers/{free.pk}/give/",
        {"to": f"pool:{pool.pk}", "back": "pools"},
        headers={"HX-Request": "true"},
    )
    assert 'id="board"' in moved.content.decode()
    assert Assignment.objects.filter(pool=pool, ends_at=None).count() == 2


def test_the_board_costs_the_same_for_many_pools(admin, site, django_assert_num_queries):
    for last, number in enumerate(numbers(site, 6)):
        pool = Pool.objects.create(name=f"P{last}", site=site, replaces=["+78001234567"])
        assign_number(number=number, pool=pool, at=make.NOON)
    # Session, user, member, pools, their assignments, free numbers, retired pools.
    with django_assert_num_queries(7):
        admin.get("/numbers/pools/")


def test_retiring_frees_the_numbers_and_can_be_undone(admin, site):
    pool = Pool.objects.create(name="Search ads", site=site, replaces=["+78001234567"])
    first, second = numbers(site, 2)
    for number in (first, second):
        assign_number(number=number, pool=pool, at=make.NOON)
    page = admin.post(f"/numbers/pools/{pool.pk}/retire/", follow=True)
    assert "2 of its numbers are free" in text_of(page)
    assert not Assignment.objects.filter(ends_at=None).exists()
    # One of them goes to somebody else meanwhile.
    billboard = register.assigned_source(channel="Offline", source="billboard")
    assign_number(number=first, source=billboard, at=timezone.now() + timedelta(seconds=1))
    page = admin.post(f"/numbers/pools/{pool.pk}/restore/", follow=True)
    assert "is used again with 1 numbers" in text_of(page)
    pool.refresh_from_db()
    assert (pool.retired_at, pool.is_active) == (None, True)
    assert Assignment.objects.get(number=first, ends_at=None).source == billboard
    assert Assignment.objects.get(number=second, ends_at=None).pool == pool


def test_who_may_only_read_sees_the_pool_and_cannot_send(login, site):
    pool = Pool.objects.create(name="Search ads", site=site, replaces=["+78001234567"])
    marketer = login("marketer")
    page = marketer.get(f"/numbers/pools/{pool.pk}/").content.decode()
    assert "<fieldset disabled>" in page
    assert marketer.post(f"/numbers/pools/{pool.pk}/", told(site, name="B")).status_code == 403
    pool.refresh_from_db()
    assert pool.name == "Search ads"


def test_hostile_names_are_shown_as_words(admin, site):
    admin.post("/numbers/pools/add/", told(site, name="<script>alert(1)</script>", landing="/<b>*"))
    page = admin.get("/numbers/pools/").content
    assert b"<script>alert(1)" not in page
    assert b"/<b>" not in page


def used(pool: Pool, *, ago: timedelta, peak: int, overflow: int = 0) -> PoolHour:
    hour = (timezone.now() - ago).replace(minute=0, second=0, microsecond=0)
    return PoolHour.objects.create(pool=pool, hour=hour, leased=peak, peak=peak, overflow=overflow)


@pytest.fixture
def busy(site) -> Pool:
    pool = Pool.objects.create(name="Search ads", site=site, replaces=["+78001234567"])
    for number in numbers(site, 4):
        TrackedNumber.objects.filter(pk=number.pk).update(monthly_cents=115, currency="USD")
        assign_number(number=number, pool=pool, at=timezone.now() - timedelta(days=40))
    return pool


def test_health_advises_with_the_formula_and_its_terms(login, busy):
    used(busy, ago=timedelta(hours=3), peak=9)
    page = text_of(login("marketer").get(f"/numbers/pools/{busy.pk}/health/"))
    # 9 x (0 + 0.5 h + 1 h) x 1.25 = 16.9; without the rest 5.6
    assert "It needs 17 numbers, it has 4." in page
    terms = "(0 seconds of an average visit + 30 minutes of hold + 60 minutes of rest)"
    assert f"9 visitors in the busiest hour × {terms}" in page
    assert "rounded up = 17" in page
    assert "leaves the rest out: 6." in page
    assert "no call in 30 days" in page
    assert "$4.60" in page


def test_health_warns_at_three_quarters_and_at_the_first_overflow(admin, busy):
    address = f"/numbers/pools/{busy.pk}/health/"
    used(busy, ago=timedelta(hours=30), peak=2)
    assert "more than 75 %" not in text_of(admin.get(address))
    used(busy, ago=timedelta(hours=20), peak=3)
    page = admin.get(address)
    assert "more than 75 % of the numbers were taken" in text_of(page)
    assert "no number was free" not in text_of(page)
    assert "heat-4" in page.content.decode()
    used(busy, ago=timedelta(hours=10), peak=4, overflow=2)
    page = admin.get(address)
    assert "no number was free" in text_of(page)
    assert "2 visitors got none" in text_of(page)
    assert 'class="heat-5"' in page.content.decode()


def test_health_of_a_pool_that_nobody_saw_says_what_to_do(admin, site):
    pool = Pool.objects.create(name="Search ads", site=site, replaces=["+78001234567"])
    page = text_of(admin.get(f"/numbers/pools/{pool.pk}/health/"))
    assert "advice needs visitors" in page
    assert "Move numbers into the pool" in page


def test_health_costs_the_same_for_many_numbers(admin, busy, django_assert_max_num_queries):
    used(busy, ago=timedelta(hours=3), peak=3)
    # Session, user, member, the pool, and five for its figures.
    with django_assert_max_num_queries(9):
        admin.get(f"/numbers/pools/{busy.pk}/health/")


def test_numbers_are_waited_for_before_pools_and_those_in_one_order(site, monkeypatch):
    """Else retiring a pool and assigning its numbers, or two numbers that change places, wait for ever."""
    first, second = (Pool.objects.create(name=name, site=site, replaces=["+78001234567"]) for name in "AB")
    (number,) = numbers(site, 1)
    for pool in (second, first):
        assign_number(number=number, pool=pool, at=timezone.now())
    locked: list[str] = []
    lock_pool, lock_assignments = rows.lock_pool, assign.lock_assignments
    monkeypatch.setattr(rows, "lock_pool", lambda pk: locked.append(f"pool {pk}") or lock_pool(pk))
    told_of = lambda row: locked.append("number") or lock_assignments(row)  # noqa: E731
    monkeypatch.setattr(retire, "lock_assignments", told_of)
    monkeypatch.setattr(assign, "lock_assignments", told_of)
    retire.retire_pool(first, now=timezone.now())
    assert locked == ["number", "number", f"pool {first.pk}", f"pool {second.pk}"]
