"""The report through its doors: page, CSV, API, command; and the rows behind each figure."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from leadtrack.accounts.tokens import issue_token
from leadtrack.ledger.models import WHOLE, RateGap
from leadtrack.sources import register
from tests import make
from tests.reports import books

pytestmark = pytest.mark.django_db
MARCH = "from=2026-03-01&to=2026-03-31"
Login = Callable[..., Client]


@pytest.fixture
def firm() -> dict[str, Any]:
    """Brand: 100 visits, 2 leads, 1 won, 300.00 in, 100.00 goods, 50.00 spent; organic: 10 visits, 1 lead."""
    brand = make.source()
    organic = make.source("https://shop.example/", "https://www.google.com/")
    books.traffic(brand, visits=100, goal_visits=8, spend=5_000)
    books.traffic(organic, visits=10)
    books.traffic(register.unmatched_source(), spend=700)
    sums = {"customers_ppm": WHOLE, "revenue_cents": 30_000, "cost_cents": 10_000}
    books.results(brand, leads_ppm=2 * WHOLE, won_ppm=WHOLE, **sums)
    books.results(organic, leads_ppm=WHOLE)
    lead, other = make.lead(of=brand, name="Anna"), make.lead(of=brand)
    deal = make.deal(of=lead, group="won")
    money = make.purchase(of=deal, cents=30_000, cost=10_000)
    books.credit(brand, lead)
    books.credit(brand, other)
    books.credit(brand, lead, "won", is_new_customer=True)
    books.credit(brand, lead, "purchase", money, revenue_cents=30_000, cost_cents=10_000)
    books.credit(organic, make.lead(of=organic))
    books.spend_row(brand, cents=5_000)
    books.spend_row(register.unmatched_source(), cents=700, campaign="ghost", rule="unmatched")
    return {"brand": brand, "organic": organic, "lead": lead}


def test_the_command_prints_the_promised_json(firm: dict[str, Any]) -> None:
    out = StringIO()
    call_command("report", "--from", "2026-03-01", "--to", "2026-03-31", "--format", "json", stdout=out)
    report = json.loads(out.getvalue())
    assert report["rows"][0] == {
        "channel": "Paid Search",
        "source": "google",
        "campaign": "brand",
        "visits": 100,
        "goals": 8,
        "goal_rate": 0.08,
        "leads": 2,
        "won": 1,
        "customers": 1,
        "revenue": "300.00",
        "margin": "200.00",
        "spend": "50.00",
        "cpl": "25.00",
        "cac": "50.00",
        "romi": 3.0,
    }
    assert report["rows"][1]["cpl"] is None
    assert report["total"]["visits"] == 110
    assert report["unmatched"] == {"spend": "7.00", "items": 1, "without_rate": []}


def test_the_api_says_the_same_as_the_command(firm: dict[str, Any]) -> None:
    out = StringIO()
    call_command("report", "--from", "2026-03-01", "--to", "2026-03-31", "--format", "json", stdout=out)
    _token, key = issue_token(member=make.member("marketer"), name="test")
    answer = Client().get(f"/api/v1/reports/sources?{MARCH}", headers={"Authorization": f"Token {key}"})
    assert answer.status_code == 200
    assert answer.json() == json.loads(out.getvalue())


def test_the_command_groups_by_what_is_asked(firm: dict[str, Any]) -> None:
    out = StringIO()
    call_command("report", "--from", "2026-03-01", "--to", "2026-03-31", "--by", "channel", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0].split()[0] == "channel"
    assert lines[1].startswith("Paid Search")
    assert lines[3].startswith("Total")
    assert "Unmatched spend: 7.00 (1 items)" in lines


def test_a_question_the_command_cannot_answer_is_an_error() -> None:
    with pytest.raises(CommandError, match="--from: Write the day"):
        call_command("report", "--from", "soon")


def test_the_page_shows_channels_and_opens_level_by_level(firm: dict[str, Any], login: Login) -> None:
    client = login("marketer")
    page = client.get(f"/reports/?{MARCH}").content.decode()
    assert "Paid Search" in page
    assert "300.00" in page
    rows = client.get(f"/reports/rows/?{MARCH}&channel=Paid+Search&row=1").content.decode()
    assert 'data-row="1-1"' in rows
    assert "google" in rows
    rows = client.get(f"/reports/rows/?{MARCH}&channel=Paid+Search&source=google&row=1-1").content.decode()
    assert 'data-row="1-1-1"' in rows
    assert "brand" in rows


@pytest.mark.parametrize(
    ("figure", "rows", "sums"),
    [
        ("leads", 2, ["2"]),
        ("won", 1, ["1"]),
        ("customers", 1, ["1"]),
        ("revenue", 1, ["€300.00"]),
        ("margin", 1, ["€200.00"]),
    ],
)
def test_every_figure_opens_to_the_rows_it_is_the_sum_of(
    firm: dict[str, Any], login: Login, figure: str, rows: int, sums: list[str]
) -> None:
    page = login("marketer").get(f"/reports/behind/{figure}/?{MARCH}&channel=Paid+Search").content.decode()
    body, foot = page.split("<tbody>")[1].split("</tbody>")
    assert body.count("<tr>") == rows
    assert all(figure in foot for figure in sums)


def test_spend_opens_to_statement_rows(firm: dict[str, Any], login: Login) -> None:
    client = login("marketer")
    page = client.get(f"/reports/behind/spend/?{MARCH}&channel=Paid+Search").content.decode()
    assert "€50.00" in page
    assert "ghost" not in page
    page = client.get(f"/reports/behind/spend/?{MARCH}&unmatched=1").content.decode()
    assert "ghost" in page
    assert "€7.00" in page


def test_visits_open_to_visits(firm: dict[str, Any], login: Login) -> None:
    make.visit(of=firm["organic"])
    page = login("marketer").get(f"/reports/behind/visits/?{MARCH}&channel=Organic+Search").content.decode()
    assert page.split("<tbody>")[1].count("<tr>") == 1


def test_unmatched_money_and_unpaid_sources_are_in_sight(firm: dict[str, Any], login: Login) -> None:
    paid = make.source("https://shop.example/?utm_source=bing&utm_medium=cpc&utm_campaign=lost")
    books.traffic(paid, visits=7)
    RateGap.objects.create(day=books.DAY, currency="USD", spend_cents=999)
    page = login("marketer").get(f"/reports/unmatched/?{MARCH}").content.decode()
    assert "ghost" in page
    assert "lost" in page
    assert "USD" in page
    assert "9.99" in page


def test_the_csv_is_safe_to_open_in_a_spreadsheet(login: Login) -> None:
    evil = make.source("https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=%3Dcmd()")
    books.traffic(evil, spend=-500)
    answer = login("marketer").get(f"/reports/csv/?{MARCH}")
    text = answer.content.decode("utf-8-sig")
    assert ",'=cmd()," in text
    assert ",-5.00," in text
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


def test_a_shared_lead_shows_its_fraction(login: Login) -> None:
    books.results(make.source(), leads_ppm=333_333, model="linear")
    books.traffic(make.source(), visits=1)
    page = login("marketer").get(f"/reports/?{MARCH}&model=linear").content.decode()
    assert ">0.33<" in page


def test_a_broken_question_is_told_on_the_page(login: Login) -> None:
    client = login("marketer")
    answer = client.get("/reports/?from=x")
    assert answer.status_code == 400
    assert "Write the day as YYYY-MM-DD." in answer.content.decode()
    assert client.get("/reports/rows/?from=x").status_code == 404
    assert client.get("/reports/behind/nothing/").status_code == 404


def test_an_empty_report_says_what_to_do_next(login: Login) -> None:
    page = login("marketer").get("/reports/").content.decode()
    assert "Put the snippet on your site" in page


def test_the_agency_sees_sums_but_no_names(firm: dict[str, Any], login: Login) -> None:
    assert "Anna" in login("marketer").get(f"/reports/behind/leads/?{MARCH}").content.decode()
    assert "Anna" not in login("agency").get(f"/reports/behind/leads/?{MARCH}").content.decode()


@pytest.mark.parametrize(
    "path", ["", "rows/?channel=x", "csv/", "behind/leads/", "behind/spend/", "behind/visits/", "unmatched/"]
)
def test_sales_do_not_see_the_report(login: Login, path: str) -> None:
    assert login("sales").get(f"/reports/{path}").status_code == 403
    assert Client().get(f"/reports/{path}").status_code == 302


def test_the_api_refuses_strangers_and_names_bad_fields(login: Login) -> None:
    assert Client().get("/api/v1/reports/sources").status_code == 401
    assert login("sales").get("/api/v1/reports/sources").status_code == 403
    answer = login("marketer").get("/api/v1/reports/sources?model=guess")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "model"


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_asks_the_same_number_of_queries_however_much_there_is(
    login: Login, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        source = make.source(
            f"https://shop.example/?utm_source=s{number}&utm_medium=cpc&utm_campaign=c{number}"
        )
        books.traffic(source, visits=1)
        books.results(source, leads_ppm=WHOLE)
    client = login("marketer")
    client.get(f"/reports/?{MARCH}")
    # Session, user, member; zones, twice; traffic, results, unmatched spend, unmatched items, gaps.
    with django_assert_num_queries(10):
        client.get(f"/reports/?{MARCH}")
