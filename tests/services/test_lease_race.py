"""64 browsers at once want the few numbers of a pool, keep them, and give up; nobody ever shares one."""

import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.stack import Stack, running_stack

pytestmark = pytest.mark.services

CLIENTS = 64
NUMBERS = 24
SECONDS = float(os.environ.get("LEADTRACK_RACE_SECONDS", "20"))
ASKED = "+49301234567"
HEADERS = {
    "Origin": "https://shop.example",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
}

# Held for two seconds after the last sign, then at rest for one: numbers change hands all the time.
FIRM = f"""
from datetime import datetime, UTC
from leadtrack.phones.models import Assignment, CarrierAccount, Pool, TrackedNumber
from leadtrack.visits.models import Site, SiteOrigin
site = Site.objects.create(name="Shop", key="shop", region="DE", hits_per_minute=None)
SiteOrigin.objects.create(site=site, origin="https://shop.example")
account = CarrierAccount.objects.create(name="Twilio", account_sid="AC1", auth_token="1")
pool = Pool.objects.create(
    name="Site", site=site, replaces=["{ASKED}"], hold_seconds=2, cooldown_seconds=1
)
for count in range({NUMBERS}):
    number = TrackedNumber.objects.create(
        number=f"+4930111{{count:04}}", account=account, site=site, forward_to="+49301234567"
    )
    Assignment.objects.create(number=number, pool=pool, starts_at=datetime(2026, 1, 1, tzinfo=UTC))
"""

# Two leases of one number (or of one visitor) that were on at the same moment.
SHARED = """
    SELECT a.id, b.id FROM leadtrack_phones_lease a JOIN leadtrack_phones_lease b
    ON a.{whose} = b.{whose} AND a.id < b.id
    AND a.started_at < COALESCE(b.closed_at, b.free_at) AND b.started_at < COALESCE(a.closed_at, a.free_at)
"""


@dataclass
class Seen:
    """What the clients were told."""

    statuses: Counter[int] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    # (number, visitor) as answered
    shown: set[tuple[str, str]] = field(default_factory=set)


@pytest.fixture(scope="module", params=[False, True], ids=["sqlite", "postgresql"])
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    with running_stack(postgres=request.param) as running:
        running.shell(FIRM)
        yield running


@pytest.mark.timeout(SECONDS + 300)
def test_no_number_is_ever_held_by_two(stack: Stack) -> None:
    seen = _race(stack)
    assert seen.troubles == []
    assert set(seen.statuses) <= {200, 204}, seen.statuses
    leases = stack.rows("SELECT COUNT(*) FROM leadtrack_phones_lease")[0][0]
    hours = stack.rows("SELECT SUM(leased), SUM(overflow), MAX(peak) FROM leadtrack_phones_poolhour")[0]
    print(f"\n{sum(seen.statuses.values())} requests, {leases} leases, hours {tuple(map(int, hours))}")
    # It was a race: every number changed hands, and there were not enough of them.
    assert leases >= 2 * NUMBERS
    assert (int(hours[0]), int(hours[2])) == (leases, NUMBERS)
    assert hours[1] > 0
    assert stack.rows(SHARED.format(whose="number_id")) == []
    assert stack.rows(SHARED.format(whose="visitor_id")) == []
    assert seen.shown <= set(_history(stack))


def _race(stack: Stack) -> Seen:
    seen, end = Seen(), time.monotonic() + SECONDS
    barrier = threading.Barrier(CLIENTS)
    browsers = [
        threading.Thread(target=_browse, args=(stack, seen, barrier, end, place), daemon=True)
        for place in range(CLIENTS)
    ]
    for browser in browsers:
        browser.start()
    for browser in browsers:
        browser.join(SECONDS + 120)
    return seen


def _browse(stack: Stack, seen: Seen, barrier: threading.Barrier, end: float, place: int) -> None:
    """One client: a visitor after the other, each in two tabs at once (the clients go in pairs)."""
    chance = random.Random(place)
    try:
        barrier.wait(60)
        with httpx.Client(headers=HEADERS, timeout=60) as client:
            while time.monotonic() < end:
                # Pairs meet in the same second as the same visitor.
                visitor = f"{place // 2:08}{int(time.time() // 2):024}"
                _visit(client, stack, seen, visitor, chance)
    except Exception as trouble:
        seen.troubles.append(repr(trouble))


def _visit(client: httpx.Client, stack: Stack, seen: Seen, visitor: str, chance: random.Random) -> None:
    view = {"type": "view", "url": "https://shop.example/?utm_source=x&utm_medium=cpc"}
    asking = {"type": "numbers", "numbers": [ASKED], "url": "https://shop.example/"}
    shown = _send(client, stack, seen, visitor, [view, asking])
    for _sign in range(chance.randrange(4)):
        time.sleep(chance.random() / 2)
        if shown and chance.random() < 0.3:
            _send(client, stack, seen, visitor, [{"type": "tap", "numbers": [shown]}])
        shown = _send(client, stack, seen, visitor, [asking | {"type": "beat"}])


def _send(client: httpx.Client, stack: Stack, seen: Seen, visitor: str, events: list[dict[str, Any]]) -> str:
    body = json.dumps({"site": "shop", "visitor": visitor, "events": events})
    answer = client.post(f"{stack.url}/api/v1/visits", content=body)
    seen.statuses[answer.status_code] += 1
    told = answer.json()["numbers"] if answer.status_code == 200 else []
    seen.shown.update((one["number"], visitor) for one in told)
    return str(told[0]["number"]) if told else ""


def _history(stack: Stack) -> list[tuple[str, str]]:
    """Every number with whoever had it at some time."""
    return stack.rows("""
        SELECT number.number, visitor.key FROM leadtrack_phones_lease lease
        JOIN leadtrack_phones_trackednumber number ON number.id = lease.number_id
        JOIN leadtrack_visits_visitor visitor ON visitor.id = lease.visitor_id
    """)
