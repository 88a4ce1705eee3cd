"""Counting goals: what pages tell, once."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leadtrack.sources.models import DirtyMark
from leadtrack.visits import goals
from leadtrack.visits.models import Goal, GoalHit, Visit
from tests import make

pytestmark = pytest.mark.django_db
THANKS = "https://shop.example/thanks?order=7"


@pytest.fixture
def visit() -> Visit:
    return make.visit()


def goal(visit: Visit, **fields: Any) -> Goal:
    return Goal.objects.create(**{"site": visit.site, "name": "Order", "pattern": "/thanks*"} | fields)


def tell(visit: Visit, name: str = "Order", seconds: float = 0, **told: Any) -> bool:
    at = visit.started_at + timedelta(seconds=seconds)
    told = {"value_cents": None, "currency": ""} | told
    return goals.record_goal(site=visit.site, visit=visit, name=name, at=at, **told)


def opened(visit: Visit, url: str = THANKS, seconds: float = 0) -> list[str]:
    at = visit.started_at + timedelta(seconds=seconds)
    return goals.url_goals_hit(site=visit.site, visit=visit, url=url, at=at)


def test_a_page_that_is_a_goal_counts_once_per_visit(visit: Visit) -> None:
    goal(visit, value_cents=500, currency="USD")
    assert opened(visit) == ["Order"]
    assert opened(visit, seconds=60) == []
    hit = GoalHit.objects.get()
    assert (hit.value_cents, hit.currency, hit.day) == (500, "USD", visit.day)


def test_a_page_that_is_no_goal_asks_the_database_nothing(
    visit: Visit, django_assert_num_queries: Any
) -> None:
    goal(visit)
    opened(visit, "https://shop.example/")
    with django_assert_num_queries(0):
        assert opened(visit, "https://shop.example/") == []


def test_a_hit_marks_the_day_of_its_visit(visit: Visit) -> None:
    goal(visit)
    opened(visit, seconds=86_400)
    assert GoalHit.objects.get().day == visit.day + timedelta(days=1)
    assert [mark.day for mark in DirtyMark.objects.all()] == [visit.day]


def test_every_time_means_every_time_but_not_twice_for_a_double_click(visit: Visit) -> None:
    goal(visit, is_once_per_visit=False)
    assert [tell(visit, seconds=second) for second in (0, 0, 1, 10, 10, 30)] == [
        True,
        False,
        False,
        True,
        False,
        True,
    ]


def test_a_visit_cannot_fill_the_table(visit: Visit) -> None:
    goal(visit, is_once_per_visit=False)
    for number in range(goals.MOST_HITS_PER_VISIT + 5):
        tell(visit, seconds=10 * number)
    assert GoalHit.objects.count() == goals.MOST_HITS_PER_VISIT


def test_the_same_news_twice_at_once_is_one_hit(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    row = goal(visit)
    tell(visit)
    # The other beacon looked before this one wrote.
    real = GoalHit.objects.filter
    monkeypatch.setattr(GoalHit.objects, "filter", lambda **_: real(pk=None))
    assert not tell(visit)
    monkeypatch.undo()
    assert row.hits.count() == 1


def test_a_name_is_the_same_in_any_case_and_spacing(visit: Visit) -> None:
    goal(visit, name="Price list", kind=Goal.Kind.CALL)
    assert tell(visit, "  PRICE   List ")
    assert Goal.objects.count() == 1


def test_a_name_that_nobody_set_up_is_kept_and_waits(visit: Visit) -> None:
    assert tell(visit, "Calculator used", value_cents=1250, currency="usd")
    row = Goal.objects.get()
    assert (row.name, row.kind, row.is_set_up) == ("Calculator used", Goal.Kind.CALL, False)
    assert row.hits.values_list("value_cents", "currency").get() == (1250, "USD")


def test_a_stranger_cannot_fill_the_list_of_goals(visit: Visit, django_assert_num_queries: Any) -> None:
    for number in range(goals.MOST_UNASKED + 20):
        tell(visit, f"spam {number}")
    assert Goal.objects.count() == goals.MOST_UNASKED
    with django_assert_num_queries(0):
        assert not tell(visit, "one more")


@pytest.mark.parametrize("name", ["", "  ", "\x00\x01", "\u200b"])
def test_no_name_is_no_goal(visit: Visit, name: str) -> None:
    assert not tell(visit, name)
    assert not Goal.objects.exists()


@pytest.mark.parametrize("name", ["x" * 10_000, "\ud800half", "ﷺ" * 80, "<script>alert(1)</script>"])
def test_any_name_can_be_stored(visit: Visit, name: str) -> None:
    assert tell(visit, name)
    assert len(Goal.objects.get().name) <= 80


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"value_cents": None}, (700, "SEK")),
        ({"value_cents": 0}, (0, "SEK")),
        ({"value_cents": 100, "currency": "eur "}, (100, "EUR")),
        ({"value_cents": 100, "currency": "€"}, (100, "SEK")),
        ({"value_cents": -5, "currency": "USD"}, (700, "SEK")),
        ({"value_cents": 10**30, "currency": "USD"}, (700, "SEK")),
    ],
)
def test_a_value_that_is_none_falls_back_to_the_goals_own(
    visit: Visit, told: dict[str, Any], kept: tuple[int, str]
) -> None:
    goal(visit, value_cents=700, currency="SEK")
    tell(visit, **told)
    assert GoalHit.objects.values_list("value_cents", "currency").get() == kept


def test_a_goal_that_is_switched_off_counts_nothing_more(visit: Visit) -> None:
    row = goal(visit)
    opened(visit)
    goals.switch_goal(goal=row, is_active=False)
    other = make.visit(on=visit.site)
    assert opened(other) == []
    assert not tell(other)
    assert row.hits.count() == 1


def test_a_change_is_known_at_once_here(visit: Visit) -> None:
    assert opened(visit) == []
    goals.save_goal(goal=Goal(site=visit.site, name="Order", pattern="/thanks*"))
    assert opened(visit) == ["Order"]


def send(visit: Visit, *events: dict[str, Any]) -> int:
    body = {"site": visit.site.key, "visitor": visit.visitor.key, "events": events}
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    headers = {"origin": "https://shop.example", "user-agent": agent}
    answer = Client().post("/api/v1/visits", json.dumps(body), content_type="text/plain", headers=headers)
    return answer.status_code


def test_a_beacon_that_is_sent_twice_counts_once() -> None:
    visit = make.visit(at=timezone.now() - timedelta(minutes=5))
    goal(visit)
    goal(visit, name="Calculator", kind=Goal.Kind.CALL, is_once_per_visit=False)
    for _ in range(2):
        told = {"type": "goal", "name": "calculator", "value": "12.5", "currency": "EUR", "ago": 20}
        assert send(visit, {"type": "view", "url": THANKS, "ago": 30}, told) == 204
    hits = GoalHit.objects.order_by("at").values_list("goal__name", "value_cents", "visit")
    assert list(hits) == [("Order", None, visit.pk), ("Calculator", 1250, visit.pk)]


def test_the_snippet_gets_the_active_click_goals(visit: Visit) -> None:
    goal(visit)
    goal(visit, name="Phone", kind=Goal.Kind.CLICK, selector="a[href^='tel:']")
    goal(visit, name="Old", kind=Goal.Kind.CLICK, selector=".old", is_active=False)
    assert goals.click_goals_of(visit.site) == [goals.ClickGoal("Phone", "a[href^='tel:']")]


def test_goals_of_one_site_are_not_those_of_another(visit: Visit) -> None:
    goal(visit)
    other = make.visit(on=make.site("https://other.example"))
    assert opened(other) == []
    assert tell(other)
    assert Goal.objects.filter(key="order").count() == 2


def test_setting_up_a_goal_books_what_it_has_counted(visit: Visit) -> None:
    tell(visit, "Calculator used")
    DirtyMark.objects.all().delete()
    goals.set_up_goal(goal=Goal.objects.get())
    assert [mark.day for mark in DirtyMark.objects.all()] == [visit.day]
