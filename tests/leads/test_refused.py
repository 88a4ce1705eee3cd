"""Requests that doors send away: kept, counted, bounded, forgotten, and taken after all."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from leadtrack.leads import connect, refusals
from leadtrack.leads.models import Form, InboxRow, Lead, Refusal, RefusalCount
from tests import make
from tests.leads import senders
from tests.leads.conftest import Send
from tests.leads.senders import worked
from tests.phones import twilio

pytestmark = pytest.mark.django_db
Login = Callable[..., Client]


@pytest.fixture
def admin(login: Login) -> Client:
    return login("admin")


def counted() -> dict[str, int]:
    return dict(RefusalCount.objects.values_list("reason").annotate(Sum("count")))


def test_every_door_notes_what_it_sends_away(form: Form, send: Send, settings: Any) -> None:
    google, meta = senders.connection("google"), senders.meta_connection()
    make.number()
    send({"name": "Ann"})
    Client().post("/api/v1/forms/unknown", {"phone": "1"})
    senders.google(google, google_key="x")
    senders.meta(meta, secret="x")
    senders.post(google, b"{")
    Client().post("/hooks/leads/google/gone-for-a-long-time", b"{}", content_type="application/json")
    twilio.signed_post(Client(), twilio.VOICE, twilio.ringing(), token="x")
    Client().get(senders.address(meta), {"hub.mode": "subscribe", "hub.verify_token": "x"})
    settings.LEADTRACK_DOOR_MAX_BYTES = 10
    send({"phone": "x" * 100})
    assert counted() == {
        "no_contact": 1,
        "unknown_form": 1,
        "wrong_secret": 1,
        "wrong_signature": 2,
        "not_json": 1,
        "unknown_address": 1,
        "wrong_handshake": 1,
        "too_large": 1,
    }
    assert Refusal.objects.count() == sum(counted().values())
    assert not InboxRow.objects.exists()


def test_who_only_looks_at_a_door_has_sent_nothing(form: Form) -> None:
    for path in (f"/api/v1/forms/{form.key}", "/hooks/twilio/voice", "/hooks/leads/google/abcdefghij"):
        assert Client().get(path).status_code in (404, 405)
    Client().post("/api/v1/visits", b"{", content_type="application/json")
    assert not RefusalCount.objects.exists()


def test_it_is_kept_as_it_came_but_nobody_reads_it_in_the_database() -> None:
    row = senders.connection("google")
    senders.google(row, google_key="wrong-key")
    refusal = Refusal.objects.get()
    assert (refusal.connection, refusal.site, refusal.status, refusal.is_whole) == (row, row.site, 403, True)
    assert json.loads(refusals.kept_of(refusal).body)["lead_id"] == senders.GOOGLE["lead_id"]
    assert refusal.network == "127.0.0.0/24"
    with connection.cursor() as cursor:
        cursor.execute("SELECT kept FROM leadtrack_leads_refusal")
        stored = cursor.fetchone()[0]
    assert "Ann" not in stored
    assert "wrong-key" not in stored


def test_a_flood_is_counted_but_not_kept(form: Form, send: Send) -> None:
    for _time in range(refusals.MOST_AN_HOUR + 10):
        send({"name": "Ann"})
    for number in range(30):
        Client().post(f"/api/v1/forms/unknown{number}", {"phone": "x" * 5000})
    assert counted() == {"no_contact": refusals.MOST_AN_HOUR + 10, "unknown_form": 30}
    assert Refusal.objects.count() == refusals.MOST_AN_HOUR


def test_a_strangers_body_is_cut_short() -> None:
    Client().post("/api/v1/forms/unknown", {"phone": "x" * 50_000})
    refusal = Refusal.objects.get()
    assert (refusal.is_whole, len(refusals.kept_of(refusal).body)) == (False, 4096)
    assert refusal.size > 50_000


def test_a_long_body_is_cut_at_16_kilobytes() -> None:
    senders.post(senders.connection("google"), b"{" + b"x" * 50_000)
    assert len(refusals.kept_of(Refusal.objects.get()).body) == 16 * 1024


def test_bytes_that_are_no_text_are_kept_byte_for_byte() -> None:
    body = bytes(range(256))
    senders.post(senders.connection("google"), body)
    assert refusals.kept_of(Refusal.objects.get()).body == body


def test_a_broken_log_breaks_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(refusals, "_count", broken)
    assert senders.google(senders.connection("google"), google_key="x").status_code == 403


def test_after_thirty_days_it_is_forgotten(form: Form, send: Send) -> None:
    for _time in range(3):
        send({"name": "Ann"})
    old = timezone.now() - timedelta(days=31)
    Refusal.objects.filter(pk=Refusal.objects.order_by("pk").values("pk")[:1]).update(at=old)
    RefusalCount.objects.create(hour=old, door="form", reason="no_contact", count=5)
    assert refusals.forget_old() == 1
    assert (Refusal.objects.count(), counted()) == (2, {"no_contact": 3})


def test_there_is_an_end_to_what_is_kept(form: Form, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MOST_ROWS", 2)
    for _time in range(5):
        send({"name": "Ann"})
    refusals.forget_old()
    assert Refusal.objects.count() == 2


# --- taken after all


def take(admin: Client, **fields: str) -> Any:
    return admin.post(f"/refused/{Refusal.objects.get().pk}/take/", fields, follow=True)


def test_once_the_secret_is_right_it_is_taken(admin: Client) -> None:
    row = senders.connection("google")
    senders.google(row, google_key="from-the-old-form")
    Refusal.objects.update(at=timezone.now() - timedelta(hours=5))
    page = take(admin).content.decode()
    assert "still sent away" in page
    row.secret = "from-the-old-form"
    row.save()
    assert "It was taken after all" in take(admin).content.decode()
    lead = worked()
    assert lead.captured_at == Refusal.objects.get().at
    assert Refusal.objects.get().taken_as.lead == lead
    take(admin)
    worked()


def test_a_signature_is_checked_again_over_the_same_bytes(admin: Client) -> None:
    row = senders.meta_connection(secret="wrong")
    senders.meta(row)
    row.secret = senders.APP_SECRET
    row.save()
    take(admin)
    assert InboxRow.objects.get().submission_key == f"meta:{row.pk}:9001"


def test_who_has_read_it_may_take_it_all_the_same(admin: Client) -> None:
    senders.google(senders.connection("google"), google_key="lost for ever")
    take(admin, vouched="1")
    assert worked().name == "Ann Demo"


def test_a_form_that_is_used_again_gets_what_was_sent_meanwhile(
    admin: Client, form: Form, send: Send
) -> None:
    form.is_active = False
    form.save()
    assert send({"phone": "030901820"}).status_code == 404
    form.is_active = True
    form.save()
    take(admin)
    assert worked().form == form


def test_so_does_a_connection(admin: Client) -> None:
    row = senders.connection("other")
    row.is_active = False
    row.save()
    senders.form(row, "email=a%40b.de")
    row.is_active = True
    row.save()
    take(admin)
    assert worked().email == "a@b.de"


def test_what_has_come_since_by_itself_is_named(admin: Client) -> None:
    row = senders.connection("google")
    senders.google(row, google_key="x")
    senders.google(row)
    told = take(admin, vouched="1").content.decode()
    assert "taken after all" in told
    assert InboxRow.objects.count() == 1


def test_what_was_cut_is_not_taken(admin: Client) -> None:
    row = senders.connection("google")
    senders.google(row, google_key="x", more="y" * 20_000)
    assert "still sent away" in take(admin, vouched="1").content.decode()
    assert not InboxRow.objects.exists()


# --- the page


def test_the_page_says_how_many_why_and_what_to_do(admin: Client) -> None:
    row = senders.connection("google")
    for _time in range(2):
        senders.google(row, google_key="top-secret-key")
    page = admin.get("/refused/").content.decode()
    assert "2 requests were refused today" in page
    assert "The secret in it is not the one of this connection" in page
    assert "Ann Demo" in page
    assert "top-secret-key" not in page
    assert row.secret not in page
    assert "2 requests were refused today" in admin.get("/failed/").content.decode()
    assert ">2<" in admin.get("/refused/badge/").content.decode()
    assert "2 refused since yesterday" in admin.get("/connections/").content.decode()
    assert "Ann Demo" not in admin.get("/refused/?reason=no_contact").content.decode()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", '{"lt_secret": "top of the, hidden \\" thing", "name": "Ann Demo"}'),
        ("application/x-www-form-urlencoded", "lt_secret=hidden&name=Ann Demo"),
        (
            "multipart/form-data; boundary=b",
            '--b\r\nContent-Disposition: form-data; name="lt_secret"\r\n\r\nhidden\r\n--b\r\n'
            'Content-Disposition: form-data; name="name"\r\n\r\nAnn Demo\r\n--b--\r\n',
        ),
    ],
)
def test_a_secret_is_not_shown_whatever_stands_in_it(admin: Client, kind: str, body: str) -> None:
    row = senders.connection("other")
    row.secret = "another"
    row.save()
    Client().post(f"/hooks/leads/other/{row.key}", body.encode(), content_type=kind)
    page = admin.get("/refused/").content.decode()
    assert "Ann Demo" in page
    assert "hidden" not in page.split("raw-payload")[1].split("</pre>")[0]


def test_without_refusals_the_page_and_the_badge_say_so(admin: Client) -> None:
    assert "Nothing was refused" in admin.get("/refused/").content.decode()
    assert admin.get("/refused/badge/").content.strip() == b""


def test_what_strangers_send_is_printed_as_text(admin: Client) -> None:
    senders.post(senders.connection("google"), b"<script>alert(1)</script>")
    assert "<script>alert(1)" not in admin.get("/refused/").content.decode()


def test_the_page_costs_the_same_for_many(admin: Client, django_assert_max_num_queries: Any) -> None:
    row = senders.connection("google")
    for _time in range(30):
        senders.google(row, google_key="x")
    with django_assert_max_num_queries(10):
        admin.get("/refused/")


@pytest.mark.parametrize("role", ["sales_manager", "sales", "marketer", "agency"])
def test_only_admins_see_what_came_and_went(login: Login, role: str) -> None:
    row = senders.connection("other")
    senders.form(row, "email=a%40b.de")
    senders.google(senders.connection("google"), google_key="x")
    worked()
    client, stored, refusal = login(role), InboxRow.objects.get(), Refusal.objects.get()
    for path in (
        "/refused/",
        "/refused/badge/",
        "/received/",
        f"/received/{stored.public_id}/",
        "/connections/",
    ):
        assert client.get(path).status_code == 403
    for path in (
        f"/refused/{refusal.pk}/take/",
        f"/received/{stored.public_id}/again/",
        f"/connections/{row.pk}/test/",
    ):
        assert client.post(path).status_code == 403
    assert client.post(f"/connections/{row.pk}/renew/", {"what": "address"}).status_code == 403
    assert connect.connection_for("other", row.key) is not None
    assert Lead.objects.count() == 1
