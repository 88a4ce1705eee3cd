"""The running whole on every database and broker it may be given: web, worker, scheduler, real HTTP."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.stack import EMBEDDED, RABBITMQ, REDIS, Stack, running_stack, wait_for

pytestmark = pytest.mark.services

KINDS = {
    "sqlite and the embedded broker": {"postgres": False, "broker": EMBEDDED},
    "postgresql and rabbitmq": {"postgres": True, "broker": RABBITMQ},
    "postgresql and redis": {"postgres": True, "broker": REDIS},
}

FIRM = """
from leadtrack.visits.models import Site, SiteOrigin
from leadtrack.leads.models import Form
from django.contrib.auth import get_user_model
from leadtrack.accounts.models import Member
site = Site.objects.create(name="Shop", key="shop", region="DE", time_zone="Europe/Berlin")
SiteOrigin.objects.create(site=site, origin="https://shop.example")
Form.objects.create(site=site, name="Call me", key="callme")
Member.objects.create(user=get_user_model().objects.create_user("sally", password="x"), role="sales")
"""


@pytest.fixture(scope="module", params=list(KINDS.values()), ids=list(KINDS))
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    with running_stack(**request.param) as running:
        running.shell(FIRM)
        yield running


def test_it_says_that_it_is_ready(stack: Stack) -> None:
    answer = httpx.get(f"{stack.url}/readyz")
    assert answer.status_code == 200, answer.text


def test_a_form_becomes_a_lead_with_its_source_at_once(stack: Stack) -> None:
    url = "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=brand"
    visit = {"site": "shop", "visitor": "a" * 32, "url": url, "referrer": ""}
    # A client that names itself a program is a robot, and robots make no visits.
    headers = {
        "Origin": "https://shop.example",
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    }
    beacon = httpx.post(f"{stack.url}/api/v1/visits", content=json.dumps(visit), headers=headers)
    assert beacon.status_code == 204
    # The first task of a fresh worker also loads its code.
    _lead_of(stack, {"phone": "+4930123456", "lt_submission_id": "warm"}, patience=15)
    fields = {"name": "Anna", "phone": "030 1234567", "lt_visitor": "a" * 32, "lt_submission_id": "one"}
    *lead, seconds = _lead_of(stack, fields, patience=15)
    assert lead == ["+49301234567", "Paid Search", "brand"]
    # A second is the aim on an idle machine; a sweep would have needed up to a minute.
    assert seconds < 5


def test_the_same_submission_again_makes_nothing(stack: Stack) -> None:
    fields = {"phone": "+4930765432", "lt_submission_id": "twice"}
    first = httpx.post(f"{stack.url}/api/v1/forms/callme", data=fields)
    again = httpx.post(f"{stack.url}/api/v1/forms/callme", data=fields)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert again.json()["duplicate"] is True


def test_the_scheduler_books_the_day_by_itself(stack: Stack) -> None:
    def booked() -> bool:
        report = json.loads(stack.manage("report", "--format", "json").stdout)
        return bool(report["total"]["leads"] and report["total"]["visits"])

    wait_for(booked, seconds=60, what="the day to be booked")
    assert stack.manage("check_books").returncode == 0


def _lead_of(stack: Stack, fields: dict[str, str], *, patience: float) -> list[Any]:
    """Phone, channel and campaign of the lead of a form, and the seconds from arrival to receipt."""
    answer = httpx.post(f"{stack.url}/api/v1/forms/callme", data=fields)
    assert answer.status_code == 201, answer.text
    code = f"""
import json
from leadtrack.leads.models import InboxRow
row = InboxRow.objects.select_related("lead__source", "lead__receipt").get(public_id={answer.json()["id"]!r})
lead = row.lead
seconds = lead and (lead.receipt.made_at - row.received_at).total_seconds()
print(json.dumps(lead and [str(lead.phone.as_e164), lead.source.channel, lead.source.campaign, seconds]))
"""
    found: list[Any] = wait_for(lambda: json.loads(stack.shell(code)), seconds=patience, what="the lead")
    return found
