"""People who may be known twice: who is asked about, on capture and by night, and how it is decided."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from leadtrack.leads.duplicate import Traits, likeness
from leadtrack.leads.identify import contact_for
from leadtrack.leads.lookalikes import look_for_duplicates
from leadtrack.leads.models import Contact, ContactKey, Lead, Merge, PossibleDuplicate
from leadtrack.leads.pairs import ask, to_decide
from tests import make
from tests.make import NOON

pytestmark = pytest.mark.django_db
PHONE = "+4930901820"
State = PossibleDuplicate.State
Reason = PossibleDuplicate.Reason


def known(**given: str) -> Contact:
    """Who an enquiry with this belongs to."""
    keys = {"phone": "", "email": "", "name": "", "visitor": ""} | given
    return contact_for(at=NOON, **keys)[0]


def reasons() -> list[str]:
    return list(to_decide().order_by("pk").values_list("reason", flat=True))


def the_pair() -> PossibleDuplicate:
    return PossibleDuplicate.objects.get()


# --- asked when an enquiry comes


def test_two_on_one_switchboard_are_asked_about_once() -> None:
    ann = known(phone=PHONE, email="ann@example.com", name="Ann")
    bob = known(phone=PHONE, email="bob@example.com", name="Bob")
    known(phone=PHONE, email="bob@example.com", name="Bob")
    assert ann != bob
    assert [(pair.first, pair.second, pair.reason) for pair in to_decide()] == [(ann, bob, "shared_phone")]


def test_a_phone_of_one_and_an_email_of_another_are_asked_about() -> None:
    known(phone=PHONE, name="Ann")
    known(email="ann@example.com", name="Ann")
    known(phone=PHONE, email="ann@example.com", name="Ann")
    assert reasons() == ["keys_disagree"]


def test_a_phone_known_as_shared_asks_nobody_again(login: Callable[..., Client]) -> None:
    known(phone=PHONE, email="ann@example.com", name="Ann")
    known(phone=PHONE, email="bob@example.com", name="Bob")
    login().post(f"/duplicates/{the_pair().pk}/different")
    cy = known(phone=PHONE, email="cy@example.com", name="Cy")
    # A name of their own is enough there, and no e-mail is not Ann.
    dan = known(phone=PHONE, name="Dan")
    assert len({contact.pk for contact in Contact.objects.all()}) == 4
    assert (cy.name, dan.name) == ("Cy", "Dan")
    assert reasons() == []


def test_undoing_two_people_asks_again(login: Callable[..., Client]) -> None:
    known(phone=PHONE, email="ann@example.com", name="Ann")
    known(phone=PHONE, email="bob@example.com", name="Bob")
    client, pair = login(), the_pair()
    client.post(f"/duplicates/{pair.pk}/different")
    assert ContactKey.objects.filter(is_shared=True).count() == 2
    client.post(f"/duplicates/{pair.pk}/ask-again")
    assert reasons() == ["shared_phone"]
    assert not ContactKey.objects.filter(is_shared=True).exists()


def test_asking_again_about_one_pair_forgets_nothing_about_another(login: Callable[..., Client]) -> None:
    known(phone=PHONE, email="ann@example.com", name="Ann")
    known(phone=PHONE, email="bob@example.com", name="Bob")
    client, pair = login(), the_pair()
    client.post(f"/duplicates/{pair.pk}/different")
    cy = known(phone=PHONE, email="cy@example.com", name="Cy")
    ask(pair.first_id, cy.pk, "shared_phone", at=make.NOON)
    other = PossibleDuplicate.objects.latest("pk")
    client.post(f"/duplicates/{other.pk}/different")
    client.post(f"/duplicates/{other.pk}/ask-again")
    assert ContactKey.objects.filter(value=PHONE, is_shared=True).count() == 3
    client.post(f"/duplicates/{pair.pk}/ask-again")
    assert not ContactKey.objects.filter(is_shared=True).exists()


# --- asked by night


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ({"email": "ann.may@gmail.com"}, {"email": "annmay+shop@googlemail.com"}, "email_alike"),
        (
            {"name": "Ann May", "email": "ann.may@x.de"},
            {"name": "May, Ann", "email": "ann.may@y.de"},
            "name_and_mailbox",
        ),
        ({"name": "Ann May", "phone": PHONE}, {"name": "Ann May", "phone": "+4930901802"}, "phone_alike"),
        ({"email": "a@x.de", "visitor": "7"}, {"email": "b@y.de", "visitor": "7"}, "same_browser"),
        (
            {"name": "Ann", "email": "a@x.de", "visitor": "7"},
            {"name": "Bob", "email": "b@y.de", "visitor": "7"},
            "browser_names",
        ),
    ],
)
def test_people_who_look_alike_are_found_by_night(
    one: dict[str, str], other: dict[str, str], reason: str
) -> None:
    assert known(**one) != known(**other)
    assert look_for_duplicates(now=NOON) == 1
    assert reasons() == [reason]
    look_for_duplicates(now=NOON)
    assert reasons() == [reason]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "Ann May", "email": "a@x.de"}, {"name": "Ann May", "email": "b@x.de"}),
        ({"name": "Ann", "phone": PHONE}, {"name": "Ann", "phone": "+4930901802"}),
        ({"email": "info@x.de"}, {"email": "info@y.de"}),
    ],
)
def test_namesakes_and_offices_are_left_in_peace(one: dict[str, str], other: dict[str, str]) -> None:
    known(**one)
    known(**other)
    look_for_duplicates(now=NOON)
    assert reasons() == []


def test_what_many_share_says_nothing() -> None:
    for number in range(6):
        known(email=f"{number}@example.com", visitor="7")
    assert look_for_duplicates(now=NOON) == 0


def test_the_night_finds_who_came_since_the_last_one() -> None:
    known(email="ann.may@gmail.com")
    look_for_duplicates(now=NOON)
    known(email="annmay@gmail.com")
    look_for_duplicates(now=NOON)
    assert reasons() == ["email_alike"]


def test_a_night_costs_the_same_for_a_hundred_people(django_assert_max_num_queries: Any) -> None:
    for number in range(100):
        known(email=f"person{number}@example.com", name=f"Person {number:x}", visitor=str(number))
    with django_assert_max_num_queries(20):
        look_for_duplicates(now=NOON)


def test_likeness_takes_the_strongest_reason() -> None:
    one = Traits(1, "ann may", emails=frozenset({"ann.may@x.de"}), browsers=frozenset({"7"}))
    other = Traits(2, "bob", emails=frozenset({"annmay@x.de"}), browsers=frozenset({"7"}))
    assert likeness(one, other) == likeness(other, one) == Reason.EMAIL_ALIKE
    assert likeness(one, one) == ""


def test_a_stronger_reason_replaces_a_weaker_one_and_no_decision() -> None:
    one, other = make.contact(), make.contact()
    for reason in (Reason.SAME_BROWSER, Reason.EMAIL_ALIKE, Reason.BROWSER_NAMES):
        ask(other.pk, one.pk, reason, at=NOON)
    assert reasons() == ["email_alike"]
    PossibleDuplicate.objects.update(state=State.DIFFERENT)
    ask(one.pk, other.pk, Reason.PHONE_ALIKE, at=NOON)
    assert reasons() == []


# --- keys


def test_a_messenger_and_an_outside_id_are_one_persons_own() -> None:
    ann = known(messenger="whatsapp:+4930901820", name="Ann")
    assert known(messenger="whatsapp:+4930901820", email="ann@example.com") == ann
    assert known(email="ann@example.com", outside="crm:17") == ann
    # Whatever else is said with it.
    assert known(outside="crm:17", phone=PHONE, name="Somebody") == ann
    assert set(ann.keys.values_list("kind", flat=True)) == {"messenger", "email", "outside", "phone"}


def test_an_unknown_id_of_ones_own_is_not_who_else_used_the_browser() -> None:
    ann = known(email="ann@example.com", visitor="7")
    assert known(outside="crm:18", visitor="7") != ann
    assert known(visitor="7") == ann


# --- decided on the page


@pytest.fixture
def pair() -> PossibleDuplicate:
    ann = make.contact(phone=PHONE, name="Ann")
    bob = make.contact(email="bob@example.com", name="Bob")
    ContactKey.objects.create(contact=bob, kind="phone", value=PHONE, is_owner=False)
    site = make.site()
    for who in (ann, bob):
        make.deal(of=make.lead(who=who, on=site, message="About the red one"))
    ask(ann.pk, bob.pk, Reason.SHARED_PHONE, at=NOON)
    return the_pair()


def test_the_page_shows_two_people_and_what_they_share(
    login: Callable[..., Client], pair: PossibleDuplicate
) -> None:
    page = login("sales_manager").get("/duplicates/").content.decode()
    assert page.count(f">{PHONE}</mark>") == 2
    assert "bob@example.com</mark>" not in page
    assert page.count("About the red one") == 2
    assert "1 pair to decide." in page


def test_the_latest_enquiries_of_each_stand_in_the_order_they_came(
    login: Callable[..., Client], pair: PossibleDuplicate
) -> None:
    for days in (5, 1, 9, 3, 7):
        make.lead(who=pair.first, at=NOON - timedelta(days=days), message=f"asked {days} days ago")
    page = login("sales_manager").get("/duplicates/").content.decode()
    assert re.findall(r"asked (\d) days ago", page) == ["1", "3", "5"]


def test_merging_answers_with_an_undo(login: Callable[..., Client], pair: PossibleDuplicate) -> None:
    client = login("sales_manager")
    answer = client.post(f"/duplicates/{pair.pk}/merge", headers={"HX-Request": "true"}).content.decode()
    made = Merge.objects.get()
    assert f"/merges/{made.pk}/undo" in answer
    assert "Nothing is left to decide." in answer
    assert made.by is not None
    assert Lead.objects.filter(contact=made.survivor).count() == 2
    back = client.post(f"/merges/{made.pk}/undo", {"back": "duplicates"}, headers={"HX-Request": "true"})
    assert back.headers["HX-Redirect"] == "/duplicates/"
    assert reasons() == ["shared_phone"]


def test_without_script_the_page_is_loaded_again(
    login: Callable[..., Client], pair: PossibleDuplicate
) -> None:
    response = login().post(f"/duplicates/{pair.pk}/different", follow=True)
    assert "You will not be asked again" in response.content.decode()
    assert "Nobody seems to be known twice" in response.content.decode()


def test_deciding_twice_is_told(login: Callable[..., Client], pair: PossibleDuplicate) -> None:
    client = login()
    client.post(f"/duplicates/{pair.pk}/different")
    assert (
        "decided this already"
        in client.post(f"/duplicates/{pair.pk}/different", follow=True).content.decode()
    )


def test_the_page_costs_the_same_for_many_pairs(
    login: Callable[..., Client], django_assert_max_num_queries: Any
) -> None:
    site = make.site()
    for number in range(8):
        people = [make.contact(phone=f"+4930901{number}{one}", name=f"P{number}{one}") for one in range(2)]
        for who in people:
            make.lead(who=who, on=site)
        ask(people[0].pk, people[1].pk, Reason.SAME_BROWSER, at=NOON)
    client = login()
    with django_assert_max_num_queries(12):
        client.get("/duplicates/")


def test_a_contact_is_merged_with_one_that_was_searched(
    login: Callable[..., Client], pair: PossibleDuplicate
) -> None:
    ann, bob = pair.first, pair.second
    client = login("sales_manager")
    for said in ("BOB@example.com", "bob", bob.public_id):
        found = client.post(f"/contacts/{ann.public_id}/merge-with", {"search": said}).content.decode()
        assert bob.public_id in found
    client.post(f"/contacts/{ann.public_id}/merge", {"other": bob.public_id})
    page = client.get(f"/contacts/{ann.public_id}/").content.decode()
    assert "bob@example.com" in page
    assert f"/merges/{Merge.objects.get().pk}/undo" in page


def test_the_contacts_page_says_who_it_may_be(login: Callable[..., Client], pair: PossibleDuplicate) -> None:
    page = login("sales_manager").get(f"/contacts/{pair.first.public_id}/").content.decode()
    assert "May be the same person as Bob" in page
    assert (
        "May be the same person"
        not in login("agency").get(f"/contacts/{pair.first.public_id}/").content.decode()
    )


def test_undo_says_what_stays(login: Callable[..., Client], pair: PossibleDuplicate) -> None:
    client = login()
    client.post(f"/duplicates/{pair.pk}/merge")
    made = Merge.objects.get()
    make.lead(who=made.survivor, at=made.at + timedelta(hours=1))
    response = client.post(f"/merges/{made.pk}/undo", follow=True)
    assert "What came since the merge stays with Ann" in response.content.decode()
