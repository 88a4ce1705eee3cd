"""How tidy the tags are: what is wrong is said, what is right is not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leadtrack.lib.periods import Period
from leadtrack.sources.channel import classify
from leadtrack.sources.marker import parse_marker
from leadtrack.visits import hygiene as report
from leadtrack.visits.track import record_visit
from leadtrack.visits.untidy import example_of, read_visit
from tests import make

PAGE = "https://shop.example/sale"


def problems(url: str, referrer: str = "") -> tuple[str, ...]:
    channel = classify(parse_marker(url, referrer, own_hosts=["shop.example"])).channel
    return read_visit(url, referrer, channel, ["shop.example"]).problems


@pytest.mark.parametrize(
    ("query", "referrer", "found"),
    [
        ("", "", ()),
        ("", "https://www.google.com/", ()),
        ("?gclid=x&gad_campaignid=1234567", "", ()),
        ("?gclid=x", "", ("paid-untagged",)),
        ("?utm_source=google&utm_medium=cpc&utm_campaign=brand&gclid=x", "", ()),
        ("?utm_source=google&utm_medium=cpc", "", ("paid-untagged",)),
        ("?fbclid=x", "https://l.facebook.com/", ()),
        ("?utm_source=fb&utm_medium=cpc&utm_campaign={{campaign.name}}", "", ("paid-untagged", "macro")),
        ("?utm_source=google&utm_medium=cpc&utm_campaign=a&utm_term={keyword}", "", ("macro",)),
        ("?utm_source=firm&utm_medium=blabla", "", ("unknown-medium",)),
        ("?utm_campaign=lost", "", ("no-source",)),
        ("?utm_source=home&utm_medium=email", "https://shop.example/", ("internal",)),
        ("?utm_source=list&utm_medium=email&utm_campaign=%FF%FE", "", ("mangled",)),
        ("?utm_source=googlе&utm_medium=email", "", ("lookalike",)),
        ("?utm_source=list&utm_medium=email&utm_campaign=сосна", "", ()),
    ],
)
def test_what_is_wrong_is_said_only_where_it_is_wrong(
    query: str, referrer: str, found: tuple[str, ...]
) -> None:
    assert problems(PAGE + query, referrer) == found


def test_an_example_holds_tags_alone() -> None:
    url = f"{PAGE}?email=ann@example.com&utm_source=a&token=secret&utm_campaign={{x}}&gclid=y#ann"
    assert example_of(url) == f"{PAGE}?utm_source=a&utm_campaign={{x}}&gclid=y"


@pytest.mark.django_db
def test_the_page_shows_shares_faults_and_fixes(login: Callable[..., Client]) -> None:
    site = make.site()
    urls = [
        PAGE,
        PAGE,
        f"{PAGE}?email=ann@example.com&utm_source=firm&utm_medium=blabla",
        f"{PAGE}?utm_source=google&utm_medium=cpc",
    ]
    for number, url in enumerate(urls):
        record_visit(site=site, visitor_key=f"visitor-{number}", url=url, referrer="", at=timezone.now())
    page = login("marketer").get("/sources/hygiene/").content.decode()
    for words in (
        "shop.example/sale",
        "2 faults",
        "50.0",
        "25.0",
        "Medium that no rule knows: 1",
        "utm_campaign or utm_id",
    ):
        assert words in page
    assert "ann@example" not in page
    assert "firm / blabla" in login().get("/sources/hygiene/?by=source").content.decode()
    assert login("agency").get("/sources/hygiene/").status_code == 403


@pytest.mark.django_db
def test_days_that_make_no_sense_are_told(login: Callable[..., Client]) -> None:
    client = login()
    for query in ("from=x", "from=2026-02-01&to=2026-01-01", "from=0001-01-01", "to=0001-01-01"):
        assert "invalid-feedback" in client.get(f"/sources/hygiene/?{query}").content.decode()


@pytest.mark.django_db
def test_a_long_period_costs_what_a_short_one_costs(
    monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(report, "MOST_LOOKED_AT", 4)
    site = make.site()
    now = timezone.now()
    for number in range(10):
        at = now - timedelta(days=number % 2)
        record_visit(site=site, visitor_key=f"visitor-{number}", url=PAGE, referrer="", at=at)
    period = report.Period((now - timedelta(days=1)).date(), now.date())
    with django_assert_max_num_queries(6):
        found = report.hygiene(period=period, site=site, by="page")
    assert (found.visits, found.looked_at, found.is_sampled) == (10, 4, True)


@pytest.mark.django_db
def test_of_many_visits_a_fair_share_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    site = make.site()
    for number in range(40):
        url = f"{PAGE}?gclid={number}" if number >= 20 else PAGE
        record_visit(site=site, visitor_key=f"visitor-{number}", url=url, referrer="", at=timezone.now())
    monkeypatch.setattr(report, "MOST_LOOKED_AT", 10)
    today = timezone.localdate()
    period = Period(today - timedelta(days=2), today + timedelta(days=1))
    found = report.hygiene(period=period, site=site, by=report.BY_PAGE)
    assert (found.visits, found.looked_at, found.problems["paid-untagged"]) == (40, 10, 5)
