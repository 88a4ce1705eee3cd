from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from leadtrack.deals.models import Deal, Purchase
from leadtrack.leads.models import Lead
from leadtrack.ledger import attribution
from leadtrack.phones.models import Call
from leadtrack.sources.models import Source
from leadtrack.spend.models import SpendItem
from leadtrack.visits.models import Goal, Visit

# One whole result. Shares are kept as integers so that they always add up to it.
WHOLE = attribution.WHOLE


class Clock(models.TextChoices):
    """By which day a result is counted."""

    COHORT = "cohort", _("Cohort: the day the lead came")
    CASH = "cash", _("Cash: the day the money came")


class AttributionModel(models.TextChoices):
    """Who gets the credit when several sources led to one result."""

    LAST_NON_DIRECT = "last_non_direct", _("Last non-direct")
    FIRST = "first", _("First")
    LAST = "last", _("Last")
    LINEAR = "linear", _("Linear")


class ItemMatch(models.Model):
    """Which source the money of a spend item went to, and which rule said so."""

    class Rule(models.TextChoices):
        IDS = "ids", _("same ids in the marker")
        NAMES = "names", _("same names")
        SOURCE_MEDIUM = "source_medium", _("same source and medium")
        UNMATCHED = "unmatched", _("nothing matched")

    item = models.OneToOneField(SpendItem, models.CASCADE, related_name="match")
    source = models.ForeignKey(Source, models.PROTECT, related_name="item_matches")
    rule = models.CharField(max_length=16, choices=Rule, db_index=True)

    def __str__(self) -> str:
        return f"{self.item_id} → {self.source_id} ({self.rule})"


class Credit(models.Model):
    """A share of one result given to one touch by one model: the rows behind every figure of a report.

    A result is a lead, a won deal or a purchase. Shares are in millionths; over one result, clock and model
    they add up to exactly WHOLE (leads, won) and to the purchase's converted cents (revenue, cost).
    """

    class Result(models.TextChoices):
        LEAD = "lead", _("Lead")
        WON = "won", _("Won deal")
        PURCHASE = "purchase", _("Purchase")

    clock = models.CharField(max_length=6, choices=Clock)
    model = models.CharField(max_length=16, choices=AttributionModel)
    day = models.DateField()
    # Nobody looks credits up by source, visit or call alone, and an index costs every booking.
    source = models.ForeignKey(Source, models.PROTECT, related_name="credits", db_index=False)
    result = models.CharField(max_length=8, choices=Result)
    lead = models.ForeignKey(Lead, models.PROTECT, related_name="credits")
    deal = models.ForeignKey(Deal, models.PROTECT, null=True, related_name="credits")
    purchase = models.ForeignKey(Purchase, models.PROTECT, null=True, related_name="credits")
    # The touch that earned it; both empty when the captured source stood in for a missing path.
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="+", db_index=False)
    call = models.ForeignKey(Call, models.PROTECT, null=True, related_name="+", db_index=False)
    # Place of the touch in the path, from 0: with it a result's credits are in one order, always.
    position = models.PositiveSmallIntegerField()
    share_ppm = models.PositiveIntegerField()
    is_new_customer = models.BooleanField(default=False)
    # In the firm's reporting currency.
    revenue_cents = models.BigIntegerField(default=0)
    cost_cents = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("credit")
        verbose_name_plural = _("credits")
        indexes: ClassVar = [
            models.Index(fields=["clock", "model", "day", "source"], name="lt_credit_of_figure"),
            models.Index(fields=["day"], name="lt_credit_day"),
        ]

    def __str__(self) -> str:
        return f"{self.clock} {self.model} {self.result} {self.lead_id}"

    @property
    def share(self) -> Decimal:
        """The part of the result, from 0 to 1."""
        return Decimal(self.share_ppm) / WHOLE

    @property
    def margin_cents(self) -> int:
        """Revenue less cost of goods."""
        return self.revenue_cents - self.cost_cents


class TrafficFact(models.Model):
    """What came and what it cost: one row per day and source."""

    day = models.DateField()
    source = models.ForeignKey(Source, models.PROTECT, related_name="traffic_facts")
    visits = models.PositiveIntegerField(default=0)
    # Of these visits, how many reached a goal, whenever and however many.
    goal_visits = models.PositiveIntegerField(default=0)
    impressions = models.BigIntegerField(default=0)
    clicks = models.BigIntegerField(default=0)
    # Net and fee, in the firm's reporting currency.
    spend_cents = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "source"], name="lt_traffic_fact_once")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.source_id}"


class GoalFact(models.Model):
    """How often the visits that a source brought on a day reached one goal.

    The day is the one the visit began on, for a hit after midnight, too: so a goal never has more visits than
    its source, sums over any period count each visit once, and whatever moves a visit moves its goals along.
    """

    day = models.DateField()
    source = models.ForeignKey(Source, models.PROTECT, related_name="goal_facts")
    goal = models.ForeignKey(Goal, models.PROTECT, related_name="facts")
    visits = models.PositiveIntegerField(default=0)
    hits = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "source", "goal"], name="lt_goal_fact_once")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.source_id} {self.goal_id}"


class ResultFact(models.Model):
    """What it brought: one row per clock, model, day and source; the sum of the credits there."""

    clock = models.CharField(max_length=6, choices=Clock)
    model = models.CharField(max_length=16, choices=AttributionModel)
    day = models.DateField()
    source = models.ForeignKey(Source, models.PROTECT, related_name="result_facts")
    leads_ppm = models.BigIntegerField(default=0)
    won_ppm = models.BigIntegerField(default=0)
    customers_ppm = models.BigIntegerField(default=0)
    revenue_cents = models.BigIntegerField(default=0)
    cost_cents = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clock", "model", "day", "source"], name="lt_result_fact_once")
        ]

    def __str__(self) -> str:
        return f"{self.clock} {self.model} {self.day} {self.source_id}"


class RateGap(models.Model):
    """Money of one day that is in no report because its currency has no rate then: kept in sight.

    Cents of its own currency.
    """

    day = models.DateField()
    currency = models.CharField(max_length=3)
    spend_cents = models.BigIntegerField(default=0)
    revenue_cents = models.BigIntegerField(default=0)
    cost_cents = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["day", "currency"], name="lt_rate_gap_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.currency}"


class Turn(models.Model):
    """Whose turn it is to write: keeps two workers from booking one day, or matching, at the same moment.

    A writer reads the number, then what the books should be, and raises the number in the transaction that
    writes: only who still finds the number that was read may write; the others look again.
    Names: an ISO day (its booking), "match" (matching spend), "run" (a worker's run over the dirty days).
    """

    name = models.CharField(max_length=20, unique=True)
    number = models.BigIntegerField(default=0)
    # "match": a fingerprint of the touched sources and rules the last matching knew.
    seen = models.BigIntegerField(null=True)
    # "run": the runner is alive until then, or it died.
    until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} {self.number}"
