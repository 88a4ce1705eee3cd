# ruff: noqa: E501 (tables are easier to read in one line each)
"""Promise 12: personal data never reaches a log, an address, or the eyes of a guest."""

import json
import logging
import re
from io import StringIO
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from leadtrack.accounts.models import Member
from leadtrack.deals.models import Deal
from leadtrack.leads import inbox, waking
from leadtrack.leads.models import InboxRow, Lead
from leadtrack.ledger.reconcile import reconcile_changed
from tests.phones import twilio
from tests.security.world import ROLES, ROUTES, World, api_client, build, page_client

pytestmark = pytest.mark.django_db
NAME, PHONE, EMAIL, WORDS = (
    "Zaphod Quux",
    "+4915198765432",
    "zaphod.quux@example.com",
    "ring me at the dentist",
)
CALLER = "+15550100077"
MARKS = ("Zaphod", "Quux", "98765432", "9876 5432", "5550100077", "0100077", WORDS, "dentist")
ADMIN_PAGES = ("leads_lead", "leads_contact", "leads_inboxrow", "phones_call", "deals_deal", "visits_visit")


@pytest.fixture
def log() -> StringIO:
    """What the production log would hold."""
    lines = StringIO()
    handler = logging.StreamHandler(lines)
    form = settings.LOGGING["formatters"]["line"]
    handler.setFormatter(form["()"](processors=form["processors"]))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, log: StringIO) -> World:
    """A firm to which Zaphod came by an address that names him, wrote, called, bought, and was searched for."""
    monkeypatch.setattr(waking.current_app, "send_task", lambda *_, **__: None)
    made, stranger = build(), page_client("stranger")
    page = f"https://shop.example/?utm_source=x&email={EMAIL}&name=Zaphod"
    hit = {"site": made.form.site.key, "visitor": "visitor-of-him", "url": page, "referrer": page}
    stranger.post("/api/v1/visits", json.dumps(hit), content_type="text/plain")
    fields = {"name": NAME, "phone": PHONE, "email": EMAIL, "message": WORDS, "colour": WORDS}
    sent = fields | {"lt_page": page, "lt_referrer": page, "lt_visitor": "visitor-of-him"}
    assert stranger.post(made.address("form-door"), sent).status_code == 201
    assert twilio.signed_post(stranger, twilio.VOICE, twilio.ringing(caller=CALLER)).status_code == 200
    for row in InboxRow.objects.filter(state="new"):
        assert inbox.work(row.pk) is not None
    _sell(made)
    reconcile_changed()
    return made


def _sell(world: World) -> None:
    his = Lead.objects.get(email=EMAIL)
    Deal.objects.update(owner=Member.objects.get(user__username="owner").user)
    admin, today = page_client("admin"), timezone.now().date().isoformat()
    paid = {"amount": "10", "currency": "EUR", "paid_on": today, "note": WORDS, "submission_key": "k"}
    assert admin.post(f"/leads/{his.public_id}/won", paid).status_code == 302
    for search in (PHONE, EMAIL, NAME, "98765432"):
        admin.post("/inbox/", {"search": search})
    bad = {"currency": "EUR", "paid_on": NAME, "note": WORDS * 20, "amount": PHONE}
    api_client("admin").post(f"/api/v1/leads/{his.public_id}/won", bad, content_type="application/json")


def _addresses(world: World) -> dict[str, str]:
    """Every page and list, and those of each lead and contact."""
    found = {
        name: world.address(name)
        for name in ROUTES
        if not name.startswith(("twilio", "pbx", "(", "form-door", "vendor-door"))
    }
    for lead in Lead.objects.select_related("contact"):
        found[f"page {lead.pk}"] = f"/leads/{lead.public_id}/"
        found[f"contact {lead.pk}"] = f"/contacts/{lead.contact.public_id}/"
        found[f"api-lead {lead.pk}"] = f"/api/v1/leads/{lead.public_id}"
    for figure in (
        "leads",
        "accepted",
        "won",
        "purchases",
        "customers",
        "revenue",
        "margin",
        "visits",
        "spend",
    ):
        found[f"behind {figure}"] = f"/reports/behind/{figure}/?from=2026-01-01"
    return found


def _shown(world: World, role: str) -> dict[str, str]:
    pages, api = page_client(role), api_client(role)
    shown = {}
    for name, address in _addresses(world).items():
        response = (api if name.startswith("api") else pages).get(address)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        shown[name] = content.decode()
    return shown


def test_a_guest_sees_no_person_anywhere(world: World) -> None:
    shown = _shown(world, "agency")
    assert len([text for text in shown.values() if text]) > 40
    found = [(name, mark) for name, text in shown.items() for mark in MARKS if mark.lower() in text.lower()]
    assert not found


def test_who_may_see_people_does(world: World) -> None:
    """So that the test above does not pass because there is nothing to see."""
    everything = " ".join(_shown(world, "marketer").values())
    assert all(mark in everything for mark in (NAME, EMAIL, WORDS))


ADDRESS = re.compile(r"""\b(?:href|src|action|hx-get|hx-post|formaction|content)=["']([^"']*)["']""")


@pytest.mark.parametrize("role", ROLES)
def test_no_address_on_any_page_holds_a_person(world: World, role: str) -> None:
    found = []
    for name, text in _shown(world, role).items():
        links = [link for link in ADDRESS.findall(text) if not link.startswith(("tel:", "mailto:"))]
        found += [(name, link) for link in links for mark in MARKS if mark.lower() in unquote(link).lower()]
    assert not found


def test_the_admin_neither_searches_people_by_address_nor_links_to_them(world: World) -> None:
    admin = page_client("admin")
    for page in ADMIN_PAGES:
        app, model = page.split("_")
        text = admin.get(f"/admin/leadtrack_{app}/{model}/").content.decode()
        links = [unquote(link) for link in ADDRESS.findall(text)]
        assert not [link for link in links for mark in MARKS if mark in link]
        searched = admin.get(f"/admin/leadtrack_{app}/{model}/?q={PHONE.removeprefix('+')}").content.decode()
        assert NAME not in searched


def test_no_line_of_the_log_holds_a_person(world: World, log: StringIO) -> None:
    for role in ("admin", "agency", "stranger"):
        _shown(world, role)
    client: Client = page_client("stranger")
    client.get(f"/accounts/login/?next=/inbox/?search={EMAIL}")
    client.post("/accounts/login/", {"login": EMAIL, "password": WORDS})
    client.get(f"/nothing?phone={PHONE}")
    text = log.getvalue()
    assert text.count("request_finished") > 40
    lines = [line for line in text.splitlines() for mark in MARKS if mark in line]
    # The database's own debug lines show queries; no setting of ours turns them on.
    assert not [line for line in lines if "django.db.backends" not in line]


def test_a_failed_row_tells_the_log_only_where(
    world: World, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(row: InboxRow) -> None:
        raise ValueError(f"cannot take {row.payload}")

    monkeypatch.setitem(inbox._WORKERS, "form", fail)
    page_client("stranger").post(world.address("form-door"), {"phone": PHONE, "name": NAME, "email": EMAIL})
    row = InboxRow.objects.filter(state="new").get()
    assert inbox.work(row.pk) is None
    row.refresh_from_db()
    assert "ValueError" in row.error
    assert not [mark for mark in MARKS if mark in row.error]
    assert "failed with ValueError" in log.getvalue()
    assert not [
        line for line in log.getvalue().splitlines() if "98765432" in line and "django.db" not in line
    ]
