"""The funnel through its doors, made by the real booking from raw rows."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from leadtrack.accounts.tokens import issue_token
from leadtrack.deals.models import Purchase
from leadtrack.leads.models import Lead
from leadtrack.ledger.check import check_books
from leadtrack.ledger.models import GoalFact
from leadtrack.ledger.reconcile import all_days, reconcile_changed
from leadtrack.sources.dirty import mark_days
from leadtrack.visits.goals import record_goal
from leadtrack.visits.models import Goal, Visit
from tests import make
from tests.ledger.books import DIRECT, EMAIL, PAID

pytestmark = pytest.mark.django_db
MARCH = "from=2026-03-01&to=2026-03-31"
Login = Callable[..., Client]


@pytest.fixture
def firm() -> dict[str, Goal]:
    """Paid: 4 visits, 2 saw the prices (one twice), 1 the cart; 2 leads, 1 accepted and won, two purchases,
    one refund. Letter: 2 visits, 1 saw prices, 1 spoke a name that nobody set up; no lead."""
    site = make.site()
    prices = Goal.objects.create(site=site, name="Prices", kind="call", is_once_per_visit=False)
    cart = Goal.objects.create(site=site, name="Cart", kind="call")
    paid = [make.visit(of=make.source(PAID), on=site) for _ in range(4)]
    letter = [make.visit(of=make.source(EMAIL), on=site) for _ in range(2)]
    for visit, name, hours in (
        (paid[0], "prices", 0),
        (paid[0], "prices", 1),
        (paid[0], "Cart", 2),
        (paid[1], "prices", 20),
        (letter[0], "prices", 0),
        (letter[1], "Something else", 0),
    ):
        tell(visit, name, hours)
    lead, other = (make.lead(of=make.source(PAID), on=site) for _ in range(2))
    Lead.objects.filter(pk=lead.pk).update(status=Lead.Status.ACCEPTED)
    deal = make.deal(of=lead, group="won", closed_on=make.TODAY)
    make.purchase(of=deal, cents=10_000)
    make.purchase(of=deal, cents=5_000, kind=Purchase.Kind.REPEAT)
    make.purchase(of=deal, cents=-1_000, kind=Purchase.Kind.REFUND)
    make.deal(of=other)
    mark_days([make.TODAY])
    reconcile_changed()
    return {"prices": prices, "cart": cart}


def tell(visit: Visit, name: str, hours: int) -> None:
    at = visit.started_at + timedelta(hours=hours)
    record_goal(site=visit.site, visit=visit, name=name, value_cents=None, currency="", at=at)


def steps(page: str) -> list[str]:
    """The numbers of the steps, top down."""
    body = page.split("funnel-table")[1].split("<tbody>")[1].split("</tbody>", maxsplit=1)[0]
    return re.findall(r'<td class="num"[^>]*><a href="[^"]+">([^<]+)</a>', body)


def links(page: str) -> list[str]:
    body = page.split("funnel-table")[1].split("<tbody>")[1].split("</tbody>", maxsplit=1)[0]
    return [
        link.replace("&amp;", "&") for link in re.findall(r'<td class="num"[^>]*><a href="([^"]+)">', body)
    ]


def test_the_funnel_counts_each_step(firm: dict[str, Goal], login: Login) -> None:
    page = login("marketer").get(f"/reports/funnel/?{MARCH}").content.decode()
    # visits, visits with a goal, leads, accepted, won, purchases
    assert steps(page) == ["6", "3", "2", "1", "1", "2"]
    shares = re.findall(r'<td class="num"[^>]*>([\d.]+)\s*%', page.split("<tbody>")[1])
    assert shares[:4] == ["50.0", "50.0", "66.7", "33.3"]


def test_chosen_goals_are_steps_in_their_order(firm: dict[str, Goal], login: Login) -> None:
    client, prices, cart = login("marketer"), firm["prices"].pk, firm["cart"].pk
    page = client.get(f"/reports/funnel/?{MARCH}&goal={prices}&goal={cart}").content.decode()
    assert steps(page)[1:3] == ["3", "1"]
    page = client.get(f"/reports/funnel/?{MARCH}&goal={cart}&goal={prices}&goal={cart}").content.decode()
    assert steps(page)[1:4] == ["1", "3", "2"]


def test_more_than_the_step_before_is_no_share_of_it(firm: dict[str, Goal], login: Login) -> None:
    page = login("marketer").get(f"/reports/funnel/?{MARCH}&goal={firm['cart'].pk}").content.decode()
    assert steps(page)[1:3] == ["1", "2"]
    assert "200" not in page.split("<tbody>")[1].split("</tbody>")[0]


def test_a_part_of_the_funnel_is_its_own_funnel(firm: dict[str, Goal], login: Login) -> None:
    client = login("marketer")
    page = client.get(f"/reports/funnel/?{MARCH}&channel=Email").content.decode()
    assert steps(page) == ["2", "1", "0", "0", "0", "0"]
    page = client.get(f"/reports/funnel/?{MARCH}&channel=Paid+Search&source=google&campaign=brand")
    assert steps(page.content.decode()) == ["4", "2", "2", "1", "1", "2"]
    assert "The same by source" not in page.content.decode()


@pytest.mark.parametrize("scope", ["", "&channel=Paid+Search", "&channel=Email&source=letter"])
def test_every_number_opens_to_as_many_rows(firm: dict[str, Goal], login: Login, scope: str) -> None:
    client = login("marketer")
    goals = f"&goal={firm['prices'].pk}&goal={firm['cart'].pk}"
    for chosen in ("", goals):
        page = client.get(f"/reports/funnel/?{MARCH}{scope}{chosen}").content.decode()
        for number, link in zip(steps(page), links(page), strict=True):
            rows = client.get(link).content.decode()
            body = rows.split("<tbody>")[1].split("</tbody>")[0] if "<tbody>" in rows else ""
            assert body.count("<tr>") == int(number), link


def test_the_rows_lead_back_to_the_funnel_they_came_from(firm: dict[str, Goal], login: Login) -> None:
    client = login("marketer")
    asked = f"{MARCH}&channel=Paid+Search"
    goals = f"&goal={firm['prices'].pk}&goal={firm['cart'].pk}"
    page = client.get(f"/reports/funnel/?{asked}{goals}").content.decode()
    for link in links(page):
        back = client.get(link).context["funnel_address"]
        assert steps(client.get(back).content.decode()) == steps(page), link
    rows = client.get(f"/reports/behind/visits/?{asked}")
    assert "funnel_address" not in rows.context
    odd = client.get(links(page)[0].replace("funnel=", "funnel=x,%00,²,"))
    assert odd.status_code == 200


def test_parts_add_up_to_the_whole(firm: dict[str, Goal]) -> None:
    _token, key = issue_token(member=make.member("marketer"), name="test")
    found = Client().get(
        f"/api/v1/reports/funnel?{MARCH}&goal={firm['prices'].pk}", headers={"Authorization": f"Token {key}"}
    )
    answer = found.json()
    assert [step["step"] for step in answer["steps"]] == [
        "visits",
        f"goal-{firm['prices'].pk}",
        "leads",
        "accepted",
        "won",
        "purchases",
    ]
    assert answer["steps"][1] == {
        "step": f"goal-{firm['prices'].pk}",
        "name": "Prices",
        "count": 3,
        "of_previous": 0.5,
        "of_first": 0.5,
    }
    columns = zip(*(part["counts"] for part in answer["parts"]), strict=True)
    assert [sum(column) for column in columns] == [step["count"] for step in answer["steps"]]


def test_the_source_report_shows_goals(firm: dict[str, Goal], login: Login) -> None:
    client = login("marketer")
    assert "goal=any" in client.get(f"/reports/?{MARCH}").content.decode()
    lines = client.get(f"/reports/csv/?{MARCH}").content.decode("utf-8-sig").splitlines()
    assert lines[0].split(",")[3:6] == ["visits", "goals", "goal_rate"]
    rows = {line.split(",")[0]: line.split(",") for line in lines[1:]}
    assert rows["Paid Search"][3:6] == ["4", "2", "0.5"]
    assert rows["Total"][3:6] == ["6", "3", "0.5"]


def test_the_books_hold_each_hit_at_its_visit(firm: dict[str, Goal]) -> None:
    facts = GoalFact.objects.order_by("goal__name", "-visits").values_list(
        "day", "goal__name", "visits", "hits"
    )
    # The hit 20 hours after noon belongs to the visit of the day before.
    assert list(facts) == [
        (make.TODAY, "Cart", 1, 1),
        (make.TODAY, "Prices", 2, 3),
        (make.TODAY, "Prices", 1, 1),
    ]
    assert check_books(all_days()).broken == []


def test_a_broken_goal_fact_is_found(firm: dict[str, Goal]) -> None:
    GoalFact.objects.filter(goal=firm["cart"]).update(hits=7)
    assert [total.name for total in check_books(all_days()).broken] == ["goal hits"]


def test_a_goal_set_up_later_brings_its_hits(firm: dict[str, Goal], login: Login) -> None:
    from leadtrack.visits.goals import set_up_goal

    set_up_goal(goal=Goal.objects.get(name="Something else"))
    reconcile_changed()
    page = login("marketer").get(f"/reports/funnel/?{MARCH}").content.decode()
    assert steps(page)[1] == "4"
    assert check_books(all_days()).broken == []


def test_moving_a_visit_moves_its_goals(firm: dict[str, Goal]) -> None:
    visit = Visit.objects.filter(goal_hits__goal=firm["cart"]).get()
    before = visit.day
    Visit.objects.filter(pk=visit.pk).update(day=before - timedelta(days=3), source=make.source(DIRECT))
    mark_days([before, before - timedelta(days=3)])
    reconcile_changed()
    assert GoalFact.objects.get(goal=firm["cart"]).day == before - timedelta(days=3)
    assert check_books(all_days()).broken == []


@pytest.mark.parametrize("goal", ["x", "-1", "9" * 30, "", "1.5", "%00"])
def test_what_is_no_goal_is_left_out(firm: dict[str, Goal], login: Login, goal: str) -> None:
    client = login("marketer")
    assert client.get(f"/reports/funnel/?{MARCH}&goal={goal}").status_code == 200
    assert client.get(f"/reports/behind/visits/?{MARCH}&goal={goal}").status_code in (200, 404)


def test_a_broken_question_is_told_on_the_page(login: Login) -> None:
    answer = login("marketer").get("/reports/funnel/?from=x")
    assert answer.status_code == 400
    assert "Write the day as YYYY-MM-DD." in answer.content.decode()


def test_an_empty_funnel_says_what_to_do(login: Login) -> None:
    assert "Put the snippet on your site" in login("marketer").get("/reports/funnel/").content.decode()


def test_sales_do_not_see_the_funnel(login: Login) -> None:
    assert login("sales").get("/reports/funnel/").status_code == 403
    assert login("sales").get("/api/v1/reports/funnel").status_code == 403
    assert login("agency").get("/reports/funnel/").status_code == 200


@pytest.mark.parametrize("count", [1, 5])
def test_the_page_asks_the_same_number_of_queries_however_much_there_is(
    firm: dict[str, Goal], login: Login, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        Goal.objects.create(site=firm["cart"].site, name=f"Goal {number}", kind="call")
        make.visit(of=make.source(f"https://shop.example/?utm_source=s{number}&utm_medium=cpc"))
    reconcile_changed()
    client = login("marketer")
    address = f"/reports/funnel/?{MARCH}&goal={firm['cart'].pk}"
    client.get(address)
    # Session, user, member; zones, twice; goals; traffic, results, credits, goals of the steps.
    with django_assert_num_queries(10):
        client.get(address)
