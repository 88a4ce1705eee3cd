"""POST /api/v1/forms/<key>: what it answers and what it stores."""

import io
import json
from typing import Any

import pytest
from django.test import Client

from leadtrack.leads import api, inbox, waking
from leadtrack.leads.models import Form, InboxRow, Lead
from tests import make
from tests.leads.conftest import Send

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ANN = {"name": "Ann", "phone": "+49 30 901820", "email": "Ann@Example.com"}


def test_it_answers_201_with_a_public_id_and_stores_one_row(
    send: Send, form: Form, no_broker: list[int]
) -> None:
    response = send(ANN | {"lt_submission_id": "a-1"})
    assert response.status_code == 201
    row = InboxRow.objects.get()
    assert response.json() == {"id": row.public_id, "duplicate": False}
    assert row.public_id.startswith("ld_")
    assert (row.state, row.form, row.site) == ("new", form, form.site)
    assert row.submission_key == f"form:{form.pk}:a-1"


def test_it_answers_200_with_the_same_id_for_the_same_key(send: Send) -> None:
    first = send(ANN | {"lt_submission_id": "a-1"}).json()
    again = send({"phone": "something else", "lt_submission_id": "a-1"})
    assert (again.status_code, again.json()) == (200, {"id": first["id"], "duplicate": True})
    assert InboxRow.objects.count() == 1


def test_the_same_key_at_another_form_is_another_submission(send: Send, form: Form) -> None:
    other = make.form(site=form.site, name="Other")
    send(ANN | {"lt_submission_id": "a-1"})
    assert send(ANN | {"lt_submission_id": "a-1"}, to=other).status_code == 201


def test_without_a_key_the_same_fields_in_the_same_minute_are_the_same_submission(
    send: Send, time_machine: Any
) -> None:
    time_machine.move_to("2026-03-10T12:00:10Z", tick=False)
    assert [send(ANN).status_code, send(ANN).status_code] == [201, 200]
    assert send(ANN | {"message": "and in red"}).status_code == 201
    time_machine.move_to("2026-03-10T12:01:10Z", tick=False)
    assert send(ANN).status_code == 201


def test_a_very_long_key_still_knows_its_submission(send: Send) -> None:
    fields = ANN | {"lt_submission_id": "k" * 5000}
    assert [send(fields).status_code, send(fields).status_code] == [201, 200]


def test_a_worker_is_told_once(
    send: Send, no_broker: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        send(ANN | {"lt_submission_id": "a-1"})
        send(ANN | {"lt_submission_id": "a-1"})
    assert no_broker == [InboxRow.objects.get().pk]


def test_a_broker_that_is_down_fails_no_request(
    send: Send, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise ConnectionRefusedError("no broker")

    monkeypatch.setattr(waking.current_app, "send_task", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        assert send(ANN).status_code == 201
    assert inbox.sweep() == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"phone=%2B4930901820", "application/x-www-form-urlencoded"),
        (b"phone=+4930901820", "application/x-www-form-urlencoded"),
        (b'{"phone": "+4930901820"}', "application/json"),
        (b'{"phone": 4930901820}', "application/json"),
        (b'{"phone": "+4930901820"}', "text/plain;charset=UTF-8"),
        (b'{"phone": "+4930901820"}', "application/x-www-form-urlencoded"),
        (b'\xef\xbb\xbf{"phone": "+4930901820"}', "application/json"),
        (b'[{"name": "phone", "value": "+4930901820"}]', "application/json"),
        (b'["call me at +4930901820"]', "application/json"),
        (b'{"person": {"tel": "+4930901820"}}', "application/json"),
        (b'{"phone": "+4930901820", "name": "An', "application/json"),
        (b"phone=%2B4930901820", "application/json"),
        (b"phone=+4930901820\r\nname=Ann\r\n", "text/plain"),
        (b"Phone=%2B4930901820", ""),
        (
            b'--X\r\nContent-Disposition: form-data; name="phone"\r\n\r\n+4930901820\r\n--X--\r\n',
            "multipart/form-data; boundary=X",
        ),
        (
            b'--X\r\nContent-Disposition: form-data; name="phone"\r\n\r\n+4930901820',
            "multipart/form-data; boundary=X",
        ),
        (
            b'--X\r\nContent-Disposition: form-data; name="phone"\r\n\r\n+4930901820\r\n--X--',
            "multipart/form-data",
        ),
        ("телефон=+4930901820".encode("cp1251"), "application/x-www-form-urlencoded; charset=windows-1251"),
        (b"phone=%2B4930901820&x=%FF%FE&y=\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (
            b"&".join(b"f%d=1" % number for number in range(150)) + b"&phone=%2B4930901820",
            "application/x-www-form-urlencoded",
        ),
    ],
)
def test_a_phone_arrives_in_any_wrapping(captured: Any, body: bytes, kind: str) -> None:
    assert str(captured(body=body, kind=kind).phone) == "+4930901820"


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"", "", "required"),
        (b"name=Ann&message=hello", "", "required"),
        (b"phone=&email=%20", "", "required"),
        (b"phone=%00%00", "", "required"),
        (b"lt_submission_id=12345678901&utm_campaign=4930901820", "", "required"),
        (b"{}", "application/json", "required"),
        (b"null", "application/json", "required"),
        (b'{"name": {"deep": [1, 2, {"x": null}]}}', "application/json", "required"),
        (b"this is not json", "application/json", "parse_error"),
        (b"\xff\xfe\x00\x01", "application/json", "parse_error"),
        (b"[" * 50_000, "application/json", "parse_error"),
        (b"1" * 50_000, "application/json", "required"),
        (b"rubbish", "multipart/form-data; boundary=X", "required"),
        (b"rubbish", "multipart/form-data", "required"),
        (b"\x00" * 1000, "application/octet-stream", "required"),
    ],
)
def test_it_says_400_when_nobody_can_be_reached(send: Send, body: bytes, kind: str, code: str) -> None:
    response = send(body=body, kind=kind)
    assert response.status_code == 400
    told = response.json()
    assert (told["type"], told["errors"][0]["code"]) == ("validation_error", code)
    assert set(told["errors"][0]) == {"code", "detail", "attr"}
    assert not InboxRow.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"phone": "call the office"},
        {"email": "ann at example"},
        {"message": "my number is 030 901820"},
        {"message": "write to ann@example.com"},
        {"telegram": "@ann_example"},
        {"question": "https://t.me/ann_example"},
        {"contact": "0171 2345678"},
    ],
)
def test_any_way_to_reach_the_person_is_enough(send: Send, fields: dict[str, str]) -> None:
    assert send(fields).status_code == 201


def test_a_body_of_five_megabytes_is_refused(send: Send) -> None:
    response = send(body=b"phone=%2B4930901820&x=" + b"a" * 5_000_000)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (413, "too_large")


def test_a_large_body_within_the_limit_is_kept_whole(captured: Any) -> None:
    lead = captured(body=b"phone=%2B4930901820&message=" + b"a" * 900_000)
    assert len(lead.message) == 10_000
    assert len(lead.raw_payload["_raw"]) > 900_000


def test_too_many_fields_are_kept_raw(captured: Any) -> None:
    body = b"phone=%2B4930901820&" + b"&".join(b"f%d=1" % number for number in range(5000))
    lead = captured(body=body)
    assert lead.raw_payload["_problems"] == ["too_many_fields"]
    assert "f4999=1" in lead.raw_payload["_raw"]


@pytest.mark.parametrize("key", ["nobody", "a" * 500, "%D0%B6", "..%2F", "' OR 1=1 --"])
def test_an_unknown_form_key_is_404_in_json(client: Client, db: None, key: str) -> None:
    response = client.post(f"/api/v1/forms/{key}", ANN)
    assert response.status_code == 404
    assert response.json()["errors"][0]["code"] == "not_found"


def test_a_form_out_of_use_is_404(send: Send, form: Form) -> None:
    form.is_active = False
    form.save()
    assert send(ANN).status_code == 404


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_other_methods_are_405_and_say_what_to_do(client: Client, form: Form, method: str) -> None:
    response = getattr(client, method)(f"/api/v1/forms/{form.key}")
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    if method != "head":
        assert "POST" in json.loads(response.content)["errors"][0]["detail"]


def test_a_slash_at_the_end_is_no_mistake(client: Client, form: Form) -> None:
    assert client.post(f"/api/v1/forms/{form.key}/", ANN).status_code == 201


def test_it_works_without_our_middleware_and_with_csrf_checks(form: Form, settings: Any) -> None:
    settings.MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware"]
    client = Client(enforce_csrf_checks=True)
    address = f"/api/v1/forms/{form.key}"
    assert client.post(address, ANN).status_code == 201
    assert client.post(address, b"x" * 1_100_000, content_type="text/plain").status_code == 413


def test_one_query_and_one_insert(send: Send, django_assert_max_num_queries: Any) -> None:
    # The look-up of the form, the insert; savepoints are the test's own transaction.
    with django_assert_max_num_queries(4):
        send(ANN)


def test_a_form_is_looked_up_once_in_half_a_minute(
    send: Send, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(ANN)
    Form.objects.update(is_active=False)
    assert send(ANN | {"name": "Bob"}).status_code == 201
    now = api.time.monotonic()
    monkeypatch.setattr(api.time, "monotonic", lambda: now + 31)
    assert send(ANN | {"name": "Eve"}).status_code == 404


def in_chunks(form: Form, body: bytes, *, ends: bool) -> Any:
    environ: dict[str, Any] = {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": ends}
    unknown_length = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    return Client().generic("POST", f"/api/v1/forms/{form.key}", b"x", **unknown_length, **environ)


def test_a_body_in_chunks_is_read_where_the_server_marks_its_end(form: Form) -> None:
    assert in_chunks(form, b"phone=030901820", ends=True).status_code == 201
    assert in_chunks(form, b"phone=030901820&x=" + b"a" * 2_000_000, ends=True).status_code == 413
    assert in_chunks(form, b"phone=030901820", ends=False).status_code == 411


# --- browsers without scripts


def test_a_browsers_own_navigation_gets_a_page(send: Send, form: Form) -> None:
    response = send(ANN, accept=HTML, referer="https://shop.example/contact?x=1")
    assert response.status_code == 201
    page = response.content.decode()
    assert response.headers["Content-Type"].startswith("text/html")
    assert 'href="https://shop.example/contact?x=1"' in page
    assert send(ANN, accept=HTML).status_code == 200


def test_the_page_links_back_to_no_foreign_site(send: Send) -> None:
    assert "evil" not in send(ANN, accept=HTML, referer="https://evil.example/").content.decode()


def test_a_navigation_that_cannot_be_taken_gets_a_page_too(send: Send) -> None:
    response = send({"name": "<script>alert(1)</script>"}, accept=HTML)
    assert response.status_code == 400
    assert "<script>" not in response.content.decode()


@pytest.mark.parametrize(
    ("wanted", "sent_from", "location"),
    [
        ("https://shop.example/thanks?a=1#x", "", "https://shop.example/thanks?a=1#x"),
        ("https://SHOP.example:443/thanks", "", "https://SHOP.example:443/thanks"),
        ("/thanks", "https://shop.example/contact", "https://shop.example/thanks"),
        (
            "спасибо",
            "https://shop.example/a/",
            "https://shop.example/a/%D1%81%D0%BF%D0%B0%D1%81%D0%B8%D0%B1%D0%BE",
        ),
        ("/thanks", "", None),
        ("/thanks", "https://evil.example/", None),
        ("https://evil.example/", "https://shop.example/", None),
        ("//evil.example/", "https://shop.example/", None),
        ("https://shop.example@evil.example/", "https://shop.example/", None),
        ("https://shop.example.evil.example/", "https://shop.example/", None),
        ("https:\\\\evil.example", "https://shop.example/", None),
        ("http://shop.example/", "https://shop.example/", None),
        ("javascript:alert(1)", "https://shop.example/", None),
        ("https://shop.example/\r\nSet-Cookie: a=b", "https://shop.example/", None),
        ("https://[broken/", "https://shop.example/", None),
        ("https://shop.example/" + "a" * 3000, "https://shop.example/", None),
    ],
)
def test_it_sends_the_browser_only_to_the_sites_own_pages(
    send: Send, wanted: str, sent_from: str, location: str | None
) -> None:
    response = send(
        ANN | {"lt_redirect": wanted}, accept=HTML, **({"referer": sent_from} if sent_from else {})
    )
    assert response.status_code == (303 if location else 201)
    assert response.headers.get("Location") == location


def test_a_relative_redirect_may_follow_the_origin_header(send: Send) -> None:
    response = send(ANN | {"lt_redirect": "/thanks"}, accept=HTML, origin="https://shop.example")
    assert response.headers["Location"] == "https://shop.example/thanks"


def test_a_script_gets_json_even_with_a_redirect(send: Send) -> None:
    assert send(ANN | {"lt_redirect": "https://shop.example/"}, accept="*/*").status_code == 201


def test_errors_speak_the_language_of_the_browser(send: Send) -> None:
    page = send({}, accept=HTML, **{"accept-language": "ru"}).content.decode()
    assert '<html lang="ru">' in page


# --- origins and robots


def test_a_page_that_is_not_listed_is_flagged_and_kept(captured: Any) -> None:
    assert captured(ANN, origin="https://copy.example").raw_payload["_origin"] == "https://copy.example"


def test_a_listed_page_is_not_flagged(captured: Any) -> None:
    assert "_origin" not in captured(ANN, origin="https://shop.example").raw_payload


def test_a_filled_honeypot_is_answered_as_success_and_becomes_spam(captured: Any) -> None:
    lead = captured(ANN | {"lt_hp": "http://pills.example"})
    assert lead.status == Lead.Status.SPAM
    assert not lead.is_counted
    assert not Lead.objects.counted().exists()


def test_a_real_enquiry_does_not_vanish_behind_spam(captured: Any) -> None:
    spam = captured(ANN | {"lt_hp": "x"})
    real = captured(ANN)
    assert (real.pk != spam.pk, real.status) == (True, Lead.Status.NEW)
