"""Pages ask for their numbers: through the beacon's door, by Django and by the short cut in wsgi.py."""

import io
import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leadtrack import wsgi
from leadtrack.phones import pools
from leadtrack.phones.models import Lease, Overflow, Pool
from leadtrack.phones.tasks import sweep_leases
from leadtrack.visits import crowd, limit, sites, staff
from leadtrack.visits.models import ConsentDay, Site, SiteOrigin, StaffBrowser, StaffNetwork, Visit, Visitor
from tests import make

pytestmark = pytest.mark.django_db

ORIGIN = "https://shop.example"
ANN, BEN = "a" * 32, "b" * 32
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
ASKED, SECOND = "+49301234567", "+49307654321"
ONE, TWO = "+49301112233", "+49301112244"
VIEW = {"type": "view", "url": f"{ORIGIN}/contacts?utm_source=yandex&utm_medium=cpc"}
NUMBERS = {"type": "numbers", "numbers": [ASKED], "url": f"{ORIGIN}/contacts?mail=ann@example.com"}
BEAT = NUMBERS | {"type": "beat"}
NOON = make.NOON
Door = Callable[..., tuple[int, Any]]


def by_django(body: bytes, agent: str, address: str, origin: str) -> tuple[int, dict[str, str], bytes]:
    headers = {"origin": origin, "user-agent": agent}
    answer = Client(headers=headers).post(
        "/api/v1/visits", body, content_type="text/plain", REMOTE_ADDR=address
    )
    return answer.status_code, _lowered(answer.headers.items()), answer.content


def by_short_cut(body: bytes, agent: str, address: str, origin: str) -> tuple[int, dict[str, str], bytes]:
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/visits", "CONTENT_LENGTH": str(len(body))}
    environ |= {"HTTP_USER_AGENT": agent, "HTTP_ORIGIN": origin, "REMOTE_ADDR": address}
    told: list[Any] = []
    content = b"".join(
        wsgi.application(environ | {"wsgi.input": io.BytesIO(body)}, lambda *answer: told.append(answer))
    )
    return int(told[0][0].split(" ", 1)[0]), _lowered(told[0][1]), content


def _lowered(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}


@pytest.fixture(params=[by_django, by_short_cut])
def door(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    # The test's own transaction stands on the connection.
    monkeypatch.setattr(wsgi, "reset_queries", lambda: None)
    monkeypatch.setattr(wsgi, "close_old_connections", lambda: None)
    return request.param


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOON + timedelta(hours=1), tick=False) as traveller:
        yield traveller


@pytest.fixture
def site(clock: Any) -> Site:
    return make.site(origin=ORIGIN)


@pytest.fixture
def send(site: Site, door: Any) -> Any:
    """Send events of a browser; status and the answer, read."""

    def sent(
        *events: dict[str, Any],
        of: str = ANN,
        agent: str = CHROME,
        address: str = "203.0.113.7",
        origin: str = ORIGIN,
        **fields: Any,
    ) -> tuple[int, Any]:
        body = {"site": site.key, "visitor": of, "events": list(events)} | fields
        status, headers, content = door(json.dumps(body).encode(), agent, address, origin)
        if status == 200:
            assert headers["access-control-allow-origin"] == ORIGIN
            assert headers["cache-control"] == "no-store"
        return status, json.loads(content) if content else None

    return sent


def shows(*numbers: dict[str, str], hold: int = 1800) -> tuple[int, Any]:
    return 200, {"numbers": list(numbers), "beat": 60, "hold": hold}


def one(number: str, asked: str = ASKED, shown: str = "") -> dict[str, str]:
    return {"asked": asked, "number": number, "shown": shown}


def later(clock: Any, minutes: float) -> None:
    clock.shift(timedelta(minutes=minutes))


def test_one_request_records_the_visit_and_then_lends(site: Site, send: Door) -> None:
    make.pool(ONE, site=site, channels=["Paid Search"])
    assert send(NUMBERS, VIEW) == shows(one(ONE))
    lease = Lease.objects.get()
    assert (lease.visit, lease.visitor.key) == (Visit.objects.get(), ANN)
    # Only the path: what stands behind it may name a person.
    assert lease.page == "/contacts"
    assert (lease.visit.page_count, lease.visit.source.source) == (1, "yandex")


def test_two_visitors_see_two_numbers_and_a_third_the_pages_own(site: Site, send: Door) -> None:
    make.pool(ONE, TWO, site=site, hold_seconds=600)
    assert send(VIEW, NUMBERS) == shows(one(ONE), hold=600)
    assert send(VIEW, NUMBERS, of=BEN) == shows(one(TWO), hold=600)
    assert send(VIEW, NUMBERS, of="c" * 32) == shows(hold=600)
    assert send(VIEW, NUMBERS) == shows(one(ONE), hold=600)
    assert Overflow.objects.get().visitor.key == "c" * 32


def test_a_number_that_is_written_otherwise_says_how(site: Site, send: Door) -> None:
    make.pool(ONE, site=site, shown_as=Pool.Format.INTERNATIONAL, fallback="+12025550123")
    assert send(VIEW, NUMBERS) == shows(one(ONE, shown="+49 30 1112233"))
    assert send(VIEW, NUMBERS, of=BEN) == shows(one("+12025550123", shown="+1 202-555-0123"))


def test_heartbeats_keep_a_number_as_long_as_the_page_is_looked_at(
    site: Site, send: Door, clock: Any
) -> None:
    make.pool(ONE, site=site)
    assert send(VIEW, NUMBERS) == shows(one(ONE))
    for _beat in range(5):
        later(clock, 29)
        assert send(BEAT) == shows(one(ONE))
        assert send(VIEW, NUMBERS, of=BEN) == shows()
    lease = Lease.objects.get()
    assert lease.last_seen_at - lease.started_at == timedelta(minutes=145)
    assert Visit.objects.filter(visitor__key=ANN).count() == 1


def test_the_usual_heartbeat_is_one_statement(site: Site, send: Door, clock: Any) -> None:
    make.pool(ONE, site=site)
    make.pool(TWO, site=site, replaces=[SECOND])
    both = [ASKED, SECOND]
    send(VIEW, NUMBERS | {"numbers": both})
    send(BEAT)
    later(clock, 1)
    with CaptureQueriesContext(connection) as told:
        assert send(BEAT | {"numbers": both}) == shows(one(ONE), one(TWO, SECOND))
    statements = [query["sql"] for query in told if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 1
    assert statements[0].lstrip().startswith("UPDATE")


def test_a_page_that_wakes_too_late_gets_its_number_anew_or_another(
    site: Site, send: Door, clock: Any
) -> None:
    make.pool(ONE, TWO, site=site)
    assert send(VIEW, NUMBERS) == shows(one(ONE))
    later(clock, 600)
    assert send(BEAT) == shows(one(ONE))
    assert Lease.objects.count() == 2
    later(clock, 600)
    assert send(VIEW, NUMBERS, of=BEN) == shows(one(TWO))
    assert send(VIEW, NUMBERS, of="c" * 32) == shows(one(ONE))
    assert send(BEAT) == shows()
    later(clock, 91)
    sweep_leases()
    assert send(BEAT) == shows(one(ONE))


def test_a_heartbeat_or_a_question_may_be_the_first_news_of_a_visit(site: Site, send: Door) -> None:
    make.pool(ONE, TWO, site=site)
    assert send(BEAT) == shows(one(ONE))
    assert send(NUMBERS, of=BEN) == shows(one(TWO))
    assert set(Visit.objects.values_list("visitor__key", "page_count")) == {(ANN, 0), (BEN, 0)}


def test_what_comes_late_is_shown_now(site: Site, send: Door) -> None:
    make.pool(ONE, site=site)
    hour = 3_600_000
    assert send(VIEW | {"ago": 3 * hour}, NUMBERS | {"ago": 3 * hour}) == shows(one(ONE))
    assert Lease.objects.get().started_at == NOON + timedelta(hours=1)


def test_a_new_source_may_bring_another_number_and_heartbeats_go_with_it(
    site: Site, send: Door, clock: Any
) -> None:
    make.pool(ONE, site=site, position=1, channels=["Paid Search"])
    make.pool(TWO, site=site, position=2)
    direct = VIEW | {"url": f"{ORIGIN}/"}
    assert send(direct, NUMBERS) == shows(one(TWO))
    assert send(VIEW, NUMBERS) == shows(one(ONE))
    before = Lease.objects.get(number__number=TWO).free_at
    for _beat in range(3):
        later(clock, 1)
        assert send(BEAT) == shows(one(ONE))
    assert Lease.objects.get(number__number=TWO).free_at == before


def test_taps_and_copies_are_noted_on_the_number_that_was_shown(site: Site, send: Door, clock: Any) -> None:
    make.pool(ONE, site=site)
    make.pool(TWO, site=site, replaces=[SECOND])
    send(VIEW, NUMBERS | {"numbers": [ASKED, SECOND]})
    later(clock, 2)
    minute = 60_000
    assert send({"type": "tap", "numbers": [ONE], "ago": minute}) == (204, None)
    assert send({"type": "copy", "numbers": [TWO]}) == (204, None)
    first, second = Lease.objects.order_by("pk")
    assert first.tapped_at - first.started_at == timedelta(minutes=1)
    assert (first.copied_at, second.tapped_at) == (None, None)
    assert second.copied_at == second.last_seen_at == second.started_at + timedelta(minutes=2)


@pytest.mark.parametrize(
    "said", [{}, {"numbers": []}, {"numbers": [ASKED]}, {"numbers": ["\0", "x", "+"]}, {"numbers": [TWO]}]
)
def test_a_tap_of_anything_else_changes_nothing(site: Site, send: Door, said: dict[str, Any]) -> None:
    make.pool(ONE, site=site)
    send(VIEW, NUMBERS)
    assert send({"type": "tap", **said}) == (204, None)
    assert send({"type": "tap", "numbers": [ONE]}, of=BEN) == (204, None)
    assert Lease.objects.get().tapped_at is None


def test_other_news_of_the_same_request_stand_beside_the_numbers(site: Site, send: Door) -> None:
    make.pool(ONE, site=site)
    status, told = send(VIEW, NUMBERS, {"type": "link"})
    assert (status, sorted(told)) == (200, ["beat", "hold", "link", "numbers"])


# --- who gets none


def test_a_site_without_pools_answers_with_no_numbers(send: Door) -> None:
    assert send(VIEW, NUMBERS) == shows()
    assert send(VIEW) == (204, None)


def test_robots_and_our_own_people_get_no_number(site: Site, send: Door) -> None:
    make.pool(ONE, site=site)
    StaffBrowser.objects.create(site=site, key=BEN, marked_at=NOON)
    StaffNetwork.objects.create(network="198.51.100.0/24")
    staff.forget()
    assert send(VIEW, NUMBERS, agent=GOOGLEBOT) == (204, None)
    assert send(VIEW, NUMBERS, address="198.51.100.9") == (204, None)
    assert send(VIEW, NUMBERS, of=BEN) == (204, None)
    assert send({"type": "tap", "numbers": [ONE]}, BEAT, of=BEN) == (204, None)
    assert not Lease.objects.exists()
    assert not Visitor.objects.exists()


def test_without_consent_there_is_no_number_and_nothing_is_kept(site: Site, send: Door) -> None:
    make.pool(ONE, site=site)
    Site.objects.update(consent=Site.Consent.REQUIRED)
    sites.forget()
    assert send(VIEW, NUMBERS) == (204, None)
    assert send(VIEW, NUMBERS, consent=False) == (204, None)
    assert not Visitor.objects.exists()
    assert not Lease.objects.exists()
    assert ConsentDay.objects.get().page_count == 2
    assert send(VIEW, NUMBERS, consent=True) == shows(one(ONE))


def test_foreign_pages_get_no_number(site: Site, send: Door) -> None:
    make.pool(ONE, site=site)
    status, _told = send(VIEW, NUMBERS, origin="https://evil.example")
    assert status == 403
    SiteOrigin.objects.all().delete()
    sites.forget()
    assert send(VIEW, NUMBERS)[0] == 403
    assert not Lease.objects.exists()


def test_heartbeats_count_against_the_limit_of_the_site(site: Site, send: Door) -> None:
    make.pool(ONE, site=site)
    Site.objects.update(hits_per_minute=60)
    sites.forget()
    limit.forget()
    assert send(*[BEAT] * 50)[0] == 200
    assert send(*[BEAT] * 50)[0] == 429


# --- hostile


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"numbers": ["+1"] * 20}, 200),
        ({"numbers": ["+1"] * 21}, 400),
        ({"numbers": ["1" * 40]}, 200),
        ({"numbers": ["1" * 41]}, 400),
        ({"numbers": "+49301234567"}, 400),
        ({"numbers": [49301234567]}, 400),
        ({"numbers": [None]}, 400),
        ({"numbers": []}, 200),
        ({"numbers": [ASKED, ASKED, "030 1234567"]}, 200),
        ({"numbers": [ASKED], "url": "http://[broken"}, 200),
        ({"numbers": [ASKED], "url": "https://shop.example/" + "é\0" * 900}, 200),
    ],
)
def test_any_numbers_are_read_or_refused(site: Site, send: Door, said: dict[str, Any], status: int) -> None:
    make.pool(ONE, site=site)
    assert send(VIEW, NUMBERS | said)[0] == status
    assert send(BEAT | said)[0] == status
    assert Lease.objects.count() == (1 if status == 200 and ASKED in said["numbers"] else 0)


def test_events_that_ask_twice_are_answered_once(site: Site, send: Door) -> None:
    make.pool(ONE, site=site, replaces=[ASKED, SECOND])
    asked = NUMBERS | {"numbers": [SECOND]}
    assert send(VIEW, NUMBERS, asked, BEAT) == shows(one(ONE), one(ONE, SECOND))


def test_a_new_pool_is_known_at_once_where_it_was_saved(site: Site, send: Door) -> None:
    assert send(VIEW, NUMBERS) == shows()
    make.pool(ONE, site=site)
    assert send(VIEW, NUMBERS) == shows()
    pools.forget()
    assert send(VIEW, NUMBERS) == shows(one(ONE))


def test_one_address_with_made_up_visitors_cannot_empty_a_pool(
    site: Site, send: Door, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd, "MOST_BROWSERS", 1)
    make.pool(ONE, TWO, site=site)
    assert send(VIEW, NUMBERS, address="1.2.3.4") == shows(one(ONE))
    # The page's own number for whoever is too many, while the first goes on.
    assert send(VIEW, NUMBERS, of=BEN, address="1.2.3.4") == shows()
    assert send(BEAT, address="1.2.3.4") == shows(one(ONE))
    assert Visit.objects.count() == 2
    # Other addresses and our own network are not of that crowd, and an hour later it is forgotten.
    assert send(BEAT, of=BEN, address="5.6.7.8") == shows(one(TWO))
    later(clock, 61)
    assert send(BEAT, of=BEN, address="1.2.3.4") == shows(one(TWO))


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ("2a00:1450:4001:800::1", "2a00:1450:4001:800:ffff::2", True),
        ("2a00:1450:4001:800::1", "2a00:1450:4001:801::1", False),
        ("::ffff:1.2.3.4", "1.2.3.4", True),
        ("10.0.0.1", "10.0.0.1", False),
        ("", "", False),
        ("nonsense", "nonsense", False),
    ],
)
def test_who_is_one_address(first: str, second: str, is_one: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "MOST_BROWSERS", 1)
    assert crowd.may_ask(site_key="s", address=first, visitor_key=ANN, now=NOON)
    assert crowd.may_ask(site_key="s", address=second, visitor_key=BEN, now=NOON) is not is_one
