"""Two contacts become one, and two again: what moves, who survives, what is refused, who waits for whom."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.apps import apps
from django.db import connection
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.test import Client

from leadtrack.deals.log import log_won
from leadtrack.deals.models import Deal, Purchase
from leadtrack.leads import identify, inbox
from leadtrack.leads.merge import MergeError, merge, unmerge
from leadtrack.leads.models import Contact, ContactKey, Form, InboxRow, Lead, Merge, PossibleDuplicate
from leadtrack.leads.submission import read_submission
from leadtrack.sources.models import DirtyMark
from tests import make
from tests.deals.people import api_of
from tests.make import NOON, TODAY

ANN_MAIL, PHONE = "ann@example.com", "+4930901820"


@pytest.fixture
def ann(db: None) -> Contact:
    """Known first."""
    contact = make.contact(phone=PHONE, email=ANN_MAIL, name="Ann")
    Contact.objects.filter(pk=contact.pk).update(created_at=NOON - timedelta(days=9))
    contact.refresh_from_db()
    return contact


@pytest.fixture
def anna(db: None) -> Contact:
    return make.contact(email="anna@example.com", name="Anna")


def test_who_was_known_first_survives_and_gets_everything(ann: Contact, anna: Contact) -> None:
    lead = make.lead(who=anna)
    made = merge(one=anna, other=ann, by=None, reason="same person")
    lead.refresh_from_db()
    anna.refresh_from_db()
    assert (made.survivor, made.absorbed) == (ann, anna)
    assert lead.contact == ann
    assert anna.merged_into == ann
    assert {key.value for key in ann.keys.all()} == {PHONE, ANN_MAIL, "anna@example.com"}
    assert not anna.keys.exists()
    assert DirtyMark.objects.filter(contact_id=ann.pk).exists()


def test_the_record_of_a_merge_holds_no_personal_data(ann: Contact, anna: Contact) -> None:
    ContactKey.objects.create(contact=anna, kind="phone", value=PHONE, is_owner=False)
    stored = json.dumps(merge(one=ann, other=anna, by=None).moved)
    assert not {word for word in (PHONE, ANN_MAIL, "anna", "Ann") if word in stored}


def test_every_table_that_points_at_a_contact_is_known_to_merges() -> None:
    """A new foreign key to Contact must move with a merge: teach `leads.merge`, then add it here."""
    pointing = {
        (field.related_model.__name__, field.field.name)
        for field in Contact._meta.get_fields(include_hidden=True)
        if isinstance(field, ForeignObjectRel)
    }
    moved = {("Lead", "contact"), ("ContactKey", "contact")}
    stays = {("Merge", "survivor"), ("Merge", "absorbed"), ("Contact", "merged_into")}
    asked = {("PossibleDuplicate", "first"), ("PossibleDuplicate", "second")}
    assert pointing == moved | stays | asked


def test_nothing_else_keeps_ids_of_contacts() -> None:
    named = {
        (model.__name__, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.name == "contact_id"
    }
    # Marks of contacts are spread over the days of whoever holds the leads by then.
    assert named == {("DirtyMark", "contact_id")}


def test_merging_again_changes_nothing(ann: Contact, anna: Contact) -> None:
    assert merge(one=ann, other=anna, by=None) == merge(one=anna, other=ann, by=None)
    assert Merge.objects.count() == 1


def test_nobody_is_merged_with_themselves(ann: Contact) -> None:
    with pytest.raises(MergeError, match="one person already"):
        merge(one=ann, other=ann, by=None)


def test_what_came_since_stays_with_the_survivor(ann: Contact, anna: Contact) -> None:
    hers = make.lead(who=anna)
    made = merge(one=ann, other=anna, by=None)
    since = make.lead(who=ann, at=NOON + timedelta(days=99))
    unmerge(merge=made, by=None)
    hers.refresh_from_db()
    since.refresh_from_db()
    assert (hers.contact, since.contact) == (anna, ann)


def test_a_repeat_enquiry_goes_back_with_its_deal(ann: Contact, anna: Contact) -> None:
    hers = make.lead(who=anna)
    made = merge(one=ann, other=anna, by=None)
    since = make.lead(who=ann, repeat_of=hers)
    unmerge(merge=made, by=None)
    since.refresh_from_db()
    assert since.contact == anna


def test_undoing_twice_is_undoing_once(ann: Contact, anna: Contact) -> None:
    made = merge(one=ann, other=anna, by=None)
    first = unmerge(merge=made, by=None).undone_at
    assert unmerge(merge=made, by=None).undone_at == first


def test_a_later_merge_comes_first(ann: Contact, anna: Contact) -> None:
    inner = merge(one=anna, other=make.contact(name="Annie"), by=None)
    outer = merge(one=ann, other=anna, by=None)
    with pytest.raises(MergeError, match="Undo that merge first"):
        unmerge(merge=inner, by=None)
    unmerge(merge=outer, by=None)
    assert unmerge(merge=inner, by=None).undone_at


def test_one_person_has_one_first_purchase(ann: Contact, anna: Contact) -> None:
    bought = [
        log_won(
            deal=make.deal(of=make.lead(who=who)),
            revenue_cents=100,
            currency="EUR",
            paid_on=TODAY - timedelta(days=days),
            by=None,
            submission_key=str(days),
            at=NOON + timedelta(days=30),
        )
        for who, days in ((ann, 1), (anna, 5))
    ]
    kinds = lambda: [Purchase.objects.get(pk=one.pk).kind for one in bought]  # noqa: E731
    assert kinds() == ["first", "first"]
    made = merge(one=ann, other=anna, by=None)
    assert kinds() == ["repeat", "first"]
    unmerge(merge=made, by=None)
    assert kinds() == ["first", "first"]


def test_the_audit_trail_says_who_merged(ann: Contact, anna: Contact) -> None:
    merge(one=ann, other=anna, by=None)
    entry = LogEntry.objects.get_for_model(Merge).latest("pk")
    assert "survivor" in entry.changes_dict
    assert "moved" not in entry.changes_dict


# --- ids that became part of others


@pytest.fixture
def with_deals(ann: Contact, anna: Contact) -> tuple[Contact, Contact]:
    for who in (ann, anna):
        make.deal(of=make.lead(who=who))
    return ann, anna


def test_the_old_page_leads_to_the_survivors(
    login: Callable[..., Client], with_deals: tuple[Contact, Contact]
) -> None:
    ann, anna = with_deals
    merge(one=ann, other=anna, by=None)
    response = login().get(f"/contacts/{anna.public_id}/")
    assert response.headers["Location"] == f"/contacts/{ann.public_id}/"


def test_the_old_id_in_the_api_answers_with_the_survivor(with_deals: tuple[Contact, Contact]) -> None:
    ann, anna = with_deals
    client = api_of(make.member("sales_manager"))
    address = f"/api/v1/contacts/{anna.public_id}"
    made = client.post(f"{address}/merge", {"contact": ann.public_id}, content_type="application/json")
    assert (made.status_code, made.json()["survivor"]) == (200, ann.public_id)
    told = client.get(address).json()
    assert (told["id"], told["merged_ids"]) == (ann.public_id, [anna.public_id])
    assert set(told["emails"]) == {ANN_MAIL, "anna@example.com"}
    undone = client.post(f"{address}/unmerge", {}, content_type="application/json")
    assert undone.json()["undone_at"]
    assert client.get(address).json()["id"] == anna.public_id


def test_the_api_finds_people_by_what_is_theirs(with_deals: tuple[Contact, Contact]) -> None:
    ann, _anna = with_deals
    client = api_of(make.member("admin"))
    find = lambda **said: client.post("/api/v1/contacts/find", said, content_type="application/json")  # noqa: E731
    assert [one["id"] for one in find(phone="+49 30 901820").json()] == [ann.public_id]
    assert [one["id"] for one in find(email="ANN@example.com").json()] == [ann.public_id]
    assert find(email="nobody@example.com").json() == []
    assert find().status_code == 400


def test_the_api_tells_a_guest_no_person(with_deals: tuple[Contact, Contact]) -> None:
    ann, anna = with_deals
    guest = api_of(make.member("agency"))
    told = guest.get(f"/api/v1/contacts/{ann.public_id}").json()
    assert (told["name"], told["phones"], told["emails"]) == (None, None, None)
    assert told["leads"]
    body: dict[str, Any] = {"contact": anna.public_id}
    address = f"/api/v1/contacts/{ann.public_id}/merge"
    assert guest.post(address, body, content_type="application/json").status_code == 403


# --- at the same moment


def _at_once(*deeds: Callable[[], object]) -> list[BaseException]:
    """Each in a thread and connection of its own, let go together; what went wrong."""
    start, problems = threading.Barrier(len(deeds)), list[BaseException]()

    def run(deed: Callable[[], object]) -> None:
        try:
            start.wait(10)
            deed()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return problems


@pytest.mark.django_db(transaction=True)
def test_two_people_who_merge_the_same_two_make_one_merge() -> None:
    one, other = make.contact(name="Ann"), make.contact(name="Anna")
    assert not _at_once(
        lambda: merge(one=one, other=other, by=None), lambda: merge(one=other, other=one, by=None)
    )
    assert Merge.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_ring_of_merges_makes_one_person() -> None:
    people = [make.contact(name=name) for name in ("Ann", "Anna", "Annie")]
    pairs = [(people[0], people[1]), (people[1], people[2]), (people[2], people[0])]
    problems = _at_once(*(lambda pair=pair: merge(one=pair[0], other=pair[1], by=None) for pair in pairs))
    # The last of the three may find them one already.
    assert all(isinstance(problem, MergeError) and problem.code == "same" for problem in problems)
    assert Contact.objects.living().count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(3))
def test_a_lead_captured_during_a_merge_comes_to_the_survivor(round_number: int) -> None:
    form: Form = make.form()
    first, second = make.contact(name="Ann"), make.contact(email=ANN_MAIL, name="Anna")
    submission = read_submission("", b"name=Anna&email=ann@example.com")
    row, _is_new = inbox.accept(
        form=form, submission=submission, received_at=NOON, referer_header="", user_agent=""
    )
    problems = _at_once(lambda: merge(one=first, other=second, by=None), lambda: inbox.work(row.pk))
    assert not problems
    assert InboxRow.objects.get(pk=row.pk).state == InboxRow.State.DONE
    assert Lead.objects.get().contact == first
    assert ContactKey.objects.get(kind="email").contact == first
    assert Deal.objects.count() == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there a capture lets no merge in between")
@pytest.mark.django_db(transaction=True)
def test_an_enquiry_that_waited_for_a_merged_contact_goes_to_the_survivor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The worst moment for certain: the contact was chosen, then merged, then locked."""
    form = make.form()
    first, second = make.contact(name="Ann"), make.contact(email=ANN_MAIL, name="Anna")
    submission = read_submission("", b"name=Anna&email=ann@example.com")
    row, _is_new = inbox.accept(
        form=form, submission=submission, received_at=NOON, referer_header="", user_agent=""
    )
    really_lock, waited = identify.lock_contact, list[int]()

    def lock_late(contact_id: int) -> Contact:
        if not waited:
            waited.append(contact_id)
            assert not _at_once(lambda: merge(one=first, other=second, by=None))
        return really_lock(contact_id)

    monkeypatch.setattr(identify, "lock_contact", lock_late)
    lead = inbox.work(row.pk)
    assert waited == [second.pk]
    assert lead is not None
    assert lead.contact == first


# --- questions


@pytest.mark.django_db
def test_a_merge_answers_the_question_and_undoing_opens_it(ann: Contact, anna: Contact) -> None:
    first, second = sorted((ann, anna), key=lambda contact: contact.pk)
    pair = PossibleDuplicate.objects.create(first=first, second=second, reason="shared_phone")
    made = merge(one=ann, other=anna, by=None)
    pair.refresh_from_db()
    assert pair.state == "merged"
    unmerge(merge=made, by=None)
    pair.refresh_from_db()
    assert (pair.state, pair.decided_at) == ("open", None)
