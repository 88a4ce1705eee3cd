"""LeadTrack refuses to start in production when something would make it unsafe."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SAFE = {
    "LEADTRACK_ENV": "production",
    "SECRET_KEY": "a-secret-of-more-than-thirty-two-characters",
    "ALLOWED_HOSTS": "leadtrack.example.com",
    "LEADTRACK_FIELD_KEYS": "zL1vQm0mIu1fGv0kq3xU1s8y9qk1vJ0wq0m2h3d4f5E=",
    "PUBLIC_BASE_URL": "https://leadtrack.example.com",
    "DEBUG": "0",
}
SHOW = """
import leadtrack.settings as s
hsts = s.SECURE_HSTS_SECONDS > 0
print(s.DEBUG, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, hsts)
"""


def _start(folder: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    environment = kept | SAFE | {"LEADTRACK_VAR": str(folder)} | changes
    command = [sys.executable, "-c", SHOW]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_safe_settings_start_with_every_guard_on(tmp_path: Path) -> None:
    done = _start(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["False", "True", "True", "True", "True"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "insecure-development-secret-never-use-it-in-production"}, "SECRET_KEY"),
        ({"DEBUG": "1"}, "DEBUG"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"LEADTRACK_FIELD_KEYS": ""}, "LEADTRACK_FIELD_KEYS"),
        ({"LEADTRACK_FIELD_KEYS": "not-a-key"}, "LEADTRACK_FIELD_KEYS"),
    ],
)
def test_it_refuses_what_is_unsafe_and_names_the_setting(
    tmp_path: Path, changes: dict[str, str], named: str
) -> None:
    done = _start(tmp_path, **changes)
    assert done.returncode != 0
    assert f"ImproperlyConfigured: {named} must" in done.stderr


def test_a_kind_of_run_that_is_not_named_is_production(tmp_path: Path) -> None:
    assert "ALLOWED_HOSTS must" in _start(tmp_path, LEADTRACK_ENV="production", ALLOWED_HOSTS="").stderr


def test_the_command_line_says_in_one_line_why_it_does_not_start(tmp_path: Path) -> None:
    environment = os.environ | SAFE | {"LEADTRACK_VAR": str(tmp_path), "SECRET_KEY": "short"}
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("LeadTrack does not start: SECRET_KEY must")
    assert len(done.stderr.splitlines()) == 1
