"""The pages of goals, and their API."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leadtrack.accounts.tokens import issue_token
from leadtrack.visits.goals import record_goal, url_goals_hit
from leadtrack.visits.models import Goal, Site
from tests import make

pytestmark = pytest.mark.django_db
Login = Callable[..., Client]


@pytest.fixture
def site() -> Site:
    return make.site()


@pytest.fixture
def admin(login: Login) -> Client:
    return login("admin")


def add(client: Client, site: Site, kind: str = "url", **fields: str) -> Any:
    told = {"name": "Order", "pattern": "/thanks*", "is_once_per_visit": "on"} | fields
    return client.post(f"/goals/add/?site={site.pk}&kind={kind}", told, follow=True)


def test_a_goal_is_added_and_counts_at_once(admin: Client, site: Site) -> None:
    page = add(admin, site, value="1 234,50", currency="USD").content.decode()
    assert "/thanks*" in page
    goal = Goal.objects.get()
    assert (goal.value_cents, goal.currency, goal.is_once_per_visit) == (123_450, "USD", True)
    visit = make.visit(on=site)
    assert url_goals_hit(site=site, visit=visit, url="https://shop.example/thanks", at=visit.started_at)


@pytest.mark.parametrize(
    ("kind", "fields", "error"),
    [
        ("url", {"pattern": "thanks"}, "Begin with /"),
        ("url", {"pattern": ""}, "This field is required"),
        ("url", {"pattern": "/a b"}, "no spaces"),
        ("url", {"name": "  "}, "This field is required"),
        ("url", {"value": "much"}, "Enter an amount"),
        ("url", {"value": "-5"}, "not below zero"),
        ("url", {"value": "1", "currency": "EURO"}, "at most 3 characters"),
        ("click", {"selector": "a{}"}, "no CSS selector"),
        ("click", {"selector": ""}, "This field is required"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    admin: Client, site: Site, kind: str, fields: dict[str, str], error: str
) -> None:
    page = add(admin, site, kind, **fields).content.decode()
    assert error in page
    assert "is-invalid" in page
    assert not Goal.objects.exists()


def test_a_name_is_given_once_per_site(admin: Client, site: Site) -> None:
    add(admin, site)
    assert "has a goal of this name already" in add(admin, site, name="ORDER ").content.decode()
    add(admin, make.site("https://other.example"))
    assert Goal.objects.count() == 2


def test_a_goal_is_changed_and_keeps_its_name(admin: Client, site: Site) -> None:
    add(admin, site)
    goal = Goal.objects.get()
    answer = admin.post(f"/goals/{goal.pk}/", {"name": "Order", "pattern": "/paid", "value": ""})
    assert answer.status_code == 302
    goal.refresh_from_db()
    assert (goal.pattern, goal.is_once_per_visit, goal.value_cents) == ("/paid", False, None)


def test_one_click_switches_off_and_one_undoes_it(admin: Client, site: Site) -> None:
    add(admin, site)
    goal = Goal.objects.get()
    page = admin.post(f"/goals/{goal.pk}/switch/", {"is_active": "0"}, follow=True).content.decode()
    assert "not counted" in page
    assert "Switch on" in page
    admin.post(f"/goals/{goal.pk}/switch/", {"is_active": "1"})
    goal.refresh_from_db()
    assert goal.is_active


def test_the_list_tells_how_often_and_when(admin: Client, site: Site) -> None:
    goal = Goal.objects.create(site=site, name="Prices", kind="call")
    now = timezone.now()
    for days in (0, 5, 20, 50):
        visit = make.visit(on=site, at=now - timedelta(days=days))
        record_goal(site=site, visit=visit, name="Prices", value_cents=None, currency="", at=visit.started_at)
    page = admin.get(f"/goals/?site={site.pk}").content.decode()
    row = page[page.index(f"/goals/{goal.pk}/") :].split("</tr>")[0]
    assert 'data-label="7 days">2<' in row
    assert 'data-label="30 days">3<' in row
    assert "<time" in row


def test_what_a_page_named_waits_until_somebody_counts_it(admin: Client, site: Site) -> None:
    visit = make.visit(on=site)
    told: dict[str, Any] = {"value_cents": None, "currency": "", "at": visit.started_at}
    record_goal(site=site, visit=visit, name="<b>Calculator</b>", **told)
    page = admin.get("/goals/").content.decode()
    assert "not set up yet" in page
    assert "&lt;b&gt;Calculator" in page
    assert "<b>Calculator" not in page
    goal = Goal.objects.get()
    admin.post(f"/goals/{goal.pk}/set-up/")
    goal.refresh_from_db()
    assert goal.is_set_up
    assert "not set up yet" not in admin.get("/goals/").content.decode()


def test_an_ignored_name_counts_nothing_more(admin: Client, site: Site) -> None:
    goal = Goal.objects.create(site=site, name="Spam", kind="call", is_set_up=False)
    page = admin.post(f"/goals/{goal.pk}/switch/", {"is_active": "0"}, follow=True).content.decode()
    assert "ignored" in page
    assert not record_goal(
        site=site, visit=make.visit(on=site), name="spam", value_cents=None, currency="", at=make.NOON
    )


def test_an_address_is_tried_with_all_goals(admin: Client, site: Site) -> None:
    add(admin, site)
    address = f"/goals/try/?site={site.pk}"
    told = {"address": "https://shop.example/thanks/7"}
    assert "reaches “Order”" in admin.post(address, told, headers={"HX-Request": "true"}).content.decode()
    whole = admin.post(address, told).content.decode()
    assert "reaches “Order”" in whole
    assert "<html" in whole
    assert "reaches no goal" in admin.post(address, {"address": "https://shop.example/"}).content.decode()


@pytest.mark.parametrize(
    ("pattern", "address", "told"),
    [
        ("/thanks*", "https://shop.example/thanks/7", "Yes: opening"),
        ("/thanks*", "https://shop.example/", "No: this page"),
        ("thanks", "https://shop.example/", "Begin with /"),
        ("/thanks", "", "Paste an address"),
    ],
)
def test_a_pattern_is_tried_before_it_is_saved(
    admin: Client, site: Site, pattern: str, address: str, told: str
) -> None:
    answer = admin.post(f"/goals/try/?site={site.pk}", {"pattern": pattern, "address": address})
    assert told in answer.content.decode()


def test_a_list_without_goals_or_sites_says_what_to_do(admin: Client) -> None:
    assert "First the site" in admin.get("/goals/").content.decode()
    make.site()
    assert "No goals yet" in admin.get("/goals/").content.decode()


@pytest.mark.parametrize("site_asked", ["x", "-1", "9" * 30, "0"])
def test_a_site_that_is_none_is_not_found(admin: Client, site: Site, site_asked: str) -> None:
    for page in ("", "add/"):
        assert admin.get(f"/goals/{page}?site={site_asked}").status_code == 404
    assert admin.get(f"/goals/add/?site={site.pk}&kind=dream").status_code == 404


@pytest.mark.parametrize("role", ["sales", "sales_manager", "marketer", "agency"])
def test_only_who_manages_sites_may(login: Login, site: Site, role: str) -> None:
    goal = Goal.objects.create(site=site, name="Order", pattern="/thanks")
    client = login(role)
    assert client.get("/goals/").status_code == 403
    assert client.post(f"/goals/{goal.pk}/switch/", {"is_active": "0"}).status_code == 403


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_asks_the_same_number_of_queries(
    admin: Client, site: Site, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        Goal.objects.create(site=site, name=f"Goal {number}", pattern="/thanks")
    # Session, user, member; site, its goals, all sites.
    with django_assert_num_queries(6):
        admin.get(f"/goals/?site={site.pk}")


def test_the_api_lists_goals(site: Site) -> None:
    goal = Goal.objects.create(site=site, name="Order", pattern="/thanks*", value_cents=1250, currency="EUR")
    _token, key = issue_token(member=make.member("sales"), name="test")
    answer = Client().get("/api/v1/goals", headers={"Authorization": f"Token {key}"})
    assert answer.json()["results"] == [
        {
            "id": goal.pk,
            "site": site.key,
            "name": "Order",
            "kind": "url",
            "address": "/thanks*",
            "selector": "",
            "value": "12.50",
            "currency": "EUR",
            "is_once_per_visit": True,
            "is_active": True,
            "is_set_up": True,
        }
    ]
    assert Client().get("/api/v1/goals").status_code == 401
