# ruff: noqa: E501 (tables are easier to read in one line each)
"""Whatever a stranger or somebody logged in sends: never a 500, and from the API always the one error shape."""

import json
import re
import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from django.test import Client

from leadtrack import wsgi
from leadtrack.leads import inbox, waking
from leadtrack.leads.connect import add_connection
from leadtrack.leads.importing.work import finish_now
from leadtrack.leads.knock import base64_signature, hex_signature
from leadtrack.leads.models import Connection, InboxRow, Lead, LeadImport
from leadtrack.phones.carriers import pbx_notice
from leadtrack.spend.load import load_statement
from leadtrack.spend.models import Statement
from tests import make
from tests.phones import twilio
from tests.security import hostile
from tests.security.world import ROUTES, World, api_client, build, page_client

pytestmark = pytest.mark.django_db
URLENCODED = "application/x-www-form-urlencoded"

# Every parameter that a page or a list of the API reads from its address.
_QUESTION = ("from", "to", "by", "model", "clock", "channel", "source", "campaign", "term", "cursor")
PARAMETERS: dict[str, tuple[str, ...]] = {
    "inbox": ("state", "owner", "cursor", "shown"),
    "duplicates": ("cursor",),
    "merges": ("cursor",),
    "api-duplicates": ("cursor", "page_size"),
    "inbox-news": ("state", "owner", "seen", "shown", "calls", "only"),
    "callers": ("cursor",),
    "report-missed": ("from", "to", "by"),
    "report-missed-calls": ("from", "to", "kind", "day", "source", "cursor"),
    "report": _QUESTION,
    "report-rows": (*_QUESTION, "row"),
    "report-csv": _QUESTION,
    "report-credits": (*_QUESTION, "funnel"),
    "report-spend": (*_QUESTION, "unmatched"),
    "report-visits": (*_QUESTION, "goal", "funnel"),
    "unmatched": _QUESTION,
    "numbers": ("q", "state", "cursor"),
    "number-choose": ("q",),
    "number-buy": (
        "account",
        "country",
        "kind",
        "locality",
        "area_code",
        "contains",
        "sms",
        "without_address",
    ),
    "number": ("cursor",),
    "number-assign": ("q",),
    "flow-add": ("like",),
    "failed": ("cursor",),
    "received": ("door", "state", "cursor"),
    "refused": ("reason", "cursor"),
    "vendor-door": ("hub.mode", "hub.challenge", "hub.verify_token", "a"),
    "twilio-message": ("a",),
    "pbx": ("a",),
    "twilio-message-status": ("text",),
    "lead-texts": ("only",),
    "lead-new": ("q",),
    "imports": ("cursor",),
    "call-files": ("cursor",),
    "import": ("cursor",),
    "source-aliases": ("cursor",),
    "source-links": ("q", "template", "cursor"),
    "source-links-csv": ("q",),
    "source-hygiene": ("from", "to", "site", "by"),
    "api-source-explain": ("url", "referrer", "site"),
    "spend": ("cursor",),
    "spend-statement": ("cursor",),
    "spend-account": ("cursor",),
    "spend-row-list": ("account", "first", "last", "source", "campaign", "cursor"),
    "rates": ("cursor",),
    "api-leads": ("day_from", "day_to", "channel", "status", "outcome", "owner", "cursor", "page_size"),
    "api-purchases": ("paid_from", "paid_to", "kind", "currency", "lead", "voided", "cursor"),
    "api-report-sources": _QUESTION,
    "api-spend-accounts": ("cursor",),
    "api-spend-statements": ("account", "state", "cursor"),
    "api-spend-rejected": ("cursor",),
    "api-spend-rows": ("first", "last", "account", "source", "campaign", "currency", "cursor"),
    "api-spend-rates": ("currency", "day", "cursor"),
    "api-schema": ("lang", "format"),
    "api-docs": ("lang",),
    "twilio-voice": ("number",),
}

_PAYMENT = {
    "amount": "10",
    "currency": "EUR",
    "cost": "1",
    "paid_on": "2026-03-11",
    "note": "",
    "submission_key": "k",
}
_OFFLINE = {"way": "offline", "offline-kind": "billboard", "offline-campaign": "a", "offline-starts_at": "",
            "offline-source": "", "offline-channel": "", "offline-note": ""}  # fmt: skip
_RULE = {"name": "Ours", "channel": "Ours", "rule": "1", "more": "", "c-TOTAL_FORMS": "1", "c-INITIAL_FORMS": "0",
         "c-0-field": "source", "c-0-how": "pattern", "c-0-value": "a"}  # fmt: skip
_LINK = {"template": "google", "page": "https://shop.example/?a=1", "utm_source": "google", "utm_medium": "cpc",
         "utm_campaign": "{campaignid}", "note": ""}  # fmt: skip
_HAND = {"phone": "030 901820", "name": "a", "email": "", "message": "b", "site": "1", "source": "", "words": "",
         "channel": "", "asked_at": "", "owner": "me", "key": "k"}  # fmt: skip
_COLUMNS = {"column-0": "name", "column-1": "phone", "day_first": "", "source": "", "medium": "", "campaign": "",
            "given_to": "turn", "preview": "1"}  # fmt: skip
_AD = {
    "cost_cents": "10",
    "currency": "EUR",
    "cost_first": "2026-03-01",
    "cost_last": "2026-03-31",
    "note": "",
}
_POOL = {"name": "Ads", "site": "1", "replaces": "030 901820", "selector": "", "channels": "Email", "sources": "a",
         "landing": "/a*", "position": "0", "fallback": "", "shown_as": "page", "ambiguous": "unknown", "flow": "",
         "hold": "30", "cooldown": "60", "window": "60"}  # fmt: skip
_FLOW = {"name": "Night", "language": "en-US", "ring": "together", "ring_seconds": "20", "on_no_answer": "say",
         "on_busy": "say", "on_closed": "say", "forward_to": "", "voicemail_seconds": "90", "keeps_days": "30",
         "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0", "lines-0-who": "phone", "lines-0-ORDER": "1",
         "lines-0-phone": "+4930901820", "texts-TOTAL_FORMS": "1", "texts-INITIAL_FORMS": "0",
         "texts-0-language": "en-US", "texts-0-greeting": "Hello", "days-TOTAL_FORMS": "7",
         "days-INITIAL_FORMS": "0", "days-0-opens": "09:00", "days-0-closes": "18:00", "holidays-TOTAL_FORMS": "1",
         "holidays-INITIAL_FORMS": "0", "holidays-0-day": "2026-12-25", "try_at": "2026-03-09T12:00",
         "try_caller": "new", "try_number": "", "more": ""}  # fmt: skip
# Every form of a page, as it is when it is right.
FORMS: list[tuple[str, dict[str, str]]] = [
    ("source-explain", {"url": "https://shop.example/?utm_source=google", "referrer": "", "site": ""}),
    ("lead-new", _HAND),
    ("lead-new-known", {"phone": "030 901820", "email": "ann@example.com", "site": "1"}),
    ("import-columns", _COLUMNS),
    (
        "call-file",
        {"column-0": "number", "column-1": "caller", "column-2": "date", "day_first": "", "preview": "1"},
    ),
    ("inbox", {"search": "ann", "cursor": "", "shown": "30"}),
    ("contact-merge", {"other": "ct_1"}),
    ("contact-merge-with", {"search": "ann"}),
    ("merge-undo", {"contact": "ct_1", "back": "duplicates"}),
    ("lead-join", {"lead": "ld_1"}),
    ("lead-call-back", {"how": "by_hand"}),
    ("lead-call-back-undo", {"ids": "1,2"}),
    ("lead-note", {"text": "a", "from": ""}),
    ("lead-note-undo", {"event": "1", "from": ""}),
    ("lead-verdict", {"verdict": "yes"}),
    ("lead-call-pause", {"is_paused": "yes"}),
    ("lead-transcript", {"text": "a"}),
    ("callers", {"phone": "+4915100000002", "kind": "own", "note": ""}),
    ("lead-won", _PAYMENT),
    ("lead-purchase", _PAYMENT),
    ("lead-refund", _PAYMENT),
    ("lead-lost", {"reason": "1", "lost_on": "2026-03-11"}),
    ("lead-status", {"status": "spam"}),
    ("lead-assign", {"to": "1"}),
    ("sites", {"name": "Shop", "time_zone": "UTC", "region": "DE"}),
    ("site", {"add": "origin", "origin": "https://a.example"}),
    ("site", {"add": "form", "name": "Call me"}),
    (
        "number-add",
        {"number": "+15550100021", "forward_to": "+15550100031", "account": "1", "site": "1", "note": ""},
    ),
    ("number-assign", {"way": "known", "known-source": "1", "known-starts_at": "", "known-note": ""}),
    ("number-assign", _OFFLINE),
    *[(name, _RULE) for name in ("channel-rule-add", "channel-rule-preview", "channel-rule")],
    ("channel-rules-order", {"order": "1,2", "rule": "1", "way": "up"}),
    *[
        (name, {"field": "source", "spelling": "fb*", "name": "facebook"})
        for name in ("source-aliases", "source-alias-preview")
    ],
    *[(name, _LINK) for name in ("source-links", "source-link-preview")],
    ("number-undo", {"assignment": "1"}),
    ("number-restore", {"assignment": "1"}),
    ("number-give", {"to": "pool:1", "back": "pools"}),
    ("number-test", {"to": "+4930901820"}),
    ("number-change", {"forward_to": "+4930901820", "site": "1", "note": "", "is_active": "on", "flow": ""}),
    ("number-ad", _AD),
    (
        "number-buy",
        {"site": "1", "forward_to": "+4930901820", "flow": "", "pool": "", "note": "", "offer": "a"},
    ),
    (
        "numbers-untracked",
        {
            "site": "1",
            "forward_to": "+4930901820",
            "flow": "",
            "pool": "",
            "note": "",
            "had": "1:+15550100021",
        },
    ),
    ("numbers-bulk", {"text": "number,source\n+15550100020,Billboard / North", "go": "1"}),
    ("numbers-bulk-undo", {"assignment": "1"}),
    *[(name, _POOL) for name in ("pool-add", "pool")],
    *[(name, _FLOW) for name in ("flow-add", "flow", "flow-try")],
    ("connections", {"kind": "other", "site": "1", "name": "Zapier"}),
    ("connection", {"x": "1"}),
    ("connection-renew", {"what": "address"}),
    ("connection-mapping", {"key-0": "a", "field-0": "name", "key-1": "b", "field-1": "phone"}),
    ("connection-mapping", {"key-0": "a", "field-0": "name", "try": "1"}),
    ("refused-take", {"vouched": "1"}),
    ("spend-upload", {"account": "", "new_account": "Ads", "format": "auto", "currency": "EUR"}),
    ("rate-add", {"day": "2026-03-10", "currency": "USD", "rate": "0.9"}),
]
OUTSIDE = {
    "/accounts/login/": {"login": "a", "password": "b", "next": "/", "remember": "1"},
    "/accounts/password/reset/": {"email": "a@example.com"},
    "/i18n/setlang/": {"language": "ru", "next": "/"},
}
WRITES: dict[str, list[str]] = {
    "api-lead-won": ["amount", "cost", "currency", "paid_on", "note", "submission_key"],
    "api-lead-purchases": ["amount", "cost", "currency", "paid_on", "note"],
    "api-lead-refunds": ["amount", "cost", "currency", "paid_on", "note", "purchase"],
    "api-lead-lost": ["reason", "lost_on"],
    "api-lead-reopen": ["x"],
    "api-contact-find": ["phone", "email", "messenger", "outside_id"],
    "api-contact-merge": ["contact", "reason"],
    "api-contact-unmerge": ["contact"],
    "api-leads": [
        "phone",
        "email",
        "name",
        "site",
        "source",
        "tags",
        "visitor",
        "captured_at",
        "external_id",
        "extra",
    ],
    "api-leads-batch": ["leads"],
    "api-spend-rates": ["day", "currency", "rate", "origin"],
    "api-spend-statements": ["account", "file", "format", "currency"],
}
IN_ADDRESSES = (*hostile.DAYS, "very long", "null byte", "broken UTF-8", "markup", "64 bits and one", "other digits",
                "negative", "broken address", "base64", "folder")  # fmt: skip
# Each of these alone, in a form that is right otherwise.
TELLING = (*hostile.DAYS, "long", "null byte", "endless number", "64 bits and one", "exponent", "broken address",
           "odd host", "markup", "negative")  # fmt: skip
IN_PATHS = (
    "null byte",
    "broken UTF-8",
    "lone surrogate",
    "64 bits and one",
    "endless number",
    "long",
    "folder",
    "emoji",
)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, settings: Any) -> World:
    # A page that asks the carrier asks nobody.
    settings.LEADTRACK_TWILIO_API = "http://127.0.0.1:9"
    monkeypatch.setattr(waking.current_app, "send_task", lambda *_, **__: None)
    # The test's own transaction lives on this connection.
    monkeypatch.setattr(wsgi, "close_old_connections", lambda: None)
    return build()


class Answers:
    """What went wrong, told at the end, so that one run shows all of it."""

    def __init__(self) -> None:
        self.count, self.wrong = 0, []

    def take(self, response: Any, what: object, *, is_api: bool = False) -> None:
        self.count += 1
        if response.status_code >= 500:
            self.wrong.append((response.status_code, what, str((response.exc_info or ["?"] * 2)[1])[:150]))
        elif is_api and response.status_code >= 400 and not _is_explained(response.content):
            self.wrong.append((response.status_code, what, response.content[:150]))

    def all_fine(self) -> bool:
        assert self.count
        assert not self.wrong, f"{len(self.wrong)} of {self.count}: {self.wrong[:20]}"
        return True


def _is_explained(body: bytes) -> bool:
    try:
        told = json.loads(body)
    except ValueError:
        return False
    return bool(told["errors"]) and all(set(one) == {"code", "detail", "attr"} for one in told["errors"])


def _client(name: str) -> Client:
    return api_client("admin") if name.startswith("api-") else page_client("admin")


def _is_api(name: str) -> bool:
    # The schema tells its errors in its own format, YAML.
    return ROUTES[name].startswith("api/") and name != "api-schema"


def test_every_parameter_of_an_address(world: World) -> None:
    answers = Answers()
    for name, parameters in PARAMETERS.items():
        client, address = _client(name), world.address(name)
        for parameter in parameters:
            for kind in IN_ADDRESSES:
                query = hostile.encoded(parameter, hostile.VALUES[kind])
                answers.take(client.get(f"{address}?{query}"), (name, parameter, kind), is_api=_is_api(name))
    assert answers.all_fine()


def test_every_part_of_a_path(world: World) -> None:
    answers = Answers()
    for name, route in ROUTES.items():
        if "<" not in route:
            continue
        client = _client(name)
        for kind in IN_PATHS:
            part = quote_from_bytes(hostile.VALUES[kind], safe="")
            path = "/" + re.sub(r"<\w+:\w+>", part, route)
            answers.take(client.get(path), (name, kind), is_api=_is_api(name))
            answers.take(client.post(path), (name, kind, "POST"), is_api=_is_api(name))
    assert answers.all_fine()


def _spoilt(right: dict[str, str]) -> Iterator[str]:
    """Each field spoilt in each way with the others right; and all spoilt alike."""
    yield from list(hostile.bodies(list(right)))[::3]
    for field in right:
        others = [hostile.encoded(name, text.encode()) for name, text in right.items() if name != field]
        for kind in TELLING:
            value = hostile.VALUES[kind]
            yield "&".join([hostile.encoded(field, value), *others])


# In quarters, so that cores share them.
@pytest.mark.parametrize("quarter", range(4))
def test_every_form_of_a_page(world: World, quarter: int) -> None:
    answers, client = Answers(), page_client("admin")
    for name, right in FORMS[quarter::4]:
        address = world.address(name)
        for body in _spoilt(right):
            answers.take(client.post(address, body, content_type=URLENCODED), (name, body[:80]))
    assert answers.all_fine()


def test_every_form_a_stranger_finds(world: World) -> None:
    answers, client = Answers(), page_client("stranger")
    for address, right in OUTSIDE.items():
        for body in _spoilt(right):
            answers.take(client.post(address, body, content_type=URLENCODED), (address, body[:80]))
        for _kind, value in hostile.each():
            answers.take(client.get(f"{address}?{hostile.encoded('next', value)}"), (address, value[:50]))
    assert answers.all_fine()


def test_every_content_type(world: World) -> None:
    names = [
        "form-door",
        "beacon",
        "twilio-voice",
        "twilio-message",
        "pbx",
        "vendor-door",
        "inbox",
        "spend-upload",
        "site",
        "lead-won",
        "rate-add",
        *WRITES,
    ]
    places = [(_client(name), world.address(name), _is_api(name)) for name in names]
    places += [
        (page_client("stranger"), address, False) for address in (*OUTSIDE, "/lt.js", "/healthz", "/readyz")
    ]
    answers = Answers()
    for turn, (client, address, is_api) in enumerate(places):
        for kind in hostile.KINDS[turn % 2 :: 2]:
            bodies = (
                hostile.MULTIPARTS
                if kind.startswith("multipart")
                else (b"", b"a=1&b=%ff", b'{"a": 1}', b"\xff\0")
            )
            for body in bodies:
                answers.take(
                    client.generic("POST", address, body, kind), (address, kind, body[:90]), is_api=is_api
                )
            answers.take(client.generic("GET", f"{address}?a=1", b"", kind), (address, kind, "GET"))
    assert answers.all_fine()


def test_every_write_of_the_api(world: World) -> None:
    answers, client = Answers(), api_client("admin")
    for name, fields in WRITES.items():
        for body in hostile.json_bodies(fields):
            response = client.generic("POST", world.address(name), body, "application/json")
            answers.take(response, (name, body[:80]), is_api=True)
    assert answers.all_fine()


def test_hostile_files(world: World) -> None:
    answers, client = Answers(), page_client("admin")
    files = [
        *hostile.VALUES.values(),
        b"date,source,cost\n" * 3,
        b"\x00" * 5_000,
        b"PK\x03\x04" + b"\xff" * 500,
    ]
    files += [b"date,source,currency,cost\n2026-01-01,a,EUR," + value for value in hostile.VALUES.values()]
    for number, content in enumerate(files):
        name = list(hostile.VALUES.values())[number % len(hostile.VALUES)].decode("utf-8", "replace")
        file = BytesIO(content)
        file.name = name.replace("\0", "") or "x"
        sent = {"new_account": "Ads", "format": "auto", "currency": "EUR", "file": file}
        answers.take(client.post("/spend/upload/", sent), (name[:30], content[:50]))
    for row in Statement.objects.filter(state=Statement.State.NEW):
        loaded = load_statement(row.pk)
        assert loaded.is_finished, loaded.error
        answers.take(client.get(f"/spend/statements/{row.pk}/"), row.pk)
        answers.take(client.get(f"/spend/statements/{row.pk}/rejected.csv"), row.pk)
    assert answers.all_fine()


def test_hostile_files_of_leads(world: World) -> None:
    answers, client = Answers(), page_client("admin")
    files = [b"name,phone\n" + value + b",+4930901820\n" for value in hostile.VALUES.values()]
    files += [*hostile.VALUES.values(), b"PK\x03\x04" + b"\xff" * 500, b"phone\n" + b"\xff\xfe" * 50]
    for number, content in enumerate(files):
        name = list(hostile.VALUES.values())[number % len(hostile.VALUES)].decode("utf-8", "replace")
        file = BytesIO(content)
        file.name = name.replace("\0", "") or "x"
        answers.take(client.post("/leads/import/", {"site": world.form.site_id, "file": file}), content[:50])
    for row in LeadImport.objects.all():
        answers.take(client.get(f"/leads/import/{row.pk}/columns"), row.pk)
        LeadImport.objects.filter(pk=row.pk).update(state="loading")
        finish_now(row.pk)
        for end in ("", "errors.csv", "progress"):
            answers.take(client.get(f"/leads/import/{row.pk}/{end}"), (row.pk, end))
    assert LeadImport.objects.filter(state="done").count() > 10
    assert answers.all_fine()


# Without a submission id: with the same hostile one, the second would be the first again.
FIELDS = ["name", "phone", "email", "message", "lt_page", "lt_referrer", "lt_visitor", "lt_redirect"]


def test_the_form_door_keeps_whoever_can_be_reached(world: World) -> None:
    answers, client, address = Answers(), page_client("stranger"), world.address("form-door")
    bodies = [(body, URLENCODED) for body in hostile.bodies(FIELDS)]
    bodies += [
        (body, kind) for body in hostile.json_bodies(FIELDS) for kind in ("application/json", "text/plain")
    ]
    for number, (body, kind) in enumerate(bodies):
        content = body.encode() if isinstance(body, str) else body
        answers.take(client.generic("POST", address, content, kind), (kind, content[:80]), is_api=True)
        reachable = content + f"&tel=0301234{number:04}".encode() if kind == URLENCODED else content
        answers.take(
            client.generic("POST", address, reachable, kind, headers={"accept": "text/html"}), reachable[:80]
        )
        if kind == URLENCODED and body:
            assert InboxRow.objects.filter(payload__icontains=f"0301234{number:04}").exists(), body[:80]
    rows = list(InboxRow.objects.filter(state="new").values_list("pk", flat=True))
    assert all(inbox.work(pk) is not None for pk in rows)
    for lead in Lead.objects.order_by("-pk")[:60]:
        answers.take(page_client("admin").get(f"/leads/{lead.public_id}/"), lead.message[:50])
    assert answers.all_fine()


@pytest.mark.parametrize("kind", Connection.Kind.values)
def test_every_vendors_door(world: World, kind: str) -> None:
    row = add_connection(Connection(site=world.form.site, kind=kind, name="x", handshake="h"))
    row.secret = row.secret or "s"
    row.save()
    answers, client, address = Answers(), page_client("stranger"), f"/hooks/leads/{kind}/{row.key}"
    # Believed, so that all of it is read: strangers do not come further than the secret.
    names = [
        "google_key",
        "lead_id",
        "user_column_data",
        "type",
        "object",
        "event_id",
        "entry",
        "form_response",
    ]
    names += ["phone", "email", "campaign_id", "a.b[c][value]", "COOKIES", "payment", "fields", "lt_test"]
    bodies = [(body, "application/json") for body in hostile.json_bodies(names)]
    bodies += [(body.encode(), URLENCODED) for body in hostile.bodies(names)]
    for body, content_type in bodies:
        headers = {
            "X-Hub-Signature-256": hex_signature(body, row.secret),
            "Typeform-Signature": base64_signature(body, row.secret),
            "X-LeadTrack-Secret": row.secret,
        }
        sent = body.replace(b'"google_key": ', b'"google_key": "' + row.secret.encode() + b'", "x": ', 1)
        sent = sent if kind in ("google", "vk") else body
        answers.take(client.generic("POST", address, sent, content_type, headers=headers), (kind, body[:80]))
    for pk in InboxRow.objects.filter(state="new").values_list("pk", flat=True):
        inbox.work(pk)
    waiting = "cannot be reached", "There is no page token"
    failed = InboxRow.objects.filter(connection=row, state__in=["new", "failed"])
    assert not [stored.error for stored in failed if not stored.error.startswith(waiting)]
    for page in ("/received/", "/refused/", f"/connections/{row.pk}/", f"/connections/{row.pk}/mapping/"):
        answers.take(page_client("admin").get(page), page)
    for stored in InboxRow.objects.filter(connection=row)[:30]:
        answers.take(page_client("admin").get(f"/received/{stored.public_id}/"), stored.pk)
    assert answers.all_fine()


def test_the_beacon_by_either_way(world: World) -> None:
    answers, client, site = Answers(), page_client("stranger"), world.form.site.key
    good = {"site": site, "visitor": "visitor-1", "url": "https://shop.example/", "referrer": ""}
    bodies = list(hostile.json_bodies(["site", "visitor", "url", "referrer"]))
    for field in good:
        parts = {name: json.dumps(text) for name, text in good.items() if name != field}
        for body in hostile.json_bodies([field]):
            if body.startswith(b"{") and body.endswith(b"}") and len(body) > 2:
                rest = ", ".join(f'"{name}": {text}' for name, text in parts.items())
                bodies.append(body[:-1] + b", " + rest.encode() + b"}")
    origins = ["", "null", "http://[", "https://shop.example", "\xff\xfe", "http://a:99999999", "x" * 9_000]
    for number, body in enumerate(bodies):
        origin = origins[number % len(origins)]
        response = client.generic("POST", "/api/v1/visits", body, "text/plain", headers={"origin": origin})
        answers.take(response, body[:80], is_api=True)
        assert _by_wsgi(body, origin) < 500, body[:80]
    for announced in ("", "-1", "x", "9" * 5_000, "٣", "1e3"):
        assert _by_wsgi(b"{}", "", announced) < 500
    assert answers.all_fine()


def _by_wsgi(body: bytes, origin: str, announced: str | None = None) -> int:
    told: list[str] = []
    environ = {
        "PATH_INFO": "/api/v1/visits",
        "REQUEST_METHOD": "POST",
        "CONTENT_LENGTH": str(len(body)) if announced is None else announced,
        "HTTP_ORIGIN": origin,
        "HTTP_USER_AGENT": "\xff" * 50,
        "wsgi.input": BytesIO(body),
    }
    list(wsgi.application(environ, lambda status, _headers: told.append(status)))  # type: ignore[arg-type, func-returns-value]
    return int(told[0].split()[0])


def test_the_carriers_hooks_signed(world: World) -> None:
    answers, client = Answers(), page_client("stranger")
    fields = (
        "CallSid",
        "From",
        "To",
        "CallStatus",
        "Timestamp",
        "CallDuration",
        "ParentCallSid",
        "DialCallStatus",
    )
    moments = ["Mon, 01 Jan 99999999999999999999 00:00:00 +0000", "Fri, 31 Dec 9999 23:59:59 -2359",
               "Mon, 01 Jan 0001 00:00:00 +2359", "Mon, 99 Jan 2026 00:00:00 +9999999"]  # fmt: skip
    texts = [value.decode("utf-8", "replace") for value in hostile.VALUES.values()] + moments
    for turn, door in enumerate((twilio.VOICE, twilio.DIAL_DONE, twilio.STATUS)):
        for number, text in enumerate(texts[turn::3] + moments):
            for field in fields:
                params = twilio.ringing(sid=f"CA{number:032x}") | {field: text}
                answers.take(twilio.signed_post(client, door, params), (door, field, text[:40]))
            strange = twilio.ringing() | {f"Field{number}" * 2: text}
            answers.take(twilio.signed_post(client, f"{door}?number={number}", strange), (door, text[:40]))
    assert answers.all_fine()


def test_the_pbx_door_signed(world: World) -> None:
    """Every field of an event by every value; what is no event is refused, nothing breaks."""
    make.carrier_account(kind="pbx", account_sid="office", auth_token="secret")
    answers, client, stamp = Answers(), page_client("stranger"), str(int(time.time()))
    event = {"id": "e", "event": "ended", "call": "c", "number": twilio.OURS, "other": twilio.CALLER}
    event |= {"outcome": "answered", "phone": twilio.SALES, "at": "2026-03-10T12:00:00Z"}
    texts = [value.decode("utf-8", "replace") for value in hostile.VALUES.values()]
    for field in (*event, "started_at", "talk_seconds", "recording"):
        for text in (*texts, None, 1e300, -1, [], {}, True):
            body = json.dumps(event | {field: text}).encode()
            headers = {
                "X-LeadTrack-Timestamp": stamp,
                "X-LeadTrack-Signature": pbx_notice.sign(secret="secret", timestamp=stamp, body=body),
            }
            answers.take(
                client.post("/hooks/pbx/office", body, "application/json", headers=headers),
                (field, str(text)[:40]),
                is_api=True,
            )
    assert answers.all_fine()


@pytest.mark.parametrize("size", [5_000_000])
def test_large_bodies_are_refused_or_read(world: World, size: int) -> None:
    answers, body = Answers(), b'{"phone": "' + b"9" * size + b'"}'
    for name in ("form-door", "beacon", "twilio-voice", *WRITES):
        answers.take(_client(name).generic("POST", world.address(name), body, "application/json"), name)
    login = page_client("stranger").post("/accounts/login/", body, content_type=URLENCODED)
    answers.take(login, "login")
    assert answers.all_fine()


HEADERS = ("Cookie", "Accept", "Accept-Language", "Authorization", "Idempotency-Key", "Referer", "Origin", "HX-Request",
           "HX-Current-URL", "If-None-Match", "If-Modified-Since", "X-Forwarded-For", "User-Agent", "X-CSRFToken")  # fmt: skip


def test_every_header(world: World) -> None:
    answers = Answers()
    for address in ("/inbox/", "/accounts/login/", "/api/v1/leads", "/lt.js", world.address("form-door")):
        for header in HEADERS:
            for value in list(hostile.VALUES.values())[::3]:
                # Servers refuse line ends and null bytes in headers before we see them.
                text = value.decode("latin-1").translate({0: None, 10: None, 13: None})
                given = {"Cookie": f"sessionid={text}; csrftoken={text}"}.get(header, text)
                given = f"Token {text}" if header == "Authorization" else given
                what = (address, header, value[:30])
                answers.take(page_client("stranger").get(address, headers={header: given}), what)
    assert answers.all_fine()
