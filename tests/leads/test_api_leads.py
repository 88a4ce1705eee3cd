"""POST /api/v1/leads: a program hands over leads."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leadtrack.accounts.tokens import issue_token
from leadtrack.leads import inbox
from leadtrack.leads.models import InboxRow, Lead
from leadtrack.visits.models import Site, Visitor
from tests import make

pytestmark = pytest.mark.django_db
ANN = {"name": "Ann", "phone": "030 901820", "email": "Ann@example.com", "message": "Red one"}


@pytest.fixture
def site(db: None) -> Site:
    return make.site(time_zone="Europe/Berlin")


@pytest.fixture
def api(site: Site) -> Callable[..., Any]:
    key = issue_token(member=make.member("sales_manager"), name="shop")[1]

    def post(body: Any, address: str = "/api/v1/leads", **headers: str) -> Any:
        told = {"Authorization": f"Token {key}", **headers}
        client = Client()
        if body is None:
            return client.get(address, headers=told)
        return client.post(address, body, content_type="application/json", headers=told)

    return post


def worked(answer: Any) -> Lead:
    row = InboxRow.objects.get(public_id=answer.json()["id"])
    lead = inbox.work(row.pk)
    assert lead is not None
    return lead


def test_a_2xx_means_that_it_is_stored_and_told_to_a_worker(
    api: Callable[..., Any], no_broker: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = api(ANN)
    row = InboxRow.objects.get()
    assert (answer.status_code, answer.json()) == (201, {"id": row.public_id, "duplicate": False})
    assert (row.door, row.state) == ("api", "new")
    lead = worked(answer)
    assert (lead.kind, lead.name, lead.phone.as_e164, lead.email) == (
        "api",
        "Ann",
        "+4930901820",
        "ann@example.com",
    )
    assert lead.public_id == row.public_id


@pytest.mark.parametrize(
    ("header", "field"), [("a-1", {}), ("", {"submission_id": "a-1"}), ("", {"external_id": "17"})]
)
def test_the_same_key_again_is_the_same_lead(
    api: Callable[..., Any], header: str, field: dict[str, str]
) -> None:
    headers = {"Idempotency-Key": header} if header else {}
    first = api(ANN | field, **headers)
    again = api({"phone": "030 901829"} | field, **headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {"id": first.json()["id"], "duplicate": True}
    assert InboxRow.objects.count() == 1


def test_keys_that_differ_at_their_far_end_are_two(api: Callable[..., Any]) -> None:
    answers = [api(ANN, **{"Idempotency-Key": "k" * 250 + end}) for end in ("1", "2", "1")]
    assert [answer.status_code for answer in answers] == [201, 201, 200]


def test_without_a_key_each_is_a_new_one(api: Callable[..., Any]) -> None:
    assert [api(ANN).status_code, api(ANN).status_code] == [201, 201]


def test_whether_it_is_worked_can_be_asked(api: Callable[..., Any]) -> None:
    answer = api(ANN)
    address = f"/api/v1/leads/{answer.json()['id']}"
    waiting = api(None, address)
    assert (waiting.status_code, waiting.json()["state"]) == (202, "waiting")
    worked(answer)
    lead = api(None, address)
    assert (lead.status_code, lead.json()["id"]) == (200, answer.json()["id"])
    InboxRow.objects.filter(public_id=api(ANN | {"external_id": "x"}).json()["id"]).update(state="failed")
    failed = api(None, f"/api/v1/leads/{InboxRow.objects.latest('pk').public_id}")
    assert (failed.status_code, failed.json()["state"]) == (202, "failed")


@pytest.mark.parametrize(
    ("said", "channel", "source", "rule"),
    [
        ({"source": "google", "medium": "cpc", "campaign": "brand"}, "Paid Search", "google", "told"),
        ({"tags": {"gclid": "x1"}}, "Paid Search", "google", "told"),
        ({"utm_source": "Google", "utm_medium": "cpc"}, "Paid Search", "google", "told"),
        ({"gclid": "x1"}, "Paid Search", "google", "told"),
        ({"ScCid": "x1"}, "Paid Social", "snapchat", "told"),
        ({"mtm_source": "news", "mtm_medium": "email"}, "Email", "news", "told"),
        ({"utm_source": "a", "source": "news", "medium": "email"}, "Email", "news", "told"),
        ({"page_url": "https://shop.example/?utm_source=news&utm_medium=email"}, "Email", "news", "told"),
        ({"referrer": "https://www.bing.com/"}, "Organic Search", "bing", "told"),
        ({"channel": "Offline", "source": "fair"}, "Offline", "fair", "told"),
        ({}, "(unknown)", "", "told"),
    ],
)
def test_where_it_comes_from(
    api: Callable[..., Any], said: dict[str, Any], channel: str, source: str, rule: str
) -> None:
    lead = worked(api(ANN | said))
    assert (lead.source.channel, lead.source.source) == (channel, source)
    assert lead.receipt.steps[0]["rule"] == rule


def test_the_visit_of_the_browser_knows_best(api: Callable[..., Any], site: Site) -> None:
    now = timezone.now()
    visitor = Visitor.objects.create(site=site, key="visitor-1", first_seen_at=now)
    visit = make.visit(at=now - timedelta(minutes=5), visitor=visitor)
    lead = worked(api(ANN | {"visitor": "visitor-1", "source": "other"}))
    assert lead.visit == visit
    assert lead.source == visit.source
    assert lead.contact.keys.filter(kind="visitor", value=str(visitor.pk)).exists()


def test_what_has_no_column_stands_beside_the_lead(api: Callable[..., Any]) -> None:
    lead = worked(api(ANN | {"extra": {"size": "XL"}, "external_id": "17", "email": "ann at example"}))
    assert lead.raw_payload == {"size": "XL", "external_id": "17", "email_raw": "ann at example"}


def test_words_without_a_field_are_kept_with_the_lead(api: Callable[..., Any]) -> None:
    more = {
        "utm_source": "news",
        "budget": 500,
        "goods": ["a", "é"],
        "none": None,
        "zero": "a\0b",
        "x" * 300: "y",
    }
    lead = worked(api(ANN | more | {"extra": {"size": "XL"}}))
    kept = {"budget": "500", "goods": '["a", "é"]', "zero": "ab", "x" * 100: "y", "size": "XL"}
    assert lead.raw_payload == kept


def test_its_moment_may_be_earlier(api: Callable[..., Any]) -> None:
    lead = worked(api(ANN | {"captured_at": "2026-03-10T23:30:00Z"}))
    assert str(lead.day) == "2026-03-11"


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ({"phone": "", "email": ""}, "phone", "required"),
        ({"phone": "12", "email": ""}, "phone", "invalid"),
        ({"phone": "", "email": "x"}, "email", "invalid"),
        ({"site": "none"}, "site", "does_not_exist"),
        ({"captured_at": "2990-01-01T00:00:00Z"}, "captured_at", "future"),
        ({"captured_at": "1990-01-01T00:00:00Z"}, "captured_at", "min_value"),
        ({"captured_at": "soon"}, "captured_at", "invalid"),
        ({"name": "x" * 501}, "name", "max_length"),
        ({"name": "a\0b"}, "name", "null_characters_not_allowed"),
        ({"tags": "x"}, "tags", "not_a_dict"),
    ],
)
def test_errors_name_the_field(api: Callable[..., Any], said: dict[str, Any], field: str, code: str) -> None:
    answer = api(ANN | said)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["attr"], error["code"]) == (field, code)
    assert not InboxRow.objects.exists()


def test_with_two_sites_one_must_be_named(api: Callable[..., Any], site: Site) -> None:
    other = make.site("https://other.example", name="Other")
    assert api(ANN).json()["errors"][0]["attr"] == "site"
    worked(api(ANN | {"site": other.key}))
    assert Lead.objects.get().site == other


def test_a_batch_answers_each_for_itself(api: Callable[..., Any]) -> None:
    rows = [ANN | {"external_id": "1"}, {"name": "Nobody"}, ANN | {"external_id": "1"}, {"tags": {"a": []}}]
    answer = api({"leads": rows}, "/api/v1/leads/batch")
    first, second, third, fourth = answer.json()["results"]
    assert answer.status_code == 200
    assert (first["duplicate"], third) == (False, {"id": first["id"], "duplicate": True})
    assert list(second["errors"]) == ["phone"]
    assert set(fourth["errors"]) == {"tags"}
    assert InboxRow.objects.count() == 1
    assert api({"leads": [ANN] * 101}, "/api/v1/leads/batch").status_code == 400
    assert api({"leads": [1]}, "/api/v1/leads/batch").status_code == 400


@pytest.mark.parametrize("role", ["marketer", "agency"])
def test_only_who_works_leads_hands_them_over(site: Site, role: str) -> None:
    key = issue_token(member=make.member(role), name="x")[1]
    client = Client(headers={"Authorization": f"Token {key}"})
    for address in ("/api/v1/leads", "/api/v1/leads/batch"):
        assert client.post(address, ANN, content_type="application/json").status_code == 403
    assert Client().post("/api/v1/leads", ANN, content_type="application/json").status_code == 401
    assert not InboxRow.objects.exists()


def test_who_may_not_work_leads_learns_nothing_of_waiting_ones(site: Site) -> None:
    row = InboxRow.objects.create(door="api", site=site, submission_key="x", payload={})
    key = issue_token(member=make.member("agency"), name="x")[1]
    client = Client(headers={"Authorization": f"Token {key}"})
    assert client.get(f"/api/v1/leads/{row.public_id}").status_code == 404
