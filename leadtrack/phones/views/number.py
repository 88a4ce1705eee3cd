"""Pages: one number."""

from typing import Any, Final

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.phones.forms.ad import AdForm
from leadtrack.phones.forms.number import SettingsForm
from leadtrack.phones.forms.order import TestForm
from leadtrack.phones.models import CarrierJob, TrackedNumber, with_calls
from leadtrack.phones.views.webhooks import webhooks
from leadtrack.ui.paging import page_after

PAGE_SIZE: Final = 50
_HISTORY_LENGTH: Final = 100
_JOBS_SHOWN: Final = 10


@member_required("phones.read")
@require_GET
def number(request: MemberRequest, pk: int) -> HttpResponse:
    """GET /numbers/<id>/: one number, its assignments and its calls, in the time of its site."""
    row = number_or_404(pk, with_calls(TrackedNumber.objects.with_source(), timezone.now()))
    calls = row.calls.select_related("source")
    page = page_after(calls, order="-started_at", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    history = row.assignments.select_related("source", "pool", "assigned_by").order_by("-starts_at")
    context = {
        "number": row,
        "page": page,
        "history": history[:_HISTORY_LENGTH],
        "jobs": row.jobs.select_related("asked_by").order_by("-pk")[:_JOBS_SHOWN],
        "sees_callers": request.member.can("personal.read"),
        "may_change": request.member.can("phones.manage"),
        "test": TestForm(initial={"to": request.member.phone or row.forward_to}),
        "webhooks": webhooks(request),
        "states": CarrierJob.State,
    }
    with timezone.override(row.site.tz):
        return render(request, "phones/number.html", context)


@member_required("phones.manage")
@require_http_methods(["GET", "POST"])
def number_change(request: MemberRequest, pk: int) -> HttpResponse:
    """/numbers/<id>/change/: where it rings, what callers hear, its site and note."""
    row = number_or_404(pk, TrackedNumber.objects.all())
    form = SettingsForm(request.POST or None, instance=row)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("leadtrack:number", pk=pk)
    return _form_page(request, pk, form, _("Change the number"))


@member_required("phones.manage")
@require_http_methods(["GET", "POST"])
def number_ad(request: MemberRequest, pk: int, assignment_pk: int) -> HttpResponse:
    """/numbers/<id>/ads/<assignment>/: cost, picture and note of the ad that carries or carried it."""
    row = number_or_404(pk, TrackedNumber.objects.all())
    assignment = get_object_or_404(row.assignments.exclude(source=None), pk=assignment_pk)
    form = AdForm(request.POST or None, request.FILES or None, instance=assignment)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("leadtrack:number", pk=pk)
    return _form_page(request, pk, form, _("The ad"), assignment_pk=assignment_pk)


@member_required("phones.read")
@require_GET
def number_picture(request: MemberRequest, pk: int, assignment_pk: int) -> HttpResponseBase:
    """GET /numbers/<id>/ads/<assignment>/picture/: the picture, to those who may see the number."""
    row = get_object_or_404(TrackedNumber, pk=pk)
    assignment = get_object_or_404(row.assignments.exclude(picture=""), pk=assignment_pk)
    try:
        file = assignment.picture.open("rb")
    except OSError:
        raise Http404(_("The file of the picture is gone.")) from None
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
    return FileResponse(file, content_type="image/jpeg", headers=headers)


def number_or_404(pk: int, rows: QuerySet[TrackedNumber]) -> TrackedNumber:
    """The number with its site, account and flow; 404 when there is none."""
    return get_object_or_404(rows.select_related("site", "account", "flow"), pk=pk)


def _form_page(request: MemberRequest, pk: int, form: Any, title: str, **more: Any) -> HttpResponse:
    # Read again: a form that is wrong has changed the row in memory.
    fresh = number_or_404(pk, TrackedNumber.objects.all())
    context = {"number": fresh, "form": form, "title": title, **more}
    if "assignment_pk" in more:
        context["assignment"] = get_object_or_404(
            fresh.assignments.select_related("source"), pk=more["assignment_pk"]
        )
    return render(request, "phones/number_form.html", context)
