"""The story of a lead as its page tells it: the way it came, and what happened since."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from leadtrack.deals.models import CallBack, Deal, DealEvent
from leadtrack.deals.notes import is_taken_back
from leadtrack.leads.models import Attempt, Binding, ContactKey, Lead
from leadtrack.phones.models import Call
from leadtrack.sources.models import Source
from leadtrack.ui.wording import money
from leadtrack.visits.models import Visit
from leadtrack.visits.track import OVERTAKING

# A contact that came more often is told from its latest touches.
LONGEST_PATH = 100

ICONS = {
    "opened": "inbox",
    "assigned": "user-round-check",
    "moved": "arrow-right",
    "won": "trophy",
    "lost": "circle-x",
    "reopened": "rotate-ccw",
    "purchase": "repeat",
    "refund": "undo-2",
    "voided": "eraser",
    "note": "sticky-note",
    "status": "tag",
    "repeat": "repeat-2",
    "split": "split",
    "missed": "phone-missed",
    "recalled": "phone-call",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline: when, what, and who did it."""

    at: datetime
    icon: str
    text: str
    by: str = ""
    # What they wrote: personal.
    message: str = ""
    # The public id of a repeat enquiry, which can be made a lead of its own.
    repeat: str = ""


@dataclass(frozen=True, slots=True)
class Touch:
    """One visit or call on the path. The address may hold what a visitor typed: personal."""

    at: datetime
    icon: str
    source: Source
    landing_url: str = ""
    page_count: int = 0
    call_status: str = ""
    # It came after the lead whose page this is, which it therefore did not bring.
    is_later: bool = False


def path_to(lead: Lead) -> list[Touch]:
    """The path of the lead's contact; what came after the lead is marked."""
    latest = lead.captured_at + OVERTAKING
    return [replace(touch, is_later=touch.at > latest) for touch in path_of(lead.contact_id)]


def path_of(contact_id: int) -> list[Touch]:
    """Visits of the contact's browsers and their calls, newest last."""
    keys = ContactKey.objects.filter(contact_id=contact_id, kind=ContactKey.Kind.VISITOR)
    visitors = [int(value) for value in keys.values_list("value", flat=True) if value.isdecimal()]
    visits = Visit.objects.filter(visitor_id__in=visitors).select_related("source").order_by("-started_at")
    touches = [_touch_of_visit(visit) for visit in visits[:LONGEST_PATH]]
    touches += [_touch_of_call(call) for call in _calls_of(contact_id)]
    return sorted(touches, key=lambda touch: touch.at)[-LONGEST_PATH:]


def timeline_of(deal: Deal) -> list[Moment]:
    """Events, repeated attempts and the call itself, oldest first."""
    told = deal.events.exclude(kind=DealEvent.Kind.REPEAT)
    moments = [_moment_of(event) for event in told.select_related("by") if not is_taken_back(event)]
    repeats = Lead.objects.filter(repeat_of=deal.lead_id).select_related("source")
    moments += [_moment_of_repeat(lead) for lead in repeats]
    about = Q(lead=deal.lead_id) | Q(lead__repeat_of=deal.lead_id)
    attempts = Attempt.objects.filter(about).select_related("source", "call")
    moments += [_moment_of_attempt(attempt) for attempt in attempts]
    moments += _moments_of_bindings(deal)
    if deal.lead.call is not None:
        moments.append(_moment_of_call(deal.lead.call))
    return sorted(moments, key=lambda moment: moment.at)


def _calls_of(contact_id: int) -> Iterable[Call]:
    # One after the other: no index helps a database that looks in two tables at once.
    own = Lead.objects.filter(contact=contact_id, call__isnull=False).values("call")
    tried = Attempt.objects.filter(lead__contact=contact_id, call__isnull=False).values("call")
    calls = Call.objects.filter(pk__in=own.union(tried)).select_related("source")
    return calls.order_by("-started_at")[:LONGEST_PATH]


def _touch_of_visit(visit: Visit) -> Touch:
    return Touch(
        visit.started_at, "globe", visit.source, landing_url=visit.landing_url, page_count=visit.page_count
    )


def _touch_of_call(call: Call) -> Touch:
    how = () if call.match == Call.Match.STATIC else (str(call.get_match_display()),)
    status = " · ".join((str(call.get_status_display()), *how))
    return Touch(call.started_at, "phone-incoming", call.source, call_status=status)


def _moment_of(event: DealEvent) -> Moment:
    return Moment(
        event.at, ICONS.get(event.kind, "info"), words_of(event), _name_of(event.by), _note_of(event)
    )


def _note_of(event: DealEvent) -> str:
    return str(event.details.get("text", "")) if event.kind == DealEvent.Kind.NOTE else ""


def _moment_of_attempt(attempt: Attempt) -> Moment:
    what = _("Called again") if attempt.call else _("Wrote again")
    how = f" · {_how_it_went(attempt.call)}" if attempt.call else ""
    return Moment(attempt.at, "repeat-2", f"{what}: {attempt.source}{how}")


def _moment_of_repeat(lead: Lead) -> Moment:
    text = f"{_('Repeat enquiry')} ({lead.get_kind_display()}): {lead.source}"
    return Moment(lead.captured_at, "repeat-2", text, message=lead.message, repeat=lead.public_id)


def _moment_of_call(call: Call) -> Moment:
    return Moment(call.started_at, "phone-incoming", f"{_('Phone call')}: {_how_it_went(call)}")


def _how_it_went(call: Call) -> str:
    talk = _("%(seconds)s s of talk") % {"seconds": call.talk_seconds} if call.talk_seconds else ""
    target = _("target call") if call.is_target_call else ""
    return ", ".join(part for part in (str(call.get_status_display()), talk, target) if part)


def _moments_of_bindings(deal: Deal) -> Iterable[Moment]:
    bindings = Binding.objects.filter(lead=deal.lead_id)
    for one in bindings.select_related("by", "undone_by", "visit__source"):
        told = _("Bound to a visit from %(source)s") % {"source": one.visit.source}
        code = _("promo code %(code)s") % {"code": one.code} if one.code else ""
        yield Moment(one.at, "link", f"{told} ({code})" if code else told, _name_of(one.by))
        if one.undone_at is not None:
            yield Moment(one.undone_at, "unlink", _("The binding was undone"), _name_of(one.undone_by))


def _name_of(user: Any) -> str:
    return (user.get_full_name() or str(user)) if user else ""


def words_of(event: DealEvent) -> str:
    """What happened, in the reader's language."""
    details, kind = event.details, str(event.get_kind_display())
    if event.kind == DealEvent.Kind.ASSIGNED:
        return f"{kind} {details['to']}" if details.get("to") else _("Given to nobody")
    if event.kind == DealEvent.Kind.STATUS:
        return f"{_status(details['before'])} → {_status(details['after'])}"
    if event.kind == DealEvent.Kind.RECALLED and details.get("how") in CallBack.How.values:
        return f"{kind}: {CallBack.How(details['how']).label}"
    text = f"{kind}: {_about(details)}" if _about(details) else kind
    return _("%(what)s (restored)") % {"what": text} if details.get("restored") else text


def _about(details: dict[str, object]) -> str:
    cents, reason = details.get("cents"), details.get("reason")
    if isinstance(cents, int):
        return money(cents, str(details.get("currency", "")))
    return _(str(reason)) if reason else ""


def _status(value: str) -> str:
    return str(Lead.Status(value).label) if value in Lead.Status.values else value
