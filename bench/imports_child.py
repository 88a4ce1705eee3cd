"""Inside the import's bench: writes the file, loads it each way, checks; see imports.py. JSON in and out."""

import csv
import io
import json
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from statistics import median
from typing import Any

import django

django.setup()

from django.db import connection, transaction
from django.db.models import Sum

from leadtrack.spend.load import account_for, load_file
from leadtrack.spend.models import AdAccount, SpendItem, SpendRow, Statement

FIRST_DAY = date(2025, 1, 1)
DAYS = 200
COLUMNS = (
    "date",
    "source",
    "medium",
    "campaign",
    "ad group",
    "keyword",
    "currency",
    "clicks",
    "impressions",
    "cost",
)
STORED = (
    "item_id",
    "day",
    "currency",
    "net_cents",
    "vat_cents",
    "fee_cents",
    "clicks",
    "impressions",
    "statement_id",
)
FIGURES = ["net_cents", "vat_cents", "fee_cents", "clicks", "impressions", "statement"]
BARE = "bench_spend"
# PostgreSQL: the same table with our foreign keys, whose checks cost more than the COPY itself.
KEYED = "bench_spend_keyed"
BATCH = 1000


def main(asked: dict[str, int]) -> dict[str, float]:
    """Rows a second by each way, medians of interleaved rounds."""
    content, cents = made_file(asked["rows"])
    rows = asked["rows"]
    ways: dict[str, list[float]] = {
        name: [] for name in ("ours", "again", "reader", "bare", "keyed", "bulk_create", "bulk_again")
    }
    reference = Reference(content)
    peak = 0
    for number in range(asked["rounds"]):
        load = partial(_load, content, f"{rows} rows, {number}", cents)
        ways["ours"].append(_seconds(load))
        peak = peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        ways["reader"].append(_seconds(lambda: _read_only(content, rows)))
        reference.empty()
        ways["bare"].append(_seconds(reference.load_bare))
        ways["keyed"].append(_seconds(lambda: reference.load_bare(reference.keyed)))
        ways["bulk_create"].append(_seconds(reference.bulk_create))
        ways["again"].append(_seconds(load))
        ways["bulk_again"].append(_seconds(reference.bulk_create))
        reference.check(cents)
    return {name: rows / median(seconds) for name, seconds in ways.items()} | {"peak_mb": peak / 1024}


def made_file(rows: int) -> tuple[bytes, int]:
    """A keyword statement of two hundred days, and its cost in cents, added up while it was made."""
    chance = random.Random(3)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    total = 0
    for back in range(DAYS):
        day = FIRST_DAY + timedelta(days=back)
        for item in range(rows // DAYS):
            cents = chance.randrange(1, 50_000)
            total += cents
            group = item // 10
            names = ("google", "cpc", f"campaign {group // 10}", f"group {group}", f"word {item}", "EUR")
            clicks = chance.randrange(100)
            writer.writerow((day, *names, clicks, clicks * 30, f"{cents // 100}.{cents % 100:02}"))
    return out.getvalue().encode(), total


class Reference:
    """The same rows put into a table like ours by the shortest ways, items known beforehand."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.account = AdAccount.objects.create(name=f"reference {time.time_ns()}", currency="EUR")
        self.statement = Statement.objects.create(
            account=self.account, file="none", file_name="none", sha256="0"
        )
        words = dict.fromkeys(row[5] for row in self.rows())
        items = [SpendItem(account=self.account, level="keyword", key=word, keyword=word) for word in words]
        SpendItem.objects.bulk_create(items, batch_size=BATCH)
        self.items = dict(SpendItem.objects.filter(account=self.account).values_list("keyword", "pk"))
        # What the bare ways are given: nothing left to read, check or convert.
        self.ready = list(self.values())
        self.ready_text = "".join("\t".join(map(str, row)) + "\n" for row in self.ready).encode()
        self._make_table()

    def rows(self) -> Iterator[list[str]]:
        """The cells of the file."""
        reader = csv.reader(io.StringIO(self.content.decode(), newline=""))
        next(reader)
        return reader

    def values(self) -> Iterator[tuple[Any, ...]]:
        """Rows for the columns STORED."""
        statement = self.statement.pk
        for day, _, _, _, _, word, currency, clicks, impressions, cost in self.rows():
            yield (
                self.items[word],
                day,
                currency,
                int(cost.replace(".", "")),
                0,
                0,
                int(clicks),
                int(impressions),
                statement,
            )

    def load_bare(self, table: str = BARE) -> None:
        """Rows made ready beforehand, by COPY into the indexed table or by `executemany` of an upsert."""
        names = ", ".join(STORED)
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                    copy.write(self.ready_text)
                return
            marks = ", ".join("?" * len(STORED))
            updates = ", ".join(f"{name} = excluded.{name}" for name in STORED[3:])
            connection.connection.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({marks})"
                f" ON CONFLICT (item_id, day, currency) DO UPDATE SET {updates}",
                self.ready,
            )

    def bulk_create(self) -> None:
        """What people usually build: read, convert, and what Django offers, into SpendRow itself."""
        names = STORED
        SpendRow.objects.bulk_create(
            [
                SpendRow(**dict(zip(names, (row[0], date.fromisoformat(row[1]), *row[2:]), strict=True)))
                for row in self.values()
            ],
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["item", "day", "currency"],
            update_fields=FIGURES,
        )

    def empty(self) -> None:
        """As before the first load."""
        SpendRow.objects.filter(item__account=self.account)._raw_delete("default")
        with connection.cursor() as cursor:
            for table in {BARE, self.keyed}:
                cursor.execute(f"DELETE FROM {table}")

    def check(self, cents: int) -> None:
        """Every way must have loaded the whole file."""
        found = SpendRow.objects.of_account(self.account).aggregate(sum=Sum("net_cents"))["sum"]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT sum(net_cents) FROM {BARE}")
            bare = int(cursor.fetchone()[0])
        assert found == bare == cents, f"references loaded {found} and {bare} cents, not {cents}"

    @property
    def keyed(self) -> str:
        """The bare table that has foreign keys: on SQLite the only one."""
        return KEYED if connection.vendor == "postgresql" else BARE

    def _make_table(self) -> None:
        table = SpendRow._meta.db_table
        with connection.cursor() as cursor:
            for bare in {BARE, self.keyed}:
                cursor.execute(f"DROP TABLE IF EXISTS {bare}")
            if connection.vendor == "postgresql":
                self._make_tables_of_postgres(table)
                return
            cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL", [table])
            for (sql,) in cursor.fetchall():
                cursor.execute(sql.replace(table, BARE).replace('INDEX "', 'INDEX "bench_'))

    def _make_tables_of_postgres(self, table: str) -> None:
        with connection.cursor() as cursor:
            for bare in (BARE, KEYED):
                cursor.execute(f"CREATE TABLE {bare} (LIKE {table} INCLUDING ALL)")
            for column, model in (("item_id", SpendItem), ("statement_id", Statement)):
                cursor.execute(
                    f"ALTER TABLE {KEYED} ADD FOREIGN KEY ({column}) REFERENCES {model._meta.db_table}"
                    " DEFERRABLE INITIALLY DEFERRED"
                )


def _load(content: bytes, account: str, cents: int) -> None:
    """As `import_spend` does; the total must be the file's, in the statement and in the books."""
    statement = load_file(content, account_name=account, file_name="bench.csv", currency="EUR")
    assert statement.state == Statement.State.DONE, statement.error_text
    assert statement.total_cents == {"EUR": cents}, f"{statement.total_cents}, not {cents}"
    rows = SpendRow.objects.of_account(account_for(account)).totals()
    assert [row["net_cents"] for row in rows] == [cents], f"the books say {rows}, the file {cents}"


def _read_only(content: bytes, wanted: int) -> None:
    found = sum(1 for _ in csv.reader(io.StringIO(content.decode(), newline=""))) - 1
    assert found == wanted


def _seconds(way: Callable[[], object]) -> float:
    began = time.perf_counter()
    way()
    return time.perf_counter() - began


if __name__ == "__main__":
    json.dump(main(json.loads(sys.argv[1])), sys.stdout)
