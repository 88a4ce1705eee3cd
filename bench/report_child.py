"""Inside the report's bench: makes the facts, asks, checks; see report.py. Argument and answer are JSON."""

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from statistics import median
from typing import Any

import django

django.setup()

from django.db import connection

from leadtrack.ledger.models import AttributionModel, Clock, ResultFact, TrafficFact
from leadtrack.lib.periods import Period
from leadtrack.reports.question import Question
from leadtrack.reports.table import Table, source_table
from leadtrack.sources.models import Source

LAST_DAY = date(2026, 3, 31)
DAYS = 1095
SOURCES = 2000
CAMPAIGNS = 200
CHANNELS = (
    ("Paid Search", "google"),
    ("Paid Social", "facebook"),
    ("Email", "news"),
    ("Organic Search", "bing"),
)
# Clock and model of the question that is asked, and of the other facts that lie beside its own.
ASKED = (Clock.COHORT.value, AttributionModel.LAST_NON_DIRECT.value)
KINDS = [(clock, model) for clock in Clock.values for model in AttributionModel.values]
TRAFFIC = ("day", "source_id", "visits", "goal_visits", "impressions", "clicks", "spend_cents")
RESULTS = (
    *("clock", "model", "day", "source_id", "leads_ppm", "won_ppm", "customers_ppm", "revenue_cents"),
    "cost_cents",
)
Sums = Counter[tuple[str, int]]


def main(asked: dict[str, Any]) -> dict[str, Any]:
    """Milliseconds of each period, ours and the bare SQL's, medians of interleaved rounds."""
    sums = build(asked["facts"])
    return {name: _timed(length, asked["rounds"], sums) for name, length in asked["periods"].items()}


def build(facts: int) -> Sums:
    """So many rows of each kind of fact, booked day by day; their sums by figure and days back."""
    for table in (TrafficFact, ResultFact, Source):
        table.objects.all()._raw_delete("default")
    _make_sources()
    ids = sorted(Source.objects.values_list("pk", flat=True))
    sums: Sums = Counter()
    _load(TrafficFact._meta.db_table, TRAFFIC, _traffic(ids, facts // DAYS, sums))
    _load(ResultFact._meta.db_table, RESULTS, _results(ids, facts // DAYS // len(KINDS), sums))
    with connection.cursor() as cursor:
        # As autovacuum and PRAGMA optimize would have done meanwhile.
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return sums


def _make_sources() -> None:
    rows = []
    for number in range(SOURCES):
        channel, source = CHANNELS[number % len(CHANNELS)]
        campaign = f"campaign {number % CAMPAIGNS}"
        rows.append(
            Source(
                key=f"{number:064}",
                channel=channel,
                source=source,
                medium="cpc",
                campaign=campaign,
                term=f"t{number}",
            )
        )
    Source.objects.bulk_create(rows)


def _traffic(ids: list[int], per_day: int, sums: Sums) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(1)
    for back in range(DAYS - 1, -1, -1):
        day = LAST_DAY - timedelta(days=back)
        for source_id in chance.sample(ids, min(per_day, SOURCES)):
            visits, spend = chance.randrange(1, 50), chance.randrange(10_000)
            sums["visits", back] += visits
            sums["spend_cents", back] += spend
            yield day, source_id, visits, visits // 10, visits * 40, visits, spend


def _results(ids: list[int], per_day: int, sums: Sums) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(2)
    for back in range(DAYS - 1, -1, -1):
        day = LAST_DAY - timedelta(days=back)
        for kind in KINDS:
            for source_id in chance.sample(ids, per_day):
                leads, revenue = chance.randrange(1, 4) * 1_000_000, chance.randrange(100_000)
                if kind == ASKED:
                    sums["leads_ppm", back] += leads
                    sums["revenue_cents", back] += revenue
                yield *kind, day, source_id, leads, 0, 0, revenue, revenue // 3


def _load(table: str, columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> None:
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        cursor.execute("BEGIN IMMEDIATE")
        marks = ", ".join("?" * len(columns))
        plain = (
            (*(value.isoformat() if isinstance(value, date) else value for value in row),) for row in rows
        )
        connection.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", plain)
        cursor.execute("COMMIT")


def _timed(length: int, rounds: int, sums: Sums) -> dict[str, float]:
    first = LAST_DAY - timedelta(days=length - 1)
    question = Question(period=Period(first, LAST_DAY))
    _check(source_table(question), _bare(first), length, sums)
    ours, bare = [], []
    for _ in range(rounds):
        ours.append(_milliseconds(lambda: source_table(question)))
        bare.append(_milliseconds(lambda: _bare(first)))
    return {"ours_ms": median(ours), "bare_ms": median(bare)}


def _bare(first: date) -> list[tuple[Any, ...]]:
    """The least SQL that answers: sums by source, joined to the small table of sources once summed."""
    days = (first.isoformat(), LAST_DAY.isoformat())
    traffic = _by_campaign(
        f"SELECT source_id, sum(visits) a, sum(impressions) b, sum(clicks) c, sum(spend_cents) d, 0 e"
        f" FROM {TrafficFact._meta.db_table} WHERE day BETWEEN %s AND %s GROUP BY source_id"
    )
    results = _by_campaign(
        f"SELECT source_id, sum(leads_ppm) a, sum(won_ppm) b, sum(customers_ppm) c, sum(revenue_cents) d,"
        f" sum(cost_cents) e FROM {ResultFact._meta.db_table}"
        f" WHERE clock = %s AND model = %s AND day BETWEEN %s AND %s GROUP BY source_id"
    )
    with connection.cursor() as cursor:
        cursor.execute(traffic, days)
        rows = cursor.fetchall()
        cursor.execute(results, (*ASKED, *days))
        return [*rows, *cursor.fetchall()]


def _by_campaign(sums: str) -> str:
    return (
        f"SELECT s.channel, s.source, s.campaign, sum(f.a), sum(f.b), sum(f.c), sum(f.d), sum(f.e)"
        f" FROM ({sums}) f JOIN {Source._meta.db_table} s ON s.id = f.source_id GROUP BY 1, 2, 3"
    )


def _check(table: Table, bare: list[tuple[Any, ...]], length: int, sums: Sums) -> None:
    """The totals must be what was put in, added up while it was made."""
    for figure in ("visits", "spend_cents", "leads_ppm", "revenue_cents"):
        wanted = sum(sums[figure, back] for back in range(length))
        found = getattr(table.total, figure)
        in_rows = sum(getattr(row.figures, figure) for row in table.rows)
        assert found == in_rows == wanted, f"{figure} of {length} days: {found}, {in_rows}, wanted {wanted}"
    total = table.total
    money = total.spend_cents + total.revenue_cents
    assert sum(int(row[6]) for row in bare) == money, "the reference sums something else"


def _milliseconds(question: Callable[[], object]) -> float:
    began = time.perf_counter()
    question()
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    json.dump(main(json.loads(sys.argv[1])), sys.stdout)
