from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadtrack.lib.decimals import AmbiguousNumber, NotANumber, is_blank, mark_of, read_decimal


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2236.76", "2236.76"),
        ("1,316.14", "1316.14"),
        ("1.234,56", "1234.56"),
        ("1 234,56", "1234.56"),  # NBSP
        ("1 234,56 €", "1234.56"),  # narrow NBSP
        ("1'234.50", "1234.50"),
        ("1’234,50", "1234.50"),
        ("$1,234,567.8", "1234567.8"),
        ("12,34,567.00", "1234567"),  # lakhs
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("(12.50)", "-12.50"),
        ("-$12.30", "-12.30"),
        ("−5,5", "-5.5"),
        ("+7", "7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("0,123", "0.123"),
        ("1234,567", "1234.567"),
        ("500 руб.", "500"),
        ("1 500,75 ₽", "1500.75"),
    ],
)
def test_it_reads_what_needs_no_hint(text: str, number: str) -> None:
    for decimal_comma in (True, False, None):
        assert read_decimal(text, decimal_comma=decimal_comma) == Decimal(number)


@pytest.mark.parametrize("text", ["", "  ", " --", "--", "—", "-", "n/a", "N/A", "< 10%", "> 90%", " -- "])
def test_blanks_are_unknown_not_zero(text: str) -> None:
    assert read_decimal(text, decimal_comma=None) is None
    assert is_blank(text)


@pytest.mark.parametrize(
    ("text", "with_comma", "with_point"), [("1,234", "1.234", "1234"), ("1.234", "1234", "1.234")]
)
def test_the_file_decides_what_is_ambiguous(text: str, with_comma: str, with_point: str) -> None:
    assert read_decimal(text, decimal_comma=True) == Decimal(with_comma)
    assert read_decimal(text, decimal_comma=False) == Decimal(with_point)
    with pytest.raises(AmbiguousNumber):
        read_decimal(text, decimal_comma=None)


def test_brackets_mean_a_negative() -> None:
    assert read_decimal("(1,234)", decimal_comma=False) == Decimal(-1234)


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "1.2E+17",
        "12,34.5,6",
        "1,2,3",
        "1.2.3,4",
        "77.77%",
        "NaN",
        "Infinity",
        "1 or 2",
        "=1+1",
        "٣",
        "9" * 41,
        "--5",
        "()",
        ".",
    ],
)
def test_what_is_no_number_says_so(text: str) -> None:
    with pytest.raises(NotANumber):
        read_decimal(text, decimal_comma=False)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("1.234,56", ","),
        ("1,234.56", "."),
        ("12,5", ","),
        ("1,234,567", "."),
        ("1,234", None),
        ("17", None),
        ("x", None),
    ],
)
def test_cells_prove_the_decimal_mark_of_their_file(text: str, mark: str | None) -> None:
    assert mark_of(text) == mark


@given(
    st.decimals(min_value=-(10**12), max_value=10**12, places=2),
    st.sampled_from([",", ".", " ", " ", " ", "'", ""]),
)
def test_every_usual_notation_of_a_price_reads_back(number: Decimal, group: str) -> None:
    mark = "," if group == "." else "."
    text = f"{number:,.2f}".replace(",", "\0").replace(".", mark).replace("\0", group)
    assert read_decimal(text, decimal_comma=None) == number


@given(st.text(max_size=60))
def test_any_text_is_a_number_a_blank_or_refused(text: str) -> None:
    for decimal_comma in (True, False, None):
        try:
            number = read_decimal(text, decimal_comma=decimal_comma)
        except NotANumber:
            continue
        assert number is None or number.is_finite()
