"""The page of the funnel."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.ledger.models import AttributionModel, Clock
from leadtrack.reports.calendar import today
from leadtrack.reports.funnel import Funnel, Step, chosen_goals, funnel, goals_to_choose
from leadtrack.reports.question import LEVELS, Question, QuestionError, read_question
from leadtrack.reports.views import FUNNEL, periods_of
from leadtrack.visits.models import Goal


@dataclass(frozen=True, slots=True)
class Bar:
    """A step with where its figure leads, and the width of its bar in thousandths of the widest."""

    step: Step
    href: str
    width: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A chosen goal, with the addresses that move it or take it out ("" where it cannot move)."""

    name: str
    earlier: str
    later: str
    without: str


@require_safe
@member_required("reports.read")
def funnel_page(request: MemberRequest) -> HttpResponseBase:
    """From visits to purchases, with what is lost on the way; opened by channel, source and campaign."""
    error = None
    try:
        question = read_question(request.GET.dict(), today=today())
    except QuestionError as problem:
        error, question = problem, read_question({}, today=today())
    goals = goals_to_choose()
    chosen = chosen_goals(request.GET.getlist("goal"), goals)
    page = _page(question, goals, chosen) | {"error": error, "can_set_up": request.member.can("sites.manage")}
    return render(request, "reports/funnel.html", page, status=400 if error else 200)


def _page(question: Question, goals: list[Goal], chosen: list[Goal]) -> dict[str, Any]:
    found = funnel(question, chosen)
    return {
        "question": question,
        "bars": _bars(found.steps, question, chosen),
        "parts": [(part, _part_address(part.name, found, question, chosen)) for part in found.parts],
        "level": _level(found.level),
        "trail": _trail(question, chosen),
        "choices": [_choice(place, chosen, question) for place in range(len(chosen))],
        "others": [(goal, _address(question, [*chosen, goal])) for goal in goals if goal not in chosen],
        "kept": [("goal", goal.pk) for goal in chosen] + list(question.scope),
        "has_anything": any(step.count for step in found.steps),
        "has_sites": len({goal.site_id for goal in goals}) > 1,
        "models": AttributionModel.choices,
        "clocks": Clock.choices,
        "periods": periods_of(question),
        "currency": settings.LEADTRACK_CURRENCY,
    }


def _bars(steps: list[Step], question: Question, chosen: list[Goal]) -> list[Bar]:
    widest = max((step.count for step in steps), default=0) or 1
    # By it the rows behind a figure lead back to the funnel as it is.
    here = urlencode({FUNNEL: ",".join(str(goal.pk) for goal in chosen)})
    return [
        Bar(step, f"{_behind(step, question)}&{here}", round(1000 * step.count / widest)) for step in steps
    ]


def _behind(step: Step, question: Question) -> str:
    if step.key == "visits":
        return f"{reverse('leadtrack:report-visits')}?{question.query}"
    if step.goal:
        return f"{reverse('leadtrack:report-visits')}?{question.query}&goal={step.goal}"
    return f"{reverse('leadtrack:report-credits', args=[step.key])}?{question.query}"


def _part_address(name: str, found: Funnel, question: Question, chosen: list[Goal]) -> str:
    return _address(question.within(**dict(question.scope), **{found.level: name}), chosen)


def _trail(question: Question, chosen: list[Goal]) -> list[tuple[str, str]]:
    """The way down to this part: (name, address), from everything on; nothing when this is everything."""
    if not question.scope:
        return []
    trail = [(_("All sources"), _address(question.within(), chosen))]
    for depth in range(1, len(question.scope) + 1):
        part = question.within(**dict(question.scope[:depth]))
        trail.append((question.scope[depth - 1][1] or _("(not set)"), _address(part, chosen)))
    return trail


def _choice(place: int, chosen: list[Goal], question: Question) -> Choice:
    goal, others = chosen[place], [*chosen[:place], *chosen[place + 1 :]]

    def at(new: int) -> str:
        return _address(question, [*others[:new], goal, *others[new:]]) if 0 <= new < len(chosen) else ""

    return Choice(goal.name, at(place - 1), at(place + 1), _address(question, others))


def _address(question: Question, chosen: list[Goal]) -> str:
    named = urlencode([("goal", goal.pk) for goal in chosen])
    return f"?{question.query}" + (f"&{named}" if named else "")


def _level(level: str) -> str | Promise:
    names = (_("Channel"), _("Source"), _("Campaign"))
    return dict(zip(LEVELS, names, strict=True)).get(level, "")
