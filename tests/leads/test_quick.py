"""The form door's short way answers as Django's way does, or leaves the request to it as it came."""

import io
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import OperationalError
from django.test.client import ClientHandler

from leadtrack.leads import api, inbox, quick
from leadtrack.leads.models import Form, InboxRow, Refusal
from leadtrack.ui.outage import Outage
from tests import make

Environ = dict[str, Any]
ANN = {"name": "Анна", "phone": "030 901820", "page_url": "https://shop.example/"}
BOUNDARY = "multipart/form-data; boundary=xx"
PARTS = b'--xx\r\nContent-Disposition: form-data; name="phone"\r\n\r\n030 901820\r\n--xx--\r\n'

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_outage", Outage())


def request(form: Form, body: bytes, **more: Any) -> Environ:
    """What granian hands over for a POST to the form's door."""
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"/api/v1/forms/{form.key}",
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "testserver",
        "REMOTE_ADDR": "203.0.113.7",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.input_terminated": True,
    }
    return {name: value for name, value in (environ | more).items() if value is not None}


def by_django(environ: Environ, start_response: Any) -> list[bytes]:
    """Through every middleware, as Django's own WSGI handler; only the test's connection stays open."""
    response = ClientHandler()(environ)
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return [response.content]


def answered(way: Any, environ: Environ) -> tuple[str, list[tuple[str, str]], bytes] | None:
    said: list[Any] = []
    content = way(environ, lambda status, headers: said.extend((status, headers)))
    if content is None:
        assert not said
        return None
    body = b"".join(content)
    return said[0], [(name.title(), value) for name, value in said[1]], body


PLAIN: dict[str, tuple[bytes, dict[str, Any]]] = {
    "urlencoded": (urlencode(ANN).encode(), {}),
    "windows-1251": (
        urlencode(ANN, encoding="cp1251").encode(),
        {"CONTENT_TYPE": "application/x-www-form-urlencoded; charset=windows-1251"},
    ),
    "json": (json.dumps(ANN).encode(), {"CONTENT_TYPE": "application/json"}),
    "multipart": (PARTS, {"CONTENT_TYPE": BOUNDARY}),
    "no type": (b"phone=030 901820", {"CONTENT_TYPE": ""}),
    "for a script": (urlencode(ANN).encode(), {"HTTP_ACCEPT": "application/json, text/plain, */*"}),
    "of a listed page": (urlencode(ANN).encode(), {"HTTP_ORIGIN": "https://shop.example"}),
    "of a page written otherwise": (urlencode(ANN).encode(), {"HTTP_ORIGIN": "https://SHOP.example:443"}),
    "of a foreign page": (urlencode(ANN).encode(), {"HTTP_ORIGIN": "https://other.example"}),
    "of no page": (urlencode(ANN).encode(), {"HTTP_ORIGIN": "null"}),
    "with all the rest": (
        urlencode(ANN).encode(),
        {
            "HTTP_REFERER": "https://shop.example/p?a=1",
            "HTTP_USER_AGENT": "Mozilla/5.0",
            "QUERY_STRING": "a=1",
            "HTTP_COOKIE": "sessionid=x",
            "HTTP_ACCEPT_LANGUAGE": "ru",
        },
    ),
}


@pytest.mark.parametrize("case", PLAIN.values(), ids=PLAIN)
def test_both_ways_answer_and_store_the_same(case: tuple[bytes, dict[str, Any]]) -> None:
    form = make.form()
    body, more = case
    short = answered(quick.take, request(form, body, **more))
    assert short is not None
    assert short[0] == "201 Created"
    mine = InboxRow.objects.get()
    assert json.loads(short[2]) == {"id": mine.public_id, "duplicate": False}
    again = answered(quick.take, request(form, body, **more))
    assert again is not None
    assert again[0] == "200 OK"
    assert again == answered(by_django, request(form, body, **more))
    InboxRow.objects.all().delete()
    long = answered(by_django, request(form, body, **more))
    other = InboxRow.objects.get()
    assert long is not None
    assert (short[0], short[1]) == (long[0], long[1])
    assert short[2] == long[2].replace(other.public_id.encode(), mine.public_id.encode())
    assert (mine.door, mine.payload, mine.form_id, mine.site_id) == (
        other.door,
        other.payload,
        other.form_id,
        other.site_id,
    )


LEFT: dict[str, tuple[bytes, dict[str, Any]]] = {
    "a look": (b"", {"REQUEST_METHOD": "GET"}),
    "a preflight": (b"", {"REQUEST_METHOD": "OPTIONS"}),
    "a navigation": (urlencode(ANN).encode(), {"HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8"}),
    "nobody to reach": (b"name=Ann", {}),
    "another door": (urlencode(ANN).encode(), {"PATH_INFO": "/api/v1/forms/none"}),
    "no key": (urlencode(ANN).encode(), {"PATH_INFO": "/api/v1/forms/"}),
    "below a prefix": (urlencode(ANN).encode(), {"SCRIPT_NAME": "/crm"}),
    "no length": (urlencode(ANN).encode(), {"CONTENT_LENGTH": None}),
    "in chunks": (urlencode(ANN).encode(), {"HTTP_TRANSFER_ENCODING": "chunked"}),
    "cut short": (urlencode(ANN).encode(), {"CONTENT_LENGTH": "500"}),
    "large": (urlencode(ANN | {"message": "x" * 70_000}).encode(), {}),
}


@pytest.mark.parametrize("case", LEFT.values(), ids=LEFT)
def test_what_is_not_plain_is_left_to_django_as_it_came(case: tuple[bytes, dict[str, Any]]) -> None:
    form = make.form()
    body, more = case
    environ = request(form, body, **more)
    assert answered(quick.take, environ) is None
    assert not InboxRow.objects.exists()
    assert not Refusal.objects.exists()
    assert environ["wsgi.input"].read() == body


def test_a_form_becomes_a_lead_and_is_told_to_a_worker(no_broker: list[int]) -> None:
    form = make.form()
    answered(quick.take, request(form, urlencode(ANN).encode()))
    row = InboxRow.objects.get()
    lead = inbox.work(row.pk)
    assert lead is not None
    assert (lead.name, str(lead.phone)) == ("Анна", "+4930901820")


def test_its_lines_in_the_log_are_those_of_every_request(caplog: pytest.LogCaptureFixture) -> None:
    form = make.form()
    lines = []
    for way in (quick.take, by_django):
        caplog.clear()
        answered(way, request(form, urlencode(ANN).encode(), QUERY_STRING="phone=030901820"))
        told = [record.msg for record in caplog.records if record.name.startswith("django_structlog")]
        for line in told:
            assert line.pop("request_id")
            assert line.pop("timestamp")
        lines.append(told)
    assert lines[0][1].pop("code") == 201
    assert lines[1][1].pop("code") == 200
    assert lines[0] == lines[1]
    assert [line["event"] for line in lines[0]] == ["request_started", "request_finished"]
    assert "030901820" not in str(lines)


def test_a_missing_database_is_remembered_and_left_to_the_way_that_has_a_spool(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise OperationalError("gone") from MissingError()

    form = make.form()
    monkeypatch.setattr(inbox, "accept", missing)
    assert api.is_calm()
    assert answered(quick.take, request(form, urlencode(ANN).encode())) is None
    assert not api.is_calm()
    environ = request(form, urlencode(ANN).encode())
    assert answered(quick.take, environ) is None
    assert environ["wsgi.input"].read() == urlencode(ANN).encode()


class MissingError(Exception):
    """As sqlite3 says that it cannot open its file."""

    sqlite_errorname = "SQLITE_CANTOPEN"
