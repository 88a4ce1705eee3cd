"""Repeat enquiries: who asks again about a deal in work gets no second deal."""

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from leadtrack.deals.call_backs import move_with
from leadtrack.deals.models import Deal, DealEvent, Stage
from leadtrack.deals.moves import Person, locked, record, settle_asked
from leadtrack.deals.outcome import OutcomeError
from leadtrack.deals.removed import forget_deals, worked_leads
from leadtrack.leads.models import Lead
from leadtrack.sources.dirty import mark_contact, mark_days

# Roistat's rule: within this time after the last enquiry an open deal is what they ask about.
REPEATS_WITHIN: Final = timedelta(days=30)


def deal_asked_about(lead: Lead) -> Deal | None:
    """The contact's newest deal in work on the lead's site, if they asked about it within 30 days before."""
    when = (lead.captured_at - REPEATS_WITHIN, lead.captured_at)
    asked = Lead.objects.counted().filter(contact=lead.contact_id, site=lead.site_id, captured_at__range=when)
    leads = {repeat_of or pk for pk, repeat_of in asked.values_list("pk", "repeat_of")} - {lead.pk}
    if not leads:
        return None
    in_work = Deal.objects.filter(lead__in=leads, stage__group=Stage.Group.IN_WORK)
    found: Deal | None = in_work.order_by("-lead__captured_at", "-pk").first()
    return found


def join(lead: Lead, deal: Deal) -> Deal:
    """Make the lead a repeat enquiry of the deal. The contact is locked by who captures."""
    lead.repeat_of_id = deal.lead_id
    lead.save(update_fields=["repeat_of"])
    later = Greatest(F("asked_at"), lead.captured_at)
    Deal.objects.filter(pk=deal.pk).update(asked_at=later)
    record(deal, DealEvent.Kind.REPEAT, by=None, at=lead.captured_at, lead=lead.public_id)
    _follow(lead)
    return deal


@transaction.atomic
def split_off(*, lead: Lead, by: Person | None) -> Deal:
    """Make a repeat enquiry a lead of its own, with a deal of the same owner. OutcomeError if it is one."""
    mine = _fresh(lead)
    if mine.repeat_of_id is None:
        raise OutcomeError(_("This is a lead of its own already."), code="own")
    deal = locked(lead_id=mine.repeat_of_id)
    if not Lead.objects.filter(pk=mine.pk, repeat_of=mine.repeat_of_id).update(repeat_of=None):
        raise OutcomeError(_("Somebody changed this deal a moment ago. Look at it again."), code="conflict")
    own = Deal.objects.create(
        lead=mine,
        stage=Stage.objects.first_of(Stage.Group.IN_WORK),
        owner=deal.owner,
        opened_at=mine.captured_at,
        asked_at=mine.captured_at,
    )
    at = timezone.now()
    record(own, DealEvent.Kind.OPENED, by=None, at=mine.captured_at)
    record(deal, DealEvent.Kind.SPLIT, by=by, at=at, lead=mine.public_id)
    move_with(mine, own)
    settle_asked(deal.lead_id)
    _follow(mine)
    return own


@transaction.atomic
def join_again(*, lead: Lead, to: Deal, by: Person | None) -> Deal:
    """Undo `split_off`. OutcomeError when somebody has worked the lead since, or it is another person's."""
    deal = locked(pk=to.pk)
    mine = _fresh(lead)
    if mine.repeat_of_id is not None or mine.pk == deal.lead_id or mine.contact_id != deal.lead.contact_id:
        raise OutcomeError(_("This lead cannot be a repeat enquiry of that deal."), code="conflict")
    if worked_leads([mine.pk]) or mine.repeats.exists():
        raise OutcomeError(_("Somebody has worked this lead already."), code="worked")
    move_with(mine, deal)
    forget_deals([mine.pk])
    return join(mine, deal)


def _fresh(lead: Lead) -> Lead:
    return Lead.objects.get(pk=lead.pk)


def _follow(lead: Lead) -> None:
    """The lead is counted or not any more; its visit or call stays a touch of the person's path."""
    mark_days([lead.day])
    mark_contact(lead.contact_id)
