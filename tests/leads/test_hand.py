"""Leads that a colleague types in: /leads/add/."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from leadtrack.accounts.models import Member
from leadtrack.deals.models import Deal
from leadtrack.leads import inbox
from leadtrack.leads.models import Attempt, InboxRow, Lead
from leadtrack.visits.models import Site
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(db: None) -> Site:
    return make.site(time_zone="Europe/Berlin")


def typed(place: Site, /, **changes: Any) -> dict[str, Any]:
    said = {"phone": "030 901820", "name": "Ann", "email": "", "message": "Red one", "site": place.pk}
    said |= {"source": "", "words": "", "channel": "", "asked_at": "", "owner": "me", "key": "k1"}
    return said | changes


def test_what_is_typed_is_a_lead_at_once_and_belongs_to_who_typed_it(
    login: Callable[..., Client], site: Site
) -> None:
    client = login("sales", "sally")
    answer = client.post("/leads/add/", typed(site))
    lead = Lead.objects.get()
    assert answer.headers["Location"] == f"/leads/{lead.public_id}/"
    assert (lead.kind, lead.phone.as_e164, lead.message) == ("hand", "+4930901820", "Red one")
    assert Deal.objects.get().owner == Member.objects.get().user
    assert client.get(f"/leads/{lead.public_id}/").status_code == 200


def test_the_receipt_says_who_said_where_from(login: Callable[..., Client], site: Site) -> None:
    billboard = make.source("https://shop.example/?utm_source=billboard&utm_medium=outdoor&utm_campaign=May")
    client = login("sales", "sally")
    client.post("/leads/add/", typed(site, source=billboard.pk))
    lead = Lead.objects.get()
    assert lead.source == billboard
    assert lead.receipt.steps[0]["evidence"] == {"source": str(billboard), "by": "sally"}
    page = client.get(f"/leads/{lead.public_id}/").content.decode()
    assert "sally typed in the lead and said" in page


@pytest.mark.parametrize(
    ("said", "channel", "source"),
    [
        ({"words": "a friend"}, "Unassigned", "a friend"),
        ({"words": "fair", "channel": "Offline"}, "Offline", "fair"),
        ({"channel": "Email"}, "Email", ""),
        ({}, "(unknown)", ""),
    ],
)
def test_a_source_in_words(
    login: Callable[..., Client], site: Site, said: dict[str, str], channel: str, source: str
) -> None:
    login("sales").post("/leads/add/", typed(site, **said))
    lead = Lead.objects.get()
    assert (lead.source.channel, lead.source.source) == (channel, source)


def test_the_moment_is_on_the_clock_of_the_site(login: Callable[..., Client], site: Site) -> None:
    login("sales").post("/leads/add/", typed(site, asked_at="2026-03-10T14:30"))
    assert Lead.objects.get().captured_at == datetime(2026, 3, 10, 13, 30, tzinfo=UTC)


def test_a_double_click_is_one_lead(login: Callable[..., Client], site: Site) -> None:
    client = login("sales")
    first, second = (client.post("/leads/add/", typed(site)) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert (Lead.objects.count(), InboxRow.objects.count()) == (1, 1)


def test_who_asked_within_hours_is_noted_on_the_same_lead(login: Callable[..., Client], site: Site) -> None:
    client = login("sales")
    client.post("/leads/add/", typed(site))
    answer = client.post("/leads/add/", typed(site, key="k2", message="again"), follow=True)
    assert "noted on the same lead" in answer.content.decode()
    assert (Lead.objects.count(), Attempt.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone": "", "email": ""}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"email": "ann@"}, "email"),
        ({"asked_at": "2990-01-01T00:00"}, "asked_at"),
        ({"asked_at": "1990-01-01T00:00"}, "asked_at"),
        ({"asked_at": "0001-01-01T00:00"}, "asked_at"),
        ({"asked_at": "9999-12-31T23:59"}, "asked_at"),
        ({"source": "999999"}, "source"),
        ({"owner": "1"}, "owner"),
        ({"site": "999"}, "site"),
    ],
)
def test_mistakes_are_told_beside_the_field(
    login: Callable[..., Client], site: Site, changes: dict[str, str], field: str
) -> None:
    answer = login("sales").post("/leads/add/", typed(site, **changes))
    assert list(answer.context["form"].errors) == [field]
    assert not InboxRow.objects.exists()


@pytest.mark.parametrize(("owner", "name"), [("nobody", None), ("turn", "sally"), ("ben", "ben")])
def test_a_manager_may_give_it_to_anybody(
    login: Callable[..., Client], site: Site, owner: str, name: str | None
) -> None:
    make.member("sales", "sally")
    ben = make.member("sales", "ben", takes_leads=False)
    login("sales_manager").post("/leads/add/", typed(site, owner=ben.user_id if owner == "ben" else owner))
    given = Deal.objects.get().owner
    assert (given.get_username() if given else None) == name


def test_a_lead_that_cannot_be_worked_now_is_kept(
    login: Callable[..., Client], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "work", lambda row_id: None)
    answer = login("sales").post("/leads/add/", typed(site), follow=True)
    assert "in the inbox in a minute" in answer.content.decode()
    assert InboxRow.objects.get().state == "new"


def ask(client: Client, site: Site, **said: str) -> str:
    return client.post("/leads/add/known", {"site": site.pk, **said}).content.decode()


def test_a_known_person_is_named_while_the_phone_is_typed(login: Callable[..., Client], site: Site) -> None:
    ann = make.contact(phone="+4930901820", email="ann@example.com", name="Ann")
    for _ in range(2):
        make.deal(of=make.lead(on=site, who=ann))
    client = login("sales")
    for said in ({"phone": "030 901820"}, {"email": "Ann@example.com"}):
        text = ask(client, site, **said)
        assert f"/contacts/{ann.public_id}/" in text
        assert "2 leads" in text
    assert "Ann" not in ask(client, site, phone="030 901")
    assert "alert" not in ask(client, site)


def test_a_colleagues_person_is_said_to_be_known_without_a_name(
    login: Callable[..., Client], site: Site
) -> None:
    ann = make.contact(phone="+4930901820", name="Ann")
    make.deal(of=make.lead(on=site, who=ann), owner=make.member("sales").user)
    text = ask(login("sales"), site, phone="030 901820")
    assert "Somebody whom a colleague works" in text
    assert ann.public_id not in text
    assert "Ann" not in text
    # How often and when is the colleague's business, too.
    assert "1 lead" not in text
    assert "ago" not in text
    assert "Ann" in ask(login("sales_manager"), site, phone="030 901820")


def test_of_a_person_of_two_sellers_each_sees_their_own_leads(
    login: Callable[..., Client], site: Site
) -> None:
    ann, client = make.contact(phone="+4930901820", name="Ann"), login("sales")
    make.deal(of=make.lead(on=site, who=ann), owner=make.member("sales").user)
    make.deal(of=make.lead(on=site, who=ann))
    text = ask(client, site, phone="030 901820")
    assert "1 lead," in text
    assert "colleague" not in text


def test_sources_are_found_by_their_words(login: Callable[..., Client], site: Site) -> None:
    make.source("https://shop.example/?utm_source=billboard&utm_medium=outdoor&utm_campaign=May")
    make.source()
    client = login("sales")
    assert "billboard" in client.get("/leads/add/").content.decode()
    text = client.get("/leads/add/?q=bill").content.decode()
    assert "billboard" in text
    assert "google" not in text


@pytest.mark.parametrize("role", ["marketer", "agency"])
def test_only_who_works_leads_adds_them(login: Callable[..., Client], site: Site, role: str) -> None:
    client = login(role)
    assert client.get("/leads/add/").status_code == 403
    assert client.post("/leads/add/known", {"phone": "030 901820"}).status_code == 403
    assert "/leads/add/" not in client.get("/inbox/").content.decode()


def test_the_inbox_leads_to_it(login: Callable[..., Client], site: Site) -> None:
    assert "/leads/add/" in login("sales").get("/inbox/").content.decode()


def test_the_page_asks_little_of_the_database(
    login: Callable[..., Client], site: Site, django_assert_max_num_queries: Any
) -> None:
    client = login("sales_manager")
    with django_assert_max_num_queries(10):
        client.get("/leads/add/")
    ann = make.contact(phone="+4930901820", name="Ann")
    for _ in range(20):
        make.deal(of=make.lead(on=site, who=ann))
    with django_assert_max_num_queries(7):
        ask(client, site, phone="030 901820")
