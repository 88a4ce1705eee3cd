import io
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from leadtrack.spend.models import AdAccount, SpendRow, Statement
from tests.spend import files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files_apart(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def statement(tmp_path: Path) -> Path:
    path = tmp_path / "costs.csv"
    path.write_text(files.WITH_BAD_ROWS)
    return path


def test_it_prints_counts_reasons_and_totals(statement: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_spend", str(statement), account="Shop")
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "line 3: “yesterday” is not a date."
    assert printed[-5:] == [
        "rows read: 12",
        "rows loaded: 2",
        "rows replaced: 0",
        "rows rejected: 10",
        "total cost: 15.50 EUR",
    ]


def test_the_total_is_the_same_when_loaded_again(statement: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_spend", str(statement), account="Shop")
    capsys.readouterr()
    call_command("import_spend", str(statement), account="Shop")
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "rows loaded: 2",
        "rows replaced: 2",
        "rows rejected: 10",
        "total cost: 15.50 EUR",
    ]
    assert SpendRow.objects.count() == 2


def test_it_reads_standard_input_and_takes_a_currency(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"date,source,cost\n2025-07-08,x,1\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    call_command("import_spend", "-", account="Shop", currency="eur", format="generic")
    assert SpendRow.objects.get().currency == "EUR"
    assert AdAccount.objects.get().currency == "EUR"


@pytest.mark.parametrize("content", [b"", b"hello", b"date,source,cost\n2025-07-08,x,1\n"])
def test_it_exits_with_1_when_nothing_was_accepted(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        call_command("import_spend", str(path), account="Shop")
    assert ended.value.code == 1
    assert "rows loaded: 0" in capsys.readouterr().out


def test_a_file_that_cannot_be_read_leaves_no_account(statement: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(b"hello")
    with pytest.raises(SystemExit):
        call_command("import_spend", str(path), account="Shop")
    assert not AdAccount.objects.exists()
    call_command("import_spend", str(statement), account="Shop")
    with pytest.raises(SystemExit):
        call_command("import_spend", str(path), account="Shop")
    # What an account that is in use was sent stays on record.
    assert sorted(Statement.objects.values_list("state", flat=True)) == ["done", "failed"]


@pytest.mark.parametrize("arguments", [{"file": "/nowhere.csv"}, {"currency": "XQZ"}, {"account": " "}])
def test_wrong_arguments_are_told(arguments: dict[str, str], statement: Path) -> None:
    given = {"file": str(statement), "account": "Shop"} | arguments
    with pytest.raises(CommandError):
        call_command("import_spend", given.pop("file"), **given)
