"""Logging what became of a lead: won, lost, money again, money back; and taking each of them back.

All of it is one transaction per call, on the deal as it is now: two people who close the same deal at once
close it once. Cents are hundredths of the currency's unit. `at` is the moment in UTC (default: now).
"""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from leadtrack.deals.firsts import settle_firsts_of
from leadtrack.deals.models import Deal, DealEvent, LossReason, Purchase, Stage
from leadtrack.deals.moves import (
    Person,
    accept,
    check_in_work,
    has_money,
    left_to_refund,
    locked,
    mark,
    money_of,
    move,
    record,
    today_at,
)
from leadtrack.deals.outcome import OutcomeError, Payment, check_day, check_payment, check_refund
from leadtrack.lib.hashing import key_of

Group = Stage.Group
Event = DealEvent.Kind


@transaction.atomic
def log_won(
    *,
    deal: Deal,
    revenue_cents: int,
    currency: str,
    paid_on: date,
    by: Person | None,
    submission_key: str,
    cost_cents: int = 0,
    note: str = "",
    at: datetime | None = None,
) -> Purchase:
    """Close the deal as won with its first money. The same submission_key again gives the same purchase.

    OutcomeError: no amount, no such currency, an impossible day, or the deal is not in work.
    """
    mine, moment = locked(pk=deal.pk), at or timezone.now()
    if again := _known(mine, submission_key):
        return again
    payment = Payment(revenue_cents, cost_cents, currency.upper(), paid_on, note.strip())
    check_payment(payment, today=today_at(mine, moment))
    check_in_work(mine)
    kind = Purchase.Kind.REPEAT if has_money(mine) else Purchase.Kind.FIRST
    purchase = _add(mine, kind, payment, by=by, at=moment, submission_key=submission_key)
    move(mine, to=Stage.objects.first_of(Group.WON), closed_on=paid_on)
    _keep_with(mine, by)
    accept(mine)
    record(mine, Event.WON, by=by, at=moment, **money_of(purchase))
    mark(mine, paid_on)
    return _named(purchase, mine)


@transaction.atomic
def log_lost(
    *, deal: Deal, reason: LossReason | None, lost_on: date, by: Person | None, at: datetime | None = None
) -> Deal:
    """Close the deal as lost. OutcomeError: no reason, an impossible day, not in work, or money logged."""
    mine, moment = locked(pk=deal.pk), at or timezone.now()
    if reason is None:
        raise OutcomeError(_("Choose why it was lost."), field="reason")
    check_day(lost_on, today=today_at(mine, moment), field="lost_on")
    check_in_work(mine)
    if has_money(mine):
        raise OutcomeError(_("Money was logged for this deal. Undo the purchases first."), code="has_money")
    move(mine, to=Stage.objects.first_of(Group.LOST), closed_on=lost_on, loss_reason=reason)
    _keep_with(mine, by)
    record(mine, Event.LOST, by=by, at=moment, reason=reason.name)
    mark(mine, lost_on)
    return mine


@transaction.atomic
def log_purchase(
    *,
    deal: Deal,
    revenue_cents: int,
    currency: str,
    paid_on: date,
    by: Person | None,
    submission_key: str,
    cost_cents: int = 0,
    note: str = "",
    at: datetime | None = None,
) -> Purchase:
    """Money again for a won deal. The same submission_key again gives the same purchase."""
    mine, moment = locked(pk=deal.pk), at or timezone.now()
    if again := _known(mine, submission_key):
        return again
    payment = Payment(revenue_cents, cost_cents, currency.upper(), paid_on, note.strip())
    check_payment(payment, today=today_at(mine, moment))
    _check_won(mine)
    purchase = _add(mine, Purchase.Kind.REPEAT, payment, by=by, at=moment, submission_key=submission_key)
    record(mine, Event.PURCHASE, by=by, at=moment, **money_of(purchase))
    mark(mine, paid_on)
    return _named(purchase, mine)


@transaction.atomic
def log_refund(
    *,
    deal: Deal,
    amount_cents: int,
    currency: str,
    paid_on: date,
    by: Person | None,
    submission_key: str,
    cost_returned_cents: int = 0,
    purchase: Purchase | None = None,
    note: str = "",
    at: datetime | None = None,
) -> Purchase:
    """Money back: a positive amount in, kept as a negative purchase; goods that came back lower the cost.

    OutcomeError when more would go back than was paid in that currency (or by `purchase`, if it is named).
    """
    mine, moment = locked(pk=deal.pk), at or timezone.now()
    if again := _known(mine, submission_key):
        return again
    payment = Payment(amount_cents, cost_returned_cents, currency.upper(), paid_on, note.strip())
    check_payment(payment, today=today_at(mine, moment))
    _check_won(mine)
    _check_refund(mine, payment, purchase)
    negative = Payment(-amount_cents, -cost_returned_cents, payment.currency, paid_on, payment.note)
    refund = _add(
        mine,
        Purchase.Kind.REFUND,
        negative,
        by=by,
        at=moment,
        submission_key=submission_key,
        refund_of=purchase,
    )
    record(mine, Event.REFUND, by=by, at=moment, **money_of(refund))
    mark(mine, paid_on)
    return refund


def _known(deal: Deal, submission_key: str) -> Purchase | None:
    return Purchase.objects.filter(submission_key=_stored_key(deal, submission_key)).first()


def _stored_key(deal: Deal, submission_key: str) -> str:
    """Senders choose keys of any length, and two deals may be sent the same one."""
    return key_of((str(deal.pk), submission_key))


def _add(
    deal: Deal,
    kind: Purchase.Kind,
    payment: Payment,
    *,
    by: Person | None,
    at: datetime,
    submission_key: str,
    refund_of: Purchase | None = None,
) -> Purchase:
    return Purchase.objects.create(
        deal=deal,
        kind=kind,
        revenue_cents=payment.revenue_cents,
        cost_cents=payment.cost_cents,
        currency=payment.currency,
        paid_on=payment.paid_on,
        note=payment.note,
        refund_of=refund_of,
        submission_key=_stored_key(deal, submission_key),
        logged_by=by,
        logged_at=at,
    )


def _named(purchase: Purchase, deal: Deal) -> Purchase:
    """First or repeat, as it is for the person: a deal earlier in the calendar may be logged late."""
    settle_firsts_of(deal)
    purchase.refresh_from_db(fields=["kind"])
    return purchase


def _check_won(deal: Deal) -> None:
    if not deal.is_won:
        raise OutcomeError(_("This deal is not won."), code="not_won")


def _check_refund(deal: Deal, payment: Payment, purchase: Purchase | None) -> None:
    paid, cost = Purchase.objects.filter(deal=deal).net(payment.currency)
    if purchase is not None:
        if purchase.deal_id != deal.pk or purchase.voided_at or purchase.revenue_cents < 0:
            raise OutcomeError(_("This purchase cannot be refunded."), field="purchase")
        if purchase.currency != payment.currency:
            raise OutcomeError(_("A refund has the currency of its purchase."), field="currency")
        paid = min(paid, left_to_refund(purchase))
    check_refund(payment, paid_cents=paid, cost_cents=cost)


def _keep_with(deal: Deal, by: Person | None) -> None:
    """A lead that nobody had belongs to who closed it."""
    if by is not None and Deal.objects.filter(pk=deal.pk, owner=None).update(owner=by):
        record(deal, Event.ASSIGNED, by=by, at=timezone.now(), to=by.get_full_name() or str(by))
