"""A missed caller was called back, or need not be; and what they wanted. Each with its undo."""

import re
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.deals.call_backs import say_done, take_back
from leadtrack.deals.models import CallBack, Deal
from leadtrack.deals.notes import take_note_back, write_note
from leadtrack.deals.outcome import OutcomeError
from leadtrack.deals.views.lead import deal_for
from leadtrack.deals.views.note import Note
from leadtrack.deals.views.outcome import answer_with, render_lead

_HOW: Final = (CallBack.How.BY_HAND, CallBack.How.NOT_NEEDED)
_IDS: Final = re.compile(r"\d{1,17}(?:,\d{1,17}){0,99}", re.ASCII)


@require_POST
@member_required("leads.work")
def call_back(request: MemberRequest, public_id: str) -> HttpResponse:
    """POST /leads/<id>/call-back: I called back (how=by_hand), or nobody need (how=not_needed)."""
    deal, how = deal_for(request, public_id), request.POST.get("how", "")
    if how not in _HOW:
        return render_lead(request, deal, trouble=_("That did not work. Reload the page and try again."))
    ids = say_done(deal=deal, how=how, by=request.member.user, at=timezone.now())
    if not ids:
        return _told(request, deal, Note(_("Nobody waits for a call any more.")))
    text = _("Called back.") if how == CallBack.How.BY_HAND else _("No call is needed.")
    undo = reverse("leadtrack:lead-call-back-undo", args=[deal.lead.public_id])
    return _told(request, deal, Note(text, undo, {"ids": ",".join(map(str, ids))}))


@require_POST
@member_required("leads.work")
def call_back_undo(request: MemberRequest, public_id: str) -> HttpResponse:
    """POST /leads/<id>/call-back/undo: the caller waits after all."""
    deal, text = deal_for(request, public_id), request.POST.get("ids", "")
    ids = [int(part) for part in text.split(",")] if _IDS.fullmatch(text) else []
    opened = take_back(deal=deal, ids=ids, by=request.member.user, at=timezone.now())
    return _told(request, deal, Note(_("To be called back again.") if opened else _("Nothing to take back.")))


@require_POST
@member_required("leads.work")
def note(request: MemberRequest, public_id: str) -> HttpResponse:
    """POST /leads/<id>/note: what they wanted. From the inbox it answers with its own small note."""
    deal, text = deal_for(request, public_id), request.POST.get("text", "")
    try:
        event = write_note(deal=deal, text=text, by=request.member.user, at=timezone.now())
    except OutcomeError as error:
        return render_lead(request, deal, note_text=text, note_trouble=error.message)
    if _is_from_inbox(request):
        return render(request, "deals/_noted.html", {"deal": deal, "event": event.pk})
    undo = reverse("leadtrack:lead-note-undo", args=[deal.lead.public_id])
    return answer_with(request, deal, Note(_("Noted."), undo, {"event": str(event.pk)}))


@require_POST
@member_required("leads.work")
def note_undo(request: MemberRequest, public_id: str) -> HttpResponse:
    """POST /leads/<id>/note/undo: the note was a mistake; its text is in the field again."""
    deal, told = deal_for(request, public_id), request.POST.get("event", "")
    is_id = told.isascii() and told.isdecimal() and len(told) < 18
    text = take_note_back(deal=deal, event_id=int(told), by=request.member.user) if is_id else ""
    if _is_from_inbox(request):
        return HttpResponse("")
    return render_lead(request, deal, note_text=text, note=Note(_("Taken back.")))


def _is_from_inbox(request: MemberRequest) -> bool:
    return request.POST.get("from") == "inbox" and request.headers.get("HX-Request") == "true"


def _told(request: MemberRequest, deal: Deal, told: Note) -> HttpResponse:
    """The page as it is now; the number in the navigation follows."""
    return trigger_client_event(answer_with(request, deal, told), "badges-changed")
