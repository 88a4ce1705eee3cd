"""The page of blocked callers and our own phones."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from leadtrack.phones.models import ListedCaller
from tests import make

pytestmark = pytest.mark.django_db
WHERE = "/numbers/callers/"


def said(**fields: str) -> dict[str, str]:
    return {"phone": "030 901820", "kind": "blocked", "note": "rings all night"} | fields


def test_an_admin_lists_a_caller_as_one_dials_here(login: Callable[..., Client]) -> None:
    make.site(region="DE")
    client = login("admin")
    assert "Nobody is on the list" in client.get(WHERE).content.decode()
    page = client.post(WHERE, said(), follow=True).content.decode()
    assert "+49 30 901820" in page
    assert "rings all night" in page
    row = ListedCaller.objects.get()
    assert (str(row.phone), row.kind, row.listed_by is not None) == ("+4930901820", "blocked", True)


@pytest.mark.parametrize(
    ("phone", "words"),
    [
        ("+49 30 901820", "is on the list already"),
        ("abc", "Write a phone number"),
        ("+15550100020", "a number of ours"),
        ("+4930111333", "a phone of a colleague"),
    ],
)
def test_what_is_wrong_is_told_next_to_its_field(
    login: Callable[..., Client], phone: str, words: str
) -> None:
    make.number()
    make.member("sales", phone="+4930111333")
    ListedCaller.objects.create(phone="+4930901820", kind="own")
    page = login("admin").post(WHERE, said(phone=phone)).content.decode()
    assert words in page
    assert ListedCaller.objects.count() == 1


def test_it_is_removed_and_taken_back(login: Callable[..., Client]) -> None:
    row = ListedCaller.objects.create(phone="+4930901820", kind="own", note="the boss")
    client = login("admin")
    page = client.post(f"{WHERE}{row.pk}/remove/", follow=True).content.decode()
    assert "Removed from the list." in page
    assert not ListedCaller.objects.exists()
    assert not re.search(r"901820", page.split("<table")[-1] if "<table" in page else "")
    answer = client.post(f"{WHERE}restore/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == WHERE
    again = ListedCaller.objects.get()
    assert (str(again.phone), again.kind, again.note) == ("+4930901820", "own", "the boss")
    assert "nobody to put on the list" in client.post(f"{WHERE}restore/", follow=True).content.decode()


def test_others_read_and_cannot_change(login: Callable[..., Client]) -> None:
    row = ListedCaller.objects.create(phone="+4930901820", kind="own")
    for role, status in (("sales_manager", 200), ("marketer", 200), ("sales", 403), ("agency", 403)):
        client = login(role)
        assert client.get(WHERE).status_code == status, role
        assert client.post(WHERE, said()).status_code == 403, role
        assert client.post(f"{WHERE}{row.pk}/remove/").status_code == 403, role


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_costs_the_same(
    login: Callable[..., Client], django_assert_num_queries: Any, count: int
) -> None:
    for place in range(count):
        ListedCaller.objects.create(phone=f"+49151000000{place:02}", kind="blocked")
    client = login("admin")
    with django_assert_num_queries(5):  # session, user, member, region, callers
        client.get(WHERE)
