from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from leadtrack.sources.models import DirtyMark
from leadtrack.spend import load, tasks
from leadtrack.spend.load import accept_statement, account_for, due_statements, load_file, load_statement
from leadtrack.spend.models import AdAccount, SpendItem, SpendRow, Statement
from leadtrack.spend.queries import rates_for
from tests.spend import files

pytestmark = pytest.mark.django_db

EIGHTH, NINTH = date(2025, 7, 8), date(2025, 7, 9)


@pytest.fixture(autouse=True)
def _files_apart(tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def loaded(text: str, **more: Any) -> Statement:
    return load_file(text.encode(), **{"account_name": "Shop", "file_name": "costs.csv"} | more)


def books() -> list[tuple[Any, ...]]:
    columns = ("pk", "item_id", "day", "currency", "net_cents", "clicks", "impressions", "statement_id")
    return list(SpendRow.objects.order_by("pk").values_list(*columns))


def marked_days() -> list[date]:
    return sorted(day for day in DirtyMark.objects.values_list("day", flat=True) if day)


def test_a_google_report_is_booked_by_day_and_campaign() -> None:
    statement = loaded(files.DAILY)
    assert (statement.state, statement.format) == ("done", "google_ads")
    assert (statement.rows_read, statement.rows_loaded, statement.rows_replaced, statement.rows_rejected) == (
        4,
        4,
        0,
        0,
    )
    assert statement.totals == {"USD": "1366.22"}
    assert statement.total_cents == {"USD": 136_622}
    assert (statement.first_day, statement.last_day) == (EIGHTH, NINTH)
    assert [row["net_cents"] for row in SpendRow.objects.on(EIGHTH).totals()] == [132_622]
    assert AdAccount.objects.get().system == AdAccount.System.GOOGLE_ADS
    assert marked_days() == [EIGHTH, NINTH]


@pytest.mark.parametrize("text", [files.DAILY, files.WHOLE_RANGE, files.GENERIC, files.GERMAN])
def test_loading_the_same_file_again_changes_nothing(text: str) -> None:
    first = loaded(text)
    before = books()
    DirtyMark.objects.all().delete()
    again = loaded(text)
    assert books() == before
    assert marked_days() == []
    assert again.rows_replaced == again.rows_loaded == first.rows_loaded > 0
    assert again.totals == first.totals


def test_a_report_without_days_is_spread_over_its_range() -> None:
    statement = loaded(files.WHOLE_RANGE)
    brand = SpendRow.objects.filter(item__campaign="Brand").order_by("day")
    assert [row.net_cents for row in brand] == [3334, 3333, 3333]
    assert statement.totals == {"EUR": "100.05"}
    assert [warning["code"] for warning in statement.warnings] == ["spread_evenly"]


def test_a_later_statement_replaces_the_days_it_covers_and_no_others() -> None:
    loaded(files.DAILY)
    ninth = list(SpendRow.objects.on(NINTH).values_list("pk", "net_cents"))
    DirtyMark.objects.all().delete()
    corrected = "".join(line for line in files.DAILY.splitlines(keepends=True) if "2025-07-09" not in line)
    corrected = corrected.replace('"1,316.14"', '"1,300.00"').replace("Total Wine", "Total Beer")
    statement = loaded(corrected)
    rows = SpendRow.objects.on(EIGHTH).order_by("item__campaign").values_list("item__campaign", "net_cents")
    assert list(rows) == [("Brand", 130_000), ("Total Beer", 1008)]
    assert list(SpendRow.objects.on(NINTH).values_list("pk", "net_cents")) == ninth
    assert marked_days() == [EIGHTH]
    assert (statement.rows_loaded, statement.rows_replaced) == (2, 1)


def test_a_changed_row_keeps_its_place_in_the_books() -> None:
    loaded(files.GENERIC)
    before = {row[0] for row in books()}
    loaded(files.GENERIC.replace("12.34", "12.35"))
    assert {row[0] for row in books()} == before
    assert SpendRow.objects.filter(net_cents=1235).count() == 1


def test_another_account_and_another_level_are_left_alone() -> None:
    loaded(files.GENERIC)
    loaded("date,source,currency,cost\n2025-07-08,facebook,EUR,1\n", account_name="Other")
    statement = loaded("date,source,currency,cost\n2025-07-08,facebook,EUR,1\n")
    assert SpendRow.objects.count() == 5
    assert statement.warnings == [{"code": "other_level", "params": {"levels": ["keyword"]}}]
    assert "keyword" in statement.warning_texts[0]


def test_rows_that_differ_only_in_columns_we_do_not_keep_add_up() -> None:
    text = "date,source,network,currency,cost\n"
    text += "2025-07-08,google,search,EUR,1.10\n2025-07-08,google,partners,EUR,2.20\n"
    statement = loaded(text)
    assert [row.net_cents for row in SpendRow.objects.all()] == [330]
    assert (statement.rows_loaded, loaded(text).rows_replaced) == (2, 2)


def test_amounts_finer_than_a_cent_sum_to_the_file_total() -> None:
    rows = "".join(f"2025-07-{number:02d},x,EUR,0.004\n" for number in range(1, 11))
    statement = loaded(f"date,source,currency,cost\n{rows}")
    assert sum(row.net_cents for row in SpendRow.objects.all()) == 4
    assert statement.totals == {"EUR": "0.04"}


def test_rejected_rows_are_kept_with_line_and_reason() -> None:
    statement = loaded(files.WITH_BAD_ROWS)
    assert (statement.state, statement.rows_read, statement.rows_loaded, statement.rows_rejected) == (
        "done",
        12,
        2,
        10,
    )
    first = statement.rejected_rows.first()
    assert first is not None
    assert (first.line, first.reason_text) == (3, "“yesterday” is not a date.")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("hello", "no_header"),
        ("date,source,cost\n", "no_rows"),
        ("date,source,cost\n2025-07-08,x,1\n", "nothing_accepted"),
    ],
)
def test_a_file_with_nothing_to_take_fails_with_a_reason(text: str, code: str) -> None:
    statement = loaded(text)
    assert (statement.state, statement.error) == ("failed", code)
    assert statement.error_text
    assert not SpendRow.objects.exists()


def test_the_account_may_name_the_currency() -> None:
    AdAccount.objects.create(name="Shop", currency="EUR")
    assert loaded("date,source,cost\n2025-07-08,x,1\n").totals == {"EUR": "1.00"}


def test_one_day_bigger_than_a_transaction_is_replaced_as_a_whole() -> None:
    rows = "".join(f"2025-07-08,x,c{number},EUR,0.01\n" for number in range(450))
    loaded(f"date,source,campaign,currency,cost\n{rows}")
    assert SpendRow.objects.on(EIGHTH).count() == SpendItem.objects.count() == 450
    loaded("date,source,campaign,currency,cost\n2025-07-08,x,c7,EUR,0.01\n")
    assert [row.item.campaign for row in SpendRow.objects.on(EIGHTH)] == ["c7"]


def test_a_statement_is_loaded_once_however_often_it_is_woken() -> None:
    statement = accept_statement(
        account=account_for("Shop"), file_name="a.csv", content=files.GENERIC.encode()
    )
    load_statement(statement.pk)
    again = load_statement(statement.pk)
    assert (again.state, again.attempts, again.rows_replaced) == ("done", 1, 0)


def test_somebody_else_is_loading_it() -> None:
    statement = accept_statement(
        account=account_for("Shop"), file_name="a.csv", content=files.GENERIC.encode()
    )
    Statement.objects.update(state="loading", claimed_at=timezone.now())
    assert load_statement(statement.pk).state == "loading"
    assert not SpendRow.objects.exists()


def test_the_sweep_finds_lost_wake_ups_dead_workers_and_ended_pauses() -> None:
    now = timezone.now()
    account = account_for("Shop")
    fresh, lost, dead, running, paused = (
        accept_statement(account=account, file_name="a.csv", content=b"x").pk for _ in range(5)
    )
    old = now - timedelta(hours=1)
    Statement.objects.filter(pk=lost).update(created_at=old)
    Statement.objects.filter(pk=dead).update(state="loading", claimed_at=old)
    Statement.objects.filter(pk=running).update(state="loading", claimed_at=now)
    Statement.objects.filter(pk=paused).update(claimed_at=old, attempts=1)
    assert due_statements(now) == [lost, dead, paused]
    assert fresh not in due_statements(now)


def test_a_crash_is_raised_noted_tried_again_and_ends_after_five(monkeypatch: pytest.MonkeyPatch) -> None:
    statement = accept_statement(
        account=account_for("Shop"), file_name="a.csv", content=files.GENERIC.encode()
    )

    def break_off(*_: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr(load, "replace_slices", break_off)
    for _ in range(5):
        with pytest.raises(OSError, match="disk"):
            load_statement(statement.pk)
    statement.refresh_from_db()
    assert (statement.state, statement.error, statement.error_params["error"]) == (
        "failed",
        "crashed",
        "OSError",
    )
    assert "OSError" in statement.error_text


def test_a_load_that_broke_off_midway_is_finished_by_the_next_try(monkeypatch: pytest.MonkeyPatch) -> None:
    statement = accept_statement(
        account=account_for("Shop"), file_name="a.csv", content=files.WITH_BAD_ROWS.encode()
    )

    def break_off(*_: object) -> None:
        raise OSError("disk")

    with monkeypatch.context() as broken:
        broken.setattr(load, "_finish", break_off)
        with pytest.raises(OSError, match="disk"):
            load_statement(statement.pk)
    done = load_statement(statement.pk)
    assert (done.state, done.rows_loaded, done.rejected_rows.count()) == ("done", 2, 10)


def test_a_few_lines_cannot_make_endless_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "MOST_AMOUNTS", 1000)
    rows = "2016-01-01/2025-01-01,x,EUR,1\n" * 9
    statement = loaded(f"date,source,currency,cost\n{rows}")
    assert (statement.state, statement.error) == ("failed", "too_many_days")
    assert not SpendRow.objects.exists()


def test_a_lost_file_is_told() -> None:
    statement = accept_statement(account=account_for("Shop"), file_name="a.csv", content=b"x")
    statement.file.storage.delete(statement.file.name)
    assert load_statement(statement.pk).error == "file_missing"


def test_the_file_is_stored_under_a_name_of_our_own() -> None:
    statement = accept_statement(
        account=account_for("Shop"), file_name="../../etc/\0passwd.csv", content=b"x"
    )
    assert statement.file.name.startswith("spend/")
    assert ".." not in statement.file.name
    assert statement.file_name == "../../etc/ passwd.csv"


def test_spend_without_a_rate_is_never_taken_as_one_to_one() -> None:
    loaded(files.DAILY)
    rates = rates_for({"USD"}, EIGHTH, NINTH)
    assert [rates.rate_on("USD", day) for day in (EIGHTH, NINTH)] == [None, None]


def test_loading_a_year_takes_few_queries_when_nothing_changed(django_assert_max_num_queries: Any) -> None:
    days = [date(2024, 7, 1) + timedelta(days=number) for number in range(365)]
    text = "date,source,campaign,currency,cost\n" + "".join(
        f"{day},x,c{n},EUR,1\n" for day in days for n in range(5)
    )
    loaded(text)
    with django_assert_max_num_queries(60):
        loaded(text)


def test_the_sweep_wakes_up_what_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    statement = accept_statement(account=account_for("Shop"), file_name="a.csv", content=b"x")
    Statement.objects.update(created_at=timezone.now() - timedelta(hours=1))
    woken: list[int] = []
    monkeypatch.setattr(tasks.load, "delay", woken.append)
    tasks.sweep_statements()
    assert woken == [statement.pk]
    assert tasks.sweep_statements.name == "leadtrack.spend.tasks.sweep_statements"
