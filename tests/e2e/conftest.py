"""A real browser: Debian's Chromium, driven by Playwright."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

# Playwright's own loop runs in this thread; Django would take our database calls for asynchronous ones.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = os.environ.get("E2E_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The browser of this machine. In CI a missing one is a failure, on a desk a skip."""
    if not Path(CHROMIUM).exists():
        message = f"no browser at {CHROMIUM}; set E2E_CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": list(QUIET)}
