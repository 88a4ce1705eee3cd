from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadtrack.reports.romi import ONE, Figures, total

FIGURES = Figures(
    visits=200,
    spend_cents=10_000,
    leads_ppm=4 * ONE,
    won_ppm=2 * ONE,
    customers_ppm=ONE,
    revenue_cents=50_000,
    cost_cents=20_000,
)


def test_the_formulas() -> None:
    assert FIGURES.margin_cents == 30_000
    assert FIGURES.cpl_cents == 2_500
    assert FIGURES.cac_cents == 10_000
    assert FIGURES.romi == Decimal(2)


def test_a_shared_lead_counts_as_its_share() -> None:
    assert Figures(spend_cents=1_000, leads_ppm=ONE // 2).cpl_cents == 2_000


@pytest.mark.parametrize("figure", ["cpl_cents", "cac_cents", "romi"])
def test_division_by_nothing_is_no_value(figure: str) -> None:
    assert getattr(Figures(), figure) is None
    assert getattr(Figures(leads_ppm=ONE, customers_ppm=ONE, revenue_cents=5_000), figure) is None


def test_spend_without_leads_has_no_cost_per_lead_but_a_romi() -> None:
    figures = Figures(spend_cents=1_000)
    assert figures.cpl_cents is None
    assert figures.romi == Decimal(-1)


@given(st.lists(st.builds(Figures, *[st.integers(-(10**12), 10**12)] * 9)))
def test_a_total_is_the_sum_of_its_rows(rows: list[Figures]) -> None:
    assert total(rows).spend_cents == sum(row.spend_cents for row in rows)
    assert total(rows).margin_cents == sum(row.margin_cents for row in rows)
    assert total(rows).leads_ppm == sum(row.leads_ppm for row in rows)
