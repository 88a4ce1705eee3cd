"""Vendors as our doors meet them: their payloads, really signed, and a Graph API that speaks Meta's wire."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.test import Client

from leadtrack.leads import connect, inbox
from leadtrack.leads.models import Connection, InboxRow, Lead
from leadtrack.visits.models import Site
from tests import make

APP_SECRET = "app-secret-demo"
TOKEN = "EAA-page-token"

GOOGLE: dict[str, Any] = {
    "lead_id": "TeSter-123-ABC",
    "api_version": "1.0",
    "form_id": 40000000001,
    "campaign_id": 20000000001,
    "adgroup_id": 30000000001,
    "creative_id": 50000000001,
    "gcl_id": "EAIaIQob-demo",
    "user_column_data": [
        {"column_id": "FULL_NAME", "column_name": "Full Name", "string_value": "Ann Demo"},
        {"column_id": "EMAIL", "string_value": "Ann@example.com"},
        {"column_id": "PHONE_NUMBER", "string_value": "+15550100010"},
        {"column_id": "what_size_do_you_need?", "string_value": "M"},
    ],
}
# The vector of the vendor's algorithm: this body, this secret, this signature.
META_BODY = (
    b'{"object":"page","entry":[{"id":"1001","time":1767225600,"changes":[{"field":"leadgen","value":'
    b'{"leadgen_id":"9001","page_id":"1001","form_id":"7001","ad_id":"5001","adgroup_id":"5001",'
    b'"created_time":1767225599}}]}]}'
)
META_SIGNATURE = "sha256=cea4f0d30508d7617eb2bf14ed2ba39da1cba6531508444ec39a3dfc2a40f0df"
META_LEAD: dict[str, Any] = {
    "id": "9001",
    "created_time": "2026-01-01T00:00:00+0000",
    "ad_id": "5001",
    "ad_name": "Blue sofa",
    "adset_id": "6001",
    "adset_name": "Mothers",
    "campaign_id": "4001",
    "campaign_name": "Spring",
    "form_id": "7001",
    "platform": "ig",
    "is_organic": False,
    "field_data": [
        {"name": "full_name", "values": ["Ann Demo"]},
        {"name": "email", "values": ["ann@example.com"]},
        {"name": "phone_number", "values": ["+15550100010"]},
        {"name": "which_colour?", "values": ["blue", "grey"]},
    ],
}
VK: dict[str, Any] = {
    "type": "lead_forms_new",
    "event_id": "e-1",
    "v": "5.199",
    "group_id": 123,
    "object": {
        "lead_id": 77,
        "group_id": 123,
        "user_id": 55501,
        "form_id": 8,
        "form_name": "Call me",
        "ad_id": 9009,
        "answers": [
            {"key": "first_name", "question": "Имя", "answer": "Анна"},
            {"key": "phone_number", "question": "Телефон", "answer": "+7 999 555-11-22"},
            {"key": "custom_1", "question": "Какой цвет?", "answer": ["синий", "серый"]},
        ],
    },
}
TILDA = (
    "Name=Anna&Phone=%2B7+999+555-11-22&Email=anna%40example.ru&tranid=1000001%3A2000002&formid=form300000003"
    "&COOKIES=_ym_uid%3D1700000000123456789%3B%20session%3Dsecret%3B%20_ga%3DGA1.1.111.222%3B%20TILDAUTM%3D"
    "utm_source%253Dyandex%257C%257C%257Cutm_medium%253Dcpc"
)
TYPEFORM: dict[str, Any] = {
    "event_id": "e1",
    "event_type": "form_response",
    "form_response": {
        "form_id": "f1",
        "token": "t-1",
        "hidden": {"utm_source": "newsletter", "utm_medium": "email"},
        "definition": {
            "fields": [
                {"id": "A", "title": "How shall we call you?", "type": "short_text", "ref": "r-a"},
                {"id": "B", "title": "Your e-mail", "type": "email", "ref": "r-b"},
                {"id": "C", "title": "Which size?", "type": "multiple_choice", "ref": "r-c"},
            ]
        },
        "answers": [
            {"type": "text", "text": "Ann Demo", "field": {"id": "A", "type": "short_text", "ref": "r-a"}},
            {
                "type": "email",
                "email": "ann@example.com",
                "field": {"id": "B", "type": "email", "ref": "r-b"},
            },
            {"type": "choices", "choices": {"labels": ["M", "L"]}, "field": {"id": "C", "ref": "r-c"}},
        ],
    },
}


def connection(kind: str, *, on: Site | None = None, **fields: Any) -> Connection:
    """A connection as the page makes it."""
    row = Connection(site=on or Site.objects.first() or make.site(), kind=kind, name=f"Our {kind}", **fields)
    connect.add_connection(row)
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    return row


def meta_connection(**fields: Any) -> Connection:
    """One that knows the app's secret and the page's token."""
    return connection("meta", **{"secret": APP_SECRET, "access_token": TOKEN} | fields)


def address(row: Connection) -> str:
    """Where its vendor sends."""
    return f"/hooks/leads/{row.kind}/{row.key}"


def post(
    row: Connection, body: bytes | str | dict[str, Any], kind: str = "application/json", **headers: str
) -> Any:
    """POST as the vendor would, byte for byte."""
    content = json.dumps(body).encode() if isinstance(body, dict) else body
    content = content.encode() if isinstance(content, str) else content
    client = Client(raise_request_exception=False)
    return client.generic("POST", address(row), content, content_type=kind, headers=headers)


def google(row: Connection, **changed: Any) -> Any:
    """A lead of Google's, with the connection's key unless told otherwise."""
    return post(row, {**GOOGLE, "google_key": row.secret, **changed})


def meta(row: Connection, body: bytes = META_BODY, secret: str = APP_SECRET) -> Any:
    """A signed event of Meta's."""
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return post(row, body, **{"X-Hub-Signature-256": signature})


def vk(row: Connection, **changed: Any) -> Any:
    """An event of VK's, with the connection's secret unless told otherwise."""
    return post(row, {**VK, "secret": row.secret, **changed})


def typeform(row: Connection, body: dict[str, Any] | None = None, secret: str | None = None) -> Any:
    """A signed response."""
    content = json.dumps(body or TYPEFORM).encode()
    digest = hmac.new((secret or row.secret).encode(), content, hashlib.sha256).digest()
    return post(row, content, **{"Typeform-Signature": "sha256=" + base64.b64encode(digest).decode()})


def form(row: Connection, body: str) -> Any:
    """A urlencoded submission."""
    return post(row, body, "application/x-www-form-urlencoded")


def worked() -> Lead:
    """Have every row worked: the one lead there is then."""
    work_all()
    return Lead.objects.get()


def work_all() -> None:
    """What the workers do."""
    InboxRow.objects.filter(state__in=["new", "working"]).update(due_at="2020-01-01T00:00:00Z")
    inbox.sweep()


class FakeGraph:
    """What Meta answers, in turn; the last answer stays. `asked` has (path, query) of each request."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.address = ""

    def will(self, *answers: tuple[int, Any]) -> None:
        self.answers = list(answers)

    def next(self) -> tuple[int, Any]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def error(code: int, **more: Any) -> dict[str, Any]:
    """An error as Graph words it; its message holds a person's data, as real ones may."""
    return {"error": {"message": "about ann@example.com", "type": "OAuthException", "code": code, **more}}


@contextmanager
def graph() -> Iterator[FakeGraph]:
    """A Graph API on this machine."""
    fake = FakeGraph()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            fake.asked.append((parts.path, query))
            status, told = fake.next()
            body = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    fake.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
