from datetime import date
from decimal import Decimal

import pytest

from leadtrack.lib.periods import Period
from leadtrack.spend.statement import Line, Parsed, Rejected, parse
from tests.spend import files

CURRENCIES = {"EUR", "USD", "RUB", "ALL"}


def read(text: str | bytes, **more: str) -> tuple[Parsed, list[Line], list[Rejected]]:
    content = text.encode() if isinstance(text, str) else text
    parsed = parse(content, known_currencies=CURRENCIES, **more)
    rows = list(parsed.rows)
    lines = [row for row in rows if isinstance(row, Line)]
    return parsed, lines, [row for row in rows if isinstance(row, Rejected)]


def test_a_campaign_report_is_recognised_and_its_totals_are_left_out() -> None:
    parsed, lines, rejected = read(files.DAILY)
    assert (parsed.format, parsed.level, parsed.problem, parsed.warnings) == (
        "google_ads",
        "campaign",
        None,
        (),
    )
    assert [(line.line_no, line.item.campaign, str(line.net)) for line in lines] == [
        (4, "Brand", "1316.14"),
        (5, "Total Wine", "10.08"),
        (6, "Brand", "40.00"),
        (7, "Old", "0.00"),
    ]
    assert rejected == []


def test_its_rows_are_google_cpc_with_counts_and_day() -> None:
    first = read(files.DAILY)[1][0]
    assert (first.item.source, first.item.medium, first.currency) == ("google", "cpc", "USD")
    assert (first.clicks, first.impressions) == (310, 25_881)
    assert first.period == Period(date(2025, 7, 8), date(2025, 7, 8))


def test_without_a_day_each_row_covers_the_range_and_a_warning_says_so() -> None:
    parsed, lines, _ = read(files.WHOLE_RANGE)
    assert [warning.code for warning in parsed.warnings] == ["spread_evenly"]
    assert {line.period for line in lines} == {Period(date(2025, 7, 1), date(2025, 7, 3))}


@pytest.mark.parametrize("text", [files.GERMAN, files.FRENCH])
def test_other_languages_write_their_own_numbers_and_dates(text: str) -> None:
    parsed, lines, rejected = read(text)
    assert (parsed.format, rejected) == ("google_ads", [])
    assert (lines[0].net, lines[0].impressions, lines[0].clicks) == (Decimal("1316.14"), 25_881, 310)
    assert lines[0].period.first == date(2025, 7, 8)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
def test_it_reads_the_usual_encodings(encoding: str) -> None:
    lines = read(files.DAILY.replace("Old", "Старая").encode(encoding))[1]
    assert lines[-1].item.campaign == "Старая"


def test_the_excel_variant_is_utf_16_with_tabs() -> None:
    text = "Campaign report\nJuly 8, 2025 - July 9, 2025\nCampaign\tDay\tCurrency code\tImpr.\tCost\n"
    text += 'Größe "XL"\tJul 8, 2025\tEUR\t25,881\t1,316.14\nTotal: Campaigns\t --\tEUR\t25,881\t1,316.14\n'
    _, lines, rejected = read(b"\xff\xfe" + text.encode("utf-16-le"))
    assert [(line.item.campaign, line.net) for line in lines] == [('Größe "XL"', Decimal("1316.14"))]
    assert rejected == []


def test_keywords_keep_their_match_type_quotes() -> None:
    text = """Search keyword report
"July 8, 2025 - July 8, 2025"
Keyword status,Keyword,Match type,Campaign,Ad group,Currency code,Max. CPC,Impr.,Clicks,Cost
Enabled,"[red shoes]",Exact match,Shoes,Red,USD,1.00,10,1,0.50
Enabled,\"\"\"blue shoes\"\"\",Phrase match,Shoes,Blue,USD,1.00,10,1,0.70
"""
    parsed, lines, _ = read(text)
    assert parsed.level == "keyword"
    assert [line.item.keyword for line in lines] == ["[red shoes]", '"blue shoes"']


@pytest.mark.parametrize(
    ("header", "cell", "first", "last"),
    [
        ("Week", "2025-06-30", date(2025, 7, 2), date(2025, 7, 6)),  # the part inside the report
        ("Month", "2025-07-01", date(2025, 7, 2), date(2025, 7, 20)),
        ("Month", "July 2025", date(2025, 7, 2), date(2025, 7, 20)),
    ],
)
def test_weeks_and_months_are_spread_within_the_report(
    header: str, cell: str, first: date, last: date
) -> None:
    text = f'Campaign report\n"July 2, 2025 - July 20, 2025"\n{header},Campaign,Currency code,Cost\n'
    text += f"{cell},Brand,EUR,10\n"
    parsed, lines, _ = read(text)
    assert lines[0].period == Period(first, last)
    assert [warning.code for warning in parsed.warnings] == ["spread_evenly"]


def test_a_report_of_all_time_without_days_cannot_be_booked() -> None:
    parsed = read(files.WHOLE_RANGE.replace('"July 1, 2025 - July 3, 2025"', "All time"))[0]
    assert parsed.problem is not None
    assert parsed.problem.code == "no_date_column"


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ("Brand,EUR,1\nTotal Wine,EUR,2\nTotal: Campaigns,EUR,3\nTotal,EUR,3\n", ["Brand", "Total Wine"]),
        ("Totally,EUR,1\nИтого,EUR,3\nTotal rows: 1,EUR,3\n", ["Totally"]),
    ],
)
def test_where_nothing_else_tells_only_a_plain_total_is_one(rows: str, kept: list[str]) -> None:
    lines = read(f'Campaign report\n"July 8, 2025 - July 8, 2025"\nCampaign,Currency code,Cost\n{rows}')[1]
    assert [line.item.campaign for line in lines] == kept


def test_a_total_is_told_by_its_empty_id() -> None:
    text = 'Campaign report\n"July 8, 2025 - July 8, 2025"\nCampaign,Campaign ID,Currency code,Cost\n'
    lines = read(text + "Total Wine,123,EUR,2\nTotal Wine, --,EUR,2\n")[1]
    assert [(line.item.campaign, line.item.campaign_id) for line in lines] == [("Total Wine", "123")]
