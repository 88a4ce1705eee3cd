"""LeadTrack as its users run it: real web server, worker, broker and database, in processes of their own."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
RABBITMQ = os.environ.get("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
EMBEDDED = "filesystem://"


class Stack:
    """A running LeadTrack. Use `running_stack`, which also cleans up."""

    def __init__(
        self, folder: Path, *, database: str, broker: str, environment: dict[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {
            "LEADTRACK_ENV": "development",
            "SECRET_KEY": "a-secret-key-of-the-tests-that-is-long-enough",
            "LEADTRACK_VAR": str(folder),
            "DATABASE_URL": database,
            "CELERY_BROKER_URL": broker,
            # Messages of another run must not reach this one's worker.
            "CELERY_QUEUE": f"leadtrack-test-{secrets.token_hex(4)}",
            "PUBLIC_BASE_URL": self.url,
            "LEADTRACK_CURRENCY": "EUR",
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "leadtrack.settings",
            **(environment or {}),
        }
        self.main: subprocess.Popen[bytes] | None = None

    def manage(
        self, *arguments: str, stdin: str = "", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a manage.py command on this stack's database."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=check,
            timeout=300,
        )

    def shell(self, code: str) -> str:
        """Run Python inside the stack's Django and return what it prints."""
        done = self.manage("shell", "--no-imports", "-c", code, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the stack's database without Django: at once, and without anything of ours in between."""
        url = self.environment["DATABASE_URL"]
        if url.startswith("postgres"):
            with psycopg.connect(url, autocommit=True) as connection:
                return connection.execute(sql).fetchall()
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as file:
            return file.execute(sql).fetchall()

    def start(self) -> None:
        """`manage.py up`, and wait until it is ready."""
        command = [sys.executable, "manage.py", "up", "--port", str(self.port)]
        log = (self.folder / "up.log").open("ab")
        self.main = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        wait_for(self.is_ready, seconds=120, what=f"LeadTrack to be ready; see {self.folder}/up.log")

    def is_ready(self) -> bool:
        """Whether it answers at all."""
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200
        return False

    def stop(self) -> None:
        """Ctrl-C."""
        if self.main is not None and self.main.poll() is None:
            self.main.send_signal(signal.SIGINT)
            try:
                self.main.wait(30)
            except subprocess.TimeoutExpired:
                self.kill_all()
        self.main = None

    def kill(self, word: str) -> int:
        """SIGKILL each process of the stack with the word ("granian", "celery") in its command; how many."""
        victims = [pid for pid, command in self._descendants() if word in command]
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(victims)

    def kill_all(self) -> None:
        """SIGKILL everything, the runner first."""
        below = self._descendants()
        if self.main is not None:
            self.main.kill()
            self.main.wait()
        for pid, _command in below:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _descendants(self) -> list[tuple[int, str]]:
        if self.main is None:
            return []
        parents: dict[int, int] = {}
        commands: dict[int, str] = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            # A process may end while we look at it: its files are then gone or empty.
            with contextlib.suppress(OSError, IndexError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                commands[int(entry.name)] = (
                    (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                )
        found = {self.main.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return [(pid, commands[pid]) for pid in sorted(found - {self.main.pid})]


@contextmanager
def running_stack(*, postgres: bool = False, broker: str = EMBEDDED, **environment: str) -> Iterator[Stack]:
    """A migrated, running stack on a database of its own; everything is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="leadtrack-stack-"))
    with contextlib.ExitStack() as cleanup:
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        database = (
            cleanup.enter_context(_postgres_database())
            if postgres
            else f"sqlite:///{folder}/leadtrack.sqlite3"
        )
        stack = Stack(folder, database=database, broker=broker, environment=environment)
        stack.manage("migrate", "--verbosity", "0")
        stack.start()
        cleanup.callback(stack.stop)
        yield stack


@contextmanager
def _postgres_database() -> Iterator[str]:
    name = f"leadtrack_stack_{secrets.token_hex(4)}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(POSTGRES)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(POSTGRES, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def wait_for(question: Callable[[], Any], *, seconds: float, what: str) -> Any:
    """Ask until the answer is true, then return it; fails the test when it takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := question():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
