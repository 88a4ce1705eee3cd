"""manage.py attribute, as an analyst calls it."""

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

TABLE = "path,conversions,value,nulls\nAds > Mail,2,30.5,1\nMail,1,9.5,0\nAds,0,0,4\n"


def _printed(file: Path, *options: str) -> str:
    out = StringIO()
    call_command("attribute", str(file), *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "paths.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_it_prints_json(file: Path) -> None:
    told = json.loads(_printed(file, "--model", "linear"))

    assert told["model"] == "linear"
    assert (told["paths"], told["conversions"], told["value"], told["nulls"]) == (3, 3.0, 40.0, 5.0)
    assert told["channels"] == [
        {"channel": "Mail", "conversions": 2.0, "value": 24.75},
        {"channel": "Ads", "conversions": 1.0, "value": 15.25},
    ]


def test_it_prints_csv_with_removal_effects(file: Path) -> None:
    lines = list(
        csv.DictReader(StringIO(_printed(file, "--model", "markov", "--order", "2", "--format", "csv")))
    )

    assert [line["channel"] for line in lines] == ["Mail", "Ads"]
    # All conversions pass Mail; of three two came over Ads.
    assert float(lines[0]["removal_effect"]) == pytest.approx(1)
    assert float(lines[1]["removal_effect"]) == pytest.approx(2 / 3)
    assert sum(float(line["value"]) for line in lines) == pytest.approx(40)


@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("separator", [";", "\t", ","])
def test_spreadsheets_write_csv_in_their_own_ways(file: Path, mark: str, separator: str) -> None:
    file.write_text(mark + TABLE.replace(",", separator), encoding="utf-8")

    assert json.loads(_printed(file, "--model", "first"))["conversions"] == 3


def test_value_and_nulls_may_be_missing(file: Path) -> None:
    file.write_text("Path,Conversions\nAds,1\n", encoding="utf-8")

    assert json.loads(_printed(file, "--model", "shapley"))["value"] == 0


def test_a_channel_is_no_formula_in_a_spreadsheet(file: Path) -> None:
    file.write_text("path,conversions\n=cmd(),1\n", encoding="utf-8")

    assert "'=cmd()" in _printed(file, "--model", "first", "--format", "csv")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no CSV file"),
        ("path\nAds\n", "no column “conversions”"),
        ("path,conversions\n", "no path"),
        ("path,conversions\nAds,1\n ,1\n", "Row 3: “path” is empty"),
        ("path,conversions\nAds,1\nAds >  > Mail,1\n", "Row 3: “path” has a channel without a name"),
        ("path,conversions\nAds,many\n", "Row 2: “conversions” is no number from 0 (“many”)"),
        ("path,conversions\nAds,-1\n", "Row 2: “conversions”"),
        ("path,conversions,value\nAds,1,\n", "Row 2: “value”"),
        ("path,conversions,nulls\nAds,1,inf\n", "Row 2: “nulls”"),
    ],
)
def test_a_wrong_file_is_told_by_row_and_column(file: Path, text: str, complaint: str) -> None:
    file.write_text(text, encoding="utf-8")

    with pytest.raises(CommandError) as problem:
        _printed(file, "--model", "first")
    assert complaint in str(problem.value)


def test_bytes_that_are_no_text_are_told(file: Path) -> None:
    file.write_bytes(b"path,conversions\n\xff\xfe\x00,1\n")

    with pytest.raises(CommandError, match="UTF-8"):
        _printed(file, "--model", "first")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        _printed(tmp_path / "none.csv", "--model", "first")


def test_a_half_life_is_above_nothing(file: Path) -> None:
    with pytest.raises(CommandError, match="half-life"):
        _printed(file, "--model", "time_decay", "--half-life", "0")
