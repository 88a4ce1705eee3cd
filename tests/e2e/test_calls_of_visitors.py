"""Two visitors of two campaigns see two numbers and call them; the report knows both keywords."""

import json
import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from leadtrack.demo import shop as demo_shop
from tests.e2e.conftest import PERSON
from tests.phones.fake_twilio import FakeTwilio, Script
from tests.phones.fake_twilio.server import ACCOUNT, TOKEN
from tests.stack import Stack, running_stack, wait_for

pytestmark = pytest.mark.e2e

OWN, FALLBACK = "+49301234567", "+49305550009"
POOL = ("+49305550001", "+49305550002")
# Caller, campaign, keyword.
VISITORS = (
    ("+4930901820", "warm-windows", "triple glazing"),
    ("+4930901821", "old-houses", "sash windows berlin"),
)
FIRM = f"""
from datetime import timedelta
from django.contrib.auth import get_user_model
from django.utils import timezone
from leadtrack.accounts.models import Member
from leadtrack.phones.assign import assign_number
from leadtrack.phones.models import CallFlow, CarrierAccount, FlowLine, Pool, TrackedNumber
from leadtrack.visits.models import Site, SiteOrigin
user = get_user_model().objects.create_user("boss", "boss@example.com", "a-good-password")
Member.objects.create(user=user, role="admin")
site = Site.objects.create(name="Shop", key="shop", region="DE", time_zone="Europe/Berlin")
SiteOrigin.objects.create(site=site, origin={{origin!r}})
account = CarrierAccount.objects.create(name="Twilio", account_sid={ACCOUNT!r}, auth_token={TOKEN!r})
flow = CallFlow.objects.create(name="Sales")
FlowLine.objects.create(flow=flow, position=0, phone="+4930555003")
pool = Pool.objects.create(
    name="Paid search", site=site, replaces=[{OWN!r}], fallback={FALLBACK!r}, flow=flow
)
for number in {POOL!r}:
    row = TrackedNumber.objects.create(number=number, account=account, site=site, forward_to="+4930555003")
    assign_number(number=row, pool=pool, at=timezone.now() - timedelta(hours=1))
"""


@pytest.fixture(scope="module")
def carrier() -> Iterator[FakeTwilio]:
    """A carrier that calls our doors over HTTP, really signed."""
    with FakeTwilio() as fake:
        yield fake


@pytest.fixture(scope="module")
def stack(carrier: FakeTwilio) -> Iterator[Stack]:
    with running_stack(LEADTRACK_TWILIO_API=carrier.url) as running:
        for number in POOL:
            hooks = f"{running.url}/hooks/twilio"
            carrier.books.own(number, VoiceUrl=f"{hooks}/voice", StatusCallback=f"{hooks}/status")
        yield running


@pytest.fixture(scope="module")
def shop(stack: Stack) -> Iterator[str]:
    server = demo_shop.serve(leadtrack=stack.url, site="shop", form="none", phone=OWN)
    origin = f"http://127.0.0.1:{server.server_port}"
    stack.shell(FIRM.format(origin=origin))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield origin
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def boss(stack: Stack, shop: str, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{stack.url}/accounts/login/")
    page.locator("input[name=login]").fill("boss")
    page.locator("input[name=password]").fill("a-good-password")
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("button", name=re.compile("boss"))).to_be_attached()
    yield page
    context.close()


def test_each_call_is_of_its_visitors_keyword(
    stack: Stack, shop: str, carrier: FakeTwilio, browser: Browser, boss: Page
) -> None:
    seen = [_number_seen(browser, shop, campaign, term) for _caller, campaign, term in VISITORS]
    assert sorted(seen) == sorted(POOL)
    assert _number_seen(browser, shop, "too-late", "no number left") == FALLBACK
    for (caller, *_words), number in zip(VISITORS, seen, strict=True):
        reached = carrier.call(caller, number, Script(talks=75))
        assert (reached.status, reached.rung) == ("completed", ["+4930555003"])
    rows = wait_for(lambda: _booked(stack), seconds=60, what="the books of both calls")
    found = {(row["campaign"], row["term"]): (row["visits"], row["leads"]) for row in rows}
    assert found == {
        **{(campaign, term): (1, 1) for _caller, campaign, term in VISITORS},
        ("too-late", "no number left"): (1, 0),
    }
    _read_the_report(stack, boss)
    for (_caller, campaign, term), number in zip(VISITORS, seen, strict=True):
        _read_the_lead(stack, boss, campaign, term, number)
    _read_the_health(stack, boss)
    assert stack.manage("check_books").returncode == 0


def _number_seen(browser: Browser, shop: str, campaign: str, term: str) -> str:
    """The number that a new visitor of a campaign reads in the head of the page, and that a tap dials."""
    context = browser.new_context(user_agent=PERSON, locale="en-GB")
    page = context.new_page()
    with page.expect_response(lambda told: "/api/v1/visits" in told.url and told.status == 200):
        tags = {"source": "google", "medium": "cpc", "campaign": campaign, "term": term}
        page.goto(f"{shop}/?{urlencode({f'utm_{name}': word for name, word in tags.items()})}")
    phone = page.locator("a.phone")
    expect(phone).not_to_have_text(OWN)
    text = phone.inner_text()
    assert phone.get_attribute("href") == f"tel:{text}"
    context.close()
    return text


def _booked(stack: Stack) -> list[dict[str, Any]] | None:
    """The rows of the report, once the scheduler has booked both calls."""
    levels = ["--by", "channel,source,campaign,term"]
    report = json.loads(stack.manage("report", *levels, "--format", "json").stdout)
    is_complete = (report["total"]["leads"], report["total"]["visits"]) == (2, 3)
    return list(report["rows"]) if is_complete else None


def _read_the_report(stack: Stack, page: Page) -> None:
    """Opened from the channel down to the keyword, each keyword has its one lead."""
    page.goto(f"{stack.url}/reports/")
    for name in ("Paid Search", "google"):
        page.get_by_role("button", name=f"Open {name}").click()
    for _caller, campaign, term in VISITORS:
        page.get_by_role("button", name=f"Open {campaign}").click()
        row = page.locator("tr.depth-3", has_text=term)
        expect(row).to_be_visible()
        behind = row.get_by_role("link", name="1", exact=True)
        expect(behind.last).to_be_visible()


def _read_the_lead(stack: Stack, page: Page, campaign: str, term: str, number: str) -> None:
    page.goto(f"{stack.url}/inbox/")
    page.locator("li.lead-row", has_text=campaign).locator("a.lead-link").click()
    where = page.get_by_role("region", name="Where from")
    expect(where).to_contain_text(campaign)
    expect(where).to_contain_text(term)
    expect(where).to_contain_text(
        f"The number {number} of the pool “Paid search” was shown to one visitor alone"
    )
    expect(where).to_contain_text(f"on a visit from “Paid Search / google / {campaign}”")


def _read_the_health(stack: Stack, page: Page) -> None:
    """The third visitor got none of the pool's numbers: its page says so."""
    page.goto(f"{stack.url}/numbers/pools/")
    page.get_by_role("link", name=re.compile("Health")).first.click()
    expect(page.get_by_role("alert").first).to_contain_text("Visitors came for whom no number was free")
    without = page.locator(".datagrid-item", has_text="Visitors who got none").locator(".datagrid-content")
    expect(without).to_have_text("1")
    expect(page.locator(".datagrid-item", has_text="Taken now")).to_contain_text("2 of 2 (100 %)")
