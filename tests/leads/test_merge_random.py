"""People merged and parted in any order: nobody loses a key, and undoing all of it restores every row."""

import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadtrack.leads.merge import MergeError, merge, unmerge
from leadtrack.leads.models import Contact, ContactKey, Lead, Merge, PossibleDuplicate
from leadtrack.leads.pairs import ask
from tests import make

PEOPLE = 5
PHONES = ("+4930901820", "+4930901821", "+4930901822")
MAILS = ("ann@example.com", "bob@example.com")

Step = tuple[str, int, int]
people = st.lists(
    st.tuples(
        st.sampled_from(["", "Ann", "Bob"]), st.sets(st.sampled_from(PHONES)), st.sets(st.sampled_from(MAILS))
    ),
    min_size=2,
    max_size=PEOPLE,
)
steps = st.lists(
    st.tuples(st.sampled_from(["merge", "merge", "unmerge"]), st.integers(0, 99), st.integers(0, 99)),
    max_size=12,
)


@dataclass
class World:
    """People with keys and leads, and what each of them had in the beginning."""

    contacts: list[Contact] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)
    keys: dict[int, set[str]] = field(default_factory=dict)

    def do(self, step: Step) -> None:
        what, one, other = step
        try:
            if what == "merge":
                a, b = (self.contacts[number % len(self.contacts)] for number in (one, other))
                merge(one=a, other=b, by=None)
            else:
                standing = list(Merge.objects.filter(undone_at=None).order_by("pk"))
                if standing:
                    unmerge(merge=standing[one % len(standing)], by=None)
        except MergeError as problem:
            if problem.code not in {"same", "nested"}:
                raise

    def check(self) -> None:
        families: dict[int, set[str]] = {contact.pk: set() for contact in Contact.objects.living()}
        for contact in Contact.objects.all():
            families[contact.survivor().pk] |= self.keys[contact.pk]
        held: dict[int, set[str]] = {pk: set() for pk in families}
        for key in ContactKey.objects.all():
            held[key.contact_id].add(key.value)
        assert held == families
        owners = list(ContactKey.objects.filter(is_owner=True).values_list("value", flat=True))
        assert sorted(owners) == sorted(set().union(*families.values()))
        assert not Lead.objects.exclude(contact__merged_into=None).exists()

    def undo_everything(self, chance: int) -> None:
        """In any order that is allowed; there is always one that is."""
        order = random.Random(chance)
        while standing := list(Merge.objects.filter(undone_at=None).order_by("pk")):
            order.shuffle(standing)
            assert any(_is_undone(one) for one in standing)


def _is_undone(one: Merge) -> bool:
    try:
        unmerge(merge=one, by=None)
    except MergeError as problem:
        if problem.code != "nested":
            raise
        return False
    return True


def _rows() -> dict[str, Any]:
    """Everything that a merge may touch, row by row."""
    return {
        "keys": sorted(
            ContactKey.objects.values_list("pk", "contact", "kind", "value", "is_owner", "is_shared")
        ),
        "leads": sorted(Lead.objects.values_list("pk", "contact")),
        "contacts": sorted(Contact.objects.values_list("pk", "name", "created_at", "merged_into"), key=str),
        "pairs": sorted(
            PossibleDuplicate.objects.values_list("pk", "first", "second", "state", "decided_at")
        ),
    }


def _world(given_people: list[tuple[str, set[str], set[str]]]) -> World:
    world, owned = World(), set[str]()
    site, source = make.site(), make.source()
    for name, phones, mails in given_people:
        contact = Contact.objects.create(name=name)
        values = [(ContactKey.Kind.PHONE, one) for one in sorted(phones)]
        values += [(ContactKey.Kind.EMAIL, one) for one in sorted(mails)]
        for kind, value in values:
            ContactKey.objects.create(contact=contact, kind=kind, value=value, is_owner=value not in owned)
            owned.add(value)
        make.lead(who=contact, on=site, of=source)
        world.contacts.append(contact)
        world.keys[contact.pk] = {value for _, value in values}
    for one, other in zip(world.contacts, world.contacts[1:], strict=False):
        ask(one.pk, other.pk, PossibleDuplicate.Reason.SHARED_PHONE, at=make.NOON)
    world.before = _rows()
    return world


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(given_people=people, plan=steps, chance=st.integers(0, 10_000))
def test_merges_undone_in_any_order_leave_no_trace(
    given_people: list[tuple[str, set[str], set[str]]], plan: list[Step], chance: int
) -> None:
    with transaction.atomic():
        world = _world(given_people)
        for step in plan:
            world.do(step)
            world.check()
        world.undo_everything(chance)
        assert _rows() == world.before
        transaction.set_rollback(True)
