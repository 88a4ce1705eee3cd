"""Sales says which visit a lead came from: by the code that was read out, or by pointing at it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from leadtrack.deals.assign import open_deal
from leadtrack.leads import inbox
from leadtrack.leads.bind import BindError, bind_to_visit, undo_binding
from leadtrack.leads.models import Binding, ContactKey, Lead, Receipt
from leadtrack.leads.reclassify import follow_visits
from leadtrack.ledger.check import check_books
from leadtrack.ledger.models import ResultFact
from leadtrack.ledger.reconcile import all_days, reconcile_changed
from leadtrack.phones.assign import assign_number
from leadtrack.phones.models import Call
from leadtrack.visits.afterwards import MovedVisit
from leadtrack.visits.models import Site, Visit, Visitor
from leadtrack.visits.promo import code_of
from tests import make

pytestmark = pytest.mark.django_db
KEY = "00bc614e" + "0" * 24
CODE = "0004-8225"
BRAND = "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=brand"
POSTER = "https://shop.example/?utm_source=poster&utm_medium=offline"


@pytest.fixture
def site() -> Site:
    return make.site()


@pytest.fixture
def call_lead(site: Site) -> Lead:
    """Somebody called; the number belongs to nobody's campaign."""
    number = make.number(site=site)
    call = Call.objects.create(
        account=number.account, number=number, sid="CA1", source=make.source(POSTER), caller="+4930901820",
        started_at=make.NOON, day=make.TODAY,
    )  # fmt: skip
    row, _is_new = inbox.accept_call(call=call, at=make.NOON)
    lead = inbox.work(row.pk)
    assert lead is not None
    return lead


@pytest.fixture
def visit(site: Site) -> Visit:
    return _visit(site, KEY, minutes=10)


def _visit(site: Site, key: str, **ago: int) -> Visit:
    at = make.NOON - timedelta(**ago)
    visitor = Visitor.objects.get_or_create(site=site, key=key, defaults={"first_seen_at": at})[0]
    return make.visit(at=at, visitor=visitor, of=make.source(BRAND))


def _post(client: Client, lead: Lead, what: str, **fields: Any) -> str:
    answer = client.post(f"/leads/{lead.public_id}/{what}", fields, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def _state(lead: Lead) -> Any:
    lead.refresh_from_db()
    keys = sorted(ContactKey.objects.values_list("contact_id", "kind", "value", "is_owner"))
    return lead.source_id, lead.visit_id, Receipt.objects.get(lead=lead).steps, keys


def _facts() -> list[Any]:
    reconcile_changed()
    assert check_books(all_days()).broken == []
    columns = ("clock", "model", "day", "source", "leads_ppm")
    return sorted(ResultFact.objects.filter(leads_ppm__gt=0).values_list(*columns))


@pytest.mark.parametrize("typed", [CODE, "00048225", " 0004 8225"])
def test_the_code_that_was_read_out_binds_the_call_to_its_visit(
    login: Callable[..., Client], call_lead: Lead, visit: Visit, typed: str
) -> None:
    page = _post(login("admin"), call_lead, "bind", code=typed)
    call_lead.refresh_from_db()
    assert (call_lead.visit, call_lead.source) == (visit, visit.source)
    assert ContactKey.objects.get(kind="visitor").contact == call_lead.contact
    assert "Undo" in page
    assert "typed in the promo code" in page


def test_the_receipt_says_who_said_so_and_who_would_have_won(
    login: Callable[..., Client], call_lead: Lead, visit: Visit
) -> None:
    _post(login("admin", "boss"), call_lead, "bind", code=CODE)
    steps = Receipt.objects.get(lead=call_lead).steps
    assert (steps[0]["rule"], steps[0]["won"]) == ("bound", True)
    assert [step["won"] for step in steps[1:-1]] == [False] * len(steps[1:-1])
    assert (steps[0]["evidence"]["by"], steps[0]["evidence"]["code"]) == ("boss", CODE)
    assert steps[-1]["evidence"]["channel"] == visit.source.channel
    page = login("agency").get(f"/leads/{call_lead.public_id}/").content.decode()
    assert "Somebody typed in the promo code" in page


def test_undo_restores_exactly_and_the_books_with_it(
    login: Callable[..., Client], call_lead: Lead, visit: Visit
) -> None:
    client, before, facts = login("admin"), _state(call_lead), _facts()
    _post(client, call_lead, "bind", code=CODE)
    assert _facts() != facts
    page = _post(client, call_lead, "unbind", binding=Binding.objects.get().pk)
    assert (_state(call_lead), _facts()) == (before, facts)
    assert "The binding was undone" in page
    # Twice is once.
    _post(client, call_lead, "unbind", binding=Binding.objects.get().pk)
    assert _state(call_lead) == before


def test_undo_leaves_a_browser_to_who_used_it_meanwhile(call_lead: Lead, visit: Visit) -> None:
    binding = bind_to_visit(lead=call_lead, visit=visit, by=None, how="hand")
    eve = make.contact(phone="+4930901829", name="Eve")
    browser = {"kind": "visitor", "value": str(visit.visitor_id)}
    ContactKey.objects.create(contact=eve, is_owner=False, **browser)
    undo_binding(binding=binding, by=None)
    assert ContactKey.objects.get(**browser).contact == eve
    assert ContactKey.objects.get(**browser).is_owner


def test_undo_gives_back_the_source_that_the_visit_has_by_now(
    call_lead: Lead, visit: Visit, site: Site
) -> None:
    bind_to_visit(lead=call_lead, visit=visit, by=None, how="hand")
    later = bind_to_visit(lead=call_lead, visit=_visit(site, "f" * 32, minutes=5), by=None, how="hand")
    now = make.source(POSTER)
    moved = MovedVisit(visit.pk, visit.visitor_id, was_id=visit.source_id, source_id=now.pk, rule="own:1")
    Visit.objects.filter(pk=visit.pk).update(source=now)
    follow_visits([moved])
    undo_binding(binding=later, by=None)
    call_lead.refresh_from_db()
    assert (call_lead.visit_id, call_lead.source) == (visit.pk, now)
    steps = Receipt.objects.get(lead=call_lead).steps
    assert [step["rule"] for step in steps][-2:] == ["reclassified", "channel"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("1234", "eight digits"),
        ("", "eight digits"),
        ("9999-9999", "eight digits"),
        ("0000-0001", "No visitor with this"),
    ],
)
def test_what_is_no_code_is_told_next_to_the_field(
    login: Callable[..., Client], call_lead: Lead, visit: Visit, typed: str, told: str
) -> None:
    page = _post(login("admin"), call_lead, "bind", code=typed)
    assert told in page
    assert 'aria-invalid="true"' in page
    assert not Binding.objects.exists()


def test_a_code_of_a_visit_after_the_lead_is_told_apart(
    login: Callable[..., Client], call_lead: Lead, site: Site
) -> None:
    _visit(site, KEY, hours=-1)
    page = _post(login("admin"), call_lead, "bind", code=CODE)
    assert "not before this lead came" in page
    assert "Ask for the code once more" not in page
    assert not Binding.objects.exists()


def test_several_browsers_with_one_code_are_offered(
    login: Callable[..., Client], call_lead: Lead, visit: Visit, site: Site
) -> None:
    other = _visit(site, KEY[:6] + "f" * 26, days=2)
    client = login("admin")
    page = _post(client, call_lead, "bind", code=CODE)
    assert "Which one?" in page
    assert page.index(f'name="visit" value="{visit.pk}"') < page.index(f'name="visit" value="{other.pk}"')
    assert not Binding.objects.exists()
    _post(client, call_lead, "bind", code=CODE, visit=other.pk)
    call_lead.refresh_from_db()
    assert call_lead.visit == other


def test_without_a_code_one_chooses_among_the_visits_just_before(
    login: Callable[..., Client], call_lead: Lead, visit: Visit, site: Site
) -> None:
    client = login("admin")
    _visit(site, "b" * 32, hours=4)
    _visit(site, "c" * 32, minutes=-5)
    offered = client.get(f"/leads/{call_lead.public_id}/visits").content.decode()
    assert offered.count("<button") == 1
    _post(client, call_lead, "bind", visit=visit.pk)
    assert Binding.objects.get().how == "hand"
    assert "chose the visit" in client.get(f"/leads/{call_lead.public_id}/").content.decode()


def test_no_visit_but_the_offered_ones_can_be_taken(
    login: Callable[..., Client], call_lead: Lead, visit: Visit, site: Site
) -> None:
    client = login("admin")
    strange = [make.visit(at=make.NOON - timedelta(minutes=1)), _visit(site, "d" * 32, minutes=-5)]
    for one in strange:
        for code in ("", CODE):
            assert "cannot be chosen" in _post(client, call_lead, "bind", visit=one.pk, code=code)
    assert not Binding.objects.exists()


def test_credit_never_reaches_back_in_time_nor_to_another_site(call_lead: Lead, site: Site) -> None:
    for late in (_visit(site, KEY, minutes=-1), make.visit(at=make.NOON - timedelta(minutes=1))):
        with pytest.raises(BindError):
            bind_to_visit(lead=call_lead, visit=late, by=None, how="hand")


def test_bindings_are_undone_latest_first(call_lead: Lead, visit: Visit, site: Site) -> None:
    before = _state(call_lead)
    first = bind_to_visit(lead=call_lead, visit=visit, by=None, how="hand")
    second = bind_to_visit(lead=call_lead, visit=_visit(site, "e" * 32, hours=1), by=None, how="hand")
    with pytest.raises(BindError):
        undo_binding(binding=first, by=None)
    undo_binding(binding=second, by=None)
    undo_binding(binding=first, by=None)
    assert _state(call_lead) == before


def test_a_source_that_the_number_gets_later_waits_behind_the_binding(
    call_lead: Lead, visit: Visit, site: Site
) -> None:
    binding = bind_to_visit(lead=call_lead, visit=visit, by=None, how="code", code=CODE)
    radio = make.source("https://shop.example/?utm_source=radio&utm_medium=offline")
    assert call_lead.call is not None
    assign_number(number=call_lead.call.number, source=radio, at=make.NOON - timedelta(days=1))
    call_lead.refresh_from_db()
    assert call_lead.source == visit.source
    undo_binding(binding=binding, by=None)
    call_lead.refresh_from_db()
    assert call_lead.source == radio


def test_the_story_tells_who_bound_it_and_who_took_it_back(
    login: Callable[..., Client], call_lead: Lead, visit: Visit
) -> None:
    client = login("admin", "boss")
    _post(client, call_lead, "bind", code=CODE)
    page = _post(client, call_lead, "unbind", binding=Binding.objects.get().pk)
    assert f"promo code {CODE}" in page
    assert page.index("Bound to a visit") < page.rindex("The binding was undone")


@pytest.mark.parametrize("role", ["marketer", "agency"])
def test_it_is_for_those_who_sell(login: Callable[..., Client], call_lead: Lead, role: str) -> None:
    client = login(role)
    for what in ("bind", "unbind"):
        assert client.post(f"/leads/{call_lead.public_id}/{what}", {"code": CODE}).status_code == 403
    assert client.get(f"/leads/{call_lead.public_id}/visits").status_code == 403
    assert "Promo code" not in client.get(f"/leads/{call_lead.public_id}/").content.decode()


def test_a_lead_of_somebody_else_is_not_found(login: Callable[..., Client], site: Site, visit: Visit) -> None:
    lead = make.lead(on=site)
    deal = open_deal(lead)
    deal.owner = make.member("sales").user
    deal.save()
    assert login("sales").post(f"/leads/{lead.public_id}/bind", {"code": CODE}).status_code == 404


@pytest.mark.parametrize("pk", ["", "x", "0", "9" * 40, "-1"])
def test_an_unknown_binding_is_told(login: Callable[..., Client], call_lead: Lead, pk: str) -> None:
    client = login("admin")
    assert "no such binding" in _post(client, call_lead, "unbind", binding=pk)
    assert client.post(f"/leads/{call_lead.public_id}/bind", {"visit": pk}).status_code in (200, 302)


def test_the_code_of_a_page_and_the_code_of_sales_are_one() -> None:
    assert code_of(KEY) == CODE
