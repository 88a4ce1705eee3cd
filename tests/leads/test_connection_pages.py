"""Connections, their fields, and what came in, as an admin sees them."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leadtrack.leads import unfinished
from leadtrack.leads.models import Attempt, Connection, InboxRow, Lead
from tests import make
from tests.leads import senders
from tests.leads.senders import work_all, worked

pytestmark = pytest.mark.django_db
Login = Callable[..., Client]


@pytest.fixture
def admin(login: Login) -> Client:
    return login("admin")


def page(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_without_a_site_or_connections_the_page_says_what_to_do(admin: Client) -> None:
    assert "First the site" in page(admin, "/connections/")
    make.site()
    assert "No connections yet" in page(admin, "/connections/")


@pytest.mark.parametrize("kind", Connection.Kind.values)
def test_each_vendor_is_added_with_steps_and_what_to_copy(admin: Client, kind: str) -> None:
    response = admin.post("/connections/", {"kind": kind, "site": make.site().pk, "name": "<b>Ours</b>"})
    row = Connection.objects.get()
    assert response.headers["Location"] == f"/connections/{row.pk}/"
    shown = page(admin, f"/connections/{row.pk}/")
    assert f"http://testserver/hooks/leads/{kind}/{row.key}" in shown
    assert shown.count("<li>") >= 2
    assert "nothing received yet" in shown
    assert "<b>Ours" not in shown
    if kind in ("google", "vk", "typeform"):
        assert row.secret in shown
    if kind == "meta":
        assert row.handshake in shown


def test_a_connection_without_a_name_or_of_no_kind_is_told(admin: Client) -> None:
    site = make.site()
    for fields in ({"name": ""}, {"kind": "fax"}, {"site": "999"}, {"name": "x" * 101}):
        response = admin.post("/connections/", {"kind": "other", "site": site.pk, "name": "a"} | fields)
        assert "invalid-feedback" in response.content.decode()
    assert not Connection.objects.exists()


def test_metas_secrets_are_typed_and_never_shown_again(admin: Client) -> None:
    row = senders.connection("meta")
    admin.post(f"/connections/{row.pk}/", {"app_secret": "s3cret-of-app", "page_token": "t0ken-of-page"})
    row.refresh_from_db()
    assert (row.secret, row.access_token) == ("s3cret-of-app", "t0ken-of-page")
    shown = page(admin, f"/connections/{row.pk}/")
    assert "s3cret-of-app" not in shown
    assert "t0ken-of-page" not in shown
    admin.post(f"/connections/{row.pk}/", {"app_secret": "", "page_token": ""})
    row.refresh_from_db()
    assert row.secret == "s3cret-of-app"


def test_a_new_page_token_works_the_leads_that_waited(admin: Client, settings: Any) -> None:
    row = senders.meta_connection(access_token="")
    senders.meta(row)
    work_all()
    assert InboxRow.objects.get().state == "failed"
    with senders.graph() as graph:
        settings.LEADTRACK_META_GRAPH_URL = graph.address
        graph.will((200, senders.META_LEAD))
        told = admin.post(f"/connections/{row.pk}/", {"page_token": "EAA-new"}, follow=True).content.decode()
        assert "1 lead that was waiting" in told
        assert worked().name == "Ann Demo"


def test_vks_string_and_number_are_kept(admin: Client) -> None:
    row = senders.connection("vk")
    admin.post(f"/connections/{row.pk}/", {"confirmation": "a1b2", "group_id": "123"})
    row.refresh_from_db()
    assert (row.handshake, row.settings["group_id"]) == ("a1b2", "123")
    wrong = admin.post(f"/connections/{row.pk}/", {"confirmation": "a1b2", "group_id": "club"})
    assert "digits only" in wrong.content.decode()


@pytest.mark.parametrize("kind", Connection.Kind.values)
def test_the_test_goes_through_the_real_door_and_makes_no_lead(admin: Client, kind: str) -> None:
    row = senders.meta_connection() if kind == "meta" else senders.connection(kind)
    for _time in range(2):
        told = admin.post(f"/connections/{row.pk}/test/", follow=True).content.decode()
        assert "came through the door" in told
    assert "receives" in told
    assert set(InboxRow.objects.values_list("state", flat=True)) == {"aside"}
    assert not Lead.objects.exists()


def test_a_test_that_cannot_come_through_says_why(admin: Client) -> None:
    row = senders.connection("meta")
    told = admin.post(f"/connections/{row.pk}/test/", follow=True).content.decode()
    assert "has no secret yet" in told


def test_secrets_and_addresses_are_renewed(admin: Client) -> None:
    row = senders.connection("google")
    before = (row.key, row.secret)
    admin.post(f"/connections/{row.pk}/renew/", {"what": "secret"})
    admin.post(f"/connections/{row.pk}/renew/", {"what": "address"})
    row.refresh_from_db()
    assert row.key != before[0]
    assert row.secret != before[1]
    assert (row.old_key, row.old_secret) == before
    admin.post(f"/connections/{row.pk}/renew/", {"what": "rest"})
    assert senders.google(row).status_code == 404
    admin.post(f"/connections/{row.pk}/renew/", {"what": "use"})
    assert senders.google(row).status_code == 200
    assert admin.post(f"/connections/{row.pk}/renew/", {"what": "?"}).status_code == 302


def test_who_changed_a_connection_is_on_record_and_no_secret_of_it(login: Login) -> None:
    admin = login("admin", "boss")
    row = senders.connection("google")
    for what in ("secret", "address", "rest"):
        admin.post(f"/connections/{row.pk}/renew/", {"what": what})
    row.refresh_from_db()
    entries = LogEntry.objects.get_for_object(row)
    assert {entry.actor.username for entry in entries if entry.actor} == {"boss"}
    told = " ".join(str(entry.changes) for entry in entries)
    assert "is_active" in told
    assert "old_until" in told
    for secret in (row.key, row.old_key, row.secret, row.old_secret):
        assert secret
        assert secret not in told


@pytest.mark.parametrize(
    ("first", "then", "field"), [("secret", "address", "old_secret"), ("address", "secret", "old_key")]
)
def test_what_was_replaced_long_ago_does_not_come_back_to_life(
    admin: Client, first: str, then: str, field: str
) -> None:
    row = senders.connection("google")
    admin.post(f"/connections/{row.pk}/renew/", {"what": first})
    Connection.objects.filter(pk=row.pk).update(old_until=timezone.now() - timedelta(days=300))
    admin.post(f"/connections/{row.pk}/renew/", {"what": then})
    row.refresh_from_db()
    assert not getattr(row, field)


# --- the fields

ODD = {"input_7": "030 901820", "input_8": "Ann Example", "input_9": "blue", "token": "x1"}


@pytest.fixture
def odd() -> Connection:
    """A sender whose fields say nothing, and whose leads can be guessed only in part."""
    row = senders.connection("other")
    senders.post(row, ODD)
    return row


def mapped(admin: Client, row: Connection, said: dict[str, str], **more: str) -> Any:
    """Send the page's own form with these choices."""
    shown = page(admin, f"/connections/{row.pk}/mapping/")
    keys = re.findall(r'name="key-(\d+)" value="([^"]*)"', shown)
    fields = {f"key-{n}": key for n, key in keys} | {f"field-{n}": said.get(key, "") for n, key in keys}
    return admin.post(f"/connections/{row.pk}/mapping/", fields | more)


def test_before_the_first_submission_the_page_says_what_to_do(admin: Client) -> None:
    assert "Nothing received yet" in page(admin, f"/connections/{senders.connection('other').pk}/mapping/")


def test_the_page_learns_the_fields_with_examples(admin: Client, odd: Connection) -> None:
    shown = page(admin, f"/connections/{odd.pk}/mapping/")
    assert all(key in shown for key in ODD)
    assert "030 901820" in shown


def test_a_held_submission_becomes_a_lead_when_its_field_is_named(admin: Client) -> None:
    row = senders.connection("other")
    senders.post(row, {"a": "12 34 56", "b": "Ann", "c": "x", "d": "site"})
    work_all()
    assert InboxRow.objects.get().state == "held"
    assert "1 held" in page(admin, "/connections/")
    senders.post(row, {"a": "+49 30 901820", "b": "Ben", "c": "y", "d": "site"})
    InboxRow.objects.filter(state="held").update(
        payload={"a": "030/901821", "b": "Ann", "c": "x", "d": "site"}
    )
    mapped(admin, row, {"a": "phone", "b": "name", "c": "message", "d": "utm_source"})
    work_all()
    assert set(Lead.objects.values_list("name", "message", "source__source")) == {
        ("Ann", "x", "site"),
        ("Ben", "y", "site"),
    }


def test_the_preview_changes_nothing(admin: Client, odd: Connection) -> None:
    fields = {"key-0": "input_8", "field-0": "name", "try": "1"}
    address = f"/connections/{odd.pk}/mapping/"
    tried = admin.post(address, fields, headers={"HX-Request": "true"}).content.decode()
    assert "Ann Example" in tried
    assert "+4930901820" in tried
    assert "<html" not in tried
    odd.refresh_from_db()
    assert (odd.mapping, Lead.objects.count()) == ({}, 0)


def test_the_preview_says_which_phone_cannot_be_read(admin: Client) -> None:
    row = senders.connection("other")
    senders.post(row, {"zzz": "Xaver", "qqq": "no. 12-34-5"})
    address = f"/connections/{row.pk}/mapping/"
    assert "cannot be read" not in page(admin, address)
    fields = {"key-0": "qqq", "field-0": "phone", "try": "1"}
    tried = admin.post(address, fields, headers={"HX-Request": "true"}).content.decode()
    assert "no. 12-34-5" in tried
    assert "cannot be read" in tried


def test_a_done_row_gains_what_a_better_mapping_finds(admin: Client, odd: Connection) -> None:
    lead = worked()
    assert (lead.name, str(lead.phone)) == ("", "+4930901820")
    mapped(admin, odd, {"input_8": "name", "token": "submission_id", "input_9": "ignore"})
    assert "Run again" in page(admin, f"/received/{lead.public_id}/")
    for _time in range(2):
        admin.post(f"/received/{lead.public_id}/again/")
        assert worked().name == "Ann Example"
    assert Attempt.objects.count() == 0
    senders.post(odd, ODD)
    assert InboxRow.objects.filter(submission_key=f"webhook:{odd.pk}:x1").exists()


def test_what_was_said_of_a_field_stays_while_no_submission_has_it(admin: Client, odd: Connection) -> None:
    odd.mapping = {"seldom": "phone"}
    odd.save()
    mapped(admin, odd, {"input_8": "name"})
    odd.refresh_from_db()
    assert odd.mapping == {"seldom": "phone", "input_8": "name"}


def test_a_mapping_of_nonsense_is_not_stored(admin: Client, odd: Connection) -> None:
    for fields in ({"key-0": "a\0b", "field-0": "name"}, {"key-0": "input_8", "field-0": "root"}, {"x": "y"}):
        assert admin.post(f"/connections/{odd.pk}/mapping/", fields).status_code == 302
    odd.refresh_from_db()
    assert odd.mapping == {}


# --- what came in


def test_what_came_in_is_listed_by_door_and_state(admin: Client, odd: Connection) -> None:
    senders.google(senders.connection("google"))
    work_all()
    everything = page(admin, "/received/")
    assert "Our other" in everything
    assert "Our google" in everything
    only = page(admin, "/received/?door=google&state=done")
    assert "Our google" in only
    assert "Our other" not in only
    assert "Nothing of this kind" in page(admin, "/received/?state=failed")


def test_a_row_shows_its_payload_as_text(admin: Client) -> None:
    row = senders.connection("other")
    senders.post(row, {"email": "a@b.de", "x": "<script>alert(1)</script>"})
    stored = InboxRow.objects.get()
    shown = page(admin, f"/received/{stored.public_id}/")
    assert "a@b.de" in shown
    assert "<script>alert(1)" not in shown
    assert admin.get("/received/ld_nothing/").status_code == 404


def test_everything_can_be_worked_again_and_stays_one(admin: Client, odd: Connection) -> None:
    senders.google(senders.connection("google"))
    make.form(site=odd.site)
    work_all()
    before = (Lead.objects.count(), Attempt.objects.count())
    for stored in InboxRow.objects.all():
        assert admin.post(f"/received/{stored.public_id}/again/").status_code == 302
    work_all()
    assert (Lead.objects.count(), Attempt.objects.count()) == before
    assert set(InboxRow.objects.values_list("state", flat=True)) == {"done"}


def test_the_pages_cost_the_same_for_many(admin: Client, django_assert_max_num_queries: Any) -> None:
    rows = [senders.connection("other") for _time in range(10)]
    for number in range(40):
        senders.post(rows[0], json.dumps({"email": f"a{number}@b.de"}))
    for path in ("/connections/", "/received/", f"/connections/{rows[0].pk}/mapping/"):
        with django_assert_max_num_queries(12):
            admin.get(path)


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (unfinished.failed, "lt_inbox_failed"),
        (unfinished.held, "lt_inbox_held"),
        (unfinished.to_be_worked, "lt_inbox_to_do"),
    ],
)
def test_what_is_unfinished_is_found_by_its_index(rows: Callable[[], Any], index: str) -> None:
    """A million rows that are done must cost these pages nothing."""
    if connection.vendor == "sqlite":
        assert index in rows().values("connection").explain()


def test_no_page_groups_a_million_rows_by_connection(admin: Client, odd: Connection) -> None:
    InboxRow.objects.update(state="held")
    with CaptureQueriesContext(connection) as asked:
        assert "1 held" in page(admin, "/connections/") + page(admin, f"/connections/{odd.pk}/")
    told = [query["sql"] for query in asked if "inboxrow" in query["sql"]]
    assert told
    assert not [sql for sql in told if "GROUP BY" in sql or "COUNT" in sql]
