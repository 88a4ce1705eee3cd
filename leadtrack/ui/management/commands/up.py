import contextlib
import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

# A worker finishes the tasks it holds before it goes; after this many seconds it is killed.
GRACE_SECONDS = 8
RESTART_AFTER_SECONDS = 1


class Command(BaseCommand):
    help = (
        "Runs the web server and the worker with its scheduler; restarts either if it dies; Ctrl-C stops all."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (default 8000)")
        parser.add_argument(
            "--also", action="append", default=[], help="one more manage.py command to run beside them"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        commands = {
            "web": web_command(options["host"], options["port"]),
            "worker": worker_command(),
            **{also.split()[0]: [sys.executable, "manage.py", *also.split()] for also in options["also"]},
        }
        run_all(commands)


def web_command(host: str, port: int) -> list[str]:
    """granian: one process on SQLite (it has one writer anyway), two on PostgreSQL."""
    workers = "1" if connection.vendor == "sqlite" else "2"
    address = ["--host", host, "--port", str(port)]
    shape = [
        "--interface",
        "wsgi",
        "--workers",
        workers,
        "--blocking-threads",
        "4",
        "--respawn-failed-workers",
    ]
    return [
        sys.executable,
        "-m",
        "granian",
        *shape,
        *address,
        "--no-ws",
        "--log-level",
        "warning",
        "leadtrack.wsgi:application",
    ]


def worker_command() -> list[str]:
    """One Celery worker with beat inside. Threads: a killed forked child can wedge an embedded broker."""
    shape = ["--pool", "threads", "--concurrency", "2", "--beat", "--without-gossip", "--without-mingle"]
    # In a container everything runs as root; saying so at every start helps nobody.
    python = [sys.executable, "-W", "ignore:You're running the worker"]
    return [
        *python,
        "-m",
        "celery",
        "--quiet",
        "--app",
        "leadtrack",
        "worker",
        *shape,
        "--loglevel",
        "WARNING",
    ]


def run_all(commands: dict[str, list[str]]) -> None:
    """Keep every command running until SIGINT or SIGTERM, then stop them all."""
    stopping = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    running = {name: _start(command) for name, command in commands.items()}
    while not stopping:
        time.sleep(0.2)
        for name, child in running.items():
            if child.poll() is not None and not stopping:
                sys.stderr.write(f"{name} ended with code {child.returncode}; starting it again\n")
                time.sleep(RESTART_AFTER_SECONDS)
                running[name] = _start(commands[name])
    _stop(list(running.values()))


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C in the terminal reaches only us, and we stop the children in order.
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, start_new_session=True)  # noqa: S603


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
