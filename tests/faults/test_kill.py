"""Killed in the middle: every 2xx has exactly one lead or visit, and none came from nowhere.

Web server and worker die by SIGKILL, each at random moments, while clients post and retry as the snippet
does. `manage.py up` starts them again. Everything is committed to the disk before it is acknowledged, page
views too.
"""

import json
import os
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import pytest

from tests.services.test_whole import FIRM
from tests.stack import EMBEDDED, RABBITMQ, Stack, running_stack, wait_for

pytestmark = pytest.mark.services

POSTS = int(os.environ.get("TEST_KILL_POSTS", "2000"))
CLIENTS = 8
# Every so many posts a new browser opens a page, too.
PAGE_EVERY = 4
# Each client's share of the time that all posts take together, so that they last through many kills.
PAUSE_SECONDS = 0.2
# After the web server answers again: one that never comes up acknowledges nothing.
BETWEEN_KILLS = (1.0, 4.0)
MOST_KILLS = 14
# A row whose worker was killed is due again after its claim, and the sweep finds it: both are minutes by
# default, and only how long we wait depends on them.
QUICK = {"LEADTRACK_CLAIM_SECONDS": "10", "LEADTRACK_SWEEP_SECONDS": "5"}
PATIENCE = 120
BROWSER = {
    "Origin": "https://shop.example",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
}


@dataclass
class Heard:
    """What the clients were told."""

    leads: set[int] = field(default_factory=set)
    visitors: set[str] = field(default_factory=set)
    retries: int = 0


@pytest.mark.parametrize(
    ("postgres", "broker"),
    [(False, EMBEDDED), (True, RABBITMQ)],
    ids=["sqlite and the embedded broker", "postgresql and rabbitmq"],
)
def test_nothing_acknowledged_is_lost_when_web_and_worker_are_killed(postgres: bool, broker: str) -> None:
    with running_stack(postgres=postgres, broker=broker, **QUICK) as stack:
        stack.shell(FIRM)
        heard, killed = _post_while_killing(stack)
        assert min(killed["granian"], killed["celery"]) >= 2, killed
        assert heard.retries > 0, "nothing was killed while anybody was posting"
        assert len(heard.leads) > POSTS * 0.99
        wait_for(
            lambda: _count(stack, "leads_inboxrow WHERE state <> 'done'") == 0,
            seconds=PATIENCE,
            what="every stored row to be worked",
        )
        _assert_one_lead_each(stack, heard.leads)
        _assert_visits(stack, heard.visitors)
        # `pytest -rP` shows it.
        print(f"{len(heard.leads)} of {POSTS} acknowledged, {heard.retries} retries, kills {dict(killed)}")


def _post_while_killing(stack: Stack) -> tuple[Heard, Counter[str]]:
    heard, killed, done = Heard(), Counter[str](), threading.Event()
    killer = threading.Thread(target=_kill_now_and_then, args=(stack, done, killed))
    killer.start()
    try:
        with ThreadPoolExecutor(CLIENTS) as clients, httpx.Client(timeout=5) as http:
            list(clients.map(lambda number: _visit_and_post(stack, http, heard, number), range(POSTS)))
    finally:
        done.set()
        killer.join()
    return heard, killed


def _visit_and_post(stack: Stack, http: httpx.Client, heard: Heard, number: int) -> None:
    time.sleep(PAUSE_SECONDS)
    visitor = f"kill-{number:08}"
    if number % PAGE_EVERY == 0:
        page = {"site": "shop", "visitor": visitor, "url": "https://shop.example/", "referrer": ""}
        if _told(http, heard, f"{stack.url}/api/v1/visits", {"content": json.dumps(page)}):
            heard.visitors.add(visitor)
    fields = {"name": f"N{number}", "phone": _phone(number), "lt_submission_id": f"kill-{number}"}
    if _told(http, heard, f"{stack.url}/api/v1/forms/callme", {"data": fields}):
        heard.leads.add(number)


def _told(http: httpx.Client, heard: Heard, url: str, body: dict[str, object]) -> bool:
    """Whether it was acknowledged. Retries as a browser's queue does, with the same key."""
    for _try in range(100):
        try:
            if http.post(url, headers=BROWSER, **body).is_success:  # type: ignore[arg-type]
                return True
        except httpx.HTTPError:
            pass
        heard.retries += 1
        time.sleep(0.3)
    return False


def _kill_now_and_then(stack: Stack, done: threading.Event, killed: Counter[str]) -> None:
    chance = random.Random(7)
    while not done.wait(chance.uniform(*BETWEEN_KILLS)) and killed.total() < MOST_KILLS:
        word = chance.choice(["granian", "celery"])
        killed[word] += bool(stack.kill(word))
        while not stack.is_ready() and not done.wait(0.2):
            pass


def _phone(number: int) -> str:
    return f"+4930{1_000_000 + number}"


def _count(stack: Stack, what: str) -> int:
    return int(stack.rows(f"SELECT count(*) FROM leadtrack_{what}")[0][0])


def _assert_one_lead_each(stack: Stack, acknowledged: set[int]) -> None:
    phones = Counter(str(phone) for (phone,) in stack.rows("SELECT phone FROM leadtrack_leads_lead"))
    assert set(phones.values()) == {1}, "a lead was made twice"
    assert set(phones) <= {_phone(number) for number in range(POSTS)}, "a lead came from nowhere"
    lost = {_phone(number) for number in acknowledged} - set(phones)
    assert not lost, f"{len(lost)} acknowledged leads are lost"
    assert len(phones) == _count(stack, "leads_inboxrow"), "a stored row has no lead"


def _assert_visits(stack: Stack, acknowledged: set[str]) -> None:
    sql = """
        SELECT visitor.key FROM leadtrack_visits_visit visit
        JOIN leadtrack_visits_visitor visitor ON visitor.id = visit.visitor_id
    """
    stored = Counter(str(key) for (key,) in stack.rows(sql))
    # A page view has no key of its own: sent again it may count twice, but in one visit.
    assert set(stored.values()) == {1}, "one page view made two visits"
    assert set(stored) <= {f"kill-{number:08}" for number in range(0, POSTS, PAGE_EVERY)}
    assert acknowledged <= set(stored), f"{len(acknowledged - set(stored))} page views are lost"
    assert len(acknowledged) > POSTS / PAGE_EVERY * 0.99
