"""What the database knows of a call flow, as values for `flow`; read at most every ten seconds."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Prefetch, QuerySet

from leadtrack.accounts.models import Member, Team
from leadtrack.phones.callers import BLOCKED
from leadtrack.phones.flow import Flow, Holiday, Hours, Line, Otherwise, Situation, Text
from leadtrack.phones.models import (
    Assignment,
    Call,
    CallFlow,
    FlowHoliday,
    FlowHours,
    FlowLine,
    FlowText,
    TrackedNumber,
)

LIFE_SECONDS: Final = 10

# flow id -> (moment to forget it, the flow)
_flows: dict[int, tuple[float, Flow]] = {}


def flow_of(number: TrackedNumber) -> Flow:
    """The number's flow, else its pool's; without one the number rings at its sales phone.

    Which flow it is holds now; what the flow says, and whose phones it rings, held at most ten seconds ago.
    """
    flow_id = flow_id_of(number)
    return (_remembered(flow_id) if flow_id else None) or plain_flow(number)


def forget() -> None:
    """Read every flow anew, in this process: somebody has just changed one, or whom it rings."""
    _flows.clear()


def flow_id_of(number: TrackedNumber) -> int | None:
    """The number's own flow, else its pool's; not looked up where it was read `with_flow_of_pool`."""
    if number.flow_id is not None:
        return number.flow_id
    if hasattr(number, "flow_id_of_pool"):
        read_with_it: int | None = number.flow_id_of_pool
        return read_with_it
    return _flow_id_of_pool(number)


def plain_flow(number: TrackedNumber) -> Flow:
    """Ring the one sales phone; whom nobody answers hears nothing more."""
    return Flow(lines=(Line((str(number.forward_to),)),), language=number.language or "en-US")


def with_parts() -> QuerySet[CallFlow]:
    """Flows with everything that `flow_value` reads."""
    lines = FlowLine.objects.select_related("member__user", "team").prefetch_related(
        Prefetch("team__members", _ringing(), to_attr="ringing")
    )
    return CallFlow.objects.prefetch_related("texts", "hours", "holidays", Prefetch("lines", lines))


@dataclass(frozen=True)
class Parts:
    """What belongs to a flow, stored or still in a form."""

    texts: Sequence[FlowText] = ()
    hours: Sequence[FlowHours] = ()
    holidays: Sequence[FlowHoliday] = ()
    lines: Sequence[FlowLine] = ()


def flow_value(row: CallFlow, parts: Parts | None = None) -> Flow:
    """The flow as a value; with its own parts, read by `with_parts`, unless others are given."""
    its = parts or Parts(
        tuple(row.texts.all()), tuple(row.hours.all()), tuple(row.holidays.all()), tuple(row.lines.all())
    )
    return Flow(
        lines=tuple(line_value(line) for line in its.lines),
        texts=tuple(
            Text(text.language, text.greeting, text.consent, text.no_answer, text.busy, text.closed)
            for text in its.texts
        ),
        hours=tuple(Hours(one.weekday, one.opens_at, one.closes_at) for one in its.hours),
        holidays=tuple(Holiday(one.day, one.opens_at, one.closes_at) for one in its.holidays),
        language=row.language,
        rings_in_turn=row.ring == CallFlow.Ring.IN_TURN,
        ring_seconds=row.ring_seconds,
        is_recorded=row.is_recorded,
        asks_last_manager=row.asks_last_manager,
        whispers=row.whispers,
        needs_key=row.needs_key,
        on_no_answer=Otherwise(row.on_no_answer),
        on_busy=Otherwise(row.on_busy),
        on_closed=Otherwise(row.on_closed),
        forward_to=_e164(row.forward_to),
        voicemail_seconds=row.voicemail_seconds,
    )


def teams_that_ring() -> QuerySet[Team]:
    """Teams with `ringing`: their members who work here and have a phone."""
    return Team.objects.prefetch_related(Prefetch("members", _ringing(), to_attr="ringing")).order_by("name")


def line_value(line: FlowLine) -> Line:
    """Whose phones a line rings; none of who has no phone or has left."""
    if line.team is not None:
        members: Iterable[Member] = getattr(line.team, "ringing", ())
        return Line(tuple(_e164(member.phone) for member in members), line.team.name)
    if line.member is not None:
        phone = _e164(line.member.phone) if line.member.user.is_active else ""
        return Line((phone,) if phone else (), line.member.name)
    return Line((_e164(line.phone),), _e164(line.phone))


def situation_of(
    number: TrackedNumber, flow: Flow, *, caller: str, kinds: frozenset[str], at: datetime
) -> Situation:
    """The call as the flow looks at it; `caller` is E.164 or empty, of these `callers.kinds_of`; `at` UTC."""
    return Situation(
        at=at.astimezone(number.site.tz),
        language=number.language,
        is_blocked=BLOCKED in kinds,
        last_manager=last_manager_of(caller) if flow.asks_last_manager else "",
    )


def last_manager_of(caller: str) -> str:
    """The phone (E.164) of the colleague who spoke with this caller last; empty where nobody has."""
    if not caller:
        return ""
    spoken = Call.objects.filter(caller=caller, answered_by__isnull=False).order_by("-started_at")
    last = spoken.values_list("answered_by__is_active", "answered_by__leadtrack_member__phone").first()
    is_here, phone = last or (False, "")
    return str(phone) if is_here and phone else ""


def _remembered(flow_id: int) -> Flow | None:
    known = _flows.get(flow_id)
    if known and known[0] > time.monotonic():
        return known[1]
    row = with_parts().filter(pk=flow_id).first()
    if row is None:
        return None
    value = flow_value(row)
    _flows[flow_id] = (time.monotonic() + LIFE_SECONDS, value)
    return value


def _e164(phone: Any) -> str:
    """Written as the carrier dials it, also where it was just typed with spaces; empty for none."""
    return str(phone.as_e164) if phone else ""


def _ringing() -> QuerySet[Member]:
    return Member.objects.filter(user__is_active=True).exclude(phone="").select_related("user").order_by("pk")


def _flow_id_of_pool(number: TrackedNumber) -> int | None:
    held = Assignment.objects.filter(number=number, ends_at=None, pool__flow__isnull=False)
    return held.values_list("pool__flow", flat=True).first()
