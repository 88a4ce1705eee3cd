from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from leadtrack.sources.models import DirtyMark
from leadtrack.spend import tasks
from leadtrack.spend.load import load_file
from leadtrack.spend.models import AdAccount, Rate, SpendRow, Statement
from tests import make
from tests.spend import files

pytestmark = pytest.mark.django_db
Login = Callable[..., Client]


@pytest.fixture(autouse=True)
def _files_apart(tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The statements whose loading was asked of the worker."""
    asked: list[int] = []
    monkeypatch.setattr(tasks.load, "delay", asked.append)
    return asked


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    response = client.get(reverse(f"leadtrack:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def upload(client: Client, text: str | bytes = files.DAILY, name: str = "report.csv", **fields: Any) -> Any:
    content = text.encode() if isinstance(text, str) else text
    form = {"new_account": "Shop", "format": "auto", "file": SimpleUploadedFile(name, content)} | fields
    return client.post(reverse("leadtrack:spend-upload"), form)


def statement_of(text: str = files.WITH_BAD_ROWS) -> Statement:
    return load_file(text.encode(), account_name="Shop", file_name="costs.csv")


def test_an_uploaded_report_is_loaded_and_shown(
    login: Login, woken: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    client = login("marketer")
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(client)
    statement = Statement.objects.get()
    assert answer.url == reverse("leadtrack:spend-statement", args=[statement.pk])
    assert woken == [statement.pk]
    assert "every 1s" in page(client, "spend-statement", statement.pk)
    tasks.load(statement.pk)
    shown = page(client, "spend-statement", statement.pk)
    assert "$1,366.22" in shown
    assert "every 1s" not in shown
    assert SpendRow.objects.count() == 4
    assert statement.loaded_by is not None


def test_the_progress_stops_asking_when_the_load_is_finished(login: Login, woken: list[int]) -> None:
    client = login("marketer")
    upload(client)
    statement = Statement.objects.get()
    address = reverse("leadtrack:spend-statement-progress", args=[statement.pk])
    assert client.get(address).status_code == 200
    tasks.load(statement.pk)
    assert client.get(address).status_code == 286


def test_a_broker_that_is_down_does_not_fail_the_upload(
    login: Login, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def is_down(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(tasks.load, "delay", is_down)
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        assert upload(login("marketer")).status_code == 302
    assert len(callbacks) == 1
    assert Statement.objects.get().state == "new"


def test_uploading_twice_changes_nothing(login: Login, woken: list[int]) -> None:
    client = login("marketer")
    upload(client)
    tasks.load(Statement.objects.latest("pk").pk)
    before = list(SpendRow.objects.order_by("pk").values())
    upload(client, new_account="", account=AdAccount.objects.get().pk)
    tasks.load(Statement.objects.latest("pk").pk)
    assert list(SpendRow.objects.order_by("pk").values()) == before
    assert Statement.objects.latest("pk").rows_replaced == 4


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"new_account": ""}, "Choose an ad account or name a new one."),
        ({"currency": "XQZ"}, "is not a currency code"),
        ({"currency": "E"}, "is not a currency code"),
        ({"format": "xls"}, "Select a valid choice"),
        ({"account": "77"}, "Select a valid choice"),
        ({"new_account": "a\0b"}, "Null characters are not allowed"),
        ({"new_account": "a" * 101}, "at most 100 characters"),
        ({"file": ""}, "This field is required"),
        ({"text": b""}, "The submitted file is empty"),
    ],
)
def test_a_wrong_upload_is_told_and_stores_nothing(
    fields: dict[str, Any], told: str, login: Login, woken: list[int]
) -> None:
    answer = upload(login("marketer"), **fields)
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert not Statement.objects.exists()


def test_a_file_that_is_too_large_is_told(login: Login, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000
    assert "The file is larger than" in upload(login("marketer"), "x" * 2001).content.decode()


def test_rejected_rows_stand_on_the_page_with_line_and_reason(login: Login) -> None:
    shown = page(login("marketer"), "spend-statement", statement_of().pk)
    assert "“yesterday” is not a date." in shown
    assert "yesterday,facebook,No day,EUR,10.00,1" in shown


def test_reasons_are_escaped(login: Login) -> None:
    text = "date,source,currency,cost\n<script>alert(1)</script>,x,EUR,1\n"
    shown = page(login("marketer"), "spend-statement", statement_of(text).pk)
    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_rejected_rows_can_be_downloaded_and_run_no_formula(login: Login) -> None:
    statement = statement_of("date,source,currency,cost\n=1+1,x,EUR,1\n")
    answer = login("marketer").get(reverse("leadtrack:spend-rejected-csv", args=[statement.pk]))
    lines = b"".join(answer).decode("utf-8-sig").splitlines()
    assert lines[1] == '2,“=1+1” is not a date.,"\'=1+1,x,EUR,1"'


def test_a_failed_statement_says_why(login: Login) -> None:
    shown = page(login("marketer"), "spend-statement", statement_of("hello").pk)
    assert "No header was found" in shown


def test_a_failed_statement_can_be_tried_again(login: Login, woken: list[int]) -> None:
    client = login("marketer")
    statement = statement_of("date,source,cost\n2025-07-08,x,1\n")
    assert "Try again" in page(client, "spend-statement", statement.pk)
    AdAccount.objects.update(currency="EUR")
    client.post(reverse("leadtrack:spend-statement-retry", args=[statement.pk]))
    tasks.load(statement.pk)
    statement.refresh_from_db()
    assert (statement.state, statement.error, statement.rows_loaded) == ("done", "", 1)
    assert "Try again" not in page(client, "spend-statement", statement.pk)


def test_a_loaded_statement_is_not_tried_again(login: Login, woken: list[int]) -> None:
    statement = statement_of()
    login("marketer").post(reverse("leadtrack:spend-statement-retry", args=[statement.pk]))
    statement.refresh_from_db()
    assert statement.state == "done"


def test_the_list_shows_each_statement_with_its_cost(
    login: Login, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        statement_of()
    client = login("marketer")
    with django_assert_max_num_queries(8):
        shown = page(client, "spend")
    assert shown.count("€15.50") == 5


def test_an_empty_list_invites_to_load(login: Login) -> None:
    assert "No costs yet" in page(login("marketer"), "spend")


def test_the_rows_can_be_filtered_and_summed(login: Login) -> None:
    statement_of(files.GENERIC)
    client = login("agency")
    assert "€520.00" in page(client, "spend-row-list")
    assert "€12.34" in page(client, "spend-row-list", source="facebook", last="2025-07-08")
    assert "No such costs" in page(client, "spend-row-list", campaign="nothing")
    assert "Enter a valid date" in page(client, "spend-row-list", first="soon", source="\0")


def test_the_account_page_shows_its_costs(login: Login) -> None:
    statement = statement_of(files.GENERIC)
    assert "€520.00" in page(login("agency"), "spend-account", statement.account_id)


def test_a_rate_is_entered_and_taken_back(login: Login) -> None:
    client = login("marketer")
    answer = client.post(
        reverse("leadtrack:rate-add"), {"day": "2025-07-08", "currency": "usd", "rate": "0.85"}
    )
    assert answer.status_code == 302
    rate = Rate.objects.get()
    assert (rate.day, rate.currency, rate.rate) == (date(2025, 7, 8), "USD", Decimal("0.85"))
    assert DirtyMark.objects.count() == 8
    assert "0.85" in page(client, "rates")
    client.post(reverse("leadtrack:rate-add"), {"day": "2025-07-08", "currency": "USD", "rate": "0.9"})
    assert Rate.objects.get().rate == Decimal("0.9")
    client.post(reverse("leadtrack:rate-drop", args=[rate.pk]))
    assert not Rate.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": "0"},
        {"rate": "-1"},
        {"rate": "NaN"},
        {"rate": "1e99"},
        {"currency": "XQZ"},
        {"currency": "EUR"},
        {"day": "soon"},
    ],
)
def test_a_wrong_rate_is_refused(wrong: dict[str, str], login: Login) -> None:
    form = {"day": "2025-07-08", "currency": "USD", "rate": "0.85"} | wrong
    assert login("marketer").post(reverse("leadtrack:rate-add"), form).status_code == 422
    assert not Rate.objects.exists()


READING = ["spend", "spend-row-list", "rates"]
LOADING = ["spend-upload", "rate-add"]


@pytest.mark.parametrize("name", READING + LOADING)
def test_strangers_are_sent_to_log_in(name: str, client: Client) -> None:
    assert client.get(reverse(f"leadtrack:{name}")).status_code == 302


@pytest.mark.parametrize("role", ["sales", "sales_manager", "agency", "marketer", "admin"])
def test_each_role_sees_and_does_what_it_may(role: str, login: Login) -> None:
    client = login(role)
    may_read, may_load = role != "sales", role in ("marketer", "admin")
    statement = statement_of()
    addresses = [reverse(f"leadtrack:{name}") for name in READING]
    addresses += [
        reverse(f"leadtrack:{name}", args=[statement.pk])
        for name in ("spend-statement", "spend-statement-progress", "spend-rejected-csv")
    ]
    assert {client.get(address).status_code in (200, 286) for address in addresses} == {may_read}
    assert client.get(reverse("leadtrack:spend-upload")).status_code == (200 if may_load else 403)
    assert client.post(reverse("leadtrack:rate-add"), {}).status_code == (422 if may_load else 403)
    retry = reverse("leadtrack:spend-statement-retry", args=[statement.pk])
    assert client.post(retry).status_code == (302 if may_load else 403)
    if may_read:
        assert (reverse("leadtrack:spend-upload") in page(client, "spend")) == may_load


def test_an_unknown_statement_is_not_found(login: Login) -> None:
    assert login("admin").get(reverse("leadtrack:spend-statement", args=[99])).status_code == 404


def test_reasons_follow_the_language_of_the_reader() -> None:
    row = statement_of().rejected_rows.first()
    assert row is not None
    with translation.override("ru"):
        assert "yesterday" in row.reason_text


def test_the_admin_shows_statements_and_books_rates_again(login: Login) -> None:
    client = login("admin")
    statement = statement_of()
    assert client.get(reverse("admin:leadtrack_spend_statement_changelist")).status_code == 200
    assert (
        client.get(reverse("admin:leadtrack_spend_statement_change", args=[statement.pk])).status_code == 200
    )
    assert client.get(reverse("admin:leadtrack_spend_adaccount_changelist")).status_code == 200
    DirtyMark.objects.all().delete()
    form = {"day": "2025-07-08", "currency": "USD", "rate": "0.85"}
    assert client.post(reverse("admin:leadtrack_spend_rate_add"), form).status_code == 302
    assert DirtyMark.objects.count() == 8
    changed = client.post(
        reverse("admin:leadtrack_spend_rate_change", args=[Rate.objects.get().pk]), {"rate": "0.9"}
    )
    assert changed.status_code == 302
    assert Rate.objects.get().rate == Decimal("0.9")


def test_a_user_without_a_role_sees_nothing(client: Client) -> None:
    member = make.member("marketer")
    user = member.user
    member.delete()
    client.force_login(user)
    assert client.get(reverse("leadtrack:spend")).status_code == 403
