"""Capture: how many page views and leads a second, and how long the sender waits."""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from bench.client import NUMBER, Answers, Job, drive, request
from bench.figures import Figure, at_least, at_most, interleaved, middle
from bench.pressure import pressed
from bench.reference import Database, ordinary_server, raw_commits, raw_leads
from bench.worker import paused_worker, purge
from tests.stack import EMBEDDED, RABBITMQ, Stack, running_stack, wait_for

FIRM = """
from leadtrack.visits.models import Site, SiteOrigin
from leadtrack.leads.models import Form
from django.contrib.auth import get_user_model
from leadtrack.accounts.models import Member
site = Site.objects.create(
    name="Shop", key="shop", region="DE", time_zone="Europe/Berlin", hits_per_minute=None
)
SiteOrigin.objects.create(site=site, origin="https://shop.example")
Form.objects.create(site=site, name="Call me", key="callme")
Member.objects.create(user=get_user_model().objects.create_user("sally", password="x"), role="sales")
"""
ORIGIN = {"Origin": "https://shop.example"}
PAGE = "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=brand"
NUMBERED = NUMBER.decode()
# measure.md 1: BottleCRM with pooled connections where granian answered an empty view 8 100 times a second.
PEER_BY_EMPTY_VIEW = 60 / 8100
SHYNET_BY_EMPTY_VIEW = 81 / 8100
EXPECTED = {
    "empty": "200",
    "first page": "204",
    "next page": "204",
    "form": "201",
    "ordinary": "201",
    "burst": "201",
}
KNOWN_VISITORS = 200
INBOX = "leadtrack_leads_inboxrow"
LEADS = "leadtrack_leads_lead"


@dataclass(frozen=True, slots=True)
class Size:
    """How long and how much."""

    seconds: float
    rounds: int
    leads: int
    idle_leads: int
    steady_seconds: float


QUICK = Size(seconds=0.6, rounds=2, leads=100, idle_leads=8, steady_seconds=4)
FULL = Size(seconds=3, rounds=5, leads=1500, idle_leads=30, steady_seconds=20)


@dataclass(slots=True)
class Bench:
    """A running LeadTrack, the reference project beside it, and what was measured so far."""

    stack: Stack
    database: Database
    ordinary_port: int
    size: Size
    rates: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[str, list[Answers]] = field(default_factory=lambda: defaultdict(list))
    next_number: int = 1

    def drive(self, name: str, template: str, **job: int) -> Answers:
        """One round of requests to the port that the template names; every answer must be 2xx."""
        port = self.ordinary_port if name == "ordinary" else self.stack.port
        asked: dict[str, Any] = {"first": self.next_number, "seconds": self.size.seconds} | job
        self.next_number += 100_000
        answers = drive(Job(port=port, template=template, **asked))
        # 200 where 201 is meant would be a submission that came twice: our numbering would be wrong.
        assert set(answers.statuses) == {EXPECTED[name]}, f"{name}: {answers.statuses}"
        self.answers[name].append(answers)
        self.rates[name].append(answers.rate)
        return answers

    def rate(self, name: str) -> float:
        """The median of the rounds."""
        return middle(self.rates[name])

    def waited(self, name: str) -> tuple[float, float]:
        """The medians of p50 and p99, milliseconds."""
        rounds = self.answers[name]
        return middle([one.p50 for one in rounds]), middle([one.p99 for one in rounds])


def measure(*, is_quick: bool) -> Iterator[Figure]:
    """The figures of PostgreSQL with RabbitMQ, then of SQLite with the embedded broker."""
    size = QUICK if is_quick else FULL
    for postgres, broker in ((True, RABBITMQ), (False, EMBEDDED)):
        with running_stack(postgres=postgres, broker=broker) as stack:
            stack.shell(FIRM)
            with ordinary_server(stack) as port:
                yield from _measured(Bench(stack, Database(stack), port, size))


def _measured(bench: Bench) -> Iterator[Figure]:
    bench.database.make_tables()
    with paused_worker(bench.stack):
        _know_visitors(bench)
        _warm_up(bench)
        interleaved(
            bench.size.rounds,
            lambda _: bench.drive("empty", request(bench.stack.port, "/healthz")),
            lambda _: _reference(bench, "raw commits", raw_commits),
            lambda _: _first_pages(bench),
            lambda _: _next_pages(bench),
            lambda _: _reference(bench, "raw leads", raw_leads),
            lambda _: _forms(bench),
            lambda _: _ordinary(bench),
        )
    _begin_with_fresh_worker(bench)
    idle = [_seconds_until_lead(bench) for _ in range(bench.size.idle_leads)]
    worked = _leads_to_the_end(bench)
    yield from _figures(bench, idle, worked)
    yield pressed(bench.stack, bench.database, bench.size.steady_seconds)


def _first_pages(bench: Bench) -> None:
    """Each beacon is a visitor nobody knew: visitor, visit and dirty day are new."""
    before = bench.database.ask("SELECT count(*) FROM leadtrack_visits_visit")
    answers = bench.drive("first page", _beacon(bench, f"visitor-{NUMBERED}"))
    stored = bench.database.ask("SELECT count(*) FROM leadtrack_visits_visit") - before
    assert stored == answers.accepted, f"{answers.accepted} beacons answered, {stored} visits stored"


def _next_pages(bench: Bench) -> None:
    """Each beacon is one more page of a visit."""
    pages = "SELECT sum(page_count) FROM leadtrack_visits_visit"
    before = bench.database.ask(pages)
    template = _beacon(bench, f"known-{NUMBERED}")
    answers = bench.drive("next page", template, first=1, different=KNOWN_VISITORS)
    stored = bench.database.ask(pages) - before
    assert stored == answers.accepted, f"{answers.accepted} beacons answered, {stored} pages counted"


def _forms(bench: Bench) -> None:
    """The worker is paused: the web server's part alone. The rows are taken away again."""
    answers = bench.drive("form", _form(bench.stack.port))
    stored = bench.database.ask(f"SELECT count(*) FROM {INBOX}")
    assert stored == answers.accepted, f"{answers.accepted} forms answered, {stored} rows stored"
    bench.database.run(f"DELETE FROM {INBOX}")
    purge(bench.stack)


def _ordinary(bench: Bench) -> None:
    bench.drive("ordinary", _form(bench.ordinary_port, path="/leads"))


def _reference(bench: Bench, name: str, raw: Callable[[Database, float], float]) -> None:
    bench.rates[name].append(raw(bench.database, bench.size.seconds))


def _know_visitors(bench: Bench) -> None:
    template = _beacon(bench, f"known-{NUMBERED}")
    drive(Job(port=bench.stack.port, template=template, most=KNOWN_VISITORS, seconds=30))


def _warm_up(bench: Bench) -> None:
    for port, template in (
        (bench.stack.port, _form(bench.stack.port)),
        (bench.ordinary_port, _form(bench.ordinary_port, path="/leads")),
    ):
        drive(Job(port=port, template=template, most=50, seconds=20, first=99_000_000))
    bench.database.run(f"DELETE FROM {INBOX}")


def _begin_with_fresh_worker(bench: Bench) -> None:
    """The paused worker may hold messages of rows that are gone; `up` starts another in its place."""
    purge(bench.stack)
    bench.stack.kill("celery")
    _seconds_until_lead(bench, patience=30)


def _seconds_until_lead(bench: Bench, *, patience: float = 10) -> float:
    """From sending one form to its lead standing in the database."""
    began = time.monotonic()
    fields = _fields().replace(NUMBERED, f"{bench.next_number:08}")
    bench.next_number += 1
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = httpx.post(f"{bench.stack.url}/api/v1/forms/callme", content=fields, headers=headers)
    assert answer.status_code == 201, answer.text
    question = f"SELECT id FROM {LEADS} WHERE public_id = '{answer.json()['id']}'"
    with_connection = bench.database.connect()
    try:
        while not with_connection.execute(question).fetchone():
            assert time.monotonic() < began + patience, "the lead was not made in time"
            time.sleep(0.005)
    finally:
        with_connection.close()
    return time.monotonic() - began


def _leads_to_the_end(bench: Bench) -> float:
    """Leads a second from the first request until the last lead is made, all on the same machine."""
    count = f"SELECT count(*) FROM {LEADS}"
    wanted = bench.size.leads
    before = bench.database.ask(count)
    began = time.monotonic()
    answers = bench.drive("burst", _form(bench.stack.port), most=wanted, seconds=60)
    made = before + answers.accepted
    wait_for(lambda: bench.database.ask(count) >= made, seconds=300, what=f"{wanted} leads to be made")
    seconds = time.monotonic() - began
    assert bench.database.ask(count) == made
    open_rows = bench.database.ask(f"SELECT count(*) FROM {INBOX} WHERE state <> 'done'")
    assert open_rows == 0, f"{open_rows} inbox rows are not done"
    return answers.accepted / seconds


def _figures(bench: Bench, idle: list[float], worked: float) -> Iterator[Figure]:
    subject = f"capture, {bench.database.name}"
    empty, commits = bench.rate("empty"), bench.rate("raw commits")
    leads, ordinary = bench.rate("raw leads"), bench.rate("ordinary")
    first, following, form = bench.rate("first page"), bench.rate("next page"), bench.rate("form")
    peer, shynet = empty * PEER_BY_EMPTY_VIEW, empty * SHYNET_BY_EMPTY_VIEW
    is_postgres = bench.database.is_postgres

    def line(
        name: str, ours: float, unit: str, reference: float | None = None, to: str = "", **goal: object
    ) -> Figure:
        return Figure(subject, name, ours, unit, reference, to, **goal)  # type: ignore[arg-type]

    yield line("empty Django view (/healthz)", empty, "/s")
    yield line("beacon, new visitor", first, "/s", commits, "1-row commits", **at_least(first, commits, 0.25))
    yield line("beacon, new visitor", first, "/s", leads, "1 select + 3 inserts")
    yield line("beacon, new visitor", first, "/s", empty, "empty view")
    yield line("beacon, new visitor", first, "/s", shynet, "Shynet*", **at_least(first, shynet, 20))
    yield line(
        "beacon, next page", following, "/s", commits, "1-row commits", **at_least(following, commits, 0.25)
    )
    yield from _waits(bench, subject, "first page", "beacon, new visitor")
    yield from _waits(bench, subject, "next page", "beacon, next page")
    yield line("form accepted", form, "/s", leads, "1 select + 3 inserts", **at_least(form, leads, 0.4))
    yield line("form accepted", form, "/s", ordinary, "ordinary Django + DRF")
    yield line(
        "form accepted", form, "/s", peer, "BottleCRM*", **(at_least(form, peer, 30) if is_postgres else {})
    )
    yield from _waits(bench, subject, "form", "form accepted", limit=25)
    yield line("form accepted and worked to the end", worked, "/s", ordinary, "ordinary Django + DRF")
    yield line(
        "form accepted and worked to the end", worked, "/s", peer, "BottleCRM*", **at_least(worked, peer, 8)
    )
    late = 1000 * (statistics.quantiles(idle, n=20)[-1])
    yield line("form sent -> lead made, idle, p95", late, "ms", **at_most(late, 1000, "ms"))
    busiest = max(answers.cpu for rounds in bench.answers.values() for answers in rounds)
    yield line("busiest moment of the client itself", busiest, "of a core")


def _waits(bench: Bench, subject: str, name: str, shown: str, *, limit: float = 0) -> Iterator[Figure]:
    p50, p99 = bench.waited(name)
    other50, other99 = bench.waited("ordinary") if name == "form" else bench.waited("empty")
    to = "ordinary" if name == "form" else "empty view"
    yield Figure(subject, f"{shown}, p50", p50, "ms", other50, to)
    goal = at_most(p99, limit, "ms") if limit else {}
    yield Figure(subject, f"{shown}, p99", p99, "ms", other99, to, **goal)


def _beacon(bench: Bench, visitor: str) -> str:
    body = f'{{"site":"shop","visitor":"{visitor}","url":"{PAGE}","referrer":"https://www.google.com/"}}'
    return request(bench.stack.port, "/api/v1/visits", body, ORIGIN | {"Content-Type": "text/plain"})


def _form(port: int, path: str = "/api/v1/forms/callme") -> str:
    headers = ORIGIN | {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return request(port, path, _fields(), headers)


def _fields() -> str:
    """Another person each time: a valid German mobile number."""
    fields = {
        "name": "Anna Schmidt",
        "phone": "PHONE",
        "message": "Please call me back about the blue one.",
        "page_url": PAGE,
        "utm_source": "google",
        "utm_medium": "cpc",
        "utm_campaign": "brand",
        "lt_submission_id": NUMBERED,
    }
    return urlencode(fields, safe="#").replace("PHONE", f"%2B49151{NUMBERED}")
