"""The funnel: from visits over goals and leads to purchases, as one row of steps, and split by source."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leadtrack.deals.models import Purchase
from leadtrack.leads.models import Lead
from leadtrack.ledger.models import WHOLE, Credit, GoalFact
from leadtrack.reports.question import LEVELS, Question
from leadtrack.reports.table import result_facts, scope_of, traffic_facts
from leadtrack.visits.models import Goal

# Sales said yes; a purchase is money that came in, not money that went back.
ACCEPTED: Final = Q(result=Credit.Result.LEAD, lead__status=Lead.Status.ACCEPTED)
PURCHASES: Final = Q(result=Credit.Result.PURCHASE) & ~Q(purchase__kind=Purchase.Kind.REFUND)
ANY_GOAL: Final = "any"
MOST_GOALS: Final = 10
_AFTER: Final[tuple[tuple[str, Promise], ...]] = (
    ("leads", _("Leads")),
    ("accepted", _("Accepted leads")),
    ("won", _("Won deals")),
    ("purchases", _("Purchases")),
)
Counts = dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: how many got here. `goal` is "any", the goal's number as text, or empty.

    No share of the previous step where more got here than there: they came by other ways.
    """

    key: str
    label: str | Promise
    count: Decimal
    of_previous: Decimal | None
    of_first: Decimal | None
    goal: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The funnel of one channel, source or campaign, by the steps of the whole."""

    name: str
    counts: list[Decimal]
    of_first: Decimal | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """The steps of all, and the parts they are the sums of; no level when there is no finer one."""

    steps: list[Step]
    level: str
    parts: list[Part]


def funnel(question: Question, goals: Sequence[Goal]) -> Funnel:
    """Visits, goals in the given order (none: visits with any goal), leads, accepted, won, purchases.

    Each goal counts the visits that reached it, whether or not they reached the one before. Leads and what
    follows are credited by the question's model and dated by its clock. Four queries, one more where goals
    are named; none grows with the visits.
    """
    level = next((one for one in LEVELS if one not in dict(question.scope)), "")
    counts = _counts(question, level, goals)
    keys = _keys(goals)
    sums = {key: sum((part[key] for part in counts.values()), Decimal(0)) for key, *_ in keys}
    parts = [_part(name, part, [key for key, *_ in keys]) for name, part in counts.items()]
    parts.sort(key=lambda part: ([-count for count in part.counts[:1]], part.name))
    return Funnel(_steps(keys, sums), level, parts if level else [])


def goals_to_choose() -> list[Goal]:
    """The goals that are in the books, by site and name."""
    rows = Goal.objects.filter(is_set_up=True).select_related("site")
    return list(rows.order_by("site__name", "key", "pk"))


def chosen_goals(asked: Iterable[str], goals: Iterable[Goal]) -> list[Goal]:
    """The goals asked for by number, once each, in the order asked; what is no goal is left out."""
    known = {str(goal.pk): goal for goal in goals}
    return [known[number] for number in dict.fromkeys(asked) if number in known][:MOST_GOALS]


def _keys(goals: Sequence[Goal]) -> list[tuple[str, str | Promise, str]]:
    """(key, label, goal) of each step."""
    named = [(f"goal-{goal.pk}", goal.name, str(goal.pk)) for goal in goals]
    any_goal: list[tuple[str, str | Promise, str]] = [("goals", _("Visits with a goal"), ANY_GOAL)]
    return [("visits", _("Visits"), ""), *(named or any_goal), *((key, label, "") for key, label in _AFTER)]


def _steps(keys: Iterable[tuple[str, str | Promise, str]], sums: Counts) -> list[Step]:
    steps: list[Step] = []
    for key, label, goal in keys:
        before = steps[-1].count if steps else None
        first = steps[0].count if steps else None
        of_previous = _share(sums[key], before)
        if of_previous is not None and of_previous > 1:
            of_previous = None
        steps.append(Step(key, label, sums[key], of_previous, _share(sums[key], first), goal))
    return steps


def _part(name: str, counts: Counts, keys: list[str]) -> Part:
    return Part(name, [counts[key] for key in keys], _share(counts[keys[-1]], counts[keys[0]]))


def _share(count: Decimal, of: Decimal | None) -> Decimal | None:
    return count / of if of else None


def _counts(question: Question, level: str, goals: Sequence[Goal]) -> dict[str, Counts]:
    """The steps' counts by the names of a level (all under one name without a level)."""
    found: dict[str, Counts] = defaultdict(lambda: defaultdict(Decimal))
    column = f"source__{level}" if level else ""
    traffic = _summed(traffic_facts(question), column, visits=Sum("visits"), goals=Sum("goal_visits"))
    results = _summed(result_facts(question), column, leads=Sum("leads_ppm"), won=Sum("won_ppm"))
    credits = _summed(
        _credits(question),
        column,
        accepted=Sum("share_ppm", filter=ACCEPTED),
        purchases=Sum("share_ppm", filter=PURCHASES),
    )
    for rows, whole in ((traffic, 1), (results, WHOLE), (credits, WHOLE)):
        for name, sums in rows:
            for key, total in sums.items():
                found[name][key] += Decimal(total or 0) / whole
    for name, goal, visits in _goal_visits(question, column, goals):
        found[name][f"goal-{goal}"] += visits
    return {name: counts for name, counts in found.items() if any(counts.values())}


def _credits(question: Question) -> Any:
    days = (question.period.first, question.period.last)
    rows = Credit.objects.filter(clock=question.clock, model=question.model, day__range=days)
    return rows.filter(ACCEPTED | PURCHASES, **scope_of(question))


def _goal_visits(question: Question, column: str, goals: Sequence[Goal]) -> Iterable[tuple[str, int, int]]:
    if not goals:
        return
    days = (question.period.first, question.period.last)
    facts = GoalFact.objects.filter(goal__in=goals, day__range=days, **scope_of(question)).order_by()
    names = [column] if column else []
    for row in facts.values(*names, "goal_id").annotate(total=Sum("visits")):
        yield row[column] if column else "", row["goal_id"], row["total"]


def _summed(rows: Any, column: str, **sums: Any) -> Iterable[tuple[str, dict[str, int | None]]]:
    """Each sum by the values of the column; of everything where there is no column."""
    if not column:
        yield "", rows.order_by().aggregate(**sums)
        return
    for row in rows.order_by().values(column).annotate(**{f"sum_{key}": one for key, one in sums.items()}):
        yield row[column], {key: row[f"sum_{key}"] for key in sums}
