"""Social, newsletter, webinar on a tablet, purchase at a computer: one person, one path, by the doors."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from leadtrack.deals.models import Purchase
from leadtrack.leads.models import Contact, ContactKey, Form, Lead
from leadtrack.leads.personal import personal_token, with_token
from leadtrack.leads.tasks import stitch_browsers
from leadtrack.ledger.check import check_books
from leadtrack.ledger.models import Credit, ResultFact
from leadtrack.ledger.paths import paths_of
from leadtrack.ledger.reconcile import all_days, reconcile_changed
from leadtrack.sources.models import Source
from leadtrack.visits.models import Visit
from tests import make

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PHONE, TABLET, COMPUTER = "a" * 32, "b" * 32, "c" * 32
SHOP = "https://shop.example"
SOCIAL = f"{SHOP}/?utm_source=instagram&utm_medium=social&utm_campaign=reel"
LETTER = f"{SHOP}/news?utm_source=newsletter&utm_medium=email&utm_campaign=march"
WEBINAR = f"{SHOP}/webinar?utm_source=zoom&utm_medium=referral&utm_campaign=webinar"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"  # fmt: skip  # noqa: E501


@pytest.fixture
def anna() -> Contact:
    """She is on the list of the newsletter; nothing was ever seen of her."""
    return make.contact(name="Anna", email="anna@example.com")


@pytest.fixture
def looks(form: Form, time_machine: Any) -> Callable[..., None]:
    """A browser looks at a page, so many days after the start; the sweep runs after it."""

    def look(browser: str, url: str, *, days: int, **event: str) -> None:
        time_machine.move_to(START + timedelta(days=days), tick=False)
        events = [{"type": "view", "url": url, "referrer": "", "ago": 0}]
        events += [{"type": "identify", "ago": 0, **event}] if event else []
        body = json.dumps({"site": form.site.key, "visitor": browser, "events": events})
        headers = {"origin": SHOP, "user-agent": CHROME}
        answer = Client().post("/api/v1/visits", body, content_type="text/plain", headers=headers)
        assert answer.status_code in (200, 204), answer.content
        stitch_browsers()

    return look


def _buys(login: Callable[..., Client], lead: Lead, amount: str, on: datetime) -> None:
    fields = {"amount": amount, "currency": "EUR", "paid_on": on.date().isoformat(), "submission_key": "k1"}
    answer = login("admin").post(f"/leads/{lead.public_id}/won", fields)
    assert answer.status_code == 302, answer.content


def _linear(clock: str) -> list[tuple[str, int, int]]:
    credits_ = Credit.objects.filter(clock=clock, model="linear", revenue_cents__gt=0)
    rows = credits_.order_by("pk").values_list("source__source", "share_ppm", "revenue_cents")
    return list(rows)


def test_all_devices_come_out_as_one_path_and_share_the_money(
    anna: Contact, looks: Any, captured: Callable[..., Lead], login: Any, time_machine: Any
) -> None:
    link = personal_token(anna)
    looks(PHONE, SOCIAL, days=0)
    looks(PHONE, with_token(LETTER, link), days=2)
    looks(TABLET, with_token(WEBINAR, link), days=5)
    looks(COMPUTER, f"{SHOP}/price", days=8)
    lead = captured({"name": "Anna", "email": "Anna@Example.com", "lt_visitor": COMPUTER})
    time_machine.move_to(START + timedelta(days=9), tick=False)
    _buys(login, lead, "1000.00", START + timedelta(days=9))
    stitch_browsers()
    reconcile_changed()

    assert (lead.contact, Contact.objects.count()) == (anna, 1)
    assert ContactKey.objects.filter(contact=anna, kind="visitor").count() == 3
    moment = START + timedelta(days=9)
    path = paths_of([(anna.pk, moment)])[anna.pk, moment]
    sources = Source.objects.in_bulk([touch.source_id for touch in path])
    assert [sources[touch.source_id].source for touch in path] == [
        "instagram",
        "newsletter",
        "zoom",
        "(direct)",
    ]
    assert [touch.at for touch in path] == [START + timedelta(days=day) for day in (0, 2, 5, 8)]
    for clock in ("cohort", "cash"):
        assert sorted(_linear(clock)) == [
            ("(direct)", 250_000, 25_000),
            ("instagram", 250_000, 25_000),
            ("newsletter", 250_000, 25_000),
            ("zoom", 250_000, 25_000),
        ]
    facts = ResultFact.objects.filter(clock="cash", model="last_non_direct", revenue_cents__gt=0)
    assert facts.values_list("source__source", "revenue_cents").get() == ("zoom", 100_000)
    assert check_books(all_days()).broken == []


def test_no_address_keeps_the_personal_word(anna: Contact, looks: Any) -> None:
    looks(PHONE, with_token(LETTER + "#top", personal_token(anna)), days=0)
    kept = Visit.objects.get().landing_url
    assert "lt_c" not in kept
    assert kept.startswith(LETTER)


def test_a_device_that_becomes_known_after_the_purchase_is_booked_into_it(
    anna: Contact, looks: Any, captured: Callable[..., Lead], login: Any, time_machine: Any
) -> None:
    looks(PHONE, SOCIAL, days=0)
    looks(COMPUTER, f"{SHOP}/price", days=8)
    lead = captured({"name": "Anna", "email": "anna@example.com", "lt_visitor": COMPUTER})
    _buys(login, lead, "1000.00", START + timedelta(days=8))
    reconcile_changed()
    assert _linear("cohort") == [("(direct)", 1_000_000, 100_000)]
    # Weeks later she logs in on the phone: what that phone did before belongs to her path.
    looks(PHONE, f"{SHOP}/account", days=30, email="anna@example.com")
    reconcile_changed()
    assert sorted(_linear("cohort")) == [("(direct)", 500_000, 50_000), ("instagram", 500_000, 50_000)]
    assert check_books(all_days()).broken == []
    assert Purchase.objects.count() == 1


def test_a_strangers_forged_link_changes_nothing(anna: Contact, looks: Any) -> None:
    token = personal_token(anna)
    looks(PHONE, with_token(LETTER, token[:-1] + ("A" if token[-1] != "A" else "B")), days=0)
    assert not ContactKey.objects.filter(kind="visitor").exists()
