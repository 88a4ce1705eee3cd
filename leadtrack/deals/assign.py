"""Whose lead it is."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from leadtrack.accounts import roles
from leadtrack.accounts.models import Member
from leadtrack.deals.models import Deal, DealEvent, Stage
from leadtrack.deals.moves import Person, record
from leadtrack.deals.outcome import OutcomeError
from leadtrack.deals.repeats import deal_asked_about, join
from leadtrack.leads.models import IN_TURN, Lead

# Leads that come in the same instant go on looking for a free hand this often.
_TRIES = 5


def open_deal(lead: Lead) -> Deal:
    """Give a new lead its deal and its owner, once. Spam is set aside and given to nobody.

    The owner is whom the lead's door named (`given_to`), else whose turn it is. Who asks again about a deal
    in work gets no second one: the lead joins that deal as a repeat enquiry.
    """
    if lead.is_of_new_contact:
        return _open(lead)  # no enquiry went before, and nobody else can see the lead yet
    if lead.status != Lead.Status.SPAM and (known := deal_asked_about(lead)):
        return join(lead, known)
    try:
        with transaction.atomic():
            return _open(lead)
    except IntegrityError:
        return Deal.objects.get(lead=lead)


def give_owner(deal: Deal, *, at: datetime) -> None:
    """Give the deal to who waited longest for one; to nobody if nobody takes leads."""
    member = _next_member()
    if member is None:
        return
    deal.owner = member.user
    deal.save(update_fields=["owner"])
    record(deal, DealEvent.Kind.ASSIGNED, by=None, at=at, to=member.name)


@transaction.atomic
def assign_lead(*, deal: Deal, to: Person | None, by: Person | None, at: datetime | None = None) -> Deal:
    """Give the deal to somebody (None: nobody). OutcomeError if its owner changed since `deal` was read."""
    if to is not None and to.pk == deal.owner_id:
        return deal
    if not Deal.objects.filter(pk=deal.pk, owner=deal.owner_id).update(owner=to):
        raise OutcomeError(_("Somebody else gave this lead away a moment ago."), field="to", code="conflict")
    deal.owner = to
    record(deal, DealEvent.Kind.ASSIGNED, by=by, at=at or timezone.now(), to=str(to or ""))
    return deal


def _open(lead: Lead) -> Deal:
    is_spam = lead.status == Lead.Status.SPAM
    group = Stage.Group.NOT_COUNTED if is_spam else Stage.Group.IN_WORK
    member = None if is_spam else _owner_of(lead)
    at = lead.captured_at
    deal = Deal.objects.create(
        lead_id=lead.pk,
        stage=Stage.objects.first_of(group),
        owner=member.user if member else None,
        opened_at=at,
        asked_at=at,
    )
    story = [DealEvent(deal=deal, kind=DealEvent.Kind.OPENED, at=at)]
    if member is not None:
        story.append(DealEvent(deal=deal, kind=DealEvent.Kind.ASSIGNED, at=at, details={"to": member.name}))
    DealEvent.objects.bulk_create(story)
    return deal


def _owner_of(lead: Lead) -> Member | None:
    if lead.given_to == IN_TURN:
        return _next_member()
    return Member.objects.filter(user=lead.given_to).select_related("user").first() if lead.given_to else None


def _next_member() -> Member | None:
    """Compare-and-set: two leads of one instant go to two people."""
    for _try in range(_TRIES):
        member = _waiting(roles.SALES) or _waiting(roles.SALES_MANAGER)
        if member is None or _stamp(member):
            return member
    return member


def _waiting(role: str) -> Member | None:
    takers = Member.objects.filter(role=role, takes_leads=True, user__is_active=True).select_related("user")
    return takers.order_by(F("last_assigned_at").asc(nulls_first=True), "pk").first()


def _stamp(member: Member) -> int:
    unchanged = Member.objects.filter(pk=member.pk, last_assigned_at=member.last_assigned_at)
    return unchanged.update(last_assigned_at=timezone.now())
