"""Pages: whose a number is, and taking that back."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.phones.assign import AssignmentError, assign_number, undo_assignment
from leadtrack.phones.forms.assign import KnownSourceForm, OfflineAdForm
from leadtrack.phones.in_flight import in_flight
from leadtrack.phones.models import Assignment, TrackedNumber
from leadtrack.phones.views.back import back
from leadtrack.phones.views.number import number_or_404
from leadtrack.sources.find import found_sources


@member_required("phones.manage")
@require_http_methods(["GET", "POST"])
def number_assign(request: MemberRequest, pk: int) -> HttpResponse:
    """/numbers/<id>/assign/: which source the number belongs to, and since when (in the time of its site)."""
    row = number_or_404(pk, TrackedNumber.objects.with_source())
    words = request.GET.get("q", "")
    with timezone.override(row.site.tz):
        known = KnownSourceForm(_sent(request, "known"), prefix="known", found=found_sources(words))
        offline = OfflineAdForm(_sent(request, "offline"), prefix="offline")
        form = known if known.is_bound else offline
        if form.is_valid() and (assignment := _assign(request, row, form)):
            messages.success(request, _assigned_message(assignment))
            return redirect("leadtrack:number", pk=pk)
        going_on = in_flight(row, timezone.now())
        context = {
            "number": row,
            "known": known,
            "offline": offline,
            "words": words,
            "in_flight": going_on,
        }
        return render(request, "phones/number_assign.html", context)


@member_required("phones.manage")
@require_POST
def number_undo(request: MemberRequest, pk: int) -> HttpResponse:
    """POST /numbers/<id>/undo/: take back the assignment that the button stood beside."""
    sent = request.POST.get("assignment", "")
    row = number_or_404(pk, TrackedNumber.objects.all())
    wanted = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 19 else 0
    assignment = get_object_or_404(row.assignments.all(), pk=wanted)
    try:
        before = undo_assignment(assignment=assignment)
    except AssignmentError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _undone_message(before))
    return back(request, reverse("leadtrack:number", args=[pk]))


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
    owner = before.source or before.pool
    return _("The assignment is undone: the number belongs to “%(source)s” again.") % {"source": owner}
