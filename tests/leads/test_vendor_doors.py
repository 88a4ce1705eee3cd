"""Leads of ad platforms and site builders, through the real doors, with real signatures."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from leadtrack.leads import connect, inbox
from leadtrack.leads.models import Attempt, ContactKey, InboxRow, Lead
from leadtrack.leads.receipt import sentences
from leadtrack.sources import register
from leadtrack.visits.track import record_visit
from tests import make
from tests.leads import senders
from tests.leads.senders import FakeGraph, worked

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def graph(settings: Any) -> Any:
    with senders.graph() as fake:
        settings.LEADTRACK_META_GRAPH_URL = fake.address
        fake.will((200, senders.META_LEAD))
        yield fake


def said_by(lead: Lead) -> str:
    return " ".join(sentence.text for sentence in sentences(lead.receipt.steps))


# --- Google


def test_googles_lead_has_its_answers_and_its_advert() -> None:
    response = senders.google(senders.connection("google"))
    assert (response.status_code, response.content) == (200, b"{}")
    lead = worked()
    assert (lead.kind, lead.name, lead.email, str(lead.phone)) == (
        "ad_form",
        "Ann Demo",
        "ann@example.com",
        "+15550100010",
    )
    source = lead.source
    assert (source.channel, source.source, source.medium) == ("Paid Search", "google", "cpc")
    assert (source.campaign_id, source.adgroup_id, source.ad_id) == (
        "20000000001",
        "30000000001",
        "50000000001",
    )
    assert lead.raw_payload["what_size_do_you_need?"] == "M"
    assert lead.raw_payload["gclid"] == "EAIaIQob-demo"
    assert "The form of the ad itself named the campaign “20000000001”" in said_by(lead)


def test_its_money_is_found_by_the_same_ids() -> None:
    spent = register.spend_source(
        source="google",
        medium="cpc",
        campaign_id="20000000001",
        adgroup_id="30000000001",
        ad_id="50000000001",
    )
    senders.google(senders.connection("google"))
    assert worked().source == spent


def test_googles_own_spelling_of_the_key_is_taken() -> None:
    row = senders.connection("google")
    sent = {**senders.GOOGLE, "Google_key": row.secret}
    assert senders.post(row, sent).status_code == 200
    assert InboxRow.objects.count() == 1


@pytest.mark.parametrize("key", ["", "wrong", None, 7, ["x"], {"a": 1}, "ключ"])
def test_a_wrong_google_key_is_final(key: Any) -> None:
    response = senders.google(senders.connection("google"), google_key=key)
    assert response.status_code == 403
    assert response.json()["message"]
    assert not InboxRow.objects.exists()


def test_no_secret_is_stored_with_the_lead() -> None:
    row = senders.connection("google")
    senders.google(row)
    senders.vk(senders.connection("vk", on=row.site))
    stored = json.dumps(list(InboxRow.objects.values_list("payload", flat=True)))
    assert row.secret not in stored
    assert "secret" not in stored


def test_googles_test_makes_no_lead() -> None:
    assert senders.google(senders.connection("google"), is_test=True).content == b"{}"
    senders.work_all()
    row = InboxRow.objects.get()
    assert (row.state, Lead.objects.count()) == ("aside", 0)
    assert "test" in row.error


def test_a_lead_told_three_times_is_one() -> None:
    row = senders.connection("google")
    assert {senders.google(row).status_code for _time in range(3)} == {200}
    worked()
    assert (InboxRow.objects.count(), Attempt.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 10_000, b'{"a":' * 5_000, b"\0", b"NaN"],
)
@pytest.mark.parametrize("kind", ["google", "meta", "vk", "typeform"])
def test_garbage_is_refused_and_breaks_nothing(kind: str, body: bytes) -> None:
    row = senders.meta_connection() if kind == "meta" else senders.connection(kind)
    send = senders.meta if kind == "meta" else senders.post
    assert send(row, body).status_code in (400, 403)
    assert not InboxRow.objects.exists()


@pytest.mark.parametrize(
    "data", [None, 1, "x", [], [1, None], [{"column_id": 1}], {"a": 1}, [{"string_value": []}]]
)
def test_strange_columns_lose_no_lead(data: Any) -> None:
    senders.google(senders.connection("google"), user_column_data=data)
    assert worked().source.campaign_id == "20000000001"


def test_null_bytes_and_halves_of_characters_are_no_error() -> None:
    columns = [
        {"column_id": "FULL_NAME", "string_value": "An\0n \ud800"},
        {"column_id": "EMAIL", "string_value": "a@b.de"},
    ]
    senders.google(senders.connection("google"), user_column_data=columns, **{"a\0b": "\0"})
    assert worked().name.startswith("Ann")


def test_a_second_phone_stays_with_the_lead() -> None:
    columns = [
        {"column_id": "PHONE_NUMBER", "string_value": "+15550100010"},
        {"column_id": "WORK_PHONE", "string_value": "+15550100011"},
        {"column_id": "FIRST_NAME", "string_value": "Ann"},
        {"column_id": "LAST_NAME", "string_value": "Demo"},
    ]
    senders.google(senders.connection("google"), user_column_data=columns)
    lead = worked()
    assert (lead.name, str(lead.phone), lead.raw_payload["WORK_PHONE"]) == (
        "Ann Demo",
        "+15550100010",
        "+15550100011",
    )


# --- Meta


def test_meta_is_answered_with_its_challenge_alone() -> None:
    row = senders.meta_connection()
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": row.handshake}
    response = Client().get(senders.address(row), query)
    assert (response.status_code, response.content) == (200, b"1158201444")
    for wrong in ({"hub.verify_token": "x"}, {"hub.mode": "unsubscribe"}, {"hub.verify_token": ""}):
        assert Client().get(senders.address(row), query | wrong).status_code == 403


def test_metas_published_vector_opens_the_door() -> None:
    row = senders.meta_connection()
    response = senders.post(row, senders.META_BODY, **{"X-Hub-Signature-256": senders.META_SIGNATURE})
    assert response.status_code == 200
    assert InboxRow.objects.get().submission_key == f"meta:{row.pk}:9001"


def test_metas_signature_is_of_the_bytes_not_of_the_json() -> None:
    row = senders.meta_connection()
    spaced = senders.META_BODY.replace(b":", b": ")
    assert senders.post(row, spaced, **{"X-Hub-Signature-256": senders.META_SIGNATURE}).status_code == 403
    assert senders.meta(row, spaced).status_code == 200


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=00", "sha1=abc", "sha256=\xe9", "x" * 9000])
def test_an_unsigned_event_of_meta_is_refused(signature: str) -> None:
    row = senders.meta_connection()
    response = senders.post(
        row, senders.META_BODY, **{"X-Hub-Signature-256": signature.encode().decode("latin-1")}
    )
    assert (response.status_code, InboxRow.objects.count()) == (403, 0)


def test_metas_lead_is_fetched_and_knows_its_advert(graph: FakeGraph) -> None:
    row = senders.meta_connection()
    senders.meta(row)
    lead = worked()
    assert (lead.name, lead.email, str(lead.phone)) == ("Ann Demo", "ann@example.com", "+15550100010")
    source = lead.source
    assert (source.channel, source.source, source.campaign) == ("Paid Social", "instagram", "Spring")
    assert (source.campaign_id, source.adgroup_id, source.ad_id) == ("4001", "6001", "5001")
    assert lead.raw_payload["which_colour?"] == "blue, grey"
    path, query = graph.asked[0]
    assert path == "/v26.0/9001"
    assert query["access_token"] == senders.TOKEN
    proof = hmac.new(senders.APP_SECRET.encode(), senders.TOKEN.encode(), hashlib.sha256).hexdigest()
    assert query["appsecret_proof"] == proof


def test_an_organic_lead_of_meta_is_no_advert(graph: FakeGraph) -> None:
    organic = {
        name: value for name, value in senders.META_LEAD.items() if not name.startswith(("ad", "camp"))
    }
    graph.will((200, organic | {"is_organic": True, "platform": "fb"}))
    senders.meta(senders.meta_connection())
    assert worked().source.channel == "Organic Social"


def test_one_event_of_meta_brings_many_leads_each_once(graph: FakeGraph) -> None:
    changes = [
        {"field": "leadgen", "value": {"leadgen_id": number, "ad_id": 1}} for number in (9001, "9002", 9001)
    ]
    other = [
        {"field": "feed", "value": {"leadgen_id": "1"}},
        {"field": "leadgen", "value": {"leadgen_id": "../me"}},
    ]
    event = {"object": "page", "entry": [{"changes": changes + other}, {"changes": [changes[0]]}, 7, None]}
    row = senders.meta_connection()
    assert senders.meta(row, json.dumps(event).encode()).status_code == 200
    assert {stored.payload["leadgen_id"] for stored in InboxRow.objects.all()} == {"9001", "9002"}
    senders.work_all()
    assert (Lead.objects.count(), Attempt.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "trouble",
    [
        (429, senders.error(4)),
        (500, b"<html>oops"),
        (503, b""),
        (400, senders.error(17)),
        (400, senders.error(2, is_transient=True)),
        (200, b"not json"),
    ],
)
def test_when_meta_cannot_answer_the_lead_waits_and_comes(graph: FakeGraph, trouble: tuple[int, Any]) -> None:
    graph.will(trouble, trouble, (200, senders.META_LEAD))
    senders.meta(senders.meta_connection())
    for _try in range(2):
        senders.work_all()
        row = InboxRow.objects.get()
        assert (row.state, row.attempts) == ("new", 1)
        assert row.due_at > timezone.now() + timedelta(seconds=20)
        assert "ann@example.com" not in row.error
        assert senders.TOKEN not in row.error
    assert worked().name == "Ann Demo"


def test_a_day_of_silence_uses_up_no_attempts_but_it_ends(graph: FakeGraph) -> None:
    graph.will((503, b""))
    senders.meta(senders.meta_connection())
    InboxRow.objects.update(received_at=timezone.now() - timedelta(hours=30))
    senders.work_all()
    row = InboxRow.objects.get()
    assert (row.state, row.attempts) == ("new", 1)
    assert timedelta(minutes=59) < row.due_at - timezone.now() <= timedelta(hours=1)
    InboxRow.objects.update(received_at=timezone.now() - timedelta(hours=37))
    for _try in range(6):
        senders.work_all()
    assert InboxRow.objects.get().state == "failed"


def test_an_expired_token_waits_for_a_new_one(graph: FakeGraph) -> None:
    graph.will((400, senders.error(190)))
    row = senders.meta_connection()
    senders.meta(row)
    senders.work_all()
    stuck = InboxRow.objects.get()
    assert (stuck.state, len(graph.asked)) == ("failed", 1)
    assert "token" in stuck.error
    graph.will((200, senders.META_LEAD))
    row.access_token = "EAA-new"
    row.save()
    assert connect.run_waiting(row) == 1
    assert worked().name == "Ann Demo"
    assert graph.asked[-1][1]["access_token"] == "EAA-new"


def test_a_redirect_of_meta_is_not_followed(graph: FakeGraph) -> None:
    graph.will((302, b""))
    senders.meta(senders.meta_connection())
    senders.work_all()
    assert (len(graph.asked), InboxRow.objects.get().state) == (1, "failed")


def test_no_meta_at_all_is_waited_for(settings: Any) -> None:
    settings.LEADTRACK_META_GRAPH_URL = "http://127.0.0.1:9"
    senders.meta(senders.meta_connection())
    senders.work_all()
    row = InboxRow.objects.get()
    assert row.state == "new"
    assert senders.TOKEN not in row.error


def test_a_lead_worked_again_is_not_fetched_again(graph: FakeGraph) -> None:
    senders.meta(senders.meta_connection())
    worked()
    for _time in range(2):
        assert inbox.run_again(InboxRow.objects.all()) == 1
        worked()
    assert (len(graph.asked), Attempt.objects.count(), InboxRow.objects.get().state) == (1, 0, "done")


@pytest.mark.parametrize("answer", ["<test lead: dummy data for email>"])
def test_metas_test_lead_makes_none(graph: FakeGraph, answer: str) -> None:
    graph.will((200, senders.META_LEAD | {"field_data": [{"name": "email", "values": [answer]}]}))
    senders.meta(senders.meta_connection())
    senders.work_all()
    assert (InboxRow.objects.get().state, Lead.objects.count()) == ("aside", 0)


# --- VK


def test_vk_is_told_its_confirmation_string() -> None:
    row = senders.connection("vk", handshake="a1b2c3d4")
    response = senders.post(row, {"type": "confirmation", "group_id": 123})
    assert (response.status_code, response.content) == (200, b"a1b2c3d4")


def test_vks_lead_has_its_answers_and_its_advert() -> None:
    row = senders.connection("vk", settings={"group_id": "123"})
    response = senders.vk(row)
    assert (response.status_code, response.content) == (200, b"ok")
    assert senders.vk(row).content == b"ok"
    lead = worked()
    assert (lead.name, str(lead.phone)) == ("Анна", "+79995551122")
    assert (lead.source.source, lead.source.ad_id) == ("vk.com", "9009")
    assert lead.raw_payload["custom_1"] == "синий, серый"
    assert lead.raw_payload["vk_page"] == "https://vk.com/id55501"


def test_a_vk_lead_without_phone_is_one_person_by_its_page() -> None:
    row = senders.connection("vk")
    for number in ("1", "2"):
        told = senders.VK["object"] | {"answers": [{"key": "q", "answer": number}], "ad_id": 0}
        senders.vk(row, event_id=number, object=told)
    senders.work_all()
    lead = Lead.objects.get()
    assert (lead.source.channel, Attempt.objects.count()) == ("Organic Social", 1)
    assert ContactKey.objects.get(contact=lead.contact).value == "vk:55501"


@pytest.mark.parametrize("changed", [{"secret": "x"}, {"secret": None}, {"group_id": 9}])
def test_a_foreign_event_of_vk_is_refused(changed: dict[str, Any]) -> None:
    row = senders.connection("vk", settings={"group_id": "123"})
    assert senders.vk(row, **changed).status_code == 403
    assert not InboxRow.objects.exists()


def test_other_news_of_a_community_are_none_of_ours() -> None:
    assert senders.vk(senders.connection("vk"), type="message_new").content == b"ok"
    assert not InboxRow.objects.exists()


# --- Tilda


def test_tildas_test_is_ok() -> None:
    response = senders.form(senders.connection("tilda"), "test=test")
    assert (response.status_code, response.content, InboxRow.objects.count()) == (200, b"ok", 0)


def test_tildas_lead_knows_its_utm_and_keeps_no_foreign_cookie() -> None:
    row = senders.connection("tilda")
    assert [senders.form(row, senders.TILDA).content for _time in range(2)] == [b"ok", b"ok"]
    stored = InboxRow.objects.get()
    assert "secret" not in json.dumps(stored.payload)
    lead = worked()
    assert (lead.name, lead.email, str(lead.phone)) == ("Anna", "anna@example.ru", "+79995551122")
    assert (lead.source.source, lead.source.medium) == ("yandex", "cpc")
    assert lead.raw_payload["cookie._ym_uid"] == "1700000000123456789"


def test_tildas_cookies_lead_to_the_visit() -> None:
    row = senders.connection("tilda")
    url = "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=brand"
    visit = record_visit(site=row.site, visitor_key="v" * 20, url=url, referrer="", at=timezone.now())
    payment = quote(json.dumps({"orderid": "17", "amount": "10"}))
    senders.form(row, f"Phone=%2B79995551122&COOKIES=lt_v%3D{'v' * 20}%3B%20x%3D1&payment={payment}")
    lead = worked()
    assert (lead.visit, lead.source) == (visit, visit.source)
    assert json.loads(lead.raw_payload["payment"])["orderid"] == "17"


# --- Typeform


def test_typeforms_lead_is_read_by_its_questions() -> None:
    row = senders.connection("typeform")
    assert senders.typeform(row).status_code == 200
    assert senders.typeform(row).status_code == 200
    lead = worked()
    assert (lead.name, lead.email, lead.source.medium) == ("Ann Demo", "ann@example.com", "email")
    assert lead.raw_payload["r-c"] == "M, L"


def test_typeforms_published_vector_opens_the_door() -> None:
    row = senders.connection("typeform", secret="tf-secret")
    body = b'{"event_id":"e1","event_type":"form_response"}'
    signature = "sha256=RFtwR3WK2iyk+ttLu7HGO6YuvGoVp9uUAEWxTMkwgzU="
    assert senders.post(row, body, **{"Typeform-Signature": signature}).status_code == 200
    assert senders.post(row, body + b" ", **{"Typeform-Signature": signature}).status_code == 403


# --- WordPress and anything else

SHAPES: dict[str, tuple[str, str, str]] = {
    "Contact Form 7": ("cf7", "application/json", '{"your-name": "Ann", "your-email": "ann@example.com"}'),
    "Elementor, simple": (
        "elementor",
        FORM,
        "Name=Ann&E-Mail=ann%40example.com&form_id=a1&Page+URL=https%3A%2F%2Fs.example%2F%3Futm_source%3Dx",
    ),
    "Elementor, advanced": (
        "elementor",
        FORM,
        "form[id]=a1&form[name]=Call&fields[nm][id]=nm&fields[nm][type]=text&fields[nm][title]=Name"
        "&fields[nm][value]=Ann"
        "&fields[f2][id]=f2&fields[f2][type]=email&fields[f2][title]=Post&fields[f2][value]=ann%40example.com"
        "&meta[page_url][title]=Page+URL&meta[page_url][value]=https%3A%2F%2Fs.example%2F%3Futm_source%3Dx",
    ),
    "Gravity": (
        "gravity",
        "application/json",
        '{"id": "5", "form_id": "2", "date_created": "2026-11-22 10:00:00", "ip": "192.0.2.1", "1.3": "Ann",'
        ' "1.6": "",'
        ' "2": "ann@example.com", "source_url": "https://s.example/?utm_source=x", "user_agent": "Mozilla"}',
    ),
    "WPForms": ("wpforms", FORM, "Your+Name=Ann&mail=ann%40example.com&date=2026-11-22"),
    "Zapier, nested": (
        "other",
        "application/json",
        '{"data": {"contact": {"first_name": "Ann", "Email Address": "ann@example.com"}}}',
    ),
    "name and value": (
        "other",
        "application/json",
        '[{"name": "Имя", "value": "Ann"}, {"name": "Почта", "value": "ann@example.com"}]',
    ),
    "multipart": (
        "other",
        "multipart/form-data; boundary=x",
        '--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nAnn\r\n--x\r\n'
        'Content-Disposition: form-data; name="q7"\r\n\r\nann@example.com\r\n--x--\r\n',
    ),
    "in Russian": (
        "other",
        FORM,
        "Ваше+имя=Ann&Электронная+почта=ann%40example.com&admin_email=boss%40shop.example",
    ),
    "the firm's own address first": (
        "other",
        "application/json",
        '{"manager_email": "boss@shop.example", "fio": "x", "Имя": "Ann", "email": "ann@example.com"}',
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_lead_comes_without_any_mapping(name: str) -> None:
    kind, content_type, body = SHAPES[name]
    response = senders.post(senders.connection(kind), body, content_type)
    assert response.status_code == 200
    lead = worked()
    assert (lead.name, lead.email, lead.kind) == ("Ann", "ann@example.com", "form")
    if "utm_source" in body:
        assert lead.source.source == "x"


def test_a_phone_in_an_unnamed_field_is_found_but_a_date_is_none() -> None:
    body = {"5": "8 (999) 555-11-22", "created": "2026-11-22 10:00:00", "1": "12345678", "ip": "10.20.30.40"}
    senders.post(senders.connection("other", on=make.site(region="RU")), body)
    assert str(worked().phone) == "+79995551122"


def test_a_phone_with_00_in_an_unnamed_field_is_the_phone() -> None:
    body = {"zzz": "Xaver", "qqq": "0044 7700 900333", "rrr": "some text"}
    senders.post(senders.connection("other"), body)
    assert str(worked().phone) == "+447700900333"


@pytest.mark.parametrize("digits", ["1234 5678", "0000 0000 000", "99 99 99 99 99 99 99"])
def test_digits_that_are_no_phone_are_held(digits: str) -> None:
    senders.post(senders.connection("other"), {"zzz": "Xaver", "qqq": digits})
    senders.work_all()
    assert (InboxRow.objects.get().state, Lead.objects.count()) == ("held", 0)


def test_a_phone_that_cannot_be_read_is_held_with_what_to_do() -> None:
    senders.post(senders.connection("other", on=make.site(region="")), {"phone": "030 901820"})
    senders.work_all()
    assert "region of the site" in InboxRow.objects.get(state="held").error


def test_gravitys_entry_is_known_by_its_numbers() -> None:
    kind, content_type, body = SHAPES["Gravity"]
    row = senders.connection(kind)
    for _time in range(2):
        senders.post(row, body, content_type)
    assert InboxRow.objects.get().submission_key == f"webhook:{row.pk}:2:5"


def test_without_an_id_a_retry_of_the_same_minute_is_the_same() -> None:
    row = senders.connection("other")
    for body in ("email=a%40b.de&x=1", "email=a%40b.de&x=1", "email=a%40b.de&x=2"):
        senders.form(row, body)
    assert InboxRow.objects.count() == 2


@pytest.mark.parametrize("body", ["q1=yes&q2=no", "{broken", "just words", '{"a": 1}'])
def test_what_nobody_can_read_is_kept_for_a_person(body: str) -> None:
    assert senders.post(senders.connection("other"), body).status_code == 200
    senders.work_all()
    row = InboxRow.objects.get()
    assert (row.state, Lead.objects.count()) == ("held", 0)
    assert "which field is what" in row.error


def test_a_secret_can_be_asked_for_on_top() -> None:
    row = senders.connection("other")
    connect.rotate_secret(row)
    body = b'{"email": "a@b.de"}'
    assert senders.post(row, body).status_code == 403
    signed = own_signature(body, row.secret)
    for headers in ({"X-LeadTrack-Secret": row.secret}, {"Authorization": f"Bearer {row.secret}"}, signed):
        assert senders.post(row, body, **headers).status_code == 200
    assert senders.form(row, f"email=a%40b.de&lt_secret={row.secret}").status_code == 200
    assert row.secret not in json.dumps(list(InboxRow.objects.values_list("payload", flat=True)))


def own_signature(body: bytes, secret: str) -> dict[str, str]:
    return {"X-LeadTrack-Signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


# --- every door


def test_an_old_secret_and_an_old_address_live_for_a_day() -> None:
    row = senders.connection("google")
    old_secret, old_address = row.secret, senders.address(row)
    connect.rotate_secret(row)
    connect.rotate_address(row)
    assert senders.google(row, google_key=old_secret).status_code == 200
    sent = json.dumps({**senders.GOOGLE, "google_key": row.secret, "lead_id": "2"})
    assert Client().post(old_address, sent, content_type="application/json").status_code == 200
    row.old_until = timezone.now() - timedelta(seconds=1)
    row.save()
    assert senders.google(row, google_key=old_secret, lead_id="3").status_code == 403
    assert Client().post(old_address, sent, content_type="application/json").status_code == 404


def test_an_unknown_or_unused_address_is_404() -> None:
    row = senders.connection("google")
    assert Client().post(f"/hooks/leads/meta/{row.key}").status_code == 404
    assert Client().post("/hooks/leads/google/nothing-here-at-all").status_code == 404
    row.is_active = False
    row.save()
    assert senders.google(row).status_code == 404


def test_huge_bodies_are_sent_away(settings: Any) -> None:
    settings.LEADTRACK_DOOR_MAX_BYTES = 1000
    assert senders.form(senders.connection("other"), "a=" + "x" * 1001).status_code == 413


def test_secrets_are_ciphertext_in_the_database(django_assert_num_queries: Any) -> None:
    from django.db import connection as database

    row = senders.meta_connection()
    with database.cursor() as cursor:
        cursor.execute("SELECT secret, handshake, access_token FROM leadtrack_leads_connection")
        stored = cursor.fetchone()
    assert not {row.secret, row.handshake, row.access_token} & set(stored)


def test_the_same_person_by_two_doors_is_one_lead_with_an_attempt(graph: FakeGraph) -> None:
    meta = senders.meta_connection()
    senders.meta(meta)
    senders.google(senders.connection("google", on=meta.site))
    senders.work_all()
    assert (Lead.objects.count(), Attempt.objects.count()) == (1, 1)
