from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.ledger.models import AttributionModel, Clock
from leadtrack.reports import behind
from leadtrack.reports.calendar import today
from leadtrack.reports.export import table_csv
from leadtrack.reports.funnel import ANY_GOAL, MOST_GOALS
from leadtrack.reports.lines import Line, lines_of
from leadtrack.reports.question import DEEP, LEVELS, Question, QuestionError, read_question
from leadtrack.reports.romi import FORMULAS
from leadtrack.reports.sides import paid_sources_without_spend, unmatched_items
from leadtrack.reports.table import source_table
from leadtrack.ui.paging import page_after
from leadtrack.visits.models import Goal

PAGE_SIZE = 50
# In an address: the goals of the funnel that one came from, by number.
FUNNEL = "funnel"


@require_safe
@member_required("reports.read")
def report(request: MemberRequest) -> HttpResponseBase:
    """The source-to-revenue page: channels, opened level by level."""
    try:
        question = read_question(request.GET.dict(), today=today())
    except QuestionError as error:
        question = read_question({}, today=today())
        return render(request, "reports/report.html", _page(question) | {"error": error}, status=400)
    return render(request, "reports/report.html", _page(question))


def _page(question: Question) -> dict[str, Any]:
    whole = Question(question.period, LEVELS[:1], question.model, question.clock)
    table = source_table(whole)
    lines = lines_of(table.rows, whole)
    return {
        "question": whole,
        "lines": lines,
        "total": Line.of_total(table.total, whole),
        "unmatched": table.unmatched,
        "all_spend_cents": table.total.spend_cents + table.unmatched.spend_cents,
        "models": AttributionModel.choices,
        "clocks": Clock.choices,
        "periods": periods_of(whole),
        "formulas": FORMULAS,
        "chart": _chart(lines),
        "currency": settings.LEADTRACK_CURRENCY,
    }


@require_safe
@member_required("reports.read")
def report_rows(request: MemberRequest) -> HttpResponseBase:
    """The rows one level below a row of the report, for htmx to put under it."""
    question = _asked(request)
    depth = len(question.scope)
    if not 0 < depth < len(DEEP):
        raise Http404
    below = Question(question.period, DEEP[depth : depth + 1], question.model, question.clock, question.scope)
    lines = lines_of(source_table(below).rows, below, parent=request.GET.get("row", "0"))
    context = {"lines": lines, "currency": settings.LEADTRACK_CURRENCY, "formulas": FORMULAS}
    return render(request, "reports/_rows.html", context)


@require_safe
@member_required("reports.read")
def report_csv(request: MemberRequest) -> HttpResponseBase:
    """The whole table as a file."""
    question = _asked(request)
    first, last = question.period.first, question.period.last
    name = f"leadtrack-{first}-{last}-{question.model}-{question.clock}.csv"
    # The mark makes spreadsheets read the file as UTF-8.
    text = "\N{BYTE ORDER MARK}" + table_csv(source_table(question), question)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


@require_safe
@member_required("reports.read", "leads.read")
def report_credits(request: MemberRequest, figure: str) -> HttpResponseBase:
    """The leads, deals or purchases behind a figure, each with its share; they add up to it."""
    question = _asked(request)
    if figure not in behind.RESULTS_OF:
        raise Http404
    rows = behind.credits_behind(question, figure)
    page = page_after(rows, order="-day", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    sums = behind.credit_sums(rows)
    context = (
        _behind(question)
        | _way_back(request, question)
        | {
            "figure": figure,
            "page": page,
            "sums": sums,
            "has_money": figure in ("revenue", "margin", "purchases"),
            "shows_people": request.member.can("personal.read"),
        }
    )
    return render(request, "reports/credits.html", context)


@require_safe
@member_required("reports.read", "spend.read")
def report_spend(request: MemberRequest) -> HttpResponseBase:
    """The statement rows behind a spend figure, with the rate that converted each."""
    question = _asked(request)
    is_unmatched = "unmatched" in request.GET
    rows = behind.spend_behind(question, is_unmatched=is_unmatched)
    page = page_after(rows, order="-day", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    table = source_table(question)
    context = _behind(question) | {
        "page": page,
        "converted": behind.converted(page.rows),
        "totals": rows.totals(),
        "spend_cents": table.unmatched.spend_cents if is_unmatched else table.total.spend_cents,
        "is_unmatched": is_unmatched,
    }
    return render(request, "reports/spend.html", context)


@require_safe
@member_required("reports.read")
def report_visits(request: MemberRequest) -> HttpResponseBase:
    """The visits behind a visits figure, or those of them that reached a goal."""
    question = _asked(request)
    goal = goal_asked(request)
    rows = behind.visits_behind(question, goal)
    page = page_after(rows, order="-day", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    # The address of a page may hold what its visitor typed.
    context = (
        _behind(question)
        | _way_back(request, question)
        | {
            "page": page,
            "count": behind.count_visits(question, goal),
            "goal": goal,
            "shows_people": request.member.can("personal.read"),
        }
    )
    return render(request, "reports/visits.html", context)


@require_safe
@member_required("reports.read")
def unmatched(request: MemberRequest) -> HttpResponseBase:
    """Both sides of what did not meet: spend without visits, results of paid sources without spend."""
    question = _asked(request)
    table = source_table(question)
    context = _behind(question) | {
        "periods": periods_of(question),
        "items": unmatched_items(question),
        "sources": paid_sources_without_spend(question),
        "unmatched": table.unmatched,
        "matched_cents": table.total.spend_cents,
        "all_spend_cents": table.total.spend_cents + table.unmatched.spend_cents,
    }
    return render(request, "reports/unmatched.html", context)


def _asked(request: MemberRequest) -> Question:
    try:
        return read_question(request.GET.dict(), today=today())
    except QuestionError as error:
        raise Http404(error.message) from error


def goal_asked(request: MemberRequest) -> str:
    """Which goal a page is about: "any", the number of one as text, or empty. Raises Http404 for no goal."""
    goal = request.GET.get("goal", "")
    if goal in ("", ANY_GOAL):
        return goal
    if not (goal.isascii() and goal.isdecimal() and len(goal) < 18):
        raise Http404
    return str(get_object_or_404(Goal, pk=goal, is_set_up=True).pk)


def _behind(question: Question) -> dict[str, Any]:
    return {
        "question": question,
        "scope": [value or _("(not set)") for _level, value in question.scope],
        "model": AttributionModel(question.model).label,
        "clock": Clock(question.clock).label,
        "currency": settings.LEADTRACK_CURRENCY,
    }


def _way_back(request: MemberRequest, question: Question) -> dict[str, str]:
    """To the funnel with its goals, for who came from there; nothing for who came from the report."""
    if FUNNEL not in request.GET:
        return {}
    numbers = [goal for goal in request.GET[FUNNEL].split(",") if goal.isascii() and goal.isdecimal()]
    goals = "".join(f"&goal={goal}" for goal in numbers[:MOST_GOALS])
    return {"funnel_address": f"{reverse('leadtrack:funnel')}?{question.query}{goals}"}


def periods_of(question: Question) -> list[tuple[str, date, date, bool]]:
    """Periods to choose with one click: label, first and last day, and whether it is the one asked."""
    now = today()
    month = now.replace(day=1)
    last_month = (month - timedelta(days=1)).replace(day=1)
    periods = [
        (_("This month"), month, now),
        (_("Last month"), last_month, month - timedelta(days=1)),
        (_("30 days"), now - timedelta(days=29), now),
        (_("90 days"), now - timedelta(days=89), now),
        (_("12 months"), now - timedelta(days=364), now),
    ]
    asked = (question.period.first, question.period.last)
    return [(label, first, last, (first, last) == asked) for label, first, last in periods]


def _chart(lines: list[Line]) -> dict[str, Any]:
    # A picture for the eye only; the exact figures are in the table below it.
    shown = [line for line in lines if line.figures.spend_cents or line.figures.revenue_cents][:10]
    return {
        "labels": [line.label for line in shown],
        "spend": [line.figures.spend_cents / 100 for line in shown],
        "margin": [line.figures.margin_cents / 100 for line in shown],
        "names": {"spend": _("Spend"), "margin": _("Margin")},
    }
