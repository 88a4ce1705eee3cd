"""The demo's statements, read by the room that reads everybody's."""

from datetime import date
from decimal import Decimal
from random import Random

import pytest

from leadtrack.demo.adverts import GOOGLE
from leadtrack.demo.plan import plan_year
from leadtrack.demo.statements import ACCOUNTS, StatementFile, broken_statement, dollar_rates, statements
from leadtrack.spend.currencies import known_currencies
from leadtrack.spend.statement import Line, parse

LAST_DAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def files() -> list[StatementFile]:
    rng = Random(2026)
    return statements(plan_year(rng, last_day=LAST_DAY, scale=0.2), rng, last_day=LAST_DAY)


def read(file: StatementFile):
    parsed = parse(file.content, known_currencies=known_currencies(), format="auto", currency="")
    return parsed, list(parsed.rows)


def test_every_account_has_a_file_for_every_month(files):
    assert {file.account for file in files} == set(ACCOUNTS)
    assert {file.month for file in files if file.account == GOOGLE} == {file.month for file in files}


def test_no_row_is_rejected(files):
    for file in files:
        parsed, rows = read(file)
        assert parsed.problem is None
        assert rows
        assert all(isinstance(row, Line) for row in rows), file.name


def test_the_google_file_is_recognised_and_in_dollars(files):
    parsed, rows = read(next(file for file in files if file.account == GOOGLE))
    assert parsed.format == "google_ads"
    assert {row.currency for row in rows} == {"USD"}


def test_the_google_file_looks_as_exported(files):
    lines = next(file for file in files if file.account == GOOGLE).content.decode().splitlines()
    assert lines[0] == "Campaign report"
    assert lines[2].startswith("Day,Campaign status,Campaign")
    assert lines[-2].startswith("Total: Campaigns, --")


def test_a_monthly_price_is_spread_without_losing_a_cent(files):
    whole_month = next(file for file in files if file.name == "own-costs-2026-03.csv")
    _parsed, rows = read(whole_month)
    billboard = [row for row in whole_month.content.decode().splitlines() if ",billboard," in row]
    assert len(billboard) == 31
    assert sum(Decimal(row.split(",")[6]) for row in billboard) == Decimal("610.00")
    assert len(rows) == 31 * 4


def test_the_broken_file_has_four_unreadable_rows():
    _parsed, rows = read(broken_statement(LAST_DAY))
    assert [isinstance(row, Line) for row in rows] == [True, False, False, False, False, True]


def test_the_dollar_has_a_rate_on_every_working_day():
    rates = dict(dollar_rates(Random(1), last_day=LAST_DAY))
    assert all(Decimal("0.8") < rate < Decimal("1") for rate in rates.values())
    assert all(day.weekday() < 5 for day in rates)
    assert 255 <= len(rates) <= 270
