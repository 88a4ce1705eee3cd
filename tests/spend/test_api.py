from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from leadtrack.spend import tasks
from leadtrack.spend.load import load_file
from leadtrack.spend.models import Rate, Statement
from tests.spend import files

pytestmark = pytest.mark.django_db
Login = Callable[..., Client]


@pytest.fixture(autouse=True)
def _files_apart(tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.load, "delay", lambda statement_id: None)


def post_file(client: Client, **fields: Any) -> Any:
    form = {"account": "Shop", "file": SimpleUploadedFile("a.csv", files.WITH_BAD_ROWS.encode())} | fields
    return client.post(reverse("leadtrack:api-spend-statements"), form)


def test_a_statement_is_taken_at_once_and_read_later(login: Login) -> None:
    client = login("marketer")
    answer = post_file(client)
    assert (answer.status_code, answer.json()["state"]) == (202, "new")
    tasks.load(answer.json()["id"])
    told = client.get(reverse("leadtrack:api-spend-statement", args=[answer.json()["id"]])).json()
    assert (told["state"], told["account"], told["totals"], told["rows_rejected"]) == (
        "done",
        "Shop",
        {"EUR": "15.50"},
        10,
    )
    rejected = client.get(reverse("leadtrack:api-spend-rejected", args=[told["id"]])).json()["results"]
    assert rejected[0] == {
        "line": 3,
        "reason": "“yesterday” is not a date.",
        "raw": "yesterday,facebook,No day,EUR,10.00,1",
    }


@pytest.mark.parametrize("wrong", [{"account": ""}, {"file": ""}, {"format": "xls"}, {"currency": "XQZ"}])
def test_a_wrong_statement_is_refused_in_the_one_shape(wrong: dict[str, Any], login: Login) -> None:
    answer = post_file(login("marketer"), **wrong)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] in wrong
    assert not Statement.objects.exists()


def test_rows_are_filtered_and_amounts_are_strings(login: Login) -> None:
    load_file(files.GENERIC.encode(), account_name="Shop", file_name="a.csv")
    client = login("agency")
    query = {"first": "2025-07-09", "last": "2025-07-09", "account": "Shop", "source": "facebook"}
    rows = client.get(reverse("leadtrack:api-spend-rows"), query).json()["results"]
    assert [(row["day"], row["net"], row["currency"], row["campaign_id"]) for row in rows] == [
        ("2025-07-09", "7.66", "EUR", "120001")
    ]
    assert client.get(reverse("leadtrack:api-spend-rows"), {"first": "soon"}).status_code == 400


def test_a_rate_is_entered_and_replaced(login: Login) -> None:
    client = login("marketer")
    for rate in ("0.85", "0.90"):
        form = {"day": "2025-07-08", "currency": "USD", "rate": rate}
        answer = client.post(reverse("leadtrack:api-spend-rates"), form, content_type="application/json")
        assert answer.status_code == 201
    assert [str(row.rate) for row in Rate.objects.all()] == ["0.90000000"]
    wrong = {"day": "2025-07-08", "currency": "usd", "rate": "0"}
    answer = client.post(reverse("leadtrack:api-spend-rates"), wrong, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize("role", ["sales", "sales_manager", "agency", "marketer"])
def test_each_role_gets_what_it_may(role: str, login: Login) -> None:
    client = login(role)
    names = ["accounts", "statements", "rows", "rates"]
    statuses = {client.get(reverse(f"leadtrack:api-spend-{name}")).status_code for name in names}
    assert statuses == {403 if role == "sales" else 200}
    assert post_file(client).status_code == (202 if role == "marketer" else 403)
