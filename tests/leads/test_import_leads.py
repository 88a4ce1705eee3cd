"""manage.py import_leads"""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from leadtrack.leads.models import Lead
from tests import make

pytestmark = pytest.mark.django_db


def run(path: Path, *options: str) -> str:
    out = StringIO()
    call_command("import_leads", str(path), "--site", "Shop", *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    make.site()
    file = tmp_path / "leads.csv"
    file.write_text("who;where to call;day\nAnn;+4930901820;10.03.2026\nBob;;11.03.2026\n")
    return file


def test_it_loads_a_file_and_says_what_came_of_it(path: Path) -> None:
    told = run(path, "--map", "who=name")
    assert "1 new leads (0 of known people), 0 attempts, 0 known rows, 1 errors" in told
    assert "line 3: There is no phone and no e-mail" in told
    assert "1 lead" in told
    lead = Lead.objects.get()
    assert (lead.name, lead.kind, str(lead.day)) == ("Ann", "import", "2026-03-10")


def test_the_same_file_again_changes_nothing(path: Path) -> None:
    run(path)
    assert "1 known" in run(path)
    assert Lead.objects.count() == 1


def test_a_dry_run_loads_nothing(path: Path) -> None:
    assert "1 new leads" in run(path, "--dry-run")
    assert not Lead.objects.exists()


def test_mistakes_are_told(path: Path) -> None:
    for options, told in (
        (("--map", "nobody=name"), "the columns are who, where to call, day"),
        (("--map", "who=emperor"), "the columns are"),
        (("--map", "where to call=keep"), "No column is the phone"),
    ):
        with pytest.raises(CommandError, match=told):
            run(path, *options)
    with pytest.raises(CommandError, match="Cannot read"):
        run(path.with_name("none.csv"))
    with pytest.raises(CommandError, match="There is no site"):
        call_command("import_leads", str(path), "--site", "Nowhere")
    path.write_text("")
    with pytest.raises(CommandError, match="empty"):
        run(path)


def test_a_file_without_one_good_row_exits_with_1(path: Path) -> None:
    path.write_text("name;phone\nAnn;\n")
    with pytest.raises(SystemExit) as exit:
        run(path)
    assert exit.value.code == 1
