from datetime import date
from decimal import Decimal

import pytest

from leadtrack.spend.statement import Item
from tests.spend import files
from tests.spend.test_statement_google import read


def codes(text: str) -> list[str]:
    return [row.problem.code for row in read(text)[2]]


def test_the_canonical_header_is_read_whole() -> None:
    parsed, lines, rejected = read(files.GENERIC)
    assert (parsed.format, parsed.level, rejected) == ("generic", "keyword", [])
    assert lines[0].item == Item(
        source="facebook", medium="cpc", campaign="Summer", campaign_id="120001", device="mobile"
    )
    assert [(line.net, line.clicks, line.impressions) for line in lines] == [
        (Decimal("12.34"), 10, 1000),
        (Decimal(500), 0, 0),
        (Decimal("7.66"), 5, 400),
    ]


def test_a_bad_row_is_told_with_line_and_reason_and_the_rest_is_kept() -> None:
    _, lines, rejected = read(files.WITH_BAD_ROWS)
    assert [line.item.campaign for line in lines] == ["Good", "Also, good"]
    assert [(row.line_no, row.problem.code) for row in rejected] == [
        (3, "date_unreadable"),
        (4, "cost_missing"),
        (5, "number_unreadable"),
        (6, "nothing_named"),
        (7, "currency_missing"),
        (8, "currency_unknown"),
        (9, "cells"),
        (10, "cells"),
        (11, "count_unreadable"),
        (12, "broken_quotes"),
    ]
    assert rejected[0].raw == "yesterday,facebook,No day,EUR,10.00,1"


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "2025-07-08",
            "2025/7/8",
            "20250708",
            "08.07.2025",
            "8.7.2025",
            "Jul 8, 2025",
            "July 8, 2025",
            "8 July 2025",
        ),
        *(
            "8 июля 2025",
            "8. Juli 2025",
            "8 juil. 2025",
            '"Tue, Jul 8, 2025"',
            "2025-07-08 00:00:00",
            "2025-07-08T00:00:00Z",
        ),
        *("2025-07-08/2025-07-08",),
    ],
)
def test_days_are_written_in_many_ways(cell: str) -> None:
    quoted = cell if cell.startswith('"') else f'"{cell}"'
    lines = read(f"date,source,currency,cost\n{quoted},x,EUR,1\n")[1]
    assert [line.period.first for line in lines] == [date(2025, 7, 8)]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "date_missing"),
        ("--", "date_missing"),
        ("31.02.2025", "date_unreadable"),
        ("1.2.25", "date_unreadable"),
        ("2025-13-01", "date_unreadable"),
        ("1899-12-31", "date_unlikely"),
        ("45000", "date_unreadable"),
        ("2025-07-08/", "date_unreadable"),
        ("/", "date_unreadable"),
        ("2025-07-09/2025-07-08", "period_reversed"),
        ("2001-01-01/2025-07-08", "period_too_long"),
        ("8" * 500, "date_unreadable"),
    ],
)
def test_what_is_no_day_is_refused(cell: str, code: str) -> None:
    assert codes(f"date,source,currency,cost\n{cell},x,EUR,1\n") == [code]


@pytest.mark.parametrize(("witness", "month"), [("13/02/2025", 2), ("02/13/2025", 1)])
def test_other_rows_decide_whether_the_day_or_the_month_comes_first(witness: str, month: int) -> None:
    lines = read(f"date,source,currency,cost\n01/02/2025,x,EUR,1\n{witness},x,EUR,1\n")[1]
    assert lines[0].period.first.month == month


def test_without_a_witness_an_ambiguous_day_is_refused_and_a_plain_one_is_not() -> None:
    _, lines, rejected = read("date,source,currency,cost\n01/02/2025,x,EUR,1\n03/03/2025,x,EUR,1\n")
    assert [line.period.first for line in lines] == [date(2025, 3, 3)]
    assert [row.problem.code for row in rejected] == ["date_ambiguous"]


def test_witnesses_that_disagree_decide_nothing() -> None:
    text = "date,source,currency,cost\n01/02/2025,x,EUR,1\n13/02/2025,x,EUR,1\n02/13/2025,x,EUR,1\n"
    assert codes(text) == ["date_ambiguous"]


@pytest.mark.parametrize(
    ("delimiter", "cells", "amount"),
    [
        (",", ['"1,234"'], "1234"),
        (";", ["1,234"], "1.234"),
        (";", ["1.234"], "1234"),
        (";", ["1,234", "7.50"], "1234"),
        (",", ['"1,234"', '"7,50"'], "1.234"),
        (",", ["1.234", '"7,50"'], "1234"),
        ("\t", ["1.234"], "1.234"),
    ],
)
def test_plain_cells_or_the_delimiter_decide_an_ambiguous_amount(
    delimiter: str, cells: list[str], amount: str
) -> None:
    rows = "".join(delimiter.join(["2025-07-08", "x", "EUR", cell]) + "\n" for cell in cells)
    lines = read(delimiter.join(["date", "source", "currency", "cost"]) + "\n" + rows)[1]
    assert lines[0].net == Decimal(amount)


def test_the_currency_of_a_row_goes_before_that_of_header_and_load() -> None:
    text = "date,source,currency,amount spent (USD)\n2025-07-08,x,EUR,1\n2025-07-08,x,,1\n"
    assert [line.currency for line in read(text, currency="RUB")[1]] == ["EUR", "USD"]
    assert [line.currency for line in read(text.replace(" (USD)", ""), currency="rub")[1]] == ["EUR", "RUB"]


def test_link_clicks_are_preferred_and_all_is_not_the_albanian_lek() -> None:
    text = "Reporting starts,Reporting ends,Campaign name,Amount spent (EUR),Clicks (all),Link clicks\n"
    _, lines, _ = read(text + "2025-07-08,2025-07-09,Summer,10.00,9,7\n")
    assert (lines[0].clicks, lines[0].currency, len(lines[0].period)) == (7, "EUR", 2)


def test_a_yandex_table_with_preamble_semicolons_and_cp1251_is_read() -> None:
    text = "Отчёт по кампаниям\nКлиент: shop\nДата;Кампания;№ Кампании;Показы;Клики;Расход (руб.)\n"
    text += "08.07.2025;Бренд;7001;1 000;12;1 234,50\nИтого;;;1 000;12;1 234,50\n"
    _, lines, rejected = read(text.encode("cp1251"), format="generic")
    assert [(line.item.campaign_id, line.net, line.currency) for line in lines] == [
        ("7001", Decimal("1234.50"), "RUB")
    ]
    assert rejected == []


def test_an_id_that_a_spreadsheet_rounded_is_refused() -> None:
    assert codes("date,campaign_id,currency,cost\n2025-07-08,1.2E+17,EUR,1\n") == ["id_damaged"]


def test_credits_are_negative_costs() -> None:
    lines = read('date,source,currency,cost\n2025-07-08,x,EUR,"(12.50)"\n')[1]
    assert lines[0].net == Decimal("-12.50")


def test_vat_and_fee_are_kept_apart() -> None:
    text = "date,source,currency,cost,vat,fee,vat_included\n"
    text += "2025-07-08,x,EUR,120,20,5,yes\n2025-07-08,x,EUR,100,20,0,no\n"
    lines = read(text)[1]
    assert [(line.net, line.vat, line.fee, line.is_gross) for line in lines] == [
        (Decimal(100), Decimal(20), Decimal(5), False),
        (Decimal(100), Decimal(20), Decimal(0), False),
    ]


def test_source_and_medium_are_lower_case_and_names_are_cleaned() -> None:
    item = read(
        "date,source,medium,campaign,currency,cost\n2025-07-08, FaceBook ,CPC,Big\u00a0 \x07Sale,EUR,1\n"
    )[1][0].item
    assert (item.source, item.medium, item.campaign) == ("facebook", "cpc", "Big Sale")


def test_a_trailing_delimiter_is_no_cell() -> None:
    assert len(read("date,source,currency,cost\n2025-07-08,x,EUR,1,\n")[1]) == 1


def test_line_breaks_inside_quotes_do_not_disturb_the_line_numbers() -> None:
    _, lines, rejected = read('date,campaign,currency,cost\n2025-07-08,"two\nlines",EUR,1\nbad,x,EUR,1\n')
    assert [(line.line_no, line.item.campaign) for line in lines] == [(2, "two lines")]
    assert [row.line_no for row in rejected] == [4]
