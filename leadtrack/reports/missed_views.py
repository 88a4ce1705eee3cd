"""The pages of missed calls: the figures, and the calls behind each."""

from datetime import date
from typing import Final
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.deals.models import CallBack
from leadtrack.reports.calendar import today
from leadtrack.reports.missed import BY, KINDS, missed_in, missed_lines, of_kind
from leadtrack.reports.question import Question, QuestionError, read_question
from leadtrack.reports.views import periods_of
from leadtrack.ui.paging import page_after

PAGE_SIZE: Final = 50
_LABELS: Final = {
    "missed": _("Missed"),
    "recovered": _("Recovered in time"),
    "late": _("Reached later"),
    "not_needed": _("Not needed"),
    "open": _("Not called back yet"),
}


@require_safe
@member_required("reports.read")
def missed(request: MemberRequest) -> HttpResponseBase:
    """GET /reports/missed/: missed calls, and how many of their callers we reached in time."""
    question, error = _question(request)
    by = request.GET.get("by", "")
    by = by if by in BY else BY[0]
    lines, total = missed_lines(question.period, by)
    period = _period_query(question)
    context = {
        "question": question,
        "error": error,
        "by": by,
        "lines": lines,
        "total": total,
        "labels": [(kind, _LABELS[kind]) for kind in KINDS],
        "period": period,
        "kept": [("by", by)],
        "periods": periods_of(question),
    }
    return render(request, "reports/missed.html", context, status=400 if error else 200)


@require_safe
@member_required("reports.read")
def missed_calls(request: MemberRequest) -> HttpResponseBase:
    """GET /reports/missed/calls/: the calls behind a figure, latest first, each with its lead."""
    question, error = _question(request)
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else KINDS[0]
    rows = of_kind(_part(request, missed_in(question.period)), kind)
    rows = rows.select_related("call__source", "call__number__site", "deal__lead__contact", "done_by")
    page = page_after(rows, order="-pk", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    context = {
        "page": page,
        "label": _LABELS[kind],
        "question": question,
        "error": error,
        "period": _period_query(question),
        "may_see_people": request.member.can("personal.read"),
    }
    return render(request, "reports/missed_calls.html", context, status=400 if error else 200)


def _question(request: HttpRequest) -> tuple[Question, QuestionError | None]:
    asked = {name: request.GET.get(name, "") for name in ("from", "to")}
    try:
        return read_question(asked, today=today()), None
    except QuestionError as problem:
        return read_question({}, today=today()), problem


def _period_query(question: Question) -> str:
    return urlencode({"from": question.period.first.isoformat(), "to": question.period.last.isoformat()})


def _part(request: HttpRequest, rows: QuerySet[CallBack]) -> QuerySet[CallBack]:
    """Of one day, or of one source; what is neither narrows nothing."""
    source, day = request.GET.get("source", ""), request.GET.get("day", "")
    if source.isascii() and source.isdecimal() and len(source) < 18:
        rows = rows.filter(call__source=int(source))
    try:
        return rows.filter(call__day=date.fromisoformat(day)) if day else rows
    except ValueError:
        return rows
