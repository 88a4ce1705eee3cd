"""Pages: everything that came in of late, with its payload; any of it can be worked again."""

import json
from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.db.models import Max, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.leads import inbox
from leadtrack.leads.models import InboxRow
from leadtrack.ui.paging import page_after

PAGE_SIZE: Final = 50
_DAYS: Final = 30
# A rare door among many rows must not be searched for through all of them.
_LATEST: Final = 100_000
_PAYLOAD_LENGTH: Final = 20_000


@require_GET
@member_required("work.repair")
def received(request: MemberRequest) -> HttpResponseBase:
    """GET /received/: what came in, the newest first, by door and state."""
    door, state = request.GET.get("door", ""), request.GET.get("state", "")
    page = page_after(_rows(door, state), order="-id", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    context = {
        "page": page,
        "doors": [(value, label, value == door) for value, label in InboxRow.Door.choices],
        "states": [(value, label, value == state) for value, label in InboxRow.State.choices],
        "is_narrowed": bool(door or state),
    }
    return render(request, "leads/received.html", context)


@require_GET
@member_required("work.repair")
def received_row(request: MemberRequest, public_id: str) -> HttpResponseBase:
    """GET /received/<id>/: one row, what came in, what became of it."""
    rows = InboxRow.objects.select_related("site", "form", "call", "connection", "lead")
    row = get_object_or_404(rows, public_id=public_id)
    shown = _readable(row.payload) if request.member.can("personal.read") else ""
    return render(request, "leads/received_row.html", {"row": row, "payload": shown})


@require_POST
@member_required("work.repair")
def received_again(request: MemberRequest, public_id: str) -> HttpResponseBase:
    """Have one row worked once more, whatever became of it."""
    row = get_object_or_404(InboxRow, public_id=public_id)
    if inbox.run_again(InboxRow.objects.filter(pk=row.pk)):
        messages.success(
            request, _("It is being worked again. If it has its lead already, there is no second one.")
        )
    else:
        messages.info(request, _("It is waiting to be worked already."))
    return redirect("leadtrack:received-row", public_id=public_id)


def _rows(door: str, state: str) -> QuerySet[InboxRow]:
    newest = InboxRow.objects.aggregate(newest=Max("pk"))["newest"] or 0
    since = timezone.now() - timedelta(days=_DAYS)
    rows = InboxRow.objects.filter(pk__gt=newest - _LATEST, received_at__gte=since)
    if door in InboxRow.Door.values:
        rows = rows.filter(door=door)
    if state in InboxRow.State.values:
        rows = rows.filter(state=state)
    return rows.select_related("site", "form", "connection", "lead").defer("payload")


def _readable(payload: dict[str, Any]) -> str:
    return json.dumps(payload, ensure_ascii=False, indent=2)[:_PAYLOAD_LENGTH]
