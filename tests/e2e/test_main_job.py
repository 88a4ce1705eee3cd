"""The main job from visit to report as its users do it: real processes, browser and signatures."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from leadtrack.demo import shop as demo_shop
from tests.e2e.conftest import PERSON
from tests.phones import twilio
from tests.stack import Stack, running_stack, wait_for

pytestmark = pytest.mark.e2e

FIRM = """
from django.contrib.auth import get_user_model
from leadtrack.accounts.models import Member
from leadtrack.leads.models import Form
from leadtrack.phones.models import CarrierAccount, TrackedNumber
from leadtrack.visits.models import Site, SiteOrigin
User = get_user_model()
for name, role in (("boss", "admin"), ("sally", "sales"), ("mark", "marketer")):
    user = User.objects.create_user(name, f"{{name}}@example.com", "a-good-password")
    Member.objects.create(user=user, role=role)
site = Site.objects.create(name="Shop", key="shop", region="DE", time_zone="Europe/Berlin")
SiteOrigin.objects.create(site=site, origin={origin!r})
Form.objects.create(site=site, name="Call me", key="callme")
account = CarrierAccount.objects.create(name="Twilio", account_sid={sid!r}, auth_token={token!r})
TrackedNumber.objects.create(number={ours!r}, account=account, site=site, forward_to={sales!r})
"""

TODAY = datetime.now(ZoneInfo("Europe/Berlin")).date()
GOOGLE = f"""Campaign report
"{TODAY:%B} {TODAY.day}, {TODAY.year} - {TODAY:%B} {TODAY.day}, {TODAY.year}"
Campaign status,Campaign,Day,Currency code,Impr.,Clicks,Avg. cost,Cost
Enabled,Spring Windows,{TODAY},EUR,"1,204",31,1.29,40.00
Paused,Never clicked,{TODAY},EUR,0,0, --,0.00
Total: Campaigns, --, --,EUR,"1,204",31,1.29,40.00
Total: Account, --, --,EUR,"1,204",31,1.29,40.00
"""
GENERIC = f"""date,source,medium,campaign,currency,cost
{TODAY},billboard,outdoor,Main street,EUR,25.50
{TODAY},ghost,cpc,Nobody came,EUR,10.00
soon,billboard,outdoor,Main street,EUR,1.00
"""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack() as running:
        yield running


@pytest.fixture(scope="module")
def shop(stack: Stack) -> Iterator[str]:
    """The demo shop on an origin of its own, and the firm that owns it."""
    server = demo_shop.serve(leadtrack=stack.url, site="shop", form="callme", phone=twilio.OURS)
    origin = f"http://127.0.0.1:{server.server_port}"
    told = {"sid": twilio.ACCOUNT, "token": twilio.TOKEN, "ours": twilio.OURS, "sales": twilio.SALES}
    stack.shell(FIRM.format(origin=origin, **told))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield origin
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def people(stack: Stack, shop: str, browser: Browser) -> Iterator[dict[str, Page]]:
    """Everybody who works here, each logged in through the form in a browser of their own."""
    pages = {}
    contexts: list[BrowserContext] = []
    for name in ("boss", "sally", "mark"):
        context = browser.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
        contexts.append(context)
        pages[name] = page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(f"{stack.url}/accounts/login/")
        page.locator("input[name=login]").fill(name)
        page.locator("input[name=password]").fill("a-good-password")
        page.get_by_role("button", name="Log in", exact=True).click()
        expect(page.get_by_role("button", name=re.compile(name))).to_be_attached()
    yield pages
    for context in contexts:
        context.close()


def test_the_whole_job(
    stack: Stack, shop: str, people: dict[str, Page], browser: Browser, tmp_path: Path
) -> None:
    _assign_the_number_to_a_billboard(stack, people["boss"])
    people["sally"].goto(f"{stack.url}/inbox/")
    _send_the_form_in_a_browser(shop, browser)
    # Nobody reloads the inbox: it shows the lead by itself.
    expect(people["sally"].get_by_text("Anna Browser")).to_be_visible(timeout=5_000)
    _send_the_form_without_javascript(shop, browser)
    _ring(stack)
    expect(people["sally"].get_by_role("link", name=re.compile("Phone call|0010")).first).to_be_visible()
    _log_outcomes(stack, people["sally"])
    _upload_statements(stack, people["mark"], tmp_path)
    report = wait_for(lambda: _balanced_report(stack), seconds=60, what="the books")
    _assert_the_report(report)
    _read_the_report(stack, people["mark"])
    assert stack.manage("check_books").returncode == 0


def _assign_the_number_to_a_billboard(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.url}/numbers/")
    page.get_by_role("link", name=f"Assign {twilio.OURS}").click()
    page.get_by_role("link", name="An offline ad").click()
    page.get_by_label("Kind of ad").select_option(label="Billboard")
    page.get_by_label("Which one").fill("Main street")
    page.get_by_role("button", name="Assign to this ad").click()
    expect(page.get_by_text("Offline / billboard / Main street").first).to_be_visible()


def _send_the_form_in_a_browser(shop: str, browser: Browser) -> None:
    context = browser.new_context(locale="en-GB", user_agent=PERSON)
    page = context.new_page()
    with page.expect_response(re.compile("/api/v1/visits")) as beacon:
        page.goto(f"{shop}/?utm_source=google&utm_medium=cpc&utm_campaign=Spring+Windows")
    assert beacon.value.status == 204
    page.get_by_label("Your name").fill("Anna Browser")
    page.get_by_label("Phone").fill("030 901820")
    page.get_by_label("E-mail").fill("anna@example.com")
    # At a person's pace: who fills a form faster is taken for a machine.
    page.wait_for_timeout(3_500)
    with page.expect_response(re.compile("/api/v1/forms/callme")) as answer:
        page.get_by_role("button", name="Call me back").click()
    assert answer.value.status == 201
    expect(page.get_by_text("Thank you!")).to_be_visible()
    assert page.url.startswith(shop), "the visitor stays on the site"
    context.close()


def _send_the_form_without_javascript(shop: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(f"{shop}/")
    page.get_by_label("Your name").fill("Bob Plain")
    page.get_by_label("Phone").fill("+49 30 901821")
    page.get_by_role("button", name="Call me back").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    context.close()


def _ring(stack: Stack) -> None:
    sid = twilio.call_sid(77)
    for path, params in (
        (twilio.VOICE, twilio.ringing(sid)),
        (twilio.DIAL_DONE, twilio.dial_done("completed", 95, sid)),
        (twilio.STATUS, twilio.caller_line("completed", sid, CallDuration="101")),
    ):
        answer = _twilio(stack, path, params, twilio.TOKEN)
        assert answer.status_code in (200, 204), answer.text
    assert _twilio(stack, twilio.VOICE, twilio.ringing(twilio.call_sid(78)), "wrong").status_code == 403
    calls = stack.shell("from leadtrack.phones.models import Call; print(Call.objects.count())")
    assert calls == "1", "a wrong signature leaves no row"


def _twilio(stack: Stack, path: str, params: dict[str, str], token: str) -> httpx.Response:
    body = urlencode(params)
    signature = twilio.signature_of(stack.url + path, body, token)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    return httpx.post(stack.url + path, content=body, headers=headers)


def _log_outcomes(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.url}/inbox/")
    page.get_by_role("link", name="Anna Browser").click()
    won = page.locator("form[action*='/won']")
    won.get_by_label("Amount").fill("200.00")
    won.get_by_label("Cost of goods").fill("80")
    won.get_by_role("button", name="Won").click()
    page.locator("summary", has_text="Repeat purchase").click()
    repeat = page.locator("form[action*='purchase']", has=page.get_by_label("Amount")).first
    repeat.get_by_label("Amount").fill("50.00")
    repeat.get_by_role("button").click()
    expect(page.get_by_text("€50.00").first).to_be_visible()
    page.locator("summary", has_text="Refund").click()
    refund = page.locator("form[action*='refund']")
    refund.get_by_label("Given back", exact=False).first.fill("20.00")
    refund.get_by_role("button").click()
    expect(page.get_by_text(re.compile("[-−]€20.00")).first).to_be_visible()
    page.goto(f"{stack.url}/inbox/")
    page.get_by_role("link", name="Bob Plain").click()
    page.get_by_role("button", name="Too expensive").click()
    expect(page.get_by_text("Lost: Too expensive").first).to_be_visible()


def _upload_statements(stack: Stack, page: Page, folder: Path) -> None:
    for account, text in (("Google Ads", GOOGLE), ("Other costs", GENERIC), ("Google Ads", GOOGLE)):
        path = folder / "statement.csv"
        path.write_text(text)
        page.goto(f"{stack.url}/spend/")
        page.get_by_role("link", name="Load a statement").first.click()
        page.get_by_label("Statement").set_input_files(path)
        _choose_account(page, account)
        page.get_by_role("button", name="Load", exact=True).click()
        expect(page.get_by_text("Rows loaded")).to_be_visible()
        if account == "Other costs":
            expect(page.get_by_role("cell", name="soon", exact=False).first).to_be_visible()


def _choose_account(page: Page, name: str) -> None:
    known = page.get_by_label("Ad account", exact=True)
    if name in known.inner_text():
        known.select_option(label=name)
    else:
        page.get_by_label("New ad account").fill(name)


def _balanced_report(stack: Stack) -> dict[str, Any] | None:
    """The report once the scheduler has booked everything."""
    days = ["--from", str(TODAY - timedelta(days=1)), "--to", str(TODAY + timedelta(days=1))]
    report: dict[str, Any] = json.loads(stack.manage("report", *days, "--format", "json").stdout)
    total = report["total"]
    complete = (total["leads"], total["won"], total["revenue"], total["spend"]) == (3, 1, "230.00", "65.50")
    return report if complete else None


def _assert_the_report(report: dict[str, Any]) -> None:
    rows = {(row["channel"], row["source"], row["campaign"]): row for row in report["rows"]}
    google = rows["Paid Search", "google", "Spring Windows"]
    assert (google["visits"], google["leads"], google["won"]) == (1, 1, 1)
    assert (google["revenue"], google["margin"], google["spend"]) == ("230.00", "150.00", "40.00")
    assert (google["cpl"], google["cac"], google["romi"]) == ("40.00", "40.00", 2.75)
    billboard = rows["Offline", "billboard", "Main street"]
    assert (billboard["leads"], billboard["spend"], billboard["cpl"]) == (1, "25.50", "25.50")
    assert report["unmatched"]["spend"] == "10.00"


def _read_the_report(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.url}/reports/")
    page.get_by_role("button", name="Open Paid Search").click()
    page.get_by_role("button", name="Open google").click()
    row = page.locator("tr", has_text="Spring Windows")
    expect(row).to_contain_text("150.00")
    expect(row).to_contain_text("275.0")
    row.get_by_role("link", name="230.00").click()
    expect(page.get_by_role("cell", name="€230.00")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.go_back()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert "Spring Windows" in Path(download.value.path()).read_text(encoding="utf-8-sig")
