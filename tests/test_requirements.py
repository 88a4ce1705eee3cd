"""What we run on is pinned and explained, and what a host may bring is within what we ran on."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LINES = [
    line
    for line in (ROOT / "requirements.txt").read_text().splitlines()
    if line.strip() and not line.startswith("#")
]
PINS = {
    canonicalize_name(requirement.name): requirement
    for requirement in (Requirement(line.split("#")[0].strip()) for line in LINES)
}
RANGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]


@pytest.mark.parametrize("line", LINES)
def test_every_requirement_is_pinned_and_says_why(line: str) -> None:
    assert re.fullmatch(r"[\w.\[\],-]+==[\w.]+ +# \S.+", line)


@pytest.mark.parametrize("text", RANGES)
def test_a_plugin_asks_for_what_we_run_on(text: str) -> None:
    wanted = Requirement(text)
    (pin,) = PINS[canonicalize_name(wanted.name)].specifier
    assert wanted.specifier.contains(pin.version)
