# ruff: noqa: E501 (tables are easier to read in one line each)
"""Promise 11: nobody sees what their role may not. Every address of LeadTrack, by every role and by strangers."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from leadtrack.accounts.models import Member
from leadtrack.deals.models import Deal
from leadtrack.deals.serializers import LeadDetailSerializer, PurchaseSerializer
from leadtrack.leads import waking
from tests.security.world import ROLES, ROUTES, World, api_client, build, page_client

pytestmark = pytest.mark.django_db

EVERYBODY = frozenset(ROLES)
NOBODY: frozenset[str] = frozenset()
ADMIN = frozenset({"admin"})
SELLERS = frozenset({"admin", "sales_manager", "sales"})
COUNTERS = frozenset({"admin", "sales_manager", "marketer", "agency"})
LOADERS = frozenset({"admin", "marketer"})
SIFTERS = frozenset({"admin", "sales_manager", "marketer"})
IMPORTERS = frozenset({"admin", "sales_manager", "marketer"})
NUMBER_READERS = frozenset({"admin", "sales_manager", "marketer"})
MERGERS = frozenset({"admin", "sales_manager"})
PEOPLE = EVERYBODY - {"agency"}


@dataclass(frozen=True)
class Rule:
    """Who may read (None: no GET here) and who may send (None: no POST here)."""

    get: frozenset[str] | None = None
    post: frozenset[str] | None = None
    # About a lead of somebody else's in sales: not to be found by a sales person.
    is_of_a_lead: bool = False


def _own(*, get: frozenset[str] | None = None, post: frozenset[str] | None = None) -> Rule:
    return Rule(get, post, is_of_a_lead=True)


RULES: dict[str, Rule] = {
    "home": Rule(get=EVERYBODY, post=EVERYBODY),
    "inbox": Rule(get=EVERYBODY, post=PEOPLE),
    "inbox-news": Rule(get=EVERYBODY),
    "to-call-count": Rule(get=SELLERS),
    **dict.fromkeys(("lead", "lead-calls"), _own(get=EVERYBODY)),
    **dict.fromkeys(
        ("lead-call-back", "lead-call-back-undo", "lead-note", "lead-note-undo"), _own(post=SELLERS)
    ),
    **dict.fromkeys(("lead-block", "lead-unblock", "lead-verdict", "lead-transcript"), _own(post=SELLERS)),
    "lead-call-pause": _own(post=SELLERS),
    "callers": Rule(get=NUMBER_READERS, post=ADMIN),
    **dict.fromkeys(("caller-remove", "caller-restore"), Rule(post=ADMIN)),
    **dict.fromkeys(("report-missed", "report-missed-calls"), Rule(get=COUNTERS)),
    "contact": _own(get=EVERYBODY),
    "lead-won": _own(post=SELLERS),
    "lead-lost": _own(post=SELLERS),
    "lead-purchase": _own(post=SELLERS),
    "lead-refund": _own(post=SELLERS),
    "lead-reopen": _own(post=SELLERS),
    "lead-close-again": _own(post=SELLERS),
    "lead-status": _own(post=SELLERS),
    "lead-assign": _own(post=SELLERS),
    "purchase-void": _own(post=SELLERS),
    "purchase-restore": _own(post=SELLERS),
    "lead-new": Rule(get=SELLERS, post=SELLERS),
    "lead-new-known": Rule(post=SELLERS),
    "imports": Rule(get=IMPORTERS, post=IMPORTERS),
    "import": Rule(get=IMPORTERS),
    "import-columns": Rule(get=IMPORTERS, post=IMPORTERS),
    "import-progress": Rule(get=IMPORTERS),
    "import-start": Rule(post=IMPORTERS),
    "import-undo": Rule(post=IMPORTERS),
    "import-errors": Rule(get=IMPORTERS),
    "lead-bind": _own(post=SELLERS),
    **dict.fromkeys(("lead-split", "lead-join"), _own(post=SELLERS)),
    **dict.fromkeys(("duplicates", "duplicates-count", "merges", "api-duplicates"), Rule(get=MERGERS)),
    **dict.fromkeys(("duplicate-merge", "duplicate-different", "duplicate-ask-again"), Rule(post=MERGERS)),
    **dict.fromkeys(("merge-undo", "contact-merge", "contact-merge-with"), Rule(post=MERGERS)),
    **dict.fromkeys(("api-contact-merge", "api-contact-unmerge"), Rule(post=MERGERS)),
    "api-contact": _own(get=EVERYBODY),
    "api-contact-find": Rule(post=PEOPLE),
    "lead-unbind": _own(post=SELLERS),
    "lead-visits": _own(get=SELLERS),
    "quarantine": Rule(get=SIFTERS),
    "quarantine-not-spam": Rule(post=SIFTERS),
    "quarantine-spam-again": Rule(post=SIFTERS),
    "contact-links": Rule(get=SIFTERS),
    "contact-links-csv": Rule(get=SIFTERS),
    "sites": Rule(get=ADMIN, post=ADMIN),
    "site": Rule(get=ADMIN, post=ADMIN),
    "site-origin-remove": Rule(post=ADMIN),
    **dict.fromkeys(("goal", "goal-add"), Rule(get=ADMIN, post=ADMIN)),
    **dict.fromkeys(("goal-switch", "goal-set-up", "goals-try"), Rule(post=ADMIN)),
    "goals": Rule(get=ADMIN),
    "own-visits": Rule(get=EVERYBODY, post=ADMIN),
    "own-network-remove": Rule(post=ADMIN),
    "failed": Rule(get=ADMIN),
    "failed-again": Rule(post=ADMIN),
    "failed-all-again": Rule(post=ADMIN),
    "received": Rule(get=ADMIN),
    "received-row": Rule(get=ADMIN),
    "received-again": Rule(post=ADMIN),
    "refused": Rule(get=ADMIN),
    "refused-badge": Rule(get=ADMIN),
    "refused-take": Rule(post=ADMIN),
    "connections": Rule(get=ADMIN, post=ADMIN),
    "connection": Rule(get=ADMIN, post=ADMIN),
    "connection-test": Rule(post=ADMIN),
    "connection-renew": Rule(post=ADMIN),
    "connection-mapping": Rule(get=ADMIN, post=ADMIN),
    **dict.fromkeys(("numbers", "number", "number-held", "number-picture"), Rule(get=NUMBER_READERS)),
    **dict.fromkeys(("pools", "pool-health"), Rule(get=NUMBER_READERS)),
    "pool": Rule(get=NUMBER_READERS, post=ADMIN),
    **dict.fromkeys(("number-choose", "number-order", "numbers-template"), Rule(get=ADMIN)),
    **dict.fromkeys(
        ("number-add", "number-assign", "number-change", "number-ad"), Rule(get=ADMIN, post=ADMIN)
    ),
    **dict.fromkeys(
        ("number-buy", "numbers-untracked", "numbers-bulk", "pool-add"), Rule(get=ADMIN, post=ADMIN)
    ),
    **dict.fromkeys(("number-give", "number-restore", "number-release", "number-keep"), Rule(post=ADMIN)),
    **dict.fromkeys(("number-check", "number-repair", "number-test"), Rule(post=ADMIN)),
    **dict.fromkeys(
        ("number-order-again", "numbers-bulk-undo", "pool-retire", "pool-restore"), Rule(post=ADMIN)
    ),
    "number-undo": Rule(post=ADMIN),
    **dict.fromkeys(("call-files", "call-file"), Rule(get=ADMIN, post=ADMIN)),
    "flows": Rule(get=ADMIN),
    **dict.fromkeys(("flow", "flow-add"), Rule(get=ADMIN, post=ADMIN)),
    **dict.fromkeys(("flow-try", "flow-remove", "flow-restore"), Rule(post=ADMIN)),
    "lead-texts": _own(get=SELLERS, post=SELLERS),
    **dict.fromkeys(("lead-recordings", "call-recording"), _own(get=SELLERS)),
    **dict.fromkeys(("sources", "source-channels", "api-source-explain"), Rule(get=COUNTERS)),
    "source-explain": Rule(get=COUNTERS, post=COUNTERS),
    **dict.fromkeys(
        ("channel-rules", "source-links-csv", "source-link-qr", "source-hygiene"), Rule(get=LOADERS)
    ),
    **dict.fromkeys(
        ("channel-rule", "channel-rule-add", "source-aliases", "source-links"),
        Rule(get=LOADERS, post=LOADERS),
    ),
    **dict.fromkeys(
        ("channel-rule-preview", "channel-rules-order", "channel-rule-switch"), Rule(post=LOADERS)
    ),
    **dict.fromkeys(
        ("channel-rule-remove", "channel-rule-restore", "source-link-preview"), Rule(post=LOADERS)
    ),
    **dict.fromkeys(
        ("source-alias-preview", "source-alias-remove", "source-alias-restore"), Rule(post=LOADERS)
    ),
    **dict.fromkeys(("sources-history", "sources-history-progress"), Rule(get=LOADERS)),
    **dict.fromkeys(("sources-history-start", "sources-history-again"), Rule(post=LOADERS)),
    "spend": Rule(get=COUNTERS),
    "spend-upload": Rule(get=LOADERS, post=LOADERS),
    "spend-statement": Rule(get=COUNTERS),
    "spend-statement-progress": Rule(get=COUNTERS),
    "spend-statement-retry": Rule(post=LOADERS),
    "spend-rejected-csv": Rule(get=COUNTERS),
    "spend-account": Rule(get=COUNTERS),
    "spend-row-list": Rule(get=COUNTERS),
    "rates": Rule(get=COUNTERS),
    "rate-add": Rule(post=LOADERS),
    "rate-drop": Rule(post=LOADERS),
    **dict.fromkeys(("report", "report-csv", "report-credits", "report-spend"), Rule(get=COUNTERS)),
    **dict.fromkeys(("report-rows", "report-visits", "unmatched", "funnel"), Rule(get=COUNTERS)),
    "api-leads": Rule(get=EVERYBODY, post=SELLERS),
    "api-leads-batch": Rule(post=SELLERS),
    "api-lead": _own(get=EVERYBODY),
    "api-lead-won": _own(post=SELLERS),
    "api-lead-lost": _own(post=SELLERS),
    "api-lead-purchases": _own(post=SELLERS),
    "api-lead-refunds": _own(post=SELLERS),
    "api-lead-reopen": _own(post=SELLERS),
    "api-purchases": Rule(get=EVERYBODY),
    "api-loss-reasons": Rule(get=EVERYBODY),
    "api-stages": Rule(get=EVERYBODY),
    "api-spend-accounts": Rule(get=COUNTERS),
    "api-spend-statements": Rule(get=COUNTERS, post=LOADERS),
    "api-spend-statement": Rule(get=COUNTERS),
    "api-spend-rejected": Rule(get=COUNTERS),
    "api-spend-rows": Rule(get=COUNTERS),
    "api-spend-rates": Rule(get=COUNTERS, post=LOADERS),
    "api-report-sources": Rule(get=COUNTERS),
    "api-report-funnel": Rule(get=COUNTERS),
    "api-goals": Rule(get=EVERYBODY),
    "api-schema": Rule(get=EVERYBODY),
    "api-docs": Rule(get=EVERYBODY),
}
# Open to everybody in the world; their own tests say what they take.
DOORS = {
    "snippet",
    "site-snippet",
    "beacon",
    "form-door",
    "twilio-voice",
    "twilio-dial-done",
    "twilio-status",
    "api-nothing",
}
DOORS |= {"twilio-message", "twilio-message-status", "vendor-door", "pbx"}
DOORS |= {"twilio-fallback", "twilio-recording", "twilio-voicemail-done"}
DOORS |= {"twilio-whisper", "twilio-whisper-key"}
SAME_DOOR = "(nameless) api/v1/forms/<str:form_key>/"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, settings: Any) -> World:
    # Checking a number asks its carrier: nobody answers here.
    settings.LEADTRACK_TWILIO_API = "http://127.0.0.1:9"
    monkeypatch.setattr(waking.current_app, "send_task", lambda *_, **__: None)
    return build()


def _is_api(name: str) -> bool:
    return name.startswith("api-")


def _client(name: str, role: str) -> Client:
    return api_client(role) if _is_api(name) else page_client(role)


def _answer(client: Client, world: World, name: str, method: str) -> str:
    address = world.address(name) + {"report-rows": "?channel=Email"}.get(name, "")
    if not name.startswith("api-lead") or method == "get":
        return _class_of(getattr(client, method)(address, _said(world, name) if method == "post" else None))
    # Right, so that the only thing left to object to is who sends it.
    right = {"amount": "1", "paid_on": "2026-03-11", "reason": world.reason.pk, "lost_on": "2026-03-11"}
    return _class_of(getattr(client, method)(address, right, content_type="application/json"))


def _said(world: World, name: str) -> dict[str, object]:
    if name == "number-undo":
        return {"assignment": world.number.assignments.get(ends_at=None).pk}
    said: dict[str, dict[str, object]] = {
        "contact-merge": {"other": world.purchase.deal.lead.contact.public_id},
        "number-restore": {"assignment": world.ad.pk},
        "lead-join": {"lead": world.deal.lead.public_id},
    }
    return said.get(name, {})


def _class_of(response) -> str:  # type: ignore[no-untyped-def]
    location = response.headers.get("Location", "")
    if location.startswith("/accounts/login/"):
        return "log in"
    known = {401: "log in", 403: "forbidden", 404: "absent", 405: "no such method"}
    # What was sent is empty: that it is looked at, and told to be wrong, means that it may be sent.
    return known.get(response.status_code, "allowed" if response.status_code < 500 else "broken")


def _expected(rule: Rule, may: frozenset[str] | None, role: str) -> set[str]:
    if may is None:
        return {"no such method", "forbidden", "log in"}
    if role == "stranger":
        return {"log in"}
    if role not in may:
        return {"forbidden"}
    return {"absent"} if rule.is_of_a_lead and role == "sales" else {"allowed"}


def test_every_address_has_a_rule() -> None:
    assert set(ROUTES) == set(RULES) | DOORS | {SAME_DOOR}


@pytest.mark.parametrize("role", ["stranger", *ROLES])
def test_who_may_read_and_send(world: World, role: str) -> None:
    wrong = []
    for name, rule in RULES.items():
        client = _client(name, role)
        for method, may in (("get", rule.get), ("post", rule.post)):
            told, expected = _answer(client, world, name, method), _expected(rule, may, role)
            if told not in expected:
                wrong.append(f"{method} {name}: {told}, not {sorted(expected)}")
    assert not wrong


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_nothing_is_changed_by_other_methods(world: World, method: str) -> None:
    told = {
        _answer(_client(name, "admin"), world, name, method)
        for name in RULES
        if name not in ("home", "inbox")
    }
    assert told <= {"no such method", "forbidden", "allowed"}
    assert Deal.objects.count() == 2


def test_sales_find_their_own_leads_and_those_of_nobody(world: World) -> None:
    client, api = page_client("sales"), api_client("sales")
    for owner in (Member.objects.get(user__username="the sales").user, None):
        Deal.objects.update(owner=owner)
        for name, rule in RULES.items():
            # Who has a lead cannot take it, and giving is for managers.
            if rule.is_of_a_lead and not (name == "lead-assign" and owner):
                method = "get" if rule.get else "post"
                told = _answer(api if _is_api(name) else client, world, name, method)
                assert told == "allowed", (name, told)


def test_a_user_without_a_role_sees_nothing(world: World) -> None:
    client = page_client("marketer")
    Member.objects.filter(user__username="the marketer").delete()
    told = {name: _answer(client, world, name, "get") for name, rule in RULES.items() if rule.get}
    assert set(told.values()) == {"forbidden"}, told


PERSONAL = {"lt_c", "name", "phone", "email", "message"}
OPEN = {
    "id",
    "kind",
    "status",
    "captured_at",
    "day",
    "site",
    "contact",
    "source",
    "stage",
    "outcome",
    "loss_reason",
}
OPEN |= {"closed_on", "owner", "purchases"}
PURCHASE = {
    "id",
    "lead",
    "kind",
    "amount",
    "cost",
    "currency",
    "paid_on",
    "refund_of",
    "logged_at",
    "voided_at",
}


@pytest.mark.parametrize("role", [*sorted(PEOPLE - {"sales"}), "agency"])
def test_every_field_of_a_lead_in_the_api(world: World, role: str) -> None:
    assert set(LeadDetailSerializer().fields) == PERSONAL | OPEN
    assert set(PurchaseSerializer().fields) == PURCHASE | {"note"}
    world.purchase.__class__.objects.update(note="hers")
    lead = api_client(role).get(world.address("api-lead")).json()
    money = api_client(role).get("/api/v1/purchases").json()["results"][0]
    shown = {name for name in PERSONAL if lead[name] is not None}
    assert shown == (set() if role == "agency" else PERSONAL)
    assert money["note"] == (None if role == "agency" else "hers")
