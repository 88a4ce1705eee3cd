"""Killed in the middle: every 2xx has exactly one lead, and no lead came from nowhere."""

import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.services.test_whole import FIRM
from tests.stack import EMBEDDED, RABBITMQ, Stack, running_stack, wait_for

pytestmark = pytest.mark.services

POSTS = 200
CLIENTS = 4
# A row whose worker was killed is due again after two minutes, and the sweep comes each minute.
PATIENCE = 300
HTTP = httpx.Client(timeout=5)


@pytest.mark.parametrize(
    ("postgres", "broker"),
    [(False, EMBEDDED), (True, RABBITMQ)],
    ids=["sqlite and the embedded broker", "postgresql and rabbitmq"],
)
def test_no_acknowledged_lead_is_lost_when_web_and_worker_are_killed(postgres: bool, broker: str) -> None:
    with running_stack(postgres=postgres, broker=broker) as stack:
        stack.shell(FIRM)
        done = threading.Event()
        killed: list[str] = []
        killer = threading.Thread(target=_kill_now_and_then, args=(stack, done, killed))
        killer.start()
        with ThreadPoolExecutor(CLIENTS) as clients:
            accepted = [key for key in clients.map(lambda number: _post(stack, number), range(POSTS)) if key]
        done.set()
        killer.join()
        assert len(killed) >= 2
        assert len(accepted) > POSTS * 0.9
        expected = {f"kill-{key}" for key in accepted}
        wait_for(
            lambda: expected <= _worked(stack), seconds=PATIENCE, what="every accepted lead to be worked"
        )
        _assert_one_lead_each(stack, accepted)


def _post(stack: Stack, number: int) -> int | None:
    """The number if it was acknowledged. Retries as a browser's queue does, with the same key."""
    fields = {
        "name": f"N{number}",
        "phone": f"+4930{1_000_000 + number}",
        "lt_submission_id": f"kill-{number}",
    }
    # A person a tenth of a second, so that the posts last through several kills.
    time.sleep(0.1)
    for _try in range(60):
        try:
            answer = HTTP.post(f"{stack.url}/api/v1/forms/callme", data=fields)
        except httpx.HTTPError:
            time.sleep(0.3)
            continue
        if answer.status_code in (200, 201):
            return number
        time.sleep(0.3)
    return None


def _kill_now_and_then(stack: Stack, done: threading.Event, killed: list[str]) -> None:
    chance = random.Random(7)
    # Longer than a restart takes: a server that never comes up acknowledges nothing.
    while not done.wait(chance.uniform(2.5, 5.0)):
        word = chance.choice(["granian", "celery"])
        if stack.kill(word):
            killed.append(word)


def _worked(stack: Stack) -> set[str]:
    code = """
import json
from leadtrack.leads.models import InboxRow
rows = InboxRow.objects.filter(state="done").values_list("submission_key", flat=True)
print(json.dumps([key.rsplit(":", 1)[-1] for key in rows]))
"""
    return set(json.loads(stack.shell(code)))


def _assert_one_lead_each(stack: Stack, accepted: list[int]) -> None:
    code = """
import json
from leadtrack.leads.models import Lead
print(json.dumps([str(lead.phone) for lead in Lead.objects.all()]))
"""
    phones = json.loads(stack.shell(code))
    assert len(phones) == len(set(phones)), "a lead was made twice"
    posted = {f"+4930{1_000_000 + number}" for number in range(POSTS)}
    assert set(phones) <= posted, "a lead came from nowhere"
    assert {f"+4930{1_000_000 + number}" for number in accepted} <= set(phones), (
        "an acknowledged lead is lost"
    )
