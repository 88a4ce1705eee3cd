"""The list of numbers and giving them to somebody with one click: for who has never seen a webhook."""

import re
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.utils import timezone

from leadtrack.phones.assign import assign_number
from leadtrack.phones.models import Assignment, Call, Lease, Pool, TrackedNumber
from leadtrack.sources import register
from leadtrack.sources.models import Source
from tests import make
from tests.phones.test_numbers import billboard, called, text_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def number() -> TrackedNumber:
    return make.number(note="Behind the counter")


@pytest.fixture
def admin(login) -> Client:
    return login("admin")


def pool_of(number: TrackedNumber, name: str = "Search ads", **fields) -> Pool:
    return Pool.objects.create(name=name, site=number.site, replaces=["+78001234567"], **fields)


def more(number: TrackedNumber, last: int) -> TrackedNumber:
    return make.number(f"+1555010004{last}", account=number.account, site=number.site)


def listed(client: Client, **asked: str) -> set[int]:
    page = client.get("/numbers/", asked).content.decode()
    return {int(pk) for pk in re.findall(r'id="held-(\d+)"', page)}


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("555 010-0020", True),
        ("+1 (555) 010 0020", True),
        ("0100020", True),
        ("counter", True),
        ("MAIN", True),
        ("billboard main", True),
        ("billboard side", False),
        ("99", False),
        ("\0", True),
        ("' OR 1=1 --", False),
    ],
)
def test_a_number_is_found_by_digits_source_and_note(admin, number, words, is_found):
    assign_number(number=number, source=billboard(), at=make.NOON)
    assert listed(admin, q=words) == ({number.pk} if is_found else set())


def test_a_number_is_found_by_its_pool(admin, number):
    assign_number(number=number, pool=pool_of(number), at=make.NOON)
    assert listed(admin, q="search") == {number.pk}


def test_the_list_is_narrowed_by_state(admin, number):
    others = ("pool", "free", "faulty", "archived")
    rows = {"static": number} | {name: more(number, last) for last, name in enumerate(others)}
    assign_number(number=rows["static"], source=billboard(), at=make.NOON)
    assign_number(number=rows["pool"], pool=pool_of(number), at=make.NOON)
    assign_number(number=rows["faulty"], source=billboard(), at=make.NOON)
    TrackedNumber.objects.filter(pk=rows["faulty"].pk).update(faults=["voice_missing"])
    TrackedNumber.objects.filter(pk=rows["archived"].pk).update(is_active=False)
    states = ("", *rows, "nonsense")
    names = {row.pk: name for name, row in rows.items()}
    found = {state: {names[pk] for pk in listed(admin, state=state)} for state in states}
    assert found == {
        "": {"static", "pool", "free", "faulty"},
        "static": {"static", "faulty"},
        "pool": {"pool"},
        "free": {"free"},
        "faulty": {"faulty"},
        "archived": {"archived"},
        "nonsense": {"static", "pool", "free", "faulty"},
    }


def test_a_fault_is_said_with_its_fix(admin, number):
    TrackedNumber.objects.update(faults=["voice_missing", "quite_new"])
    page = text_of(admin.get("/numbers/"))
    assert "The carrier does not tell us of its calls. Press “Repair”." in page
    assert "quite_new" in page


def test_the_list_costs_the_same_for_many_numbers_of_pools(admin, number, django_assert_num_queries):
    pool = pool_of(number)
    for last in range(9):
        row = more(number, last)
        assign_number(number=row, pool=pool, at=make.NOON)
        called(row, DAY, f"CA{last}")
    # Session, user, member, numbers, their assignments.
    with django_assert_num_queries(5):
        admin.get("/numbers/", {"q": "search"})


def test_a_search_without_a_hit_leads_back_to_all(admin, number):
    assert "No such number" in text_of(admin.get("/numbers/", {"q": "nothing like it"}))


def test_choosing_offers_pools_of_the_site_and_sources(admin, number):
    pool_of(number)
    Pool.objects.create(name="Search of others", site=make.site("https://other.example"))
    make.source("https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=search_spring")
    page = admin.get(f"/numbers/{number.pk}/choose/", {"q": "search"}, headers=HTMX)
    words = text_of(page)
    assert "Search ads" in words
    assert "search_spring" in words
    assert "Search of others" not in words


def test_choosing_warns_of_a_call_that_goes_on_and_of_visitors_who_see_the_number(admin, number):
    pool = pool_of(number)
    assign_number(number=number, pool=pool, at=make.NOON)
    now = timezone.now()
    called(number, timedelta(minutes=2), "CA1")
    visit = make.visit(on=number.site, at=now)
    Lease.objects.create(
        pool=pool,
        number=number,
        visitor=visit.visitor,
        visit=visit,
        started_at=now,
        last_seen_at=now,
        held_until=now + DAY,
        free_at=now + DAY,
    )
    words = text_of(admin.get(f"/numbers/{number.pk}/choose/"))
    assert "A call is going on now" in words
    assert "1 visitor sees this number now" in words


def test_a_click_gives_the_number_and_the_note_offers_to_undo(admin, number):
    assign_number(number=number, source=billboard("North"), at=make.NOON)
    pool = pool_of(number)
    answer = admin.post(f"/numbers/{number.pk}/give/", {"to": f"pool:{pool.pk}"}, headers=HTMX)
    held = Assignment.objects.get(ends_at=None)
    assert held.pool == pool
    assert "+1 555-010-0020 belongs to “Search ads” now." in text_of(answer)
    assert f'hx-post="/numbers/{number.pk}/undo/"' in answer.content.decode()
    headers = HTMX | {"HX-Current-URL": "https://leads.example/numbers/?q=search"}
    undone = admin.post(f"/numbers/{number.pk}/undo/", {"assignment": held.pk}, headers=headers)
    assert undone.headers["HX-Redirect"] == "/numbers/?q=search"
    assert Assignment.objects.get(ends_at=None).source == billboard("North")


def test_a_source_is_given_with_one_click_without_javascript_too(admin, number):
    source = make.source()
    page = admin.post(f"/numbers/{number.pk}/give/", {"to": f"source:{source.pk}"}, follow=True)
    assert "belongs to “Paid Search / google / brand” now" in text_of(page)
    assert Assignment.objects.get().source == source


def test_a_number_taken_out_can_be_put_back(admin, number):
    pool = pool_of(number)
    given = assign_number(number=number, pool=pool, at=make.NOON)
    answer = admin.post(f"/numbers/{number.pk}/give/", {"to": "free", "back": "pools"}, headers=HTMX)
    assert not Assignment.objects.filter(ends_at=None).exists()
    assert f'hx-post="/numbers/{number.pk}/restore/"' in answer.content.decode()
    admin.post(f"/numbers/{number.pk}/restore/", {"assignment": given.pk}, headers=HTMX)
    assert Assignment.objects.get(ends_at=None).pool == pool


def test_what_somebody_else_took_meanwhile_is_not_put_back(admin, number):
    given = assign_number(number=number, pool=pool_of(number), at=make.NOON)
    admin.post(f"/numbers/{number.pk}/give/", {"to": "free"}, headers=HTMX)
    assign_number(number=number, source=billboard(), at=timezone.now())
    page = admin.post(f"/numbers/{number.pk}/restore/", {"assignment": given.pk}, follow=True)
    assert "given to somebody else meanwhile" in text_of(page)
    assert Assignment.objects.get(ends_at=None).source == billboard()


@pytest.mark.parametrize(
    "to", ["", "pool:0", "pool:x", "source:99", "nobody", "pool:" + "9" * 30, "a" * 41, "source:\0"]
)
def test_giving_to_nothing_is_told_and_changes_nothing(admin, number, to):
    answer = admin.post(f"/numbers/{number.pk}/give/", {"to": to}, headers=HTMX)
    assert "toast-error" in answer.content.decode()
    assert not Assignment.objects.exists()


def test_a_pool_of_another_site_is_refused_in_words(admin, number):
    pool = Pool.objects.create(name="Others", site=make.site("https://other.example"))
    answer = admin.post(f"/numbers/{number.pk}/give/", {"to": f"pool:{pool.pk}"}, headers=HTMX)
    assert "The pool is of another site" in text_of(answer)
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("role", ["marketer", "sales_manager"])
def test_marketers_and_managers_read_and_change_nothing(login, number, role):
    client = login(role)
    page = client.get("/numbers/").content.decode()
    assert "Assign" not in page
    assert client.get(f"/numbers/{number.pk}/").status_code == 200
    assert client.get("/numbers/pools/").status_code == 200
    for path in ("choose", "change", "assign"):
        assert client.get(f"/numbers/{number.pk}/{path}/").status_code == 403
    for path in ("give", "undo", "restore", "release", "keep", "repair", "test"):
        assert client.post(f"/numbers/{number.pk}/{path}/").status_code == 403


@pytest.mark.parametrize("role", ["sales", "agency"])
def test_sales_and_the_agency_see_nothing_of_numbers(login, number, role):
    client = login(role)
    for path in (
        "/numbers/",
        f"/numbers/{number.pk}/",
        f"/numbers/{number.pk}/held/",
        "/numbers/pools/",
        "/numbers/buy/",
    ):
        assert client.get(path).status_code == 403


def test_where_it_rings_is_changed_as_people_write_it(admin):
    number = make.number(site=make.site(region="DE"))
    fields = {
        "forward_to": "030 901821",
        "site": number.site_id,
        "note": "new",
        "is_active": "on",
        "flow": "",
    }
    admin.post(f"/numbers/{number.pk}/change/", fields)
    number.refresh_from_db()
    assert (str(number.forward_to), number.note) == ("+4930901821", "new")
    page = admin.post(f"/numbers/{number.pk}/change/", fields | {"forward_to": str(number.number)})
    assert "cannot ring at itself" in text_of(page)


def test_a_number_of_a_pool_keeps_its_site(admin, number):
    assign_number(number=number, pool=pool_of(number), at=make.NOON)
    other = make.site("https://other.example")
    fields = {"forward_to": "+15550100030", "site": other.pk, "note": "", "is_active": "on", "flow": ""}
    assert "take it out of the pool first" in text_of(admin.post(f"/numbers/{number.pk}/change/", fields))
    number.refresh_from_db()
    assert number.site_id != other.pk


def test_changes_are_on_record(admin, number):
    pool = pool_of(number)
    admin.post(f"/numbers/{number.pk}/give/", {"to": f"pool:{pool.pk}"}, headers=HTMX)
    entry = LogEntry.objects.get_for_model(Assignment).latest("pk")
    assert entry.actor_id == int(admin.session["_auth_user_id"])
    assert LogEntry.objects.get_for_model(Pool).filter(object_pk=str(pool.pk)).exists()


def test_calls_that_ended_long_ago_do_not_go_on(admin, number):
    called(number, 2 * DAY, "CA1")
    assert Call.objects.filter(ended_at=None).exists()
    assert "A call is going on" not in text_of(admin.get(f"/numbers/{number.pk}/choose/"))


def test_unknown_sources_are_not_offered(admin, number):
    source: Source = register.unknown_source()
    admin.post(f"/numbers/{number.pk}/give/", {"to": f"source:{source.pk}"}, headers=HTMX)
    assert not Assignment.objects.exists()
