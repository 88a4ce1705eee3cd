"""What the database knows of a call flow, as values for `flow`."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from leadtrack.accounts.models import Member
from leadtrack.phones.callers import is_blocked
from leadtrack.phones.flow import Flow, Holiday, Hours, Line, Otherwise, Situation, Text
from leadtrack.phones.models import Assignment, Call, CallFlow, FlowLine, TrackedNumber


def flow_of(number: TrackedNumber) -> Flow:
    """The number's flow, else its pool's; without one the number rings at its sales phone."""
    flow_id = number.flow_id or _flow_id_of_pool(number)
    row = with_parts().filter(pk=flow_id).first() if flow_id else None
    return flow_value(row) if row else plain_flow(number)


def plain_flow(number: TrackedNumber) -> Flow:
    """Ring the one sales phone; whom nobody answers hears nothing more."""
    return Flow(lines=(Line((str(number.forward_to),)),), language=number.language or "en-US")


def with_parts() -> QuerySet[CallFlow]:
    """Flows with everything that `flow_value` reads."""
    ringing = Member.objects.filter(user__is_active=True).exclude(phone="").order_by("pk")
    lines = FlowLine.objects.select_related("member__user", "team").prefetch_related(
        Prefetch("team__members", ringing, to_attr="ringing")
    )
    return CallFlow.objects.prefetch_related("texts", "hours", "holidays", Prefetch("lines", lines))


def flow_value(row: CallFlow) -> Flow:
    """The flow as a value."""
    return Flow(
        lines=tuple(line_value(line) for line in row.lines.all()),
        texts=tuple(
            Text(text.language, text.greeting, text.consent, text.no_answer, text.busy, text.closed)
            for text in row.texts.all()
        ),
        hours=tuple(Hours(one.weekday, one.opens_at, one.closes_at) for one in row.hours.all()),
        holidays=tuple(Holiday(one.day, one.opens_at, one.closes_at) for one in row.holidays.all()),
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
        forward_to=str(row.forward_to or ""),
        voicemail_seconds=row.voicemail_seconds,
    )


def line_value(line: FlowLine) -> Line:
    """Whose phones a line rings; none of who has no phone or has left."""
    if line.team is not None:
        members: Iterable[Member] = getattr(line.team, "ringing", ())
        return Line(tuple(str(member.phone) for member in members), line.team.name)
    if line.member is not None:
        phone = str(line.member.phone) if line.member.phone and line.member.user.is_active else ""
        return Line((phone,) if phone else (), line.member.name)
    return Line((str(line.phone),), str(line.phone))


def situation_of(number: TrackedNumber, flow: Flow, *, caller: str, at: datetime) -> Situation:
    """The call as the flow looks at it; `caller` is E.164 or empty, `at` UTC."""
    return Situation(
        at=at.astimezone(number.site.tz),
        language=number.language,
        is_blocked=is_blocked(caller),
        last_manager=last_manager_of(caller) if flow.asks_last_manager else "",
    )


def last_manager_of(caller: str) -> str:
    """The phone (E.164) of the colleague who spoke with this caller last; empty where nobody has."""
    if not caller:
        return ""
    spoken = Call.objects.filter(caller=caller, answered_by__isnull=False).order_by("-started_at")
    user_id = spoken.values_list("answered_by", flat=True).first()
    if user_id is None:
        return ""
    member = Member.objects.filter(user=user_id, user__is_active=True).first()
    return str(member.phone) if member and member.phone else ""


def _flow_id_of_pool(number: TrackedNumber) -> int | None:
    held = Assignment.objects.filter(number=number, ends_at=None, pool__flow__isnull=False)
    return held.values_list("pool__flow", flat=True).first()
