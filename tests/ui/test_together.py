"""A row stored together with those that point to it, and rows read without the ORM."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from leadtrack.leads.models import Contact, ContactKey, InboxRow
from leadtrack.sources.models import DirtyMark
from leadtrack.ui.prepared import all_rows, change, columns_of, one_row, read
from leadtrack.ui.together import store_together
from tests import make

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def ann() -> Contact:
    return Contact(name="Ann", created_at=AT).spell_name()


def keys(*values: str) -> list[ContactKey]:
    return [ContactKey(kind="phone", value=value) for value in values]


def test_the_others_point_to_the_row_and_those_that_cannot_are_stored_beside_it() -> None:
    contact = ann()
    rows = [*keys("+4930901820", "+4930901821"), DirtyMark(day=date(2026, 3, 10), marked_at=AT)]
    assert store_together(contact, rows, by="contact")
    stored = Contact.objects.get()
    assert (stored.pk, stored.name, stored.name_key, stored.created_at) == (contact.pk, "Ann", "ann", AT)
    assert stored.public_id == contact.public_id
    assert {key.value for key in stored.keys.all()} == {"+4930901820", "+4930901821"}
    assert DirtyMark.objects.get().day == date(2026, 3, 10)
    contact.name = "Anna"
    contact.save()
    assert Contact.objects.get().name == "Anna"


def test_a_row_may_come_alone() -> None:
    assert store_together(ann())
    assert Contact.objects.count() == 1


def test_a_taken_key_is_told_or_is_an_error() -> None:
    store_together(ann(), keys("+4930901820"), by="contact")
    assert not store_together(ann(), keys("+4930901820", "+4930901821"), by="contact", unless_taken=True)
    assert sorted(ContactKey.objects.values_list("value", flat=True)) == ["+4930901820", "+4930901821"]
    with pytest.raises(IntegrityError), transaction.atomic():
        store_together(ann(), keys("+4930901820"), by="contact")


def test_a_row_is_read_as_the_orm_reads_it() -> None:
    site = make.site()
    InboxRow.objects.create(
        door="form", site=site, submission_key="a", payload={"name": "Ann", "n": [1, None]}, received_at=AT
    )
    sql = f"SELECT {columns_of(InboxRow, 'row_')} FROM {InboxRow._meta.db_table} row_ WHERE door = %s"
    row = one_row(sql, ["form"])
    assert row is not None
    found, wanted = read(InboxRow, row), InboxRow.objects.get()
    names = [field.attname for field in InboxRow._meta.concrete_fields]
    assert {name: getattr(found, name) for name in names} == {name: getattr(wanted, name) for name in names}
    assert found == wanted
    assert [read(InboxRow, each) for each in all_rows(sql, ["form"])] == [wanted]
    assert all_rows(sql, ["call"]) == []


def test_a_change_tells_how_many_rows_it_changed() -> None:
    for value in ("+4930901820", "+4930901821"):
        store_together(ann(), keys(value), by="contact")
    assert change(f"UPDATE {Contact._meta.db_table} SET name = %s", ["Bea"]) == 2
    assert change(f"UPDATE {Contact._meta.db_table} SET name = %s WHERE id = %s", ["Bea", 0]) == 0
