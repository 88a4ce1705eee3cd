"""Who rings, or talks with us, this very moment, as an open inbox shows it.

The inbox asks once a second rather than holding a stream open: a stream would keep a worker (and on
PostgreSQL a connection) for every open inbox, while a poll is one more look-up in an index that holds
nothing but the calls that go on.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from leadtrack.accounts.models import Member
from leadtrack.deals.models import Deal
from leadtrack.leads.call_news import lead_of
from leadtrack.leads.models import Attempt, ContactKey, Lead
from leadtrack.leads.pausing import recording_of
from leadtrack.phones.models import Call, ListedCaller
from leadtrack.sources.models import Source

# A call whose end nobody told is ended by a sweep at last; until then it does not stand here for ever.
_LONGEST_RING: Final = timedelta(minutes=10)
_LONGEST_TALK: Final = timedelta(hours=12)
_MOST: Final = 20
# How long after a talk we still ask what they wanted.
_ASKED_WITHIN: Final = timedelta(hours=1)
_Status = Call.Status


@dataclass(frozen=True, slots=True)
class Ringing:
    """One call that goes on. `href` leads to the lead, or to the person while the lead is still being made;
    phone and name are personal."""

    pk: int
    is_talking: bool
    seconds: int
    phone: str
    name: str
    source: Source
    times: int
    last_deal: str
    answered_by: str
    href: str
    # The lead's public id and how its recording is ("on", "paused"), where the member may let it rest.
    public_id: str = ""
    recording: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A talk of mine that is over: what did they want?"""

    deal: Deal
    call_pk: int


def stamp_of_calls(now: datetime) -> str:
    """What goes on, in short: it differs when a call began, was answered or ended. One small query."""
    rows = _going_on(now).values_list("pk", "status")[:_MOST]
    return "-".join(f"{pk}{'t' if status == _Status.TALKING else 'r'}" for pk, status in rows)


def ringing_calls(member: Member, *, now: datetime) -> list[Ringing]:
    """The calls that go on whose lead the member may see, and those of callers whom nobody knows yet."""
    calls = list(_going_on(now).select_related("source", "answered_by", "account", "number__flow")[:_MOST])
    if not calls:
        return []
    phones = [str(call.caller) for call in calls if not call.is_withheld]
    listed = ListedCaller.objects.filter(phone__in=phones).values_list("phone", flat=True)
    known = {str(phone) for phone in listed}
    return list(_told(member, [call for call in calls if str(call.caller or "") not in known], now))


def talks_over(member: Member, *, before: str, now: datetime) -> list[Wanted]:
    """Talks of the member's own that went on by this earlier stamp, and are over."""
    ids = [int(part[:-1]) for part in before.split("-")[:_MOST] if _is_talk(part)]
    mine = Call.objects.filter(pk__in=ids, answered_by=member.user_id, status=_Status.ANSWERED)
    found = []
    for call in mine.filter(ended_at__gt=now - _ASKED_WITHIN).order_by("-started_at") if ids else []:
        lead = lead_of(call)
        visible = Deal.objects.visible_to(member).with_lead()
        deal = visible.filter(lead=lead.repeat_of_id or lead.pk).first() if lead else None
        if deal is not None:
            found.append(Wanted(deal, call.pk))
    return found


def _is_talk(part: str) -> bool:
    digits = part[:-1]
    return part.endswith("t") and digits.isascii() and digits.isdecimal() and len(digits) < 18


def _going_on(now: datetime) -> QuerySet[Call]:
    going = Call.objects.filter(ended_at=None, started_at__gt=now - _LONGEST_TALK)
    going = going.filter(Q(status=_Status.TALKING) | Q(started_at__gt=now - _LONGEST_RING))
    return going.filter(direction=Call.Direction.IN, is_test=False).order_by("-started_at")


def _told(member: Member, calls: Collection[Call], now: datetime) -> Iterable[Ringing]:
    leads, people = _leads_of(calls), _people_of(calls)
    contacts = {lead.contact_id for lead in leads.values()} | set(people.values())
    everybodys = Deal.objects.filter(lead__contact__in=contacts)
    of_people = list(everybodys.visible_to(member).with_lead().order_by("-asked_at", "-pk"))
    known = set(everybodys.values_list("lead__contact", flat=True))
    times = _times(calls)
    for call in calls:
        lead = leads.get(call.pk)
        contact = lead.contact_id if lead else people.get(str(call.caller or ""))
        theirs = [deal for deal in of_people if deal.lead.contact_id == contact]
        mine = next((deal for deal in theirs if lead and deal.lead_id in (lead.pk, lead.repeat_of_id)), None)
        is_hidden = mine is None if lead else contact in known and not theirs
        if not is_hidden:
            line = _line(call, mine, theirs, times.get(str(call.caller or ""), 1), now)
            yield _with_recording(line, call, mine) if mine and member.can("leads.work") else line


def _with_recording(line: Ringing, call: Call, mine: Deal) -> Ringing:
    return replace(line, public_id=mine.lead.public_id, recording=recording_of(call))


def _line(call: Call, mine: Deal | None, theirs: list[Deal], times: int, now: datetime) -> Ringing:
    before = next((deal for deal in theirs if deal != mine), None)
    person = theirs[0].lead.contact if theirs else None
    href = reverse("leadtrack:lead", args=[mine.lead.public_id]) if mine else ""
    if person is not None and not href:
        href = reverse("leadtrack:contact", args=[person.public_id])
    since = call.answered_at if call.status == _Status.TALKING else call.started_at
    return Ringing(
        pk=call.pk,
        is_talking=call.status == _Status.TALKING,
        seconds=max(int((now - (since or call.started_at)).total_seconds()), 0),
        phone="" if call.is_withheld else call.caller.as_international,
        name=person.name if person else "",
        source=call.source,
        times=times,
        last_deal=_last_deal(before),
        answered_by=(call.answered_by.get_full_name() or str(call.answered_by)) if call.answered_by else "",
        href=href,
    )


def _last_deal(deal: Deal | None) -> str:
    if deal is None:
        return ""
    if deal.is_won:
        return _("last deal won")
    return _("last deal lost") if deal.is_lost else _("a deal in work") if deal.is_in_work else ""


def _leads_of(calls: Collection[Call]) -> dict[int, Lead]:
    """By call: the lead that it made, or that it was one more attempt on."""
    ids = [call.pk for call in calls]
    attempts = Attempt.objects.filter(call__in=ids).select_related("lead")
    found = {one.call_id: one.lead for one in attempts if one.call_id is not None}
    return found | {lead.call_id: lead for lead in Lead.objects.filter(call__in=ids) if lead.call_id}


def _people_of(calls: Collection[Call]) -> dict[str, int]:
    phones = [str(call.caller) for call in calls if not call.is_withheld]
    keys = ContactKey.objects.filter(kind=ContactKey.Kind.PHONE, is_owner=True, value__in=phones)
    return dict(keys.values_list("value", "contact"))


def _times(calls: Collection[Call]) -> dict[str, int]:
    phones = [str(call.caller) for call in calls if not call.is_withheld]
    counted = Call.objects.filter(caller__in=phones, direction=Call.Direction.IN, is_test=False)
    rows = counted.order_by().values_list("caller").annotate(times=Count("pk"))
    return {str(phone): times for phone, times in rows}
