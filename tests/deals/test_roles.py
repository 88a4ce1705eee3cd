"""Who may open what, by role, own and other people's leads. The role matrix forgets no address."""

import json
from collections.abc import Callable

import pytest
from django.test import Client

from leadtrack.accounts.models import Member
from leadtrack.deals.models import Deal, DealEvent, Purchase
from tests import make
from tests.deals.people import api_of, client_of

pytestmark = pytest.mark.django_db

ROLES = ["admin", "sales_manager", "sales", "marketer", "agency"]
WORKERS = {"admin", "sales_manager", "sales"}
ACTIONS = ["won", "lost", "purchase", "refund", "reopen", "close-again", "status", "assign"]
API_READS = ["leads", "leads/{lead}", "purchases", "loss-reasons", "stages"]
API_WRITES = ["won", "lost", "purchases", "refunds", "reopen"]


@pytest.fixture
def others() -> Purchase:
    """Money of a lead that belongs to another sales person."""
    owner = make.member("sales", "owner").user
    return make.purchase(of=make.deal(group="won", owner=owner))


def asked(client: Client, address: str, method: str = "get") -> int:
    return int(getattr(client, method)(address).status_code)


def changes() -> tuple[int, int, int]:
    return (
        DealEvent.objects.count(),
        Purchase.objects.filter(voided_at=None).count(),
        Deal.objects.filter(stage__group="won").count(),
    )


@pytest.mark.parametrize("role", ROLES)
def test_reading(role: str, others: Purchase) -> None:
    client, lead = client_of(make.member(role)), others.deal.lead
    expected = 404 if role == "sales" else 200
    assert asked(client, "/inbox/") == 200
    assert asked(client, "/inbox/news") == 200
    assert asked(client, f"/leads/{lead.public_id}/") == expected
    assert asked(client, f"/contacts/{lead.contact.public_id}/") == expected
    assert (lead.public_id in client.get("/inbox/").content.decode()) == (role != "sales")


@pytest.mark.parametrize("role", ROLES)
def test_working(role: str, others: Purchase) -> None:
    client, before = client_of(make.member(role)), changes()
    addresses = [f"/leads/{others.deal.lead.public_id}/{action}" for action in ACTIONS]
    addresses += [f"/purchases/{others.public_id}/{action}" for action in ("void", "restore")]
    answers = {asked(client, address, "post") for address in addresses}
    if role == "sales":
        assert answers == {404}
    elif role in WORKERS:
        assert answers <= {200, 302}
    else:
        assert answers == {403}
    assert (changes() == before) == (role not in {"admin", "sales_manager"})


@pytest.mark.parametrize("role", ROLES)
def test_buttons_are_shown_to_who_may_press_them(role: str) -> None:
    member = make.member(role)
    deal = make.deal(owner=member.user)
    page = client_of(member).get(f"/leads/{deal.lead.public_id}/").content.decode()
    assert ("/won" in page, "/status" in page) == (role in WORKERS, role in WORKERS)
    assert ("/assign" in page) == (role in {"admin", "sales_manager"})


@pytest.mark.parametrize("role", ROLES)
def test_api_reading(role: str, others: Purchase) -> None:
    api, lead = api_of(make.member(role)), others.deal.lead
    answers = [asked(api, "/api/v1/" + path.format(lead=lead.public_id)) for path in API_READS]
    assert answers == [200, 404 if role == "sales" else 200, 200, 200, 200]
    assert (lead.public_id in api.get("/api/v1/leads").content.decode()) == (role != "sales")
    assert (others.public_id in api.get("/api/v1/purchases").content.decode()) == (role != "sales")


@pytest.mark.parametrize("role", ROLES)
def test_api_writing(role: str, others: Purchase) -> None:
    api, lead = api_of(make.member(role)), others.deal.lead.public_id
    good = {"amount": "1", "paid_on": "2026-03-11", "reason": make.loss_reason().pk, "lost_on": "2026-03-11"}

    def send(what: str) -> int:
        answer = api.post(f"/api/v1/leads/{lead}/{what}", json.dumps(good), content_type="application/json")
        return int(answer.status_code)

    answers = {send(what) for what in API_WRITES}
    if role == "sales":
        assert answers == {404}
    elif role in WORKERS:
        assert answers <= {200, 201, 400}
    else:
        assert answers == {403}


def test_strangers_go_to_the_log_in_and_programs_are_told(client: Client, others: Purchase) -> None:
    for address in ("/inbox/", "/inbox/news", f"/leads/{others.deal.lead.public_id}/"):
        assert client.get(address)["Location"].startswith("/accounts/login/")
    assert client.post(f"/purchases/{others.public_id}/void").status_code == 302
    for path in API_READS:
        assert asked(client, "/api/v1/" + path.format(lead="x")) == 401


def test_a_user_without_a_role_opens_nothing(others: Purchase) -> None:
    member = make.member("admin")
    client = client_of(member)
    Member.objects.filter(pk=member.pk).delete()
    assert asked(client, "/inbox/") == 403
    assert asked(client, "/api/v1/leads") == 403


def test_what_does_not_exist_is_not_found(login: Callable[..., Client]) -> None:
    client = login("admin")
    for address in ("/leads/ld_x/", "/contacts/ct_x/", "/api/v1/leads/ld_x"):
        assert asked(client, address) == 404
    assert asked(client, "/purchases/pu_x/void", "post") == 404


def test_a_button_is_no_link(login: Callable[..., Client], others: Purchase) -> None:
    client, before = login("admin"), changes()
    assert asked(client, f"/leads/{others.deal.lead.public_id}/reopen") == 405
    assert asked(client, f"/purchases/{others.public_id}/void") == 405
    assert changes() == before


def test_a_button_needs_its_token(others: Purchase) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make.member("admin").user)
    assert asked(client, f"/purchases/{others.public_id}/void", "post") == 403
    assert Purchase.objects.live().count() == 1


@pytest.mark.parametrize("model", ["stage", "lossreason", "deal", "purchase"])
def test_the_admin_lists_and_opens_each_table(
    login: Callable[..., Client], others: Purchase, model: str
) -> None:
    client = login("admin")
    assert asked(client, f"/admin/leadtrack_deals/{model}/") == 200
    is_look_only = model in ("deal", "purchase")
    assert asked(client, f"/admin/leadtrack_deals/{model}/add/") == (403 if is_look_only else 200)
    if is_look_only:
        row = others if model == "purchase" else others.deal
        page = client.get(f"/admin/leadtrack_deals/{model}/{row.pk}/change/")
        assert page.status_code == 200
        assert 'name="_save"' not in page.content.decode()
