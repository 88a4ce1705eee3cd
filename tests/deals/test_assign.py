from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leadtrack.deals.assign import assign_lead, open_deal
from leadtrack.deals.models import Deal
from leadtrack.deals.outcome import OutcomeError
from leadtrack.leads.afterwards import tell_rooms_above
from leadtrack.leads.models import Lead
from tests import make

pytestmark = pytest.mark.django_db


def kinds(deal: Deal) -> list[str]:
    return list(deal.events.values_list("kind", flat=True))


def test_a_captured_lead_has_a_deal_in_the_first_stage_with_an_owner() -> None:
    seller = make.member("sales")
    lead = make.lead()
    tell_rooms_above(lead)
    deal = Deal.objects.get(lead=lead)
    assert (deal.stage.name, deal.owner, kinds(deal)) == ("New", seller.user, ["opened", "assigned"])
    assert deal.opened_at == lead.captured_at


def test_opening_twice_opens_once() -> None:
    make.member("sales")
    lead = make.lead()
    assert open_deal(lead) == open_deal(lead)
    assert kinds(lead.deal) == ["opened", "assigned"]


def test_leads_go_round() -> None:
    people = [make.member("sales") for _ in range(3)]
    owners = [open_deal(make.lead()).owner for _ in range(6)]
    assert owners == [person.user for person in people] * 2


def test_who_waited_longest_is_next() -> None:
    now = timezone.now()
    make.member("sales", last_assigned_at=now)
    waiting = make.member("sales", last_assigned_at=now - timedelta(days=1))
    assert open_deal(make.lead()).owner == waiting.user


@pytest.mark.parametrize("fields", [{"takes_leads": False}, {"role": "marketer"}, {"inactive": True}])
def test_who_takes_no_leads_is_passed_over(fields: dict[str, Any]) -> None:
    is_inactive = fields.pop("inactive", False)
    other = make.member(**{"role": "sales"} | fields)
    if is_inactive:
        other.user.is_active = False
        other.user.save()
    assert open_deal(make.lead()).owner is None


def test_without_sales_people_their_managers_take_leads() -> None:
    manager = make.member("sales_manager")
    make.member("sales", takes_leads=False)
    assert open_deal(make.lead()).owner == manager.user


def test_spam_is_set_aside_and_given_to_nobody() -> None:
    seller = make.member("sales")
    deal = open_deal(make.lead(status=Lead.Status.SPAM))
    seller.refresh_from_db()
    assert (deal.stage.group, deal.owner, seller.last_assigned_at) == ("not_counted", None, None)
    assert kinds(deal) == ["opened"]


def test_a_lead_can_be_given_to_somebody_and_to_nobody() -> None:
    manager, seller = make.member("sales_manager"), make.member("sales")
    deal = make.deal()
    assign_lead(deal=deal, to=seller.user, by=manager.user)
    assert Deal.objects.get().owner == seller.user
    assign_lead(deal=deal, to=None, by=manager.user)
    assert Deal.objects.get().owner is None
    assert kinds(deal) == ["assigned", "assigned"]


def test_two_people_taking_one_lead_make_one_owner() -> None:
    first, second = make.member("sales"), make.member("sales")
    deal = make.deal()
    seen_by_second = Deal.objects.get()
    assign_lead(deal=deal, to=first.user, by=first.user)
    with pytest.raises(OutcomeError):
        assign_lead(deal=seen_by_second, to=second.user, by=second.user)
    assert Deal.objects.get().owner == first.user
