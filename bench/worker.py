"""The stack's worker, out of the way while something else is measured."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.stack import ROOT, Stack


def purge(stack: Stack) -> None:
    """Take every message off the stack's queue."""
    command = [sys.executable, "-m", "celery", "--app", "leadtrack", "purge", "--force"]
    subprocess.run(command, cwd=ROOT, env=stack.environment, check=True, capture_output=True, timeout=60)


@contextmanager
def paused_worker(stack: Stack) -> Iterator[None]:
    """Only the web server at work: what the worker books and sweeps would be in the figures by chance."""
    workers = [pid for pid, command in stack._descendants() if "celery" in command]
    assert workers, "the stack has no worker"
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
