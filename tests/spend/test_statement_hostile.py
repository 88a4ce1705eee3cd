import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadtrack.spend.reasons import TEXTS, reason_text
from leadtrack.spend.statement import parse
from tests.spend import files
from tests.spend.test_statement_google import CURRENCIES, read

FIVE_MB = 5 * 1024 * 1024


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n \n", "empty"),
        (b"\0" * 1000, "empty"),
        (b"\xff\xfe", "empty"),
        (b"hello\nworld\n", "no_header"),
        (b"PK\x03\x04" + bytes(range(256)) * 50, "no_header"),
        (b'"' * 10_000, "no_header"),
        (b"date,source,clicks\n2025-07-08,x,1\n", "no_cost_column"),
        (b"source,cost\nx,1\n", "no_date_column"),
        (b"date,cost\n2025-07-08,1\n", "no_name_column"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, code: str) -> None:
    problem = read(content)[0].problem
    assert problem is not None
    assert problem.code == code
    assert reason_text(problem.code, problem.params)


def test_a_header_without_rows_has_no_rows() -> None:
    parsed, lines, rejected = read("date,source,cost\n")
    assert (parsed.problem, lines, rejected) == (None, [], [])


def test_an_unknown_format_is_told() -> None:
    problem = read(files.GENERIC, format="xls")[0].problem
    assert problem is not None
    assert problem.code == "unknown_format"


def test_five_megabytes_of_noise_are_answered() -> None:
    noise = random.Random(7).randbytes(FIVE_MB)
    assert read(noise)[0].problem is not None
    _, lines, rejected = read(b"date,source,cost\n" + noise)
    assert lines == []
    assert rejected


def test_one_endless_line_costs_only_itself() -> None:
    text = "date,source,currency,cost\n" + "x" * FIVE_MB + "\n2025-07-08,x,EUR,1\n"
    _, lines, rejected = read(text)
    assert len(lines) == 1
    assert [(row.line_no, row.problem.code, len(row.raw)) for row in rejected] == [(2, "too_long", 500)]


def test_a_quote_that_stays_open_costs_only_its_own_row() -> None:
    good = "2025-07-08,x,EUR,1\n" * 50
    _, lines, rejected = read(f'date,source,currency,cost\n{good}2025-07-08,"x,EUR,1\n{good}')
    assert len(lines) == 100
    assert [(row.line_no, row.problem.code) for row in rejected] == [(52, "broken_quotes")]


def test_nul_bytes_and_broken_utf_8_do_not_reach_the_names() -> None:
    _, lines, _ = read(b"date,source,campaign,currency,cost\n2025-07-08,x,A\0B\x98,EUR,1\n")
    assert lines[0].item.campaign == "AB\ufffd"


def test_hostile_text_stays_text() -> None:
    name = "<script>alert(1)</script>=cmd|'/c calc'!A1\u202egnp.exe"
    _, lines, _ = read(f'date,source,campaign,currency,cost\n2025-07-08,x,"{name}",EUR,1\n')
    assert lines[0].item.campaign == name


@pytest.mark.parametrize("cost", ["9" * 39, "1e400", "NaN", "Infinity", "9" * 500])
def test_an_amount_beyond_reason_is_refused(cost: str) -> None:
    rejected = read(f"date,source,currency,cost\n2025-07-08,x,EUR,{cost}\n")[2]
    assert rejected[0].problem.code in ("number_too_big", "number_unreadable")
    assert len(reason_text(rejected[0].problem.code, rejected[0].problem.params)) < 200


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([files.DAILY, files.GENERIC, files.GERMAN, ""]), st.data())
def test_no_bytes_at_all_raise_anything(noise: bytes, text: str, data: st.DataObject) -> None:
    content = text.encode()
    place = data.draw(st.integers(0, len(content)))
    parsed = parse(content[:place] + noise + content[place:], known_currencies=CURRENCIES)
    for row in parsed.rows:
        problem = getattr(row, "problem", None)
        assert problem is None or (problem.code in TEXTS and reason_text(problem.code, problem.params))
