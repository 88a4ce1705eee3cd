"""Benches that call LeadTrack's code run in a process of their own, on a database of their own."""

import json
import subprocess
import sys
from typing import Any

from bench.reference import child_environment
from tests.stack import ROOT, Stack

LONGEST_SECONDS = 600


def figures_of(module: str, stack: Stack, asked: dict[str, Any]) -> dict[str, Any]:
    """What `python -m <module>` answers as JSON; `asked` is its one argument, as JSON."""
    command = [sys.executable, "-m", module, json.dumps(asked)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=child_environment(stack),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=LONGEST_SECONDS,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
