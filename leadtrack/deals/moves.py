"""The steps that every outcome is made of. Call them inside a transaction."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Max, Q, Sum
from django.utils.translation import gettext as _

from leadtrack.deals.models import Deal, DealEvent, LossReason, Purchase, Stage
from leadtrack.deals.outcome import OutcomeError
from leadtrack.leads.identify import MovedAwayError, lock_contact
from leadtrack.leads.models import Lead
from leadtrack.lib.periods import local_day
from leadtrack.sources.dirty import mark_days

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    Person = User
else:
    Person = Any

# People are merged seldom; twice in the blink of one outcome never.
_TRIES: Final = 3


def locked(**which: Any) -> Deal:
    """The deal as it is now, not as somebody's page showed it; nobody else changes it until we commit.

    The contact is locked first, as captures and merges do: what is first of a person must not be so twice.
    """
    _lock_person(which)
    # Locked without its stage: PostgreSQL drops a row from a join when its stage changed while we waited.
    pk = Deal.objects.select_for_update().values_list("pk", flat=True).get(**which)
    deal: Deal = Deal.objects.select_related("stage", "lead__site").get(pk=pk)
    return deal


def move(
    deal: Deal, *, to: Stage, closed_on: date | None = None, loss_reason: LossReason | None = None
) -> None:
    """Put the deal into a stage, unless somebody moved it since it was read (OutcomeError)."""
    found = Deal.objects.filter(pk=deal.pk, stage_id=deal.stage_id)
    if not found.update(stage=to, closed_on=closed_on, loss_reason=loss_reason):
        raise OutcomeError(_("Somebody changed this deal a moment ago. Look at it again."), code="conflict")
    deal.stage, deal.closed_on, deal.loss_reason = to, closed_on, loss_reason


def record(deal: Deal, kind: str, *, by: Person | None, at: datetime, **details: Any) -> DealEvent:
    """Add a line to the deal's history. Details hold names, ids and cents, never phones or e-mails."""
    return DealEvent.objects.create(deal=deal, kind=kind, by=by, at=at, details=details)


def mark(deal: Deal, *days: date | None) -> None:
    """Have the books follow: the day of the lead, and the days of the money."""
    mark_days([deal.lead.day, *(day for day in days if day is not None)])


def today_at(deal: Deal, at: datetime) -> date:
    """The day on the wall of the deal's site."""
    return local_day(at, deal.lead.site.tz)


def check_in_work(deal: Deal) -> None:
    """Raise OutcomeError for a deal that is closed or set aside."""
    if deal.is_won:
        raise OutcomeError(_("This deal is already won."), code="already_won")
    if deal.is_lost:
        raise OutcomeError(_("This deal is already lost. Reopen it first."), code="already_lost")
    if not deal.is_in_work:
        raise OutcomeError(_("This lead is set aside. Take it back first."), code="set_aside")


def has_money(deal: Deal) -> bool:
    """Whether a purchase stands that was not voided."""
    return Purchase.objects.filter(deal=deal).live().money_in().exists()


def left_to_refund(purchase: Purchase) -> int:
    """Cents of this purchase that were not given back yet."""
    given_back = purchase.refunds.filter(voided_at=None).aggregate(sum=Sum("revenue_cents"))["sum"] or 0
    return purchase.revenue_cents + given_back


def settle_asked(lead_id: int) -> None:
    """The deal of this lead was asked about last by the latest enquiry that is left of it."""
    asked = Lead.objects.filter(Q(pk=lead_id) | Q(repeat_of=lead_id))
    last = asked.aggregate(last=Max("captured_at"))["last"]
    Deal.objects.filter(lead=lead_id).update(asked_at=last)


def money_of(purchase: Purchase) -> dict[str, Any]:
    """What the history keeps of a purchase."""
    return {"purchase": purchase.public_id, "cents": purchase.revenue_cents, "currency": purchase.currency}


def accept(deal: Deal) -> None:
    """Who sells to a lead has accepted it."""
    Lead.objects.filter(pk=deal.lead_id, status=Lead.Status.NEW).update(status=Lead.Status.ACCEPTED)


def _lock_person(which: dict[str, Any]) -> None:
    for _try in range(_TRIES):
        contact: int = Deal.objects.values_list("lead__contact_id", flat=True).get(**which)
        try:
            lock_contact(contact)
        except MovedAwayError:
            continue
        if Deal.objects.filter(lead__contact=contact, **which).exists():
            return
    raise OutcomeError(_("Somebody changed this deal a moment ago. Look at it again."), code="conflict")
