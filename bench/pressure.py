"""Forms at a steady pace while the books are rebuilt: how long their senders wait."""

import queue
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from bench.figures import Figure, at_most
from bench.reference import Database
from tests.stack import ROOT, Stack

PER_SECOND = 60
SENDERS = 8


@dataclass(frozen=True, slots=True)
class Waits:
    """Milliseconds from sending to the answer."""

    p50: float
    p99: float


def pressed(stack: Stack, database: Database, seconds: float) -> Figure:
    """The waits with the worker and a rebuild of the books at work beside, and those without the rebuild."""
    calm = forms_at_a_steady_pace(stack, seconds=seconds, first=1)
    with books_being_rebuilt(stack):
        busy = forms_at_a_steady_pace(stack, seconds=seconds, first=1_000_000)
    goal = at_most(busy.p99, 50, "ms")
    if database.is_postgres:
        goal = {"goal": "<= 2 x", "is_met": busy.p99 <= 2 * calm.p99}
    name = "form at 60/s while the books are rebuilt, p99"
    return Figure(f"capture, {database.name}", name, busy.p99, "ms", calm.p99, "without", **goal)


def forms_at_a_steady_pace(stack: Stack, *, seconds: float, first: int) -> Waits:
    """So many a second, numbered from `first`, whether or not those before are answered; each must be 201."""
    waiting: queue.SimpleQueue[int | None] = queue.SimpleQueue()
    took: list[float] = []

    def send() -> None:
        with httpx.Client(timeout=60) as http:
            while (number := waiting.get()) is not None:
                began = time.perf_counter()
                answer = http.post(f"{stack.url}/api/v1/forms/callme", data=_fields(number))
                took.append(1000 * (time.perf_counter() - began))
                assert answer.status_code == 201, answer.text

    senders = [threading.Thread(target=send) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    count, began = int(seconds * PER_SECOND), time.perf_counter()
    for number in range(count):
        time.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
        waiting.put(first + number)
    for _ in senders:
        waiting.put(None)
    for sender in senders:
        sender.join()
    assert len(took) == count, f"{count} forms were sent, {len(took)} answered 201"
    return Waits(statistics.median(took), statistics.quantiles(took, n=100)[-1])


@contextmanager
def books_being_rebuilt(stack: Stack) -> Iterator[None]:
    """`reconcile --all` beside us, again and again."""
    done = threading.Event()

    def rebuild() -> None:
        command = [sys.executable, "manage.py", "reconcile", "--all"]
        while not done.is_set():
            subprocess.run(command, cwd=ROOT, env=stack.environment, check=True, capture_output=True)

    rebuilder = threading.Thread(target=rebuild)
    rebuilder.start()
    try:
        yield
    finally:
        done.set()
        rebuilder.join()


def _fields(number: int) -> dict[str, str]:
    return {"name": "Anna", "phone": f"+4930{number:08}", "lt_submission_id": f"pace-{number}"}
