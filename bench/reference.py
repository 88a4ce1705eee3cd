"""The limits: what the database alone can do with rows like ours, measured right beside us."""

import contextlib
import itertools
import multiprocessing
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.stack import ROOT, Stack, _postgres_database, free_port, wait_for

TABLES = """
CREATE TABLE bench_hit (id {key}, visitor varchar(64), url varchar(2048), at timestamp);
CREATE TABLE bench_contact (id {key}, phone varchar(32) UNIQUE, name varchar(200), at timestamp);
CREATE TABLE bench_lead (
    id {key}, public_id varchar(40) UNIQUE, contact_id bigint REFERENCES bench_contact (id),
    message text, page_url text, at timestamp
);
CREATE INDEX bench_lead_at ON bench_lead (at);
CREATE TABLE bench_receipt (id {key}, lead_id bigint UNIQUE REFERENCES bench_lead (id), steps text);
"""
URL = "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=brand"
AT = "2026-03-10 12:00:00"
_START_SECONDS = 60
# In each child: all threads of all children begin together, however long one of them took to start.
_all_ready: dict[str, Any] = {}


class Database:
    """The database of a stack, asked without Django."""

    def __init__(self, stack: Stack) -> None:
        self.url = stack.environment["DATABASE_URL"]
        self.is_postgres = self.url.startswith("postgres")
        # SQLite has one writer at all: one thread is its limit. PostgreSQL: as many as the web server's.
        self.processes, self.threads = (2, 4) if self.is_postgres else (1, 1)

    @property
    def name(self) -> str:
        """As the table shows it."""
        return "PostgreSQL" if self.is_postgres else "SQLite"

    def ask(self, sql: str) -> Any:
        """The first value of the first row."""
        with contextlib.closing(self.connect()) as connection:
            row = connection.execute(sql).fetchone()
            return row[0] if row else None

    def run(self, *statements: str) -> None:
        """Run statements, each committed."""
        with contextlib.closing(self.connect()) as connection:
            for sql in statements:
                connection.execute(sql)

    def connect(self) -> Any:
        """A connection that commits each statement, as durable as LeadTrack's own."""
        if self.is_postgres:
            return psycopg.connect(self.url, autocommit=True)
        connection = sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=30, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-32000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def make_tables(self) -> None:
        """The tables of the raw rows below."""
        key = "bigserial PRIMARY KEY" if self.is_postgres else "integer PRIMARY KEY"
        self.run(*(part for part in TABLES.format(key=key).split(";") if part.strip()))


def raw_commits(database: Database, seconds: float) -> float:
    """Commits of one row per second; checks that the table has them all."""
    return _measured(database, _insert_hits, "bench_hit", seconds)


def raw_leads(database: Database, seconds: float) -> float:
    """Transactions of one look-up and three inserts per second; checks that the table has them all."""
    return _measured(database, _insert_leads, "bench_receipt", seconds)


@contextmanager
def unstarted_stack(*, postgres: bool) -> Iterator[Stack]:
    """A migrated database of its own, nothing running; everything is removed afterwards."""
    with contextlib.ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(_folder()))
        url = f"sqlite:///{folder}/leadtrack.sqlite3"
        database = cleanup.enter_context(_postgres_database()) if postgres else url
        stack = Stack(folder, database=database, broker="memory://")
        stack.manage("migrate", "--verbosity", "0")
        yield stack


@contextmanager
def ordinary_server(stack: Stack) -> Iterator[int]:
    """The reference project on the same kind of database and the same web server; gives its port."""
    with contextlib.ExitStack() as cleanup:
        folder = cleanup.enter_context(_folder())
        is_postgres = stack.environment["DATABASE_URL"].startswith("postgres")
        url = (
            cleanup.enter_context(_postgres_database())
            if is_postgres
            else f"sqlite:///{folder}/ordinary.sqlite3"
        )
        environment = stack.environment | {
            "DATABASE_URL": url,
            "LEADTRACK_VAR": folder,
            "DJANGO_SETTINGS_MODULE": "bench.ordinary.settings",
        }
        migrate = [sys.executable, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=environment, check=True, timeout=120)
        port = free_port()
        command = [
            *(
                sys.executable,
                "-m",
                "granian",
                "--interface",
                "wsgi",
                "--workers",
                "2" if is_postgres else "1",
            ),
            *("--blocking-threads", "4", "--host", "127.0.0.1", "--port", str(port), "--no-ws"),
            *("--log-level", "warning", "bench.ordinary.wsgi:application"),
        ]
        server = subprocess.Popen(command, cwd=ROOT, env=environment)
        cleanup.callback(_end, server)
        wait_for(lambda: _answers(port), seconds=30, what="the reference project to be ready")
        yield port


def child_environment(stack: Stack) -> dict[str, str]:
    """For a process that uses LeadTrack's code on the stack's database."""
    return stack.environment | {"PYTHONPATH": str(ROOT)}


def _measured(database: Database, insert: Callable[..., int], table: str, seconds: float) -> float:
    before = database.ask(f"SELECT count(*) FROM {table}")
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(database.processes * database.threads)
    with ProcessPoolExecutor(
        database.processes, mp_context=context, initializer=_wait_at, initargs=(ready,)
    ) as pool:
        jobs = [pool.submit(_in_threads, database, insert, seconds) for _ in range(database.processes)]
        done = sum(job.result() for job in jobs)
    stored = database.ask(f"SELECT count(*) FROM {table}") - before
    assert stored == done, f"{table}: {done} commits, but {stored} rows"
    assert done, f"{table}: the reference did nothing"
    return done / seconds


def _wait_at(ready: Any) -> None:
    _all_ready["barrier"] = ready


def _in_threads(database: Database, insert: Callable[..., int], seconds: float) -> int:
    counts: list[int] = []

    def run() -> None:
        with contextlib.closing(database.connect()) as connection:
            _all_ready["barrier"].wait(_START_SECONDS)
            counts.append(insert(database, connection, time.time() + seconds))

    threads = [threading.Thread(target=run) for _ in range(database.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counts) == len(threads), "a thread of the reference died"
    return sum(counts)


def _insert_hits(database: Database, connection: Any, end_at: float) -> int:
    sql = _placed(database, "INSERT INTO bench_hit (visitor, url, at) VALUES (?, ?, ?)")
    for count in itertools.count():
        if time.time() >= end_at:
            return count
        connection.execute(sql, (f"visitor-{count:012}", URL, AT))
    raise AssertionError


def _insert_leads(database: Database, connection: Any, end_at: float) -> int:
    look_up = _placed(database, "SELECT id FROM bench_contact WHERE phone = ?")
    inserts = [
        _placed(database, f"INSERT INTO {table} VALUES ({marks}) RETURNING id")
        for table, marks in (
            ("bench_contact (phone, name, at)", "?, ?, ?"),
            ("bench_lead (public_id, contact_id, message, page_url, at)", "?, ?, ?, ?, ?"),
            ("bench_receipt (lead_id, steps)", "?, ?"),
        )
    ]
    begin = "BEGIN" if database.is_postgres else "BEGIN IMMEDIATE"
    mine = secrets.token_hex(8)
    for count in itertools.count():
        if time.time() >= end_at:
            return count
        connection.execute(begin)
        connection.execute(look_up, (f"{mine}{count}",)).fetchone()
        contact = connection.execute(inserts[0], (f"{mine}{count}", "Anna", AT)).fetchone()[0]
        lead = connection.execute(inserts[1], (f"{mine}{count}", contact, "Hi", URL, AT)).fetchone()[0]
        connection.execute(inserts[2], (lead, "[]")).fetchone()
        connection.execute("COMMIT")
    raise AssertionError


def _placed(database: Database, sql: str) -> str:
    return sql.replace("?", "%s") if database.is_postgres else sql


@contextmanager
def _folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="leadtrack-bench-", ignore_cleanup_errors=True) as name:
        yield name


def _answers(port: int) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}/leads", timeout=2).status_code == 405
    return False


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
