"""Personal links for a newsletter, and on the page of a contact."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leadtrack.accounts.tokens import issue_token
from leadtrack.deals.assign import open_deal
from leadtrack.leads.models import Contact, ContactKey
from leadtrack.leads.personal import personal_token
from leadtrack.visits.tokens import read_token
from tests import make

pytestmark = pytest.mark.django_db
BASE = "https://shop.example/sale?utm_source=letter#top"


@pytest.fixture
def anna() -> Contact:
    make.site()
    return make.contact(name="Anna", email="anna@example.com", phone="+4930901820")


def _table(client: Client, **asked: str) -> list[dict[str, str]]:
    answer = client.get("/contacts/links.csv", {"base": BASE} | asked)
    assert answer.status_code == 200, answer.content
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def test_each_mailbox_has_its_own_link(login: Callable[..., Client], anna: Contact) -> None:
    ben = make.contact(name="Ben", email="ben@example.com")
    make.contact(name="No mailbox", phone="+4930901821")
    rows = _table(login("marketer"))
    assert [row["email"] for row in rows] == ["anna@example.com", "ben@example.com"]
    for row, person in zip(rows, (anna, ben), strict=True):
        assert row["link"] == f"https://shop.example/sale?utm_source=letter&lt_c={row['lt_c']}#top"
        assert "ct_" + read_token(row["lt_c"], now=timezone.now()) == person.public_id


def test_the_word_does_not_name_the_person(anna: Contact) -> None:
    token = personal_token(anna)
    for told in (anna.public_id, "anna", "4930901820", str(anna.pk) + "."):
        assert told not in token


def test_links_may_end(login: Callable[..., Client], anna: Contact) -> None:
    (row,) = _table(login("marketer"), days="7")
    now = timezone.now()
    assert read_token(row["lt_c"], now=now + timedelta(days=6))
    assert not read_token(row["lt_c"], now=now + timedelta(days=8))


def test_a_name_is_no_formula(login: Callable[..., Client], anna: Contact) -> None:
    Contact.objects.update(name='=HYPERLINK("http://x.example")')
    (row,) = _table(login("marketer"))
    assert row["name"].startswith("'=")


def test_who_became_part_of_another_has_no_link_of_their_own(
    login: Callable[..., Client], anna: Contact
) -> None:
    double = make.contact(name="A.", email="a@example.com")
    Contact.objects.filter(pk=double.pk).update(merged_into=anna)
    assert [row["email"] for row in _table(login("marketer"))] == ["anna@example.com"]


def test_a_long_table_is_read_in_slices(
    login: Callable[..., Client], anna: Contact, monkeypatch: Any, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr("leadtrack.leads.newsletter._ROWS_AT_ONCE", 2)
    for number in range(4):
        make.contact(email=f"p{number}@example.com")
    client = login("marketer")
    _table(client)
    assert len(_table(client)) == 5
    assert ContactKey.objects.filter(kind="email").count() == 5


@pytest.mark.parametrize(
    ("base", "told"),
    [
        ("", "This field is required"),
        ("shop.example", "Write the address with http"),
        ("javascript:alert(1)", "Write the address with http"),
        ("https://evil.example/", "No site of yours"),
    ],
)
def test_a_link_that_nobody_would_read_is_told(
    login: Callable[..., Client], anna: Contact, base: str, told: str
) -> None:
    answer = login("marketer").get("/contacts/links.csv", {"base": base})
    assert answer.status_code == 400
    assert told in answer.content.decode()


def test_the_page_says_what_to_write_into_the_letter(login: Callable[..., Client], anna: Contact) -> None:
    page = login("sales_manager").get("/contacts/links/").content.decode()
    assert "*|LT_C|*" in page
    assert "https://shop.example/?utm_source=newsletter" in page


@pytest.mark.parametrize("role", ["sales", "agency"])
def test_it_is_for_those_who_may_take_people_out(
    login: Callable[..., Client], anna: Contact, role: str
) -> None:
    client = login(role)
    assert client.get("/contacts/links/").status_code == 403
    assert client.get("/contacts/links.csv", {"base": BASE}).status_code == 403


def test_the_page_of_a_contact_has_the_link_for_who_may_see_people(
    login: Callable[..., Client], anna: Contact
) -> None:
    lead = make.lead(who=anna)
    open_deal(lead)
    address = f"/contacts/{anna.public_id}/"
    assert personal_token(anna) in login("sales").get(address).content.decode()
    assert personal_token(anna) not in login("agency").get(address).content.decode()


@pytest.mark.parametrize(("role", "sees"), [("sales_manager", True), ("agency", False)])
def test_the_api_tells_the_word(anna: Contact, role: str, sees: bool) -> None:
    lead = make.lead(who=anna)
    open_deal(lead)
    member = make.member(role)
    headers = {"Authorization": f"Token {issue_token(member=member, name='t')[1]}"}
    told = Client(headers=headers).get(f"/api/v1/leads/{lead.public_id}").json()["lt_c"]
    assert told == (personal_token(anna) if sees else None)
