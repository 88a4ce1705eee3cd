"""LeadTrack inside a project that a firm already has: its own user model, its own settings, our wheel."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = Path(__file__).parent / "foreign"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel of this checkout installed in it, and nothing of the checkout itself."""
    dist, target = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(dist)]
    _run(build, cwd=ROOT)
    (wheel,) = dist.glob("leadtrack-*.whl")
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(target),
    ]
    _run([*install, str(wheel)], cwd=dist)
    return target


def test_it_migrates_and_captures_a_lead_in_a_foreign_project(installed: Path, tmp_path: Path) -> None:
    environment = _environment(installed, tmp_path)
    manage = [sys.executable, str(FOREIGN / "manage.py")]
    _run([*manage, "check", "--fail-level", "ERROR"], cwd=tmp_path, env=environment)
    _run([*manage, "makemigrations", "--check", "--dry-run"], cwd=tmp_path, env=environment)
    _run([*manage, "migrate", "--verbosity", "0"], cwd=tmp_path, env=environment)
    told = _run([*manage, "capture_a_lead"], cwd=tmp_path, env=environment)
    assert "status 201" in told
    assert "lead +493012345678 of Paid Search" in told
    assert "owner sally" in told
    assert "inbox shows it: True" in told


def test_it_carries_its_templates_assets_and_translations(installed: Path) -> None:
    package = installed / "leadtrack"
    assert (package / "templates" / "base.html").is_file()
    assert (package / "ui" / "static" / "vendor" / "tabler.min.css").is_file()
    assert (package / "ui" / "static" / "vendor" / "lt.variants.json").is_file()
    assert (package / "ui" / "locale" / "ru" / "LC_MESSAGES" / "django.mo").is_file()
    assert (package / "sources" / "data" / "channels.yaml").is_file()
    assert not list(package.rglob("node_modules"))


def _environment(installed: Path, folder: Path) -> dict[str, str]:
    # Not the checkout: only the installed wheel may be found.
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("LEADTRACK_", "DJANGO_"))
    }
    path = os.pathsep.join([str(installed), str(FOREIGN)])
    return clean | {
        "PYTHONPATH": path,
        "FOREIGN_FOLDER": str(folder),
        "DJANGO_SETTINGS_MODULE": "firm.settings",
    }


def _run(command: list[str], *, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout
