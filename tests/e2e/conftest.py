"""A real browser: Debian's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from leadtrack.leads.models import Form
from tests import make

# Playwright's own loop runs in this thread; Django would take our database calls for asynchronous ones.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = os.environ.get("E2E_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
# Without this the browser says HeadlessChrome, which is a robot.
PERSON = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
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


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "user_agent": PERSON, "locale": "en-GB"}


@pytest.fixture
def form(transactional_db: None) -> Form:
    return make.form(site=make.site(origin="http://to.be.replaced"))


@pytest.fixture
def door(live_server: Any, form: Form) -> str:
    return f"{live_server.url}/api/v1/forms/{form.key}"


@pytest.fixture
def troubles(page: Page) -> Iterator[list[str]]:
    """Nothing may ever reach the page: no uncaught error, no unhandled rejection."""
    page.set_default_timeout(15_000)
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    yield found
    assert not found


@pytest.fixture
def tab(page: Page, troubles: list[str]) -> Page:
    return page
