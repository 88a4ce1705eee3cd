"""Pages: one number."""

from typing import Final

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.phones.models import TrackedNumber, with_calls
from leadtrack.phones.views.webhooks import webhooks
from leadtrack.ui.paging import page_after

PAGE_SIZE: Final = 50
_HISTORY_LENGTH: Final = 100


@member_required("phones.manage")
@require_GET
def number(request: MemberRequest, pk: int) -> HttpResponse:
    """GET /numbers/<id>/: one number, its assignments and its calls, in the time of its site."""
    row = number_or_404(pk, with_calls(TrackedNumber.objects.with_source(), timezone.now()))
    calls = row.calls.select_related("source")
    page = page_after(calls, order="-started_at", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    history = row.assignments.select_related("source", "assigned_by").order_by("-starts_at")
    context = {
        "number": row,
        "page": page,
        "history": history[:_HISTORY_LENGTH],
        "sees_callers": request.member.can("personal.read"),
        "opens_admin": request.member.can("admin.open"),
        "webhooks": webhooks(request),
    }
    with timezone.override(row.site.tz):
        return render(request, "phones/number.html", context)


def number_or_404(pk: int, rows: QuerySet[TrackedNumber]) -> TrackedNumber:
    """The number with its site and account; 404 when there is none."""
    return get_object_or_404(rows.select_related("site", "account"), pk=pk)
