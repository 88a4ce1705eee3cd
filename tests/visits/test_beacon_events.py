"""Batches of events, consent, own people, words in addresses, limits: all through the beacon's door."""

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from leadtrack.visits import consent, crossing, limit, sites, staff
from leadtrack.visits.models import (
    Claim,
    ConsentDay,
    Goal,
    GoalHit,
    Site,
    SiteOrigin,
    StaffBrowser,
    StaffNetwork,
    Visit,
    Visitor,
)
from leadtrack.visits.tokens import token_of
from tests import make

pytestmark = pytest.mark.django_db

ORIGIN = "https://shop.example"
VISITOR = "0123456789abcdef0123456789abcdef"
OTHER = "f" * 32
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0"
VIEW = {"type": "view", "url": f"{ORIGIN}/?utm_source=yandex&utm_medium=cpc"}
LIVING = "203.0.113.7"


@pytest.fixture
def site() -> Site:
    return make.site(origin=ORIGIN)


def changed(site: Site, **fields: Any) -> None:
    Site.objects.filter(pk=site.pk).update(**fields)
    sites.forget()


def send(site: Site, *events: dict[str, Any], address: str = LIVING, **fields: Any) -> Any:
    body = {"site": site.key, "visitor": VISITOR, "events": list(events)} | fields
    body = {name: value for name, value in body.items() if value is not None}
    headers = {"origin": ORIGIN, "user-agent": CHROME}
    return Client(headers=headers).post(
        "/api/v1/visits", json.dumps(body), content_type="text/plain", REMOTE_ADDR=address
    )


def status_of(site: Site, *events: dict[str, Any], **fields: Any) -> int:
    return int(send(site, *events, **fields).status_code)


# --- batches


def test_events_are_taken_as_old_as_they_are(site: Site) -> None:
    hour = 3_600_000
    landing = VIEW | {"ago": hour}
    assert status_of(site, {"type": "view", "url": f"{ORIGIN}/b"}, landing) == 204
    first, second = Visit.objects.order_by("started_at")
    assert second.started_at - first.started_at == timedelta(hours=1)
    assert (first.landing_url, second.landing_url) == (VIEW["url"], f"{ORIGIN}/b")


@pytest.mark.parametrize(
    ("ago", "hours"), [(-5, 0), (0, 0), (86_400_000, 24), (10**12, 24), (1e300, 24), (-(10**15), 0)]
)
def test_ago_stays_within_a_day(site: Site, ago: float, hours: int) -> None:
    assert status_of(site, VIEW | {"ago": ago}) == 204
    age = timezone.now() - Visit.objects.get().started_at
    assert abs(age - timedelta(hours=hours)) < timedelta(minutes=1)


def test_one_event_may_stand_alone(site: Site) -> None:
    assert status_of(site, events=None, url=VIEW["url"]) == 204
    assert status_of(site, events=None, type="goal", name="Call me") == 204
    assert GoalHit.objects.get().visit == Visit.objects.get()


def test_a_goal_and_its_page_may_come_in_any_order(site: Site) -> None:
    goal = {"type": "goal", "name": "Price", "value": "120,50", "currency": "usd"}
    assert status_of(site, goal, VIEW | {"ago": 10}) == 204
    hit = GoalHit.objects.get()
    assert (hit.goal.name, hit.value_cents, hit.currency) == ("Price", 12050, "USD")


def test_opening_a_page_reaches_its_goal(site: Site) -> None:
    Goal.objects.create(site=site, name="Cart", kind=Goal.Kind.URL, pattern="/cart*")
    assert status_of(site, {"type": "view", "url": f"{ORIGIN}/cart?x=1"}) == 204
    assert GoalHit.objects.get().goal.name == "Cart"


def test_what_a_person_is_known_by_is_claimed(site: Site) -> None:
    assert (
        status_of(site, VIEW, {"type": "identify", "email": "ANN@example.com", "id": 42, "phone": ""}) == 204
    )
    assert set(Claim.objects.values_list("kind", "value")) == {("email", "ann@example.com"), ("id", "42")}


def test_leaving_makes_the_visit_longer_and_nothing_else(site: Site) -> None:
    minute = 60_000
    assert status_of(site, VIEW | {"ago": 10 * minute}, {"type": "leave", "ago": 2 * minute}) == 204
    visit = Visit.objects.get()
    assert visit.last_seen_at - visit.started_at == timedelta(minutes=8)
    assert visit.page_count == 1
    assert status_of(site, {"type": "leave", "ago": 5 * minute}) == 204
    assert Visit.objects.get().last_seen_at == visit.last_seen_at


def test_a_page_left_after_the_visit_had_ended_changes_nothing(site: Site) -> None:
    assert status_of(site, VIEW | {"ago": 3_600_000}, {"type": "leave"}) == 204
    visit = Visit.objects.get()
    assert visit.last_seen_at == visit.started_at


def test_events_of_a_browser_nobody_saw_belong_to_nothing(site: Site) -> None:
    news = [
        {"type": "goal", "name": "Price"},
        {"type": "identify", "email": "a@b.example"},
        {"type": "leave"},
    ]
    assert status_of(site, *news) == 204
    assert not Visitor.objects.exists()
    assert not GoalHit.objects.exists()
    assert not Claim.objects.exists()


@pytest.mark.parametrize(
    "event",
    [
        {"type": "robbery"},
        {"type": "view"},
        {"type": "view", "url": 7},
        {"type": "goal"},
        {"type": "goal", "name": ["a"]},
        {"type": "view", "url": "/", "ago": "soon"},
        {"type": "view", "url": "/", "ago": None},
        {"type": "identify", "email": {"a": 1}},
        {"type": "goal", "name": "a", "value": [1]},
        "view",
        None,
        [[]],
    ],
)
def test_an_event_that_is_none_is_refused(site: Site, event: Any) -> None:
    assert status_of(site, event) == 400
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    "event",
    [
        {"type": "goal", "name": "\0\ud800", "value": 10**30},
        {"type": "goal", "name": "x" * 5000, "value": "NaN", "currency": "€" * 900},
        {"type": "goal", "name": "a", "value": "1e999999", "currency": "\0"},
        {"type": "goal", "name": "a", "value": -1},
        {"type": "identify", "email": "\0" * 300, "phone": "+" * 900, "id": "\ud800" * 900, "name": "x"},
        {"type": "identify", "id": 1.5e300},
        {"type": "view", "url": "https://[::1?lt_x=&lt_c=&lt_staff=", "referrer": "https://["},
        {"type": "view", "url": "?lt_c=" + "a~" * 3000},
        {"type": "leave", "ago": 1e308},
        {"type": "link"},
    ],
)
def test_hostile_events_are_answered_in_peace(site: Site, event: dict[str, Any]) -> None:
    assert status_of(site, VIEW, event) in (200, 204, 400)


def test_a_batch_has_an_end(site: Site) -> None:
    assert status_of(site, *[VIEW] * 50) == 204
    assert status_of(site, *[VIEW] * 51) == 400


def test_a_view_costs_no_more_statements_than_before(
    site: Site, django_assert_num_queries, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        send(site, VIEW)
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 2):
        send(site, VIEW)


def test_a_goal_that_overtakes_its_page_begins_the_visit_itself(site: Site) -> None:
    page = {"url": VIEW["url"] + "&lt_c=word", "referrer": "https://ya.ru/"}
    assert status_of(site, {"type": "goal", "name": "Calculator", "ago": 3000} | page) == 204
    visit = GoalHit.objects.get().visit
    assert (visit.source.source, visit.page_count, visit.landing_url) == ("yandex", 0, VIEW["url"])
    assert status_of(site, VIEW | {"ago": 2000}) == 204
    assert Visit.objects.get().page_count == 1


# --- consent


def test_without_consent_pages_are_only_counted(site: Site) -> None:
    changed(site, consent="required")
    for _page in range(3):
        assert status_of(site, events=None, visitor=None, consent=False) == 204
    assert ConsentDay.objects.get().page_count == 3
    assert not Visitor.objects.exists()


def test_an_old_script_on_a_site_that_asks_is_only_counted(site: Site) -> None:
    changed(site, consent="required")
    assert status_of(site, events=None, url=VIEW["url"]) == 204
    assert ConsentDay.objects.get().page_count == 1
    assert not Visit.objects.exists()


def test_consent_takes_the_counted_pages_back(site: Site) -> None:
    changed(site, consent="required")
    for _page in range(2):
        send(site, events=None, visitor=None, consent=False)
    assert status_of(site, VIEW | {"ago": 900}, VIEW, consent=True, counted=2) == 204
    assert ConsentDay.objects.get().page_count == 0
    assert Visit.objects.get().page_count == 2
    assert status_of(site, VIEW, consent=True, counted=50) == 204
    assert ConsentDay.objects.get().page_count == 0


def test_the_share_without_consent(site: Site) -> None:
    today = timezone.now().date()
    assert consent.share_without_consent(site, today, today) is None
    changed(site, consent="required")
    site.refresh_from_db()
    assert consent.share_without_consent(site, today, today) is None
    send(site, events=None, visitor=None, consent=False)
    send(site, VIEW, VIEW, VIEW, consent=True)
    assert consent.share_without_consent(site, today, today) == 0.25
    yesterday = today - timedelta(days=1)
    assert consent.share_without_consent(site, yesterday, yesterday) is None


def test_where_nobody_asks_a_no_is_just_not_recorded(site: Site) -> None:
    assert status_of(site, events=None, visitor=None, consent=False) == 204
    assert not ConsentDay.objects.exists()


# --- our own people


def test_a_link_leaves_a_browser_out_and_takes_it_in_again(site: Site) -> None:
    out, back = (staff.word_for(site=site, wish=wish) for wish in (staff.OUT, staff.IN))
    assert status_of(site, VIEW | {"url": f"{ORIGIN}/?lt_staff={out}"}) == 204
    assert status_of(site, VIEW, {"type": "goal", "name": "Price"}) == 204
    assert not Visit.objects.exists()
    assert StaffBrowser.objects.get().key == VISITOR
    assert status_of(site, VIEW, visitor=OTHER) == 204
    assert Visitor.objects.get().key == OTHER
    assert status_of(site, VIEW | {"url": f"{ORIGIN}/?a=1&lt_staff={back}"}) == 204
    assert Visit.objects.get(visitor__key=VISITOR).landing_url == f"{ORIGIN}/?a=1"


@pytest.mark.parametrize("word", ["1", "out", "out.1abcde.forged", ""])
def test_nobody_leaves_others_out_with_a_made_up_word(site: Site, word: str) -> None:
    assert status_of(site, VIEW | {"url": f"{ORIGIN}/?lt_staff={word}"}) == 204
    assert Visit.objects.count() == 1
    assert not StaffBrowser.objects.exists()


def test_a_word_for_another_site_says_nothing_here(site: Site) -> None:
    word = staff.word_for(site=make.site(origin="https://b.example"), wish=staff.OUT)
    send(site, VIEW | {"url": f"{ORIGIN}/?lt_staff={word}"})
    assert Visit.objects.count() == 1


@pytest.mark.parametrize("address", ["203.0.113.7", "203.0.113.200", "2001:db8::7", "::ffff:203.0.113.7"])
def test_our_offices_are_left_out(site: Site, address: str) -> None:
    for network in ("203.0.113.0/24", "2001:db8::/32"):
        StaffNetwork.objects.create(network=network)
    staff.forget()
    assert status_of(site, VIEW, address=address) == 204
    assert not Visit.objects.exists()
    assert status_of(site, VIEW, address="198.51.100.1") == 204
    assert status_of(site, VIEW, address="rubbish") == 204
    assert Visit.objects.get().page_count == 2


def test_behind_our_proxy_its_last_word_counts(site: Site, settings) -> None:
    environ = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 203.0.113.7"}
    settings.SECURE_PROXY_SSL_HEADER = None
    assert staff.client_address(environ) == "10.0.0.1"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert staff.client_address(environ) == "203.0.113.7"


# --- words in the address


def test_a_personal_word_is_claimed_and_not_kept(site: Site) -> None:
    token = token_of("0123456789abcdef")
    send(site, VIEW | {"url": f"{ORIGIN}/?lt_c={token}&utm_source=news#a", "referrer": f"{ORIGIN}/?lt_c=x"})
    visit = Visit.objects.get()
    assert (visit.landing_url, visit.referrer) == (f"{ORIGIN}/?utm_source=news#a", f"{ORIGIN}/")
    assert Claim.objects.get().kind == Claim.Kind.TOKEN


def test_a_link_gets_a_word_and_the_word_brings_the_visitor(site: Site) -> None:
    SiteOrigin.objects.create(site=site, origin="https://pay.example")
    sites.forget()
    send(site, VIEW)
    told = send(site, {"type": "link"})
    assert told.status_code == 200
    assert "no-store" in told.headers["Cache-Control"]
    word = told.json()["link"]
    arrived = VIEW | {"url": f"https://pay.example/?lt_x={word}", "referrer": f"{ORIGIN}/"}
    answer = send(site, arrived, visitor=OTHER)
    assert answer.json() == {"visitor": VISITOR}
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert Visitor.objects.get().key == VISITOR
    assert Visit.objects.get().page_count == 2


@pytest.mark.parametrize(
    "spoil",
    [lambda word: word.replace("0", "1", 1), lambda word: word[:-1], lambda _: "a.b.c", lambda _: "%00" * 50],
)
def test_a_forged_word_brings_nobody(site: Site, spoil) -> None:
    word = spoil(crossing.word_for(site=site, visitor_key=VISITOR))
    answer = send(site, VIEW | {"url": f"{ORIGIN}/?lt_x={word}"}, visitor=OTHER)
    assert answer.status_code == 204
    visit = Visit.objects.get()
    assert visit.visitor.key == OTHER
    assert visit.landing_url == f"{ORIGIN}/"


def test_a_word_from_a_foreign_page_or_site_or_too_old_brings_nobody(site: Site) -> None:
    word = crossing.word_for(site=site, visitor_key=VISITOR)
    known = sites.known(site)
    assert crossing.visitor_of_word(site=known, word=word, referrer="") == VISITOR
    assert crossing.visitor_of_word(site=known, word=word, referrer="https://evil.example/") == ""
    other = sites.known(make.site(origin="https://b.example"))
    assert crossing.visitor_of_word(site=other, word=word, referrer="") == ""


def test_a_word_lives_two_minutes(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    word = crossing.word_for(site=site, visitor_key=VISITOR)
    later = crossing.signing.time.time() + crossing.LIFE_SECONDS + 2
    monkeypatch.setattr(crossing.signing.time, "time", lambda: later)
    assert crossing.visitor_of_word(site=sites.known(site), word=word, referrer="") == ""


# --- the limit


def test_a_flood_on_one_site_does_not_hurt_another(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    # A busy machine takes seconds, in which the bucket would fill.
    monkeypatch.setattr("leadtrack.visits.beacon.time", SimpleNamespace(monotonic=lambda: 1000.0))
    other = make.site(origin=ORIGIN)
    changed(site, hits_per_minute=60)
    site.refresh_from_db()
    assert status_of(site, *[VIEW] * 50) == 204
    assert status_of(site, *[VIEW] * 10) == 204
    refused = send(site, VIEW)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 2
    assert refused.json()["errors"][0]["code"] == "throttled"
    assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert status_of(other, VIEW) == 204


def test_a_bucket_fills_again() -> None:
    def ask(now: float, cost: int = 1) -> int:
        return limit.seconds_to_wait(key="k", per_minute=60, cost=cost, now=now)

    assert ask(0, cost=60) == 0
    assert ask(0) == 1
    assert ask(0.5) == 1
    assert ask(1.1) == 0
    assert ask(1.1, cost=30) == 30
    assert ask(1000, cost=60) == 0
    assert limit.seconds_to_wait(key="k", per_minute=None, cost=10**9, now=1000) == 0
