"""Figures as people read them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import engines
from django.test import SimpleTestCase
from django.utils import timezone, translation

from leadtrack.ui import wording


def shown(source: str, language: str = "en", **context: object) -> str:
    with translation.override(language):
        text = engines["django"].from_string("{% load leadtrack_ui %}" + source).render(context)
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(("cents", "currency", "language", "expected"), [
    (123456789, "EUR", "en", "€1,234,567.89"),
    (123456789, "EUR", "ru", "1 234 567,89 €"),
    (-5, "USD", "en", "-$0.05"),
    (100, "JPY", "en", "¥1.00"),
    (0, "EUR", "en", "€0.00"),
    (150, "", "en", "1.50"),
    (None, "EUR", "en", "—"),
    (9_007_199_254_740_993, "EUR", "en", "€90,071,992,547,409.93"),  # a float would say .92
])  # fmt: skip
def test_money(cents: int | None, currency: str, language: str, expected: str) -> None:
    assert shown("{{ cents|money:currency }}", language, cents=cents, currency=currency) == expected


@pytest.mark.parametrize(("fraction", "language", "expected"), [
    (Decimal("0.123"), "en", "12.3 %"),
    (Decimal("0.123"), "ru", "12,3 %"),
    (Decimal("-0.5"), "en", "-50.0 %"),
    (Decimal("12.5"), "en", "1,250.0 %"),
    (Decimal(0), "en", "0.0 %"),
    (None, "en", "—"),
])  # fmt: skip
def test_percent(fraction: Decimal | None, language: str, expected: str) -> None:
    assert shown("{{ fraction|percent }}", language, fraction=fraction) == expected


class OrDash(SimpleTestCase):
    def test_no_value_is_a_dash_and_zero_is_a_value(self) -> None:
        assert shown("{{ a|or_dash }} {{ b|or_dash }} {{ c|or_dash }}", a=None, b="", c=0) == "— — 0"


def test_ago_says_it_in_words_and_keeps_the_moment() -> None:
    text = shown("{{ moment|ago }}", moment=datetime.now(UTC) - timedelta(hours=2))
    assert text.startswith('<time datetime="20')
    assert text.endswith(">2 hours ago</time>")
    # Which clock it is of is said, too.
    assert f'({timezone.get_current_timezone_name()})"' in text
    assert ">2 часа назад</time>" in shown(
        "{{ moment|ago }}", "ru", moment=datetime.now(UTC) - timedelta(hours=2)
    )
    assert shown("{{ moment|ago }}", moment=None) == "—"


def test_an_icon_is_hidden_from_screen_readers() -> None:
    text = shown('{% icon "inbox" "me-2" %}')
    assert text.startswith("<svg")
    assert 'class="icon me-2"' in text
    assert 'aria-hidden="true"' in text


def test_an_empty_state_escapes_and_offers_a_way_on() -> None:
    text = shown('{% empty_state "inbox" title "text" "/new" "Add" %}', title="<b>")
    assert "&lt;b&gt;" in text
    assert '<a class="btn btn-primary" href="/new">Add</a>' in text


def test_a_language_that_babel_does_not_know_reads_as_english() -> None:
    with translation.override("tlh"):
        assert wording.money(150, "EUR") == "€1.50"
