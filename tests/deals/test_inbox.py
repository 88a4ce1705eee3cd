import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from leadtrack.deals.assign import open_deal
from leadtrack.leads.models import Lead
from tests import make
from tests.deals.people import EMAIL, PERSONAL, PHONE, ann, client_of, deal_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def shown(page: Any) -> list[str]:
    """Public ids of the leads on a page, in order."""
    return re.findall(r'id="row-(ld_\w+)"', page.content.decode())


def next_link(page: Any, name: str) -> str:
    found = re.search(rf'{name}="([^"]*(?:cursor|news)[^"]*)"', page.content.decode())
    assert found
    return unescape(found[1])


def test_leads_stand_newest_first_with_what_sales_needs(login: Callable[..., Client]) -> None:
    older = deal_of()
    newer = make.deal(of=make.lead(kind=Lead.Kind.CALL, name="Bob", at=make.NOON + timedelta(days=1)))
    page = login("sales").get("/inbox/")
    text = page.content.decode()
    assert shown(page) == [newer.lead.public_id, older.lead.public_id]
    assert "Ann Secret" in text
    assert 'href="tel:+49-1512-3456789"' in text
    assert "Paid Search" in text
    assert "brand" in text


def test_times_are_those_of_the_site(login: Callable[..., Client]) -> None:
    make.deal(of=make.lead(on=make.site(time_zone="Asia/Vladivostok")))
    assert "Mar 10, 2026, 22:00" in login("sales").get("/inbox/").content.decode()


def test_an_empty_inbox_tells_the_next_step(login: Callable[..., Client]) -> None:
    assert "Put the snippet on the site" in login("sales").get("/inbox/").content.decode()
    assert "Show all leads" in login("sales").get("/inbox/?state=won").content.decode()


@pytest.mark.parametrize(
    ("state", "fields", "group"),
    [
        ("new", {}, "in_work"),
        ("in_work", {"status": "accepted"}, "in_work"),
        ("won", {"status": "accepted"}, "won"),
        ("lost", {}, "lost"),
        ("rejected", {"status": "rejected"}, "not_counted"),
        ("spam", {"status": "spam"}, "not_counted"),
    ],
)
def test_each_tab_shows_its_leads(
    login: Callable[..., Client], state: str, fields: dict[str, str], group: str
) -> None:
    client = login("admin")
    ours = make.deal(of=make.lead(**fields), group=group).lead.public_id
    tabs = ("new", "in_work", "won", "lost", "rejected", "spam")
    assert [tab for tab in tabs if shown(client.get(f"/inbox/?state={tab}")) == [ours]] == [state]
    assert (ours in shown(client.get("/inbox/"))) == (state != "spam")


def test_sales_see_their_own_and_nobodys() -> None:
    seller, other = make.member("sales"), make.member("sales")
    mine, nobodys, others = make.deal(owner=seller.user), make.deal(), make.deal(owner=other.user)
    client = client_of(seller)
    assert shown(client.get("/inbox/")) == [nobodys.lead.public_id, mine.lead.public_id]
    assert shown(client.get("/inbox/?owner=me")) == [mine.lead.public_id]
    assert shown(client.get("/inbox/?owner=nobody")) == [nobodys.lead.public_id]
    assert shown(client.get(f"/inbox/?owner={other.user.pk}")) == []
    manager = client_of(make.member("sales_manager"))
    assert shown(manager.get(f"/inbox/?owner={other.user.pk}")) == [others.lead.public_id]


@pytest.mark.parametrize(
    "nonsense", ["state=x", "owner=x", "owner=" + "9" * 40, "cursor=broken", "state=%00", "shown=-1"]
)
def test_nonsense_in_the_address_is_the_whole_list(login: Callable[..., Client], nonsense: str) -> None:
    make.deal()
    page = login("sales").get(f"/inbox/?{nonsense}")
    assert (page.status_code, len(shown(page))) == (200, 1)


@pytest.mark.parametrize(
    "term", ["ann", "SECRET", "0151 2345", "+49 151 23456789", "6789", EMAIL, "Ann@Example", "  ann  "]
)
def test_a_person_is_found_by_name_phone_or_email(login: Callable[..., Client], term: str) -> None:
    make.deal(of=make.lead(name="Bob", phone="+4930111222", who=make.contact(name="Bob")))
    ours = deal_of().lead.public_id
    assert shown(login("sales").post("/inbox/", {"search": term})) == [ours]


def test_other_alphabets_are_found_in_any_case(login: Callable[..., Client]) -> None:
    ours = make.deal(of=make.lead(name="Иван Петров")).lead.public_id
    client = login("sales")
    for term in ("иван", "ПЕТРОВ", "Иван петров"):
        assert shown(client.post("/inbox/", {"search": term})) == [ours], term


def test_a_search_keeps_within_the_tab_and_what_one_may_see() -> None:
    seller, other = make.member("sales"), make.member("sales")
    deal_of(other)
    assert shown(client_of(seller).post("/inbox/", {"search": "ann"})) == []
    assert shown(client_of(other).post("/inbox/?state=won", {"search": "ann"})) == []
    assert shown(client_of(other).post("/inbox/?state=new", {"search": "ann"})) != []


def test_the_term_is_in_no_address(login: Callable[..., Client]) -> None:
    for number in range(40):
        make.deal(of=make.lead(name=f"Ann {number}", on=make.site(), who=make.contact()))
    page = login("sales").post("/inbox/", {"search": "ann 5"}).content.decode()
    addresses = re.findall(r'(?:href|action|hx-get|hx-post)="([^"]*)"', page)
    assert addresses
    assert not [address for address in addresses if "ann" in address.lower()]


def test_an_agency_sees_no_person_and_cannot_search_for_one(login: Callable[..., Client]) -> None:
    deal_of()
    agency = login("agency")
    page = agency.get("/inbox/").content.decode()
    assert "hidden" in page
    assert not [word for word in (*PERSONAL, "tel:") if word in page]
    assert agency.post("/inbox/", {"search": "ann"}).status_code == 403


def test_more_is_shown_by_key_with_nothing_twice_or_left_out(login: Callable[..., Client]) -> None:
    ids = [make.deal(of=make.lead(on=place)).lead.public_id for place in [make.site()] for _ in range(80)]
    client = login("sales")
    first = client.get("/inbox/")
    make.deal()
    second = client.get(next_link(first, "hx-get"), headers=HTMX)
    third = client.get(next_link(second, "hx-get"), headers=HTMX)
    assert shown(first) + shown(second) + shown(third) == ids[::-1]
    assert "<html" not in second.content.decode()
    assert "shown=90" in third.content.decode()
    assert "Show more" not in third.content.decode()


def test_more_of_a_search_is_shown_by_key(login: Callable[..., Client]) -> None:
    place = make.site()
    for number in range(41):
        name = "Ann" if number else "Bob"
        make.deal(of=make.lead(on=place, who=make.contact(name=name)))
    client = login("sales")
    first = client.post("/inbox/", {"search": "Ann"}, headers=HTMX)
    cursor = re.search(r'name="cursor" value="([^"]+)"', first.content.decode())
    assert cursor
    second = client.post("/inbox/", {"search": "Ann", "cursor": cursor[1]}, headers=HTMX)
    assert (len(shown(first)), len(shown(second))) == (30, 10)
    assert not set(shown(first)) & set(shown(second))


def news_of(page: Any) -> str:
    found = re.search(r'hx-get="(/inbox/news[^"]*)"', page.content.decode())
    assert found
    return unescape(found[1])


def test_an_open_inbox_hears_of_a_new_lead_and_is_quiet_otherwise(login: Callable[..., Client]) -> None:
    client = login("sales")
    open_deal(make.lead())
    ask = news_of(client.get("/inbox/"))
    assert client.get(ask).status_code == 204
    fresh = open_deal(ann())
    answer = client.get(ask)
    assert shown(answer)[0] == fresh.lead.public_id
    assert "<html" not in answer.content.decode()
    assert client.get(news_of(answer)).status_code == 204


def test_an_open_inbox_hears_of_an_outcome(login: Callable[..., Client]) -> None:
    client, deal = login("sales"), deal_of()
    ask = news_of(client.get("/inbox/"))
    client.post(
        f"/leads/{deal.lead.public_id}/lost", {"reason": make.loss_reason().pk, "lost_on": "2026-03-11"}
    )
    assert "bg-red-lt" in client.get(ask).content.decode()


def test_a_list_opened_further_down_is_refreshed_as_far(login: Callable[..., Client]) -> None:
    place = make.site()
    for _ in range(40):
        make.deal(of=make.lead(on=place))
    client = login("sales")
    more = client.get(next_link(client.get("/inbox/"), "hx-get"), headers=HTMX)
    open_deal(make.lead(on=place))
    assert len(shown(client.get(news_of(more)))) == 41
    assert len(shown(client.get("/inbox/news?seen=0&shown=999999"))) == 30


def test_nothing_new_costs_two_small_queries(
    login: Callable[..., Client], django_assert_num_queries: Any
) -> None:
    client = login("sales")
    open_deal(make.lead())
    ask = news_of(client.get("/inbox/"))
    with django_assert_num_queries(5):  # session, user, member, newest event, calls going on
        client.get(ask)


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_costs_the_same_however_long(
    login: Callable[..., Client], django_assert_num_queries: Any, count: int
) -> None:
    seller = make.member("sales")
    for _ in range(count):
        make.deal(of=make.lead(phone=PHONE), owner=seller.user)
    client = login("sales_manager")
    with django_assert_num_queries(7):  # session, user, member, newest event, deals, calls going on, sellers
        client.get("/inbox/")
