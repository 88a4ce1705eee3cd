"""The books after a load: the statement's days as it says them, to the cent, and nothing else touched."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Count, Sum
from django.test.utils import CaptureQueriesContext

from leadtrack.sources.models import DirtyMark
from leadtrack.spend import replace
from leadtrack.spend.load import load_file
from leadtrack.spend.models import SpendItem, SpendRow, Statement

pytestmark = pytest.mark.django_db

FIRST = date(2025, 7, 1)
NETWORKS = """Campaign report
"July 1, 2025 - July 2, 2025"
Campaign,Campaign ID,Network,Day,Currency code,Impr.,Clicks,Cost
Brand,101,Google search,2025-07-01,EUR,"1,000",10,"1,316.145"
Brand,101,Search partners,2025-07-01,EUR,50,1,0.004
Brand,101,Display Network,2025-07-01,EUR,"25,881",7,12.3335
Brand,102,Google search,2025-07-01,EUR,5,1,0.004
Brand,101,Google search,2025-07-02,EUR,0,0,0.004
Brand,101,Search partners,2025-07-02,EUR,9,2,0.004
Total: Account, --, --, --,EUR,"26,945",21,"1,328.49"
"""


@pytest.fixture(autouse=True)
def _files_apart(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def loaded(text: str) -> Statement:
    return load_file(text.encode(), account_name="Shop", file_name="costs.csv")


def days_of_campaigns(days: int, campaigns: int, cost: str = "1.00") -> str:
    rows = "".join(
        f"{FIRST + timedelta(days=day)},x,c{campaign},EUR,{cost}\n"
        for day in range(days)
        for campaign in range(campaigns)
    )
    return f"date,source,campaign,currency,cost\n{rows}"


def books() -> dict[tuple[date, str], tuple[int, int]]:
    """(day, campaign) -> primary key, net cents."""
    rows = SpendRow.objects.values_list("day", "item__campaign", "pk", "net_cents")
    return {(day, campaign): (pk, cents) for day, campaign, pk, cents in rows}


def test_one_campaign_on_several_networks_adds_up_to_the_cent() -> None:
    statement = loaded(NETWORKS)
    rows = SpendRow.objects.order_by("day", "item__campaign_id")
    found = rows.values_list("day", "item__campaign_id", "clicks", "impressions")
    assert list(found) == [
        (FIRST, "101", 18, 26_931),
        (FIRST, "102", 1, 5),
        (FIRST + timedelta(days=1), "101", 2, 9),
    ]
    exact = sum(map(Decimal, ("1316.145", "0.004", "12.3335", "0.004", "0.004", "0.004")))
    assert exact == Decimal("1328.4945")
    assert statement.totals == {"EUR": "1328.49"}
    assert rows.aggregate(sum=Sum("net_cents"))["sum"] == 132_849


def test_loading_it_twice_prints_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "networks.csv"
    path.write_text(NETWORKS)
    printed = []
    for _ in range(2):
        call_command("import_spend", str(path), account="Shop")
        printed.append(capsys.readouterr().out.splitlines())
    assert printed[0] == [
        *("rows read: 6", "rows loaded: 6", "rows replaced: 0"),
        *("rows rejected: 0", "total cost: 1328.49 EUR"),
    ]
    assert printed[1] == [*printed[0][:2], "rows replaced: 6", *printed[0][3:]]


def test_the_same_file_again_writes_no_row_and_locks_nobody_out() -> None:
    text = days_of_campaigns(20, 30)
    loaded(text)
    before, marks = books(), DirtyMark.objects.count()
    with CaptureQueriesContext(
        connection,
    ) as seen:
        loaded(text)
    table = SpendRow._meta.db_table
    asked = [query["sql"] for query in seen if table in query["sql"]]
    assert asked
    assert all(sql.startswith("SELECT") and "FOR UPDATE" not in sql for sql in asked)
    assert (books(), DirtyMark.objects.count()) == (before, marks)


def test_a_correction_changes_adds_and_removes_in_one_go() -> None:
    loaded(days_of_campaigns(20, 30))
    before = books()
    DirtyMark.objects.all().delete()
    changed, gone = f"{FIRST},x,c7,EUR,1.00\n", f"{FIRST},x,c8,EUR,1.00\n"
    text = days_of_campaigns(20, 30).replace(changed, f"{FIRST},x,c7,EUR,2.50\n").replace(gone, "")
    statement = loaded(f"{text}{FIRST},x,fresh,EUR,0.25\n")
    after = books()
    assert after.pop((FIRST, "fresh"))[1] == 25
    assert after.pop((FIRST, "c7")) == (before.pop((FIRST, "c7"))[0], 250)
    assert before.pop((FIRST, "c8"))
    assert after == before
    assert list(DirtyMark.objects.values_list("day", flat=True)) == [FIRST]
    assert (statement.rows_loaded, statement.rows_replaced) == (600, 599)


def test_every_row_corrected_keeps_its_place() -> None:
    loaded(days_of_campaigns(20, 30))
    before = books()
    statement = loaded(days_of_campaigns(20, 30, cost="3.33"))
    assert books() == {place: (pk, 333) for place, (pk, _) in before.items()}
    assert set(SpendRow.objects.values_list("statement_id", flat=True)) == {statement.pk}
    assert statement.rows_replaced == 600


def test_a_load_that_breaks_off_leaves_whole_days(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    real = replace.write_rows

    def break_off(fresh: Sequence[Any], changed: Sequence[Any]) -> None:
        real(fresh, changed)
        written.append(len(fresh) + len(changed))
        if len(written) == 2:
            raise OSError("disk")

    monkeypatch.setitem(replace.WRITTEN_AT_ONCE, connection.vendor, 200)
    monkeypatch.setattr(replace, "write_rows", break_off)
    with pytest.raises(OSError, match="disk"):
        loaded(days_of_campaigns(20, 90))
    assert written == [180, 180]
    days = SpendRow.objects.values("day").annotate(rows=Count("pk")).values_list("day", "rows")
    assert dict(days) == {FIRST: 90, FIRST + timedelta(days=1): 90}
    assert set(DirtyMark.objects.values_list("day", flat=True)) == {FIRST, FIRST + timedelta(days=1)}


def test_a_transaction_stays_short_on_sqlite() -> None:
    assert replace.WRITTEN_AT_ONCE["sqlite"] <= 200


def test_many_items_are_each_made_once() -> None:
    loaded(days_of_campaigns(2, 1200))
    loaded(days_of_campaigns(3, 1201))
    assert SpendItem.objects.count() == 1201
    assert SpendRow.objects.count() == 3 * 1201
