"""Taking an outcome back, and taking that back: nothing is deleted, the history grows."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from leadtrack.deals.assign import give_owner, open_deal
from leadtrack.deals.call_backs import follow_status
from leadtrack.deals.firsts import settle_firsts_of
from leadtrack.deals.models import Deal, DealEvent, LossReason, Purchase, Stage
from leadtrack.deals.moves import Person, check_in_work, has_money, locked, mark, money_of, move, record
from leadtrack.deals.outcome import OutcomeError
from leadtrack.deals.repeats import split_off
from leadtrack.leads import sift
from leadtrack.leads.afterwards import CannotSiftError
from leadtrack.leads.models import Lead

Group = Stage.Group
Event = DealEvent.Kind
Status = Lead.Status
_SET_ASIDE = (Status.SPAM, Status.REJECTED)


@transaction.atomic
def reopen(*, deal: Deal, by: Person | None, at: datetime | None = None) -> Deal:
    """Put a won or lost deal back into work. Its purchases stand: only `void_purchase` takes money back."""
    mine = locked(pk=deal.pk)
    if not (mine.is_won or mine.is_lost):
        raise OutcomeError(_("This deal is not closed."), code="not_closed")
    _reopen(mine, by=by, at=at or timezone.now())
    return mine


@transaction.atomic
def close_again(*, deal: Deal, by: Person | None, at: datetime | None = None) -> Deal:
    """Undo a `reopen`: the deal is won or lost again as it was before. OutcomeError if it cannot be."""
    mine, moment = locked(pk=deal.pk), at or timezone.now()
    check_in_work(mine)
    opened = mine.events.filter(kind=Event.REOPENED).last()
    if opened is None:
        raise OutcomeError(_("This deal was never closed."), code="never_closed")
    was: dict[str, Any] = opened.details
    is_won = was["group"] == Group.WON
    if is_won != has_money(mine):
        raise OutcomeError(_("Its purchases changed since. Log the outcome again."), code="conflict")
    reason = LossReason.objects.filter(pk=was["reason_id"]).first()
    closed_on = date.fromisoformat(was["closed_on"])
    move(mine, to=Stage.objects.first_of(was["group"]), closed_on=closed_on, loss_reason=reason)
    record(
        mine,
        Event.WON if is_won else Event.LOST,
        by=by,
        at=moment,
        restored=True,
        reason=reason.name if reason else "",
    )
    mark(mine, closed_on)
    return mine


@transaction.atomic
def void_purchase(*, purchase: Purchase, by: Person | None, at: datetime | None = None) -> Purchase:
    """Take a mistaken purchase or refund out of the books. A won deal without money left is in work again.

    OutcomeError when refunds of it stand. Voiding twice is voiding once.
    """
    deal, moment = locked(pk=purchase.deal_id), at or timezone.now()
    found = Purchase.objects.get(pk=purchase.pk)
    if found.voided_at is not None:
        return found
    _check_refunds_without(found)
    found.voided_at = moment
    found.save(update_fields=["voided_at"])
    settle_firsts_of(deal)
    record(deal, Event.VOIDED, by=by, at=moment, **money_of(found))
    mark(deal, found.paid_on)
    if deal.is_won and not has_money(deal):
        _reopen(deal, by=by, at=moment)
    return found


@transaction.atomic
def restore_purchase(*, purchase: Purchase, by: Person | None, at: datetime | None = None) -> Purchase:
    """Undo `void_purchase`; a deal in work is won again. OutcomeError if it was lost or set aside since."""
    deal, moment = locked(pk=purchase.deal_id), at or timezone.now()
    found = Purchase.objects.get(pk=purchase.pk)
    if found.voided_at is None:
        return found
    is_refund = found.kind == Purchase.Kind.REFUND
    if is_refund:
        _check_refund_fits(deal, found)
    if not deal.is_won:
        check_in_work(deal)
    found.voided_at = None
    found.save(update_fields=["voided_at"])
    settle_firsts_of(deal)
    record(
        deal,
        Event.REFUND if is_refund else Event.PURCHASE,
        by=by,
        at=moment,
        restored=True,
        **money_of(found),
    )
    mark(deal, found.paid_on)
    if not is_refund and not deal.is_won:
        move(deal, to=Stage.objects.first_of(Group.WON), closed_on=found.paid_on)
        record(deal, Event.WON, by=by, at=moment, restored=True, **money_of(found))
    return found


@transaction.atomic
def set_lead_status(*, lead: Lead, status: str, by: Person | None, at: datetime | None = None) -> Deal:
    """Accept, reject, call it spam, or take it back. Its deal is set aside and comes back.

    OutcomeError for setting aside a lead that brought money. The same status again changes nothing. A repeat
    enquiry becomes a lead of its own: what is said of it is not said of the deal that it asked about.
    """
    if Lead.objects.filter(pk=lead.pk, repeat_of__isnull=False).exists():
        split_off(lead=lead, by=by)
    deal, moment = locked(lead_id=lead.pk), at or timezone.now()
    before = Lead.objects.values_list("status", flat=True).get(pk=lead.pk)
    if before == status:
        return deal
    if status in _SET_ASIDE and has_money(deal):
        raise OutcomeError(
            _("Money was logged for this deal. Undo the purchases first."), field="status", code="has_money"
        )
    Lead.objects.filter(pk=lead.pk).update(status=status)
    if status == Status.SPAM:
        _take_from_owner(deal, at=moment)
    if Status.SPAM in (before, status):
        sift.note(lead=lead, is_spam=status == Status.SPAM, by=by)
    record(deal, Event.STATUS, by=by, at=moment, before=before, after=status)
    _follow(deal, status)
    follow_status(deal, status, at=moment)
    if status not in _SET_ASIDE and deal.owner_id is None:
        give_owner(deal, at=moment)
    mark(deal, deal.closed_on)
    return deal


def follow_sifting(lead: Lead, status: str, by: Person | None) -> None:
    """What the quarantine asks for: spam is set aside with its deal, and what is none comes to life.

    Raises CannotSiftError.
    """
    if not Deal.objects.filter(lead=lead).exists() and lead.repeat_of_id is None:
        open_deal(lead)
    try:
        set_lead_status(lead=lead, status=status, by=by)
    except OutcomeError as error:
        raise CannotSiftError(error.message) from error


def _take_from_owner(deal: Deal, *, at: datetime) -> None:
    """Who got the deal because it was called back to life, and for nothing else, has it no more."""
    called_back = deal.events.filter(kind=Event.STATUS).order_by("-pk").first()
    given = deal.events.filter(kind=Event.ASSIGNED).order_by("-pk").first()
    if called_back is None or given is None or called_back.details.get("before") not in _SET_ASIDE:
        return
    if given.pk > called_back.pk and given.at == called_back.at and given.by_id is None:
        deal.owner = None
        deal.save(update_fields=["owner"])
        record(deal, Event.ASSIGNED, by=None, at=at, to="")


def _follow(deal: Deal, status: str) -> None:
    """The stage that goes with the status; won and lost deals stay where they are."""
    if deal.is_won or deal.is_lost:
        return
    if status in _SET_ASIDE:
        move(deal, to=Stage.objects.first_of(Group.NOT_COUNTED))
        return
    steps = list(Stage.objects.filter(group=Group.IN_WORK)[:2])
    is_at_start = not deal.is_in_work or deal.stage_id == steps[0].pk
    if status == Status.NEW:
        move(deal, to=steps[0])
    elif is_at_start:
        move(deal, to=steps[-1])


def _reopen(deal: Deal, *, by: Person | None, at: datetime) -> None:
    group, closed_on, reason_id = deal.stage.group, deal.closed_on or deal.lead.day, deal.loss_reason_id
    move(deal, to=list(Stage.objects.filter(group=Group.IN_WORK)[:2])[-1])
    record(
        deal, Event.REOPENED, by=by, at=at, group=group, closed_on=closed_on.isoformat(), reason_id=reason_id
    )
    mark(deal, closed_on)


def _check_refunds_without(purchase: Purchase) -> None:
    left, _cost = Purchase.objects.filter(deal_id=purchase.deal_id).net(purchase.currency)
    has_refunds = purchase.refunds.filter(voided_at=None).exists()
    if has_refunds or (purchase.revenue_cents > 0 and left < purchase.revenue_cents):
        raise OutcomeError(_("Some of it was refunded. Undo the refund first."), code="refunded")


def _check_refund_fits(deal: Deal, refund: Purchase) -> None:
    left, _cost = Purchase.objects.filter(deal=deal).net(refund.currency)
    if left < -refund.revenue_cents or (refund.refund_of is not None and refund.refund_of.voided_at):
        raise OutcomeError(_("A refund cannot be more than what was paid in this currency."), code="refunded")
