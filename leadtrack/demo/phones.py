"""The demo firm's rows of telephony: pools with their numbers, call flows, who rings."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from leadtrack.accounts.models import Member
from leadtrack.demo.adverts import FORWARD_TO
from leadtrack.demo.switchboard import (
    FLOWS,
    NUMBER_MONTH_CENTS,
    PHONES,
    POOLS,
    Hearing,
    Pooled,
)
from leadtrack.lib.periods import local_day
from leadtrack.phones import pools, ring
from leadtrack.phones.assign import assign_number
from leadtrack.phones.models import (
    CallFlow,
    CarrierAccount,
    FlowHours,
    FlowLine,
    FlowText,
    Pool,
    TrackedNumber,
)
from leadtrack.visits.models import Site

_Otherwise = CallFlow.Otherwise
_DOLLAR: Final = "USD"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose numbers are made: the account they are of, and since when (UTC) they are the firm's."""

    account: CarrierAccount
    at: datetime


def set_up_pools(owner: Owner, sites: dict[str, Site]) -> dict[str, Pool]:
    """The pools by key, each with its numbers and the call flow of its site. People get their phones."""
    for username, phone in PHONES.items():
        Member.objects.filter(user__username=username).update(phone=phone)
    flows = {hearing.key: _flow(hearing) for hearing in FLOWS}
    made = {pooled.key: _pool(pooled, owner, sites[pooled.site], flows[pooled.site]) for pooled in POOLS}
    pools.forget()
    ring.forget()
    return made


def own_number(owner: Owner, site: Site, number: str, note: str) -> TrackedNumber:
    """A number that the firm rents by the month."""
    return TrackedNumber.objects.create(
        number=number,
        account=owner.account,
        site=site,
        forward_to=FORWARD_TO,
        note=note,
        capabilities={"voice": True, "sms": True, "mms": False},
        monthly_cents=NUMBER_MONTH_CENTS,
        currency=_DOLLAR,
        bought_on=local_day(owner.at, site.tz),
    )


def _pool(pooled: Pooled, owner: Owner, site: Site, flow: CallFlow) -> Pool:
    pool = Pool.objects.create(
        name=pooled.name,
        site=site,
        replaces=[pooled.replaces],
        channels=list(pooled.channels),
        cooldown_seconds=pooled.cooldown_minutes * 60,
        window_seconds=pooled.window_minutes * 60,
        flow=flow,
        created_at=owner.at,
    )
    for number in pooled.numbers:
        assign_number(number=own_number(owner, site, number, ""), pool=pool, at=owner.at)
    return pool


def _flow(hearing: Hearing) -> CallFlow:
    """Greeting, both phones at once, else the mailbox; closed on Sundays and at night."""
    flow = CallFlow.objects.create(
        name=hearing.name,
        language=hearing.language,
        asks_last_manager=True,
        whispers=True,
        on_no_answer=_Otherwise.VOICEMAIL,
        on_busy=_Otherwise.VOICEMAIL,
        on_closed=_Otherwise.VOICEMAIL,
    )
    for language, greeting, busy, closed in hearing.texts:
        FlowText.objects.create(
            flow=flow, language=language, greeting=greeting, no_answer=busy, busy=busy, closed=closed
        )
    for weekday in range(6):
        FlowHours.objects.create(flow=flow, weekday=weekday, opens_at=time(9), closes_at=time(18))
    for position, username in enumerate(hearing.ring):
        member = Member.objects.get(user__username=username)
        FlowLine.objects.create(flow=flow, position=position, member=member)
    return flow
