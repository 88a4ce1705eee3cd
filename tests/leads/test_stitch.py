"""Browsers are linked to the people they say they are of."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leadtrack.leads import stitch
from leadtrack.leads.merge import merge
from leadtrack.leads.models import Contact, ContactKey, Lead
from leadtrack.leads.personal import personal_token
from leadtrack.leads.tasks import stitch_browsers
from leadtrack.sources.models import DirtyMark
from leadtrack.visits.claims import record_claim
from leadtrack.visits.models import Claim, Visitor
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(time_machine: Any) -> None:
    time_machine.move_to(make.NOON)


@pytest.fixture
def anna() -> Contact:
    return make.contact(name="Anna", email="anna@example.com", phone="+4930901820")


def _browser(site: Any = None) -> Visitor:
    return make.visit(on=site).visitor


def _says(visitor: Visitor, kind: str, value: str) -> Claim:
    assert record_claim(site=visitor.site, visitor_id=visitor.pk, kind=kind, value=value, at=timezone.now())
    return Claim.objects.latest("pk")


def _people(visitor: Visitor) -> list[Contact]:
    keys = ContactKey.objects.filter(kind="visitor", value=str(visitor.pk))
    return [key.contact for key in keys.order_by("-is_owner", "pk")]


@pytest.mark.parametrize(("kind", "value"), [("email", "Anna@example.com"), ("phone", "030 901820")])
def test_who_leaves_what_we_know_of_somebody_is_linked(anna: Contact, kind: str, value: str) -> None:
    visitor = _browser()
    _says(visitor, kind, value)
    stitch_browsers()
    assert _people(visitor) == [anna]
    assert Claim.objects.get().state == "linked"
    assert DirtyMark.objects.filter(contact_id=anna.pk).exists()


def test_who_clicks_a_personal_link_is_linked(anna: Contact) -> None:
    visitor = _browser()
    _says(visitor, "token", personal_token(anna))
    stitch_browsers()
    assert _people(visitor) == [anna]


def test_a_link_of_somebody_merged_leads_to_who_they_are_now(anna: Contact) -> None:
    double = make.contact(name="A.")
    Contact.objects.filter(pk=double.pk).update(merged_into=anna)
    visitor = _browser()
    _says(visitor, "token", personal_token(double))
    stitch_browsers()
    assert _people(visitor) == [anna]


def test_a_claim_makes_nobody_and_waits_for_them(captured: Any, time_machine: Any) -> None:
    visitor = _browser()
    claim = _says(visitor, "email", "ben@example.com")
    for _look in range(3):
        stitch_browsers()
        time_machine.shift(timedelta(minutes=11))
    claim.refresh_from_db()
    assert (claim.state, claim.tries, claim.due_at) == ("waiting", 2, None)
    assert not Contact.objects.exists()
    lead = captured({"name": "Ben", "email": "BEN@example.com"})
    stitch_browsers()
    assert _people(visitor) == [lead.contact]


def test_a_browser_of_somebody_else_is_shared_not_taken(anna: Contact) -> None:
    visitor = _browser()
    ben = make.contact(name="Ben", email="ben@example.com")
    for value in ("ben@example.com", "anna@example.com"):
        _says(visitor, "email", value)
        stitch_browsers()
    assert _people(visitor) == [ben, anna]
    assert ContactKey.objects.get(kind="visitor", is_owner=True).contact == ben


def test_a_phone_of_two_people_says_nothing_of_whose_browser_it_is(anna: Contact) -> None:
    ben = make.contact(name="Ben", email="ben@example.com")
    ContactKey.objects.create(contact=ben, kind="phone", value="+4930901820", is_owner=False)
    visitor = _browser()
    _says(visitor, "phone", "+4930901820")
    stitch_browsers()
    assert _people(visitor) == []


def test_a_phone_of_two_people_who_are_merged_says_whose_browser_waits(anna: Contact) -> None:
    other = make.contact(name="Ann", email="ann@example.com")
    ContactKey.objects.create(contact=other, kind="phone", value="+4930901820", is_owner=False)
    visitor = _browser()
    _says(visitor, "phone", "030 901820")
    stitch_browsers()
    Claim.objects.update(due_at=None, tries=2)
    merge(one=anna, other=other, by=None)
    stitch_browsers()
    assert _people(visitor) == [anna]


def test_a_screen_in_a_hall_is_of_a_few_people_at_most() -> None:
    visitor = _browser()
    for number in range(stitch.MOST_PEOPLE + 1):
        make.contact(email=f"guest{number}@example.com")
        _says(visitor, "email", f"guest{number}@example.com")
        stitch_browsers()
    assert len(_people(visitor)) == stitch.MOST_PEOPLE
    assert Claim.objects.latest("pk").state == "refused"


def test_who_logs_in_is_found_by_the_id_that_another_system_gave(anna: Contact) -> None:
    ContactKey.objects.create(contact=anna, kind="outside", value="site:17")
    visitor = _browser()
    _says(visitor, "id", "17")
    stitch_browsers()
    assert _people(visitor) == [anna]


def test_a_log_in_that_waited_is_linked_when_somebody_gets_the_id(anna: Contact) -> None:
    visitor = _browser()
    _says(visitor, "id", "crm:9")
    stitch_browsers()
    stitch.try_again([ContactKey.objects.create(contact=anna, kind="outside", value="crm:9")])
    stitch_browsers()
    assert _people(visitor) == [anna]


def test_one_log_in_on_two_devices_is_one_person(anna: Contact) -> None:
    site = make.site()
    phone, computer, elsewhere = _browser(site), _browser(site), _browser()
    for device in (phone, computer, elsewhere):
        _says(device, "id", "user-17")
    stitch_browsers()
    assert (_people(phone), _people(computer)) == ([], [])
    _says(computer, "email", "anna@example.com")
    stitch_browsers()
    stitch_browsers()
    assert (_people(phone), _people(computer)) == ([anna], [anna])
    # Another site's user-17 is somebody else.
    assert _people(elsewhere) == []


def test_a_form_from_a_browser_tells_who_logs_in_elsewhere(captured: Any, form: Any) -> None:
    phone, computer = _browser(form.site), _browser(form.site)
    for device in (phone, computer):
        _says(device, "id", "user-17")
    stitch_browsers()
    lead = captured({"email": "carl@example.com", "lt_visitor": computer.key})
    stitch_browsers()
    assert _people(phone) == [lead.contact]


def test_a_contact_made_while_we_looked_is_found_at_the_second_look(time_machine: Any) -> None:
    visitor = _browser()
    _says(visitor, "email", "dora@example.com")
    stitch_browsers()
    # As if its transaction had not seen our claim, nor we its key.
    dora = make.contact(email="dora@example.com")
    time_machine.shift(timedelta(minutes=11))
    stitch_browsers()
    assert _people(visitor) == [dora]


def test_what_nobody_ever_was_is_forgotten(time_machine: Any) -> None:
    _says(_browser(), "email", "nobody@example.com")
    stitch_browsers()
    time_machine.shift(timedelta(days=401))
    stitch_browsers()
    assert not Claim.objects.exists()


def test_a_claim_alone_makes_no_lead() -> None:
    make.contact(email="anna@example.com")
    _says(_browser(), "email", "anna@example.com")
    stitch_browsers()
    assert not Lead.objects.exists()


def test_looking_for_work_costs_two_queries(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        stitch_browsers()
