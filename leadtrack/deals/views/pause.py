"""The recording of a talk that goes on rests, or goes on: a button on the live call."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.deals.views.calls import call_of
from leadtrack.deals.views.lead import deal_for
from leadtrack.leads.pausing import PauseError, pause_recording, recording_of
from leadtrack.phones.models import Call


@require_POST
@member_required("leads.work")
def pause(request: MemberRequest, public_id: str, call_pk: int) -> HttpResponse:
    """POST …/pause with is_paused "yes" or "no": the answer takes the button's place."""
    call = call_of(deal_for(request, public_id), call_pk)
    trouble = _trouble(call, request.POST.get("is_paused", ""))
    context = {
        "public_id": public_id,
        "call_pk": call.pk,
        "recording": recording_of(call),
        "trouble": trouble,
        "is_answer": True,
    }
    return render(request, "deals/_pause.html", context)


def _trouble(call: Call, said: str) -> str | Promise:
    """Do it; why it did not work, or nothing."""
    if said not in ("yes", "no"):
        return _("That did not work. Reload the page and try again.")
    try:
        pause_recording(call, is_paused=said == "yes", at=timezone.now())
    except PauseError as problem:
        return problem.words
    return ""
