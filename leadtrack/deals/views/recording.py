"""Hearing what was said: only for those who may see the lead, and it stays on record who listened."""

from datetime import timedelta
from typing import Final

from auditlog.models import LogEntry
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.accounts.models import Member
from leadtrack.deals.models import Deal
from leadtrack.deals.views.lead import deal_for
from leadtrack.leads.models import Lead
from leadtrack.phones.models import Call, Recording
from leadtrack.ui.ranges import ranged

# What a browser plays; anything else is offered as a file, never shown as a page.
_SOUNDS = frozenset({"audio/mpeg", "audio/mp3", "audio/wav", "audio/x-wav", "audio/ogg", "audio/webm"})

# Whoever goes on listening so long after is noted anew.
_LISTENS: Final = timedelta(minutes=10)


@require_GET
@member_required("calls.hear")
def lead_recordings(request: MemberRequest, public_id: str) -> HttpResponse:
    """GET /leads/<id>/recordings: the recordings of a lead's calls, to be heard on its page."""
    deal = deal_for(request, public_id)
    mine = Q(call__lead=deal.lead) | Q(call__attempt__lead=deal.lead) | Q(call__lead__repeat_of=deal.lead)
    rows = Recording.objects.filter(mine).exclude(state=Recording.State.ABSENT)
    context = {
        "recordings": rows.select_related("call").distinct().order_by("told_at"),
        "tz": deal.lead.site.time_zone,
    }
    return render(request, "deals/_recordings.html", context)


@require_GET
@member_required("calls.hear")
def call_recording(request: MemberRequest, call_pk: int, pk: int) -> HttpResponseBase:
    """GET /calls/<id>/recording/<id>: the sound, or a range of it; 404 for who may not hear it."""
    found = Recording.objects.select_related("call").filter(call=call_pk, state=Recording.State.STORED)
    recording = get_object_or_404(found, pk=pk)
    if not _may_hear(request.member, recording.call):
        raise Http404
    asked = request.headers.get("Range", "")
    try:
        file = recording.file.open("rb")
        size = recording.file.size
    except FileNotFoundError as problem:
        raise Http404 from problem
    _note_listener(request, recording)
    kind = recording.content_type if recording.content_type in _SOUNDS else "application/octet-stream"
    response = ranged(file, size=size, asked=asked, content_type=kind)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Disposition"] = "inline" if kind in _SOUNDS else "attachment"
    return response


def _note_listener(request: MemberRequest, recording: Recording) -> None:
    """A player asks for many parts, in whatever order: who listens is on record once in a while."""
    known = LogEntry.objects.get_for_object(recording).filter(action=LogEntry.Action.ACCESS)
    if not known.filter(actor=request.user, timestamp__gt=timezone.now() - _LISTENS).exists():
        LogEntry.objects.log_create(recording, force_log=True, action=LogEntry.Action.ACCESS)


def _may_hear(member: Member, call: Call) -> bool:
    """Who may read every lead hears every call; a sales person those of the leads that they see."""
    if member.can("leads.read_all"):
        return True
    seen: QuerySet[Deal] = Deal.objects.visible_to(member)
    leads = Lead.objects.filter(Q(call=call) | Q(attempts__call=call))
    return seen.filter(Q(lead__in=leads) | Q(lead__in=leads.values("repeat_of"))).exists()
