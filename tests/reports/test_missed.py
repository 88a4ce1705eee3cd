"""Missed calls and who was recovered in time: by day, by source, down to the calls."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client

from leadtrack.deals.models import CallBack
from leadtrack.lib.periods import Period
from leadtrack.phones.models import Call, TrackedNumber
from leadtrack.reports.missed import missed_lines
from tests import make

pytestmark = pytest.mark.django_db
NOON = make.NOON
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
ASKED = "from=2026-03-01&to=2026-03-31"
ADS = "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=brand"
MAIL = "https://shop.example/?utm_source=news&utm_medium=email"


@pytest.fixture
def number() -> TrackedNumber:
    return make.number(site=make.site())


def missed(
    number: TrackedNumber, *, days: int = 0, url: str = ADS, how: str = "", minutes: int = 5, by: Any = None
) -> CallBack:
    """A call that was missed `days` after the 10th; settled so many minutes later, if `how` says so."""
    at = NOON + timedelta(days=days)
    source = make.source(url)
    place = {"account": number.account, "number": number, "source": source, "status": Call.Status.MISSED}
    sid = f"CA{Call.objects.count()}"
    call = Call.objects.create(
        **place, sid=sid, caller="+4915123456789", started_at=at, ended_at=at, day=at.date()
    )
    return CallBack.objects.create(
        deal=make.deal(of=make.lead(on=number.site, of=source, call=call, name="Ann Secret")),
        call=call,
        made_at=at,
        due_at=at + timedelta(minutes=20),
        done_at=at + timedelta(minutes=minutes) if how else None,
        how=how,
        done_by=by,
    )


def a_week(number: TrackedNumber) -> None:
    person = make.member("sales").user
    missed(number, how="called_again")
    missed(number, how="called_back", minutes=20)
    missed(number, how="by_hand", minutes=21, by=person)
    missed(number, days=1, url=MAIL, how="not_needed", by=person)
    missed(number, days=1, url=MAIL)
    missed(number, days=1, how="not_needed")  # its lead was set aside
    missed(number, days=40)


def test_figures_by_day_and_by_source_agree(number: TrackedNumber) -> None:
    a_week(number)
    days, total = missed_lines(MARCH, "day")
    assert [(line.day, [count for _kind, count in line.counts]) for line in days] == [
        (date(2026, 3, 11), [2, 0, 0, 1, 1]),
        (date(2026, 3, 10), [3, 2, 1, 0, 0]),
    ]
    assert [line.share for line in days] == [Decimal(0), Decimal(2) / 3]
    assert (total.counts, total.share) == (
        [("missed", 5), ("recovered", 2), ("late", 1), ("not_needed", 1), ("open", 1)],
        Decimal(2) / 4,
    )
    sources, again = missed_lines(MARCH, "source")
    assert again == total
    assert [(line.source.source, line.missed) for line in sources if line.source] == [
        ("google", 3),
        ("news", 2),
    ]


def test_nothing_missed_has_no_share(number: TrackedNumber) -> None:
    lines, total = missed_lines(MARCH, "day")
    assert (lines, total.missed, total.share) == ([], 0, None)


@pytest.mark.parametrize("by", ["day", "source"])
def test_each_number_opens_the_calls_it_is_made_of(
    login: Callable[..., Client], number: TrackedNumber, by: str
) -> None:
    a_week(number)
    client = login("sales_manager")
    page = unescape(client.get(f"/reports/missed/?{ASKED}&by={by}").content.decode())
    links = re.findall(r'href="(/reports/missed/calls/\?[^"]*)">(\d+)</a>', page)
    assert len(links) >= 9
    for address, count in links:
        rows = client.get(address).content.decode().count("Ann Secret")
        assert rows == int(count), address


def test_who_counts_sees_figures_and_an_agency_no_person(
    login: Callable[..., Client], number: TrackedNumber
) -> None:
    a_week(number)
    assert login("sales").get("/reports/missed/").status_code == 403
    agency = login("agency")
    assert "50.0" in agency.get(f"/reports/missed/?{ASKED}").content.decode()
    behind = agency.get(f"/reports/missed/calls/?{ASKED}").content.decode()
    assert "hidden" in behind
    assert "Ann Secret" not in behind


def test_an_empty_period_tells_the_next_step_and_a_wrong_one_what_is_wrong(
    login: Callable[..., Client],
) -> None:
    client = login("marketer")
    assert "No missed calls in this period" in client.get("/reports/missed/").content.decode()
    wrong = client.get("/reports/missed/?from=x")
    assert (wrong.status_code, "YYYY-MM-DD" in wrong.content.decode()) == (400, True)
    assert client.get(f"/reports/missed/calls/?{ASKED}&kind=x&day=x&source=x&cursor=x").status_code == 200


@pytest.mark.parametrize("count", [1, 20])
def test_they_cost_the_same_however_many(
    login: Callable[..., Client], number: TrackedNumber, django_assert_num_queries: Any, count: int
) -> None:
    for place in range(count):
        missed(number, days=place)
    client = login("sales_manager")
    with django_assert_num_queries(7):  # session, user, member, time zones twice, total, days
        client.get(f"/reports/missed/?{ASKED}")
    with django_assert_num_queries(5):  # session, user, member, time zones, calls
        client.get(f"/reports/missed/calls/?{ASKED}")
