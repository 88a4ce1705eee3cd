"""Fragments of the list and of the pools: whose a number is, given with one click, and the way back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.phones.assign import AssignmentError, assign_number, free_number, restore_assignment
from leadtrack.phones.forms.give import GiveForm
from leadtrack.phones.in_flight import in_flight
from leadtrack.phones.models import Assignment, Pool, TrackedNumber
from leadtrack.phones.views.back import back
from leadtrack.phones.views.board import pool_board
from leadtrack.phones.views.number import number_or_404
from leadtrack.phones.views.toast import Toast
from leadtrack.sources.find import found_sources


@member_required("phones.manage")
@require_GET
def number_choose(request: MemberRequest, pk: int) -> HttpResponse:
    """GET /numbers/<id>/choose/?q=…: sources and pools that hold the words, to click on."""
    row = number_or_404(pk, TrackedNumber.objects.with_source())
    words = request.GET.get("q", "")[:200]
    pools = Pool.objects.filter(site=row.site_id, retired_at=None, name__icontains=words.replace("\0", " "))
    context = {
        "number": row,
        "words": words,
        "pools": pools[:15],
        "sources": found_sources(words),
        "in_flight": in_flight(row, timezone.now()),
    }
    return render(request, "phones/_choose.html", context)


@member_required("phones.read")
@require_GET
def number_held(request: MemberRequest, pk: int) -> HttpResponse:
    """GET /numbers/<id>/held/: whose it is, as the list shows it: choosing was given up."""
    row = number_or_404(pk, TrackedNumber.objects.with_source())
    return render(request, "phones/_held.html", {"number": row})


@member_required("phones.manage")
@require_POST
def number_give(request: MemberRequest, pk: int) -> HttpResponse:
    """POST /numbers/<id>/give/: to a source, a pool or nobody, from now on; the answer offers to undo it."""
    row = number_or_404(pk, TrackedNumber.objects.all())
    form = GiveForm(request.POST)
    if not form.is_valid():
        return _answer(request, row, Toast("error", " ".join(map(str, form["to"].errors))))
    try:
        toast = _give(request, row, *form.chosen())
    except AssignmentError as problem:
        toast = Toast("error", str(problem))
    return _answer(request, row, toast)


@member_required("phones.manage")
@require_POST
def number_restore(request: MemberRequest, pk: int) -> HttpResponse:
    """POST /numbers/<id>/restore/: the number was taken out of its pool or source; put it back."""
    row = number_or_404(pk, TrackedNumber.objects.all())
    sent = request.POST.get("assignment", "")
    wanted = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 19 else 0
    assignment = get_object_or_404(row.assignments.exclude(ends_at=None), pk=wanted)
    try:
        restore_assignment(assignment=assignment)
    except AssignmentError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(
            request, _("Undone: the number belongs to “%(owner)s” again.") % {"owner": _owner(assignment)}
        )
    return back(request, reverse("leadtrack:number", args=[pk]))


def _give(request: MemberRequest, row: TrackedNumber, source: object, pool: Pool | None) -> Toast:
    now = timezone.now()
    going_on = in_flight(row, now).calls
    if source is None and pool is None:
        ended = free_number(number=row, at=now)
        return _freed(row, ended)
    assignment = assign_number(number=row, source=source, pool=pool, at=now, by=request.user)  # type: ignore[arg-type]
    text = _("%(number)s belongs to “%(owner)s” now.") % {
        "number": row.number.as_international,
        "owner": _owner(assignment),
    }
    if going_on:
        text += " " + _("The call that is going on stays with the one before.")
    undo = reverse("leadtrack:number-undo", args=[row.pk])
    return Toast("success", text, undo, {"assignment": str(assignment.pk)})


def _freed(row: TrackedNumber, ended: Assignment | None) -> Toast:
    if ended is None:
        return Toast("info", _("%(number)s belonged to nobody already.") % {"number": row.number})
    text = _("%(number)s belongs to nobody now: its calls count as unknown.") % {"number": row.number}
    return Toast(
        "success", text, reverse("leadtrack:number-restore", args=[row.pk]), {"assignment": str(ended.pk)}
    )


def _owner(assignment: Assignment) -> object:
    return assignment.source or assignment.pool


def _answer(request: MemberRequest, row: TrackedNumber, toast: Toast) -> HttpResponse:
    is_of_pools = request.POST.get("back") == "pools"
    if not request.headers.get("HX-Request"):
        getattr(messages, toast.level)(request, toast.text)
        return redirect("leadtrack:pools" if is_of_pools else "leadtrack:numbers")
    if is_of_pools:
        return render(request, "phones/_moved.html", pool_board() | {"toast": toast})
    fresh = number_or_404(row.pk, TrackedNumber.objects.with_source())
    return render(request, "phones/_given.html", {"number": fresh, "toast": toast})
