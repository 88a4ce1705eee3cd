"""The calls on the page of a lead: what was said, whether it was a target call, and who is not answered."""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.deals.models import Deal
from leadtrack.deals.views.lead import deal_for, rights
from leadtrack.deals.views.note import Note
from leadtrack.leads.call_news import calls_of
from leadtrack.leads.callers import block_caller_of, calls_until, is_listed, unblock_caller_of, words_of_stir
from leadtrack.leads.models import Lead
from leadtrack.leads.pausing import recording_of
from leadtrack.leads.target_calls import give_verdict
from leadtrack.leads.transcripts import LONGEST, write_transcript
from leadtrack.phones.models import Call

_MOST: Final = 20
_VERDICTS: Final[dict[str, bool | None]] = {"yes": True, "no": False, "rule": None}


@dataclass(frozen=True, slots=True)
class Told:
    """A call with what is said of it."""

    call: Call
    times: int
    stir: str
    # "on" or "paused" while it is being recorded.
    recording: str


@require_GET
@member_required("leads.read")
def lead_calls(request: MemberRequest, public_id: str) -> HttpResponse:
    """GET /leads/<id>/calls: the calls of a lead, for its page."""
    return _shown(request, deal_for(request, public_id))


@require_POST
@member_required("leads.work")
def verdict(request: MemberRequest, public_id: str, call_pk: int) -> HttpResponse:
    """POST …/verdict: a person says whether it was a target call (yes, no), or leaves it to the rule."""
    deal = deal_for(request, public_id)
    call, said = call_of(deal, call_pk), request.POST.get("verdict", "")
    before = {True: "yes", False: "no", None: "rule"}[call.verdict]
    if said not in _VERDICTS:
        return _shown(request, deal, trouble=_("That did not work. Reload the page and try again."))
    give_verdict(call, _VERDICTS[said], by=request.member.user)
    undo = reverse("leadtrack:lead-verdict", args=[deal.lead.public_id, call.pk])
    return _shown(request, deal, note=Note(_("Saved."), undo, {"verdict": before}))


@require_POST
@member_required("leads.work")
def transcript(request: MemberRequest, public_id: str, call_pk: int) -> HttpResponse:
    """POST …/transcript: what was said, typed in."""
    deal = deal_for(request, public_id)
    call = call_of(deal, call_pk)
    before = call.transcript
    write_transcript(call, request.POST.get("text", ""))
    undo = reverse("leadtrack:lead-transcript", args=[deal.lead.public_id, call.pk])
    return _shown(request, deal, note=Note(_("Saved."), undo, {"text": before}))


@require_POST
@member_required("leads.work")
def block(request: MemberRequest, public_id: str) -> HttpResponse:
    """POST /leads/<id>/block: this phone is not answered any more; it may be called spam beside that."""
    deal = deal_for(request, public_id)
    if not block_caller_of(deal.lead, by=request.member.user):
        trouble = _("There is no phone to block, or it is on a list already.")
        return _shown(request, deal, trouble=trouble)
    undo = reverse("leadtrack:lead-unblock", args=[deal.lead.public_id])
    return _shown(request, deal, note=Note(_("Blocked: their calls are not answered any more."), undo))


@require_POST
@member_required("leads.work")
def unblock(request: MemberRequest, public_id: str) -> HttpResponse:
    """POST /leads/<id>/unblock: undo of `block`."""
    deal = deal_for(request, public_id)
    if not unblock_caller_of(deal.lead):
        return _shown(request, deal, trouble=_("This phone is not blocked."))
    undo = reverse("leadtrack:lead-block", args=[deal.lead.public_id])
    return _shown(request, deal, note=Note(_("Their calls are answered again."), undo))


def call_of(deal: Deal, pk: int) -> Call:
    call = _calls_of(deal).filter(pk=pk).first()
    if call is None:
        raise Http404
    return call


def _calls_of(deal: Deal) -> QuerySet[Call]:
    """Of the lead, its attempts, and its repeat enquiries and theirs."""
    repeats = Lead.objects.filter(repeat_of=deal.lead_id).values_list("pk", flat=True)
    return calls_of(deal.lead_id, *repeats)


def _shown(request: MemberRequest, deal: Deal, **extra: Any) -> HttpResponse:
    besides = ("source", "answered_by", "verdict_by", "account", "number__flow")
    calls = _calls_of(deal).select_related(*besides).order_by("-started_at")
    context = {
        "deal": deal,
        "lead": deal.lead,
        "tz": deal.lead.site.time_zone,
        "calls": [_told(call) for call in calls[:_MOST]],
        "listed": is_listed(deal.lead),
        "longest": LONGEST,
    }
    return render(request, "deals/_calls.html", context | rights(request, deal) | extra)


def _told(call: Call) -> Told:
    return Told(call, calls_until(call), words_of_stir(call.stir), recording_of(call))
