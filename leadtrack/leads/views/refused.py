"""Pages: requests that doors sent away, by reason, with the way to mend it."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.leads import refusals
from leadtrack.leads.knock import RefusedError
from leadtrack.leads.models import InboxRow, Refusal, RefusalCount
from leadtrack.leads.reasons import REASONS, Reason, words_of
from leadtrack.leads.words import as_kept
from leadtrack.ui.paging import page_after

PAGE_SIZE: Final = 50
_SHOWN: Final = 4_000
# What proves a sender is not shown to whoever looks over the admin's shoulder.
_SECRETS: Final = re.compile(
    # A quoted one ends with its quote, blanks and commas in it too; another one with the next field.
    r"((?:google_key|secret|verify_token)(?:\"?\s*[:=]\s*|\"\n\n))(\"(?:[^\"\\]|\\.)*\"?|[^\"&,}\s]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Counted:
    """A reason with how often it held, today and in 30 days."""

    code: str
    words: Reason
    today: int
    total: int


@dataclass(frozen=True)
class Shown:
    """A refused request with its words and what is left of it."""

    row: Refusal
    words: Reason
    door: str
    body: str
    may_run: bool


@require_GET
@member_required("work.repair")
def refused(request: MemberRequest) -> HttpResponseBase:
    """GET /refused/: how many were sent away and why, then the requests themselves, the newest first."""
    rows = Refusal.objects.select_related("connection", "form", "site", "taken_as")
    reason = request.GET.get("reason", "")
    if reason in REASONS:
        rows = rows.filter(reason=reason)
    page = page_after(rows, order="-id", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    may_see = request.member.can("personal.read")
    counted = _counted(timezone.localtime())
    context = {
        "page": page,
        "rows": [_shown(row, may_see) for row in page.rows],
        "counted": counted,
        "today": sum(one.today for one in counted),
        "reason": reason if reason in REASONS else "",
    }
    return render(request, "leads/refused.html", context)


@require_GET
@member_required("work.repair")
def badge(request: MemberRequest) -> HttpResponseBase:
    """GET /refused/badge/: a number for the navigation; nothing for none."""
    return render(request, "leads/_refused_badge.html", {"today": refusals.count_today()})


@require_POST
@member_required("work.repair")
def take(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Knock once more with what came then; with “all the same” its secret is not asked for."""
    row = get_object_or_404(Refusal.objects.select_related("connection"), pk=pk)
    try:
        taken = refusals.take_after_all(row, is_vouched="vouched" in request.POST)
    except RefusedError as problem:
        messages.error(request, _("It is still sent away: %(why)s") % {"why": words_of(problem.reason).what})
        return redirect("leadtrack:refused")
    if taken is None:
        messages.info(request, _("It was taken, and there was no lead in it."))
        return redirect("leadtrack:refused")
    messages.success(request, _("It was taken after all."))
    return redirect("leadtrack:received-row", public_id=taken.public_id)


def _counted(now: datetime) -> list[Counted]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    total = _sums(now - timedelta(days=30))
    today = _sums(midnight)
    counted = [Counted(code, words_of(code), today.get(code, 0), count) for code, count in total.items()]
    return sorted(counted, key=lambda one: (-one.today, -one.total, one.code))


def _sums(since: datetime) -> dict[str, int]:
    hour = since.replace(minute=0, second=0, microsecond=0)
    rows = RefusalCount.objects.filter(hour__gte=hour).values("reason").annotate(sum=Sum("count"))
    return {row["reason"]: row["sum"] for row in rows}


def _shown(row: Refusal, may_see: bool) -> Shown:
    body = _SECRETS.sub(r"\1…", as_kept(refusals.kept_of(row).body)[:_SHOWN]) if may_see else ""
    doors: dict[str, str] = {str(value): str(label) for value, label in InboxRow.Door.choices}
    is_ours = row.connection is not None or row.reason in ("unknown_form", "unknown_address")
    may_run = row.is_whole and row.taken_as is None and words_of(row.reason).is_mendable and is_ours
    return Shown(row, words_of(row.reason), doors.get(row.door, row.door), body, may_run)
