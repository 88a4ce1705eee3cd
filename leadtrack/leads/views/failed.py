"""Pages: the work that failed."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.leads import inbox, refusals, unfinished
from leadtrack.leads.models import InboxRow
from leadtrack.ui.paging import page_after
from leadtrack.ui.troubles import troubles_now

PAGE_SIZE = 50
_PAYLOAD_LENGTH = 20_000


@dataclass(frozen=True)
class FailedRow:
    """A row that was given up, with what came in as text to read."""

    row: InboxRow
    payload: str


@require_GET
@member_required("work.repair")
def failed(request: MemberRequest) -> HttpResponseBase:
    """Rows that failed at every attempt, with the reason, and how many are still waiting."""
    rows = unfinished.failed().select_related("site", "form", "call")
    page = page_after(rows, order="-id", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    context = {
        "page": page,
        "rows": [FailedRow(row, _readable(row.payload)) for row in page.rows],
        "waiting": unfinished.to_be_worked().count(),
        "failed": rows.count(),
        "refused": refusals.count_today(),
        "troubles": troubles_now(),
    }
    return render(request, "leads/failed.html", context)


@require_POST
@member_required("work.repair")
def run_again(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Let one failed row be worked from anew."""
    if inbox.rework(get_object_or_404(InboxRow, pk=pk)):
        messages.success(request, _("It is being worked again. If it fails once more, it comes back here."))
    return redirect("leadtrack:failed")


@require_POST
@member_required("work.repair")
def run_all_again(request: MemberRequest) -> HttpResponseBase:
    """Let every failed row be worked from anew."""
    count = inbox.rework_all()
    told = ngettext("%(count)s row is being worked again.", "%(count)s rows are being worked again.", count)
    messages.success(request, told % {"count": count})
    return redirect("leadtrack:failed")


def _readable(payload: dict[str, Any]) -> str:
    return json.dumps(payload, ensure_ascii=False, indent=2)[:_PAYLOAD_LENGTH]
