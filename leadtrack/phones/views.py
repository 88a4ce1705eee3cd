from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.phones.assign import AssignmentError, assign_number, undo_assignment
from leadtrack.phones.carriers.twilio import public_url
from leadtrack.phones.forms import KnownSourceForm, NumberForm, OfflineAdForm
from leadtrack.phones.models import Assignment, CarrierAccount, TrackedNumber, with_calls
from leadtrack.sources.find import found_sources
from leadtrack.ui.paging import page_after
from leadtrack.visits.models import Site

PAGE_SIZE: Final = 50
_HISTORY_LENGTH: Final = 100


@dataclass(frozen=True)
class Webhook:
    """An address to paste at the carrier."""

    label: str
    url: str


@member_required("phones.manage")
@require_GET
def numbers(request: MemberRequest) -> HttpResponse:
    """GET /numbers/: every number with its source and calls."""
    rows = with_calls(TrackedNumber.objects.select_related("site").with_source(), timezone.now())
    page = page_after(rows, order="-id", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    return render(request, "phones/numbers.html", {"page": page, "webhooks": _webhooks(request)})


@member_required("phones.manage")
@require_GET
def number(request: MemberRequest, pk: int) -> HttpResponse:
    """GET /numbers/<id>/: one number, its assignments and its calls, in the time of its site."""
    row = _number_or_404(pk, with_calls(TrackedNumber.objects.with_source(), timezone.now()))
    calls = row.calls.select_related("source")
    page = page_after(calls, order="-started_at", cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    history = row.assignments.select_related("source", "assigned_by").order_by("-starts_at")
    context = {
        "number": row,
        "page": page,
        "history": history[:_HISTORY_LENGTH],
        "sees_callers": request.member.can("personal.read"),
        "opens_admin": request.member.can("admin.open"),
        "webhooks": _webhooks(request),
    }
    with timezone.override(row.site.tz):
        return render(request, "phones/number.html", context)


@member_required("phones.manage")
@require_http_methods(["GET", "POST"])
def number_add(request: MemberRequest) -> HttpResponse:
    """/numbers/add/: a number we have at the carrier becomes tracked."""
    form = NumberForm(request.POST or None)
    if form.is_valid():
        row = form.save()
        messages.success(request, _("The number is kept. Now say which advertisement carries it."))
        return redirect("leadtrack:number-assign", pk=row.pk)
    context = {
        "form": form,
        "webhooks": _webhooks(request),
        "has_account": CarrierAccount.objects.exists(),
        "has_site": Site.objects.exists(),
    }
    return render(request, "phones/number_add.html", context)


@member_required("phones.manage")
@require_http_methods(["GET", "POST"])
def number_assign(request: MemberRequest, pk: int) -> HttpResponse:
    """/numbers/<id>/assign/: which source the number belongs to, and since when (in the time of its site)."""
    row = _number_or_404(pk, TrackedNumber.objects.with_source())
    words = request.GET.get("q", "")
    with timezone.override(row.site.tz):
        known = KnownSourceForm(_sent(request, "known"), prefix="known", found=found_sources(words))
        offline = OfflineAdForm(_sent(request, "offline"), prefix="offline")
        form = known if known.is_bound else offline
        if form.is_valid() and (assignment := _assign(request, row, form)):
            messages.success(request, _assigned_message(assignment))
            return redirect("leadtrack:number", pk=pk)
        context = {"number": row, "known": known, "offline": offline, "words": words}
        return render(request, "phones/number_assign.html", context)


@member_required("phones.manage")
@require_POST
def number_undo(request: MemberRequest, pk: int) -> HttpResponse:
    """POST /numbers/<id>/undo/: take back the assignment that the button stood beside."""
    sent = request.POST.get("assignment", "")
    row = _number_or_404(pk, TrackedNumber.objects.all())
    wanted = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 19 else 0
    assignment = get_object_or_404(row.assignments.all(), pk=wanted)
    try:
        before = undo_assignment(assignment=assignment)
    except AssignmentError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _undone_message(before))
    page = reverse("leadtrack:number", args=[pk])
    return HttpResponseClientRedirect(page) if request.headers.get("HX-Request") else redirect(page)


def _number_or_404(pk: int, rows: QuerySet[TrackedNumber]) -> TrackedNumber:
    return get_object_or_404(rows.select_related("site", "account"), pk=pk)


def _webhooks(request: HttpRequest) -> list[Webhook]:
    voice, status = reverse("leadtrack:twilio-voice"), reverse("leadtrack:twilio-status")
    return [
        Webhook(_("A call comes in (HTTP POST)"), public_url(request, voice)),
        Webhook(_("Call status changes (HTTP POST)"), public_url(request, status)),
    ]


def _sent(request: HttpRequest, way: str) -> QueryDict | None:
    """What was sent by that one of the two forms, and None for the other."""
    return request.POST if request.method == "POST" and request.POST.get("way") == way else None


def _assign(
    request: MemberRequest, row: TrackedNumber, form: KnownSourceForm | OfflineAdForm
) -> Assignment | None:
    starts_at: datetime = form.cleaned_data["starts_at"] or timezone.now()
    try:
        return assign_number(
            number=row,
            source=form.chosen_source(),
            at=starts_at,
            by=request.user,
            note=form.cleaned_data["note"],
        )
    except AssignmentError as problem:
        form.add_error(None, str(problem))
        return None


def _assigned_message(assignment: Assignment) -> str:
    return render_to_string("phones/_assigned.html", {"assignment": assignment})


def _undone_message(before: Assignment | None) -> str:
    if before is None:
        return _("The assignment is undone: the number has no source now.")
    return _("The assignment is undone: the number belongs to “%(source)s” again.") % {
        "source": before.source
    }
