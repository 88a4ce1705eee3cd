"""From results and their paths to the lines of the books. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from leadtrack.ledger.attribution import Touch, credit, split_money

LEAD: Final = "lead"
WON: Final = "won"
PURCHASE: Final = "purchase"


@dataclass(frozen=True, slots=True)
class Result:
    """Something that a path led to, as one or both clocks date it to the day being booked.

    Cents are of the reporting currency. `until` is the last moment (UTC) at which a touch can have led to it;
    `captured` is the lead's own source, which stands in where no touch is known.
    """

    kind: str
    clocks: tuple[str, ...]
    lead_id: int
    lead_day: date
    contact_id: int
    until: datetime
    captured: Touch
    deal_id: int | None = None
    purchase_id: int | None = None
    is_new_customer: bool = False
    revenue_cents: int = 0
    cost_cents: int = 0


class CreditLine(NamedTuple):
    """The columns of a Credit but its day, under the names of the columns."""

    clock: str
    model: str
    result: str
    lead_id: int
    deal_id: int | None
    purchase_id: int | None
    position: int
    source_id: int
    visit_id: int | None
    call_id: int | None
    share_ppm: int
    is_new_customer: bool
    revenue_cents: int
    cost_cents: int


class ResultLine(NamedTuple):
    """The columns of a ResultFact but its day."""

    clock: str
    model: str
    source_id: int
    leads_ppm: int
    won_ppm: int
    customers_ppm: int
    revenue_cents: int
    cost_cents: int


class TrafficLine(NamedTuple):
    """The columns of a TrafficFact but its day."""

    source_id: int
    visits: int
    goal_visits: int
    impressions: int
    clicks: int
    spend_cents: int


class GoalLine(NamedTuple):
    """The columns of a GoalFact but its day."""

    source_id: int
    goal_id: int
    visits: int
    hits: int


class GapLine(NamedTuple):
    """The columns of a RateGap but its day: cents of `currency`."""

    currency: str
    spend_cents: int
    revenue_cents: int
    cost_cents: int


def credits_of(result: Result, path: Sequence[Touch], models: Iterable[str]) -> Iterator[CreditLine]:
    """The credits of one result by each model, for each of its clocks; its captured source without a path."""
    touches = path or [result.captured]
    places = [
        (position, touch, part.source_id) for position, touch in enumerate(touches) for part in touch.sources
    ]
    for model in models:
        shares = credit(model, touches)
        revenues = split_money(result.revenue_cents, shares)
        costs = split_money(result.cost_cents, shares)
        for place, *earned in zip(places, shares, revenues, costs, strict=True):
            if earned[0]:
                yield from (_line(result, (clock, model), place, earned) for clock in result.clocks)


def facts_of(lines: Iterable[CreditLine]) -> list[ResultLine]:
    """The sums of the credits, by clock, model and source."""
    sums: dict[tuple[str, str, int], list[int]] = defaultdict(lambda: [0] * 5)
    for line in lines:
        total = sums[line.clock, line.model, line.source_id]
        total[0] += line.share_ppm if line.result == LEAD else 0
        total[1] += line.share_ppm if line.result == WON else 0
        total[2] += line.share_ppm if line.is_new_customer else 0
        total[3] += line.revenue_cents
        total[4] += line.cost_cents
    return [ResultLine(*key, *total) for key, total in sums.items()]


def _line(
    result: Result, view: tuple[str, str], place: tuple[int, Touch, int], earned: Sequence[int]
) -> CreditLine:
    clock, model = view
    position, touch, source_id = place
    share, revenue, cost = earned
    return CreditLine(
        clock=clock,
        model=model,
        result=result.kind,
        lead_id=result.lead_id,
        deal_id=result.deal_id,
        purchase_id=result.purchase_id,
        position=position,
        source_id=source_id,
        visit_id=touch.visit_id,
        call_id=touch.call_id,
        share_ppm=share,
        is_new_customer=result.is_new_customer,
        revenue_cents=revenue,
        cost_cents=cost,
    )
