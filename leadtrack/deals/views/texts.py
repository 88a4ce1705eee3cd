"""Texts and WhatsApp messages on the page of a lead: only for those who may work it."""

import re
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.deals.models import Deal
from leadtrack.deals.views.lead import deal_for
from leadtrack.leads.talk import CannotAnswerError, answer, talk_of

_KEY: Final = re.compile(r"[A-Za-z0-9]{8,64}")
_WHY_NOT: Final[dict[str, str | Promise]] = {
    "cannot_text": _("No number of this site can send texts. Buy or set one up under Numbers."),
    "no_phone": _("No phone of this person is known: there is nowhere to write to."),
    "opted_out": _("They asked for no more messages. You can write again once they write START."),
    "window": _(
        "WhatsApp lets you write freely only within 24 hours after they wrote. Call them, or wait until they "
        "write again."
    ),
    "empty": _("Write something first."),
    "too_long": _("This is too long for one message: 1,600 signs are the most."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@member_required("leads.work")
def lead_texts(request: MemberRequest, public_id: str) -> HttpResponse:
    """/leads/<id>/texts: GET what was written, POST an answer. A form sent twice is one answer."""
    deal = deal_for(request, public_id)
    if request.method != "POST":
        is_part = "only" in request.GET
        return _shown(request, deal, template="deals/_talk.html" if is_part else "deals/_texts.html")
    body, key = request.POST.get("body", "").replace("\0", ""), request.POST.get("key", "")
    if not _KEY.fullmatch(key):
        return _shown(request, deal, body=body, trouble=_("Please send it again."))
    try:
        answer(deal.lead, body=body, key=key, by=request.member, now=timezone.now())
    except CannotAnswerError as problem:
        return _shown(request, deal, body=body, trouble=_WHY_NOT[problem.code])
    return _shown(request, deal)


def _shown(
    request: MemberRequest,
    deal: Deal,
    *,
    template: str = "deals/_texts.html",
    body: str = "",
    trouble: str | Promise = "",
) -> HttpResponse:
    talk = talk_of(deal.lead, now=timezone.now())
    context = {
        "lead": deal.lead,
        "tz": deal.lead.site.time_zone,
        "talk": talk,
        "why_not": _WHY_NOT.get(talk.reason, ""),
        "body": body,
        "trouble": trouble,
        "key": get_random_string(32),
    }
    return render(request, template, context)
