"""Pages by key."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.core import signing

from leadtrack.ui.paging import page_after

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def people() -> None:
    """Ten people; each three of them joined in the same moment."""
    people = get_user_model()
    people.objects.bulk_create(
        people(username=f"p{n}", date_joined=START + timedelta(days=n // 3)) for n in range(10)
    )


def walk(order: str, size: int) -> list[str]:
    names: list[str] = []
    cursor = None
    while True:
        page = page_after(get_user_model().objects.all(), order=order, cursor=cursor, size=size)
        assert len(page.rows) <= size
        names += [person.username for person in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            return names


@pytest.mark.parametrize("order", ["id", "-id", "date_joined", "-date_joined"])
@pytest.mark.parametrize("size", [1, 2, 3, 9, 10, 11])
def test_every_row_comes_once_and_in_order(order: str, size: int) -> None:
    expected = [f"p{n}" for n in range(10)]
    assert walk(order, size) == (expected[::-1] if order.startswith("-") else expected)


def test_new_rows_at_the_top_do_not_shift_the_next_page() -> None:
    people = get_user_model().objects.all()
    first = page_after(people, order="-id", cursor=None, size=3)
    people.create(username="newer")
    second = page_after(people, order="-id", cursor=first.next_cursor, size=3)
    assert [person.username for person in second.rows] == ["p6", "p5", "p4"]


@pytest.mark.parametrize("cursor", ["", "x", "WzFd", "a:b", "\x00", "é" * 900, "[1,2]:AAAA"])
def test_a_broken_cursor_is_the_first_page(cursor: str) -> None:
    assert first_names(cursor) == ["p9", "p8"]


def test_a_changed_cursor_or_one_of_another_order_is_the_first_page() -> None:
    people = get_user_model().objects.all()
    cursor = page_after(people, order="-id", cursor=None, size=2).next_cursor
    assert cursor is not None
    assert first_names(cursor) == ["p7", "p6"]
    assert first_names(cursor[:-1] + ("A" if cursor[-1] != "A" else "B")) == ["p9", "p8"]
    assert [person.username for person in page_after(people, order="id", cursor=cursor, size=1).rows] == [
        "p0"
    ]


@pytest.mark.parametrize("values", [["x"], ["1", "2"], [], 5, None, {"a": 1}])
def test_a_well_signed_cursor_with_strange_content_is_the_first_page(values: object) -> None:
    cursor = signing.Signer(salt="leadtrack.paging:-id").sign_object(values)
    assert first_names(cursor) == ["p9", "p8"]


def test_a_page_costs_one_query(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        page_after(get_user_model().objects.all(), order="-date_joined", cursor=None, size=3)


def first_names(cursor: str) -> list[str]:
    rows: list[AbstractUser] = page_after(
        get_user_model().objects.all(), order="-id", cursor=cursor, size=2
    ).rows
    return [person.username for person in rows]
