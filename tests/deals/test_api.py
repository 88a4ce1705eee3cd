import json
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator

from leadtrack.accounts.models import Member
from leadtrack.deals.models import Deal, LossReason, Purchase
from tests import make
from tests.deals.people import EMAIL, PERSONAL, PHONE, api_of, deal_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> Member:
    return make.member("sales", "seller")


@pytest.fixture
def deal(seller: Member) -> Deal:
    return deal_of(seller)


@pytest.fixture
def api(seller: Member) -> Client:
    return api_of(seller)


def at(deal: Deal, what: str = "") -> str:
    return f"/api/v1/leads/{deal.lead.public_id}{what}"


def post(api: Client, address: str, said: Any, **headers: str) -> Any:
    return api.post(address, json.dumps(said), content_type="application/json", headers=headers)


def error(answer: Any) -> tuple[int, str, str]:
    """Status, field and code of the one error, in the shape of all errors."""
    said = answer.json()
    assert said["type"] in ("validation_error", "client_error")
    assert len(said["errors"]) == 1
    return answer.status_code, said["errors"][0]["attr"], said["errors"][0]["code"]


def test_a_lead_tells_everything(api: Client, deal: Deal) -> None:
    said = api.get(at(deal)).json()
    assert (said["id"], said["name"], said["phone"], said["email"]) == (
        deal.lead.public_id,
        "Ann Secret",
        PHONE,
        EMAIL,
    )
    assert (said["outcome"], said["stage"]["name"], said["owner"]) == ("in_work", "New", "seller")
    assert (said["source"]["channel"], said["source"]["campaign"]) == ("Paid Search", "brand")
    assert (said["day"], said["purchases"], said["loss_reason"]) == ("2026-03-10", [], None)


def test_an_agency_gets_no_person(deal: Deal) -> None:
    make.purchase(of=deal, note="note of hers")
    agency = api_of(make.member("agency"))
    for address in ("/api/v1/leads", at(deal), "/api/v1/purchases"):
        answer = agency.get(address)
        assert answer.status_code == 200
        text = answer.content.decode()
        assert not [word for word in PERSONAL if word in text], address
    said = agency.get(at(deal)).json()
    assert [said[field] for field in ("name", "phone", "email", "message")] == [None] * 4


def test_leads_are_paged_by_key_newest_first(api: Client, seller: Member) -> None:
    place = make.site()
    ids = [make.deal(of=make.lead(on=place), owner=seller.user).lead.public_id for _ in range(7)]
    first = api.get("/api/v1/leads?page_size=3").json()
    make.deal(owner=seller.user)
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()
    assert [row["id"] for page in (first, second, third) for row in page["results"]] == ids[::-1]
    assert third["next"] is None


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("day_from=2026-03-11", ["late"]),
        ("day_to=2026-03-10", ["early"]),
        ("channel=Paid Search", ["early"]),
        ("status=accepted", ["late"]),
        ("outcome=won", ["late"]),
        ("outcome=in_work", ["early"]),
        ("owner=me", ["early"]),
        ("", ["late", "early"]),
    ],
)
def test_leads_are_filtered(api: Client, seller: Member, query: str, names: list[str]) -> None:
    make.deal(of=make.lead(name="early"), owner=seller.user)
    source = make.source("https://shop.example/?utm_source=news&utm_medium=email")
    late = make.lead(name="late", of=source, at=make.NOON.replace(day=12), status="accepted")
    make.deal(of=late, group="won")
    assert [row["name"] for row in api.get(f"/api/v1/leads?{query}").json()["results"]] == names


@pytest.mark.parametrize("query", ["day_from=x", "status=x", "outcome=x", "owner=ann"])
def test_a_wrong_filter_is_refused(api: Client, query: str) -> None:
    assert error(api.get(f"/api/v1/leads?{query}"))[:2] == (400, query.split("=", maxsplit=1)[0])


def test_won_repeat_refund_and_reopen(api: Client, deal: Deal) -> None:
    won = post(
        api, at(deal, "/won"), {"amount": "100.50", "cost": "40", "currency": "EUR", "paid_on": "2026-03-11"}
    )
    assert won.status_code == 201
    said = won.json()
    assert (said["amount"], said["cost"], said["kind"], said["currency"]) == (
        "100.50",
        "40.00",
        "first",
        "EUR",
    )
    again = post(api, at(deal, "/purchases"), {"amount": "50", "paid_on": "2026-03-12"}).json()
    assert (again["kind"], again["currency"]) == ("repeat", "EUR")
    back = post(
        api, at(deal, "/refunds"), {"amount": "100.50", "paid_on": "2026-03-12", "purchase": said["id"]}
    ).json()
    assert (back["amount"], back["refund_of"], back["lead"]) == ("-100.50", said["id"], deal.lead.public_id)
    assert [row["amount"] for row in api.get(at(deal)).json()["purchases"]] == ["100.50", "50.00", "-100.50"]
    reopened = api.post(at(deal, "/reopen"))
    assert (reopened.status_code, reopened.json()["outcome"]) == (200, "in_work")


def test_lost(api: Client, deal: Deal) -> None:
    reason = LossReason.objects.get(name="Too expensive")
    said = post(api, at(deal, "/lost"), {"reason": reason.pk, "lost_on": "2026-03-11"}).json()
    assert (said["outcome"], said["loss_reason"], said["closed_on"]) == (
        "lost",
        "Too expensive",
        "2026-03-11",
    )


@pytest.mark.parametrize("way", ["header", "field"])
def test_the_same_key_again_is_the_same_purchase(api: Client, deal: Deal, way: str) -> None:
    said = {"amount": "100", "paid_on": "2026-03-11"} | (
        {"submission_key": "k" * 200} if way == "field" else {}
    )
    headers = {"Idempotency-Key": "key-1"} if way == "header" else {}
    ids = {post(api, at(deal, "/won"), said, **headers).json()["id"] for _ in range(2)}
    assert len(ids) == Purchase.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": None}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "1.234"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1e99"}, "amount"),
        ({"amount": "100000000000"}, "amount"),
        ({"amount": [1]}, "amount"),
        ({"cost": "-1"}, "cost"),
        ({"currency": "XQQ"}, "currency"),
        ({"currency": "EUROS"}, "currency"),
        ({"paid_on": "2999-01-01"}, "paid_on"),
        ({"paid_on": "tomorrow"}, "paid_on"),
        ({"note": "x" * 201}, "note"),
        ({"note": "a\x00b"}, "note"),
    ],
)
def test_what_is_wrong_names_its_field(api: Client, deal: Deal, wrong: dict[str, Any], field: str) -> None:
    answer = post(api, at(deal, "/won"), {"amount": "100", "paid_on": "2026-03-11"} | wrong)
    assert error(answer)[:2] == (400, field)
    assert Purchase.objects.count() == 0


def test_closing_twice_is_refused_with_a_code(api: Client, deal: Deal) -> None:
    said = {"amount": "100", "paid_on": "2026-03-11"}
    post(api, at(deal, "/won"), said)
    assert error(post(api, at(deal, "/won"), said)) == (400, "non_field_errors", "already_won")


def test_more_cannot_go_back_than_came_in(api: Client, deal: Deal) -> None:
    post(api, at(deal, "/won"), {"amount": "100", "paid_on": "2026-03-11"})
    said = {"amount": "100.01", "paid_on": "2026-03-11"}
    assert error(post(api, at(deal, "/refunds"), said))[:2] == (400, "amount")
    assert error(post(api, at(deal, "/refunds"), said | {"purchase": "pu_x"}))[:2] == (400, "purchase")


@pytest.mark.parametrize("body", ["", "{", "[]", '"x"', "null", "\x00"])
def test_rubbish_is_the_senders_error(api: Client, deal: Deal, body: str) -> None:
    for what in ("/won", "/lost", "/purchases", "/refunds"):
        answer = api.post(at(deal, what), body, content_type="application/json")
        assert (answer.status_code, "errors" in answer.json()) == (400, True)


def test_purchases_are_listed_and_filtered(api: Client, seller: Member, deal: Deal) -> None:
    make.purchase(of=deal, cents=100)
    make.purchase(of=deal, cents=200, currency="USD", kind="repeat", voided_at=make.NOON)
    make.purchase(of=make.deal(owner=make.member("sales").user), cents=300)

    def amounts(query: str) -> list[str]:
        return [row["amount"] for row in api.get(f"/api/v1/purchases?{query}").json()["results"]]

    assert amounts("") == ["2.00", "1.00"]
    assert amounts("currency=usd") == amounts("kind=repeat") == amounts("voided=true") == ["2.00"]
    assert amounts("voided=false") == ["1.00"]
    assert amounts(f"lead={deal.lead.public_id}&paid_from=2026-03-10&paid_to=2026-03-10") == ["2.00", "1.00"]
    assert amounts("paid_from=2026-03-11") == []


def test_reasons_and_stages_are_listed(api: Client) -> None:
    assert "No answer" in [row["name"] for row in api.get("/api/v1/loss-reasons").json()]
    assert [row["group"] for row in api.get("/api/v1/stages").json()] == [
        "in_work",
        "in_work",
        "won",
        "lost",
        "not_counted",
    ]


@pytest.mark.parametrize("count", [1, 20])
def test_the_lists_cost_the_same_however_long(
    api: Client, seller: Member, django_assert_num_queries: Any, count: int
) -> None:
    for _ in range(count):
        make.purchase(of=make.deal(of=make.lead(phone=PHONE), owner=seller.user, group="won"))
    api.get("/api/v1/stages")  # writes when the token was last used
    for address in ("/api/v1/leads", "/api/v1/purchases"):
        with django_assert_num_queries(3):  # token, member, rows
            api.get(address)


def test_the_schema_of_this_room_is_clean() -> None:
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        schema = SchemaGenerator().get_schema(request=None, public=True)
    told = [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]
    assert [message for message in told if "deals" in str(message) or "enum" in str(message).lower()] == []
    assert "/api/v1/leads/{public_id}/won" in schema["paths"]
