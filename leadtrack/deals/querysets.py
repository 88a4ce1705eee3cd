"""Questions about deals and money that read as English."""

from typing import TYPE_CHECKING, Self, cast

from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from leadtrack.accounts.models import Member
from leadtrack.leads.models import Lead

if TYPE_CHECKING:
    from leadtrack.deals.models import Deal, Stage


class StageQuerySet(models.QuerySet):
    def first_of(self, group: str) -> "Stage":
        """The first stage of a group; DoesNotExist if an installation has lost it."""
        return cast("Stage", self.filter(group=group).order_by("position")[:1].get())


class DealQuerySet(models.QuerySet):
    def visible_to(self, member: Member) -> Self:
        """A sales person sees their own and those nobody has; who may read all, all; others none."""
        if not member.can("leads.read"):
            return self.none()
        if member.can("leads.read_all"):
            return self
        return self.filter(Q(owner=member.user_id) | Q(owner=None))

    def of_enquiry(self, public_id: str) -> "Deal | None":
        """The deal of the lead with this id, or of the lead that this enquiry repeats or is an attempt on."""
        ways = ("lead__public_id", "lead__repeats__public_id", "lead__inbox_rows__public_id")
        found = (self.filter(**{way: public_id}).first() for way in ways)
        return next((cast("Deal", deal) for deal in found if deal is not None), None)

    def with_lead(self) -> Self:
        """Joined with everything that a line of a list prints, so that a list costs one query."""
        return self.select_related(
            "lead__source", "lead__site", "lead__contact", "lead__call", "stage", "owner", "loss_reason"
        )

    def with_repeats(self) -> Self:
        """With the number of repeat enquiries, as `repeats`."""
        again = Lead.objects.filter(repeat_of=OuterRef("lead"))
        count = again.order_by().values("repeat_of").annotate(n=Count("pk")).values("n")
        return self.annotate(repeats=Coalesce(Subquery(count), 0))


class PurchaseQuerySet(models.QuerySet):
    def live(self) -> Self:
        """Without the voided ones: what the books count."""
        return self.filter(voided_at=None)

    def money_in(self) -> Self:
        """Without refunds."""
        return self.filter(revenue_cents__gt=0)

    def net(self, currency: str) -> tuple[int, int]:
        """Revenue and cost of goods of the live ones in one currency, refunds taken off, in cents."""
        sums = (
            self.live()
            .filter(currency=currency)
            .aggregate(revenue=Sum("revenue_cents"), cost=Sum("cost_cents"))
        )
        return sums["revenue"] or 0, sums["cost"] or 0
