"""Pages: reading history again with today's rules."""

from functools import partial
from typing import Any, Final

from django.db import transaction
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.sources import reclassify, tasks
from leadtrack.sources.holders import holders
from leadtrack.sources.models import Reclassification

# htmx stops polling at this answer.
STOP_POLLING: Final = 286
MOST_SHOWN: Final = 5


def history_notes() -> dict[str, Any]:
    """What the pages of rules and aliases say about history."""
    recent = list(Reclassification.objects.select_related("started_by").order_by("-pk")[:MOST_SHOWN])
    running = next((row for row in recent if row.state == Reclassification.State.OPEN), None)
    return {"history_is_behind": reclassify.is_history_behind(), "running": running, "recent": recent}


@require_POST
@member_required("sources.manage")
def history_start(request: MemberRequest) -> HttpResponseBase:
    """Read all of history again; the page of the work shows how it goes."""
    with transaction.atomic():
        row = reclassify.start(by=request.user)
        wait = max(0.0, (row.due_at - timezone.now()).total_seconds())
        wake_up = partial(tasks.reclassify.apply_async, args=(row.pk,), countdown=wait)
        # Robust: a broker that is down must not fail the page, the sweep finds the row.
        transaction.on_commit(wake_up, robust=True)
    return redirect("leadtrack:sources-history", row.pk)


@require_GET
@member_required("sources.manage")
def history(request: MemberRequest, pk: int) -> HttpResponseBase:
    """One re-reading: how far it is, and what it moved."""
    return render(request, "sources/history.html", _told(pk) | {"tab": "rules"})


@require_GET
@member_required("sources.manage")
def history_progress(request: MemberRequest, pk: int) -> HttpResponseBase:
    """The part of that page that changes."""
    told = _told(pk)
    is_open = told["row"].state == Reclassification.State.OPEN
    return render(request, "sources/_history.html", told, status=200 if is_open else STOP_POLLING)


@require_POST
@member_required("sources.manage")
def history_again(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Go on with one that failed."""
    row = get_object_or_404(Reclassification, pk=pk)
    if reclassify.again(row):
        transaction.on_commit(partial(tasks.reclassify.delay, row.pk), robust=True)
    return redirect("leadtrack:sources-history", row.pk)


def _told(pk: int) -> dict[str, Any]:
    row = get_object_or_404(Reclassification.objects.select_related("started_by"), pk=pk)
    is_waiting = row.state == Reclassification.State.OPEN and not row.done and row.due_at > timezone.now()
    return {"row": row, "parts": _parts(row), "is_waiting": is_waiting}


def _parts(row: Reclassification) -> list[dict[str, Any]]:
    """For each holder: what moved, and each channel before and after."""
    shown = []
    for holder in holders():
        before, after = row.before.get(holder.name, {}), row.after_counts.get(holder.name, {})
        names = sorted(before.keys() | after.keys(), key=lambda name: (-after.get(name, 0), name))
        lines = [
            {
                "channel": name,
                "before": before.get(name, 0),
                "after": after.get(name, 0),
                "change": after.get(name, 0) - before.get(name, 0),
            }
            for name in names
        ]
        shown.append({"label": holder.label, "moved": row.moved.get(holder.name, 0), "lines": lines})
    return shown
