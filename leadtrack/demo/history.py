"""Playing the year through the doing functions that the real doors call, with the moment as argument."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, TypeVar

from django.db import transaction

from leadtrack.deals.call_backs import say_done
from leadtrack.deals.log import log_lost, log_purchase, log_refund, log_won
from leadtrack.deals.models import CallBack, Deal, LossReason, Purchase
from leadtrack.deals.undo import set_lead_status
from leadtrack.demo.events import (
    BoughtAgain,
    CalledBack,
    Event,
    FormSent,
    GivenBack,
    GoalReached,
    Lost,
    NumberShown,
    PageView,
    PhoneRang,
    Refused,
    Taken,
    TextCame,
    VisitorRang,
    Won,
)
from leadtrack.demo.firm import Firm
from leadtrack.demo.play_phones import answer_words, keep_words, ring, ring_shown, show
from leadtrack.leads import inbox
from leadtrack.leads.models import InboxRow, Lead
from leadtrack.leads.submission import Submission
from leadtrack.lib.periods import local_day
from leadtrack.visits.goals import record_goal, url_goals_hit
from leadtrack.visits.track import record_visit, visit_of

# One wait for the disk per batch instead of one per event.
BATCH: Final = 500
USER_AGENT: Final = "Mozilla/5.0 (demo)"
OnProgress = Callable[[int], None]
T = TypeVar("T")


@dataclass(slots=True)
class _Play:
    """What the play needs to remember: which deal a lead of the plan became."""

    firm: Firm
    reasons: list[LossReason]
    deals: dict[str, int | None] = field(default_factory=dict)


class _SetAsideError(Exception):
    """The spam filter took the enquiry for what it is not: nobody looks, so nothing comes of it."""


def play(events: Sequence[Event], firm: Firm, *, on_progress: OnProgress) -> None:
    """Let everything happen, in order. `on_progress` gets the number of events done.

    Raises RuntimeError when a lead of the plan cannot be made.
    """
    played = _Play(firm, list(LossReason.objects.order_by("pk")))
    done = 0
    for batch in _batches(events, BATCH):
        with transaction.atomic():
            for event in batch:
                with suppress(_SetAsideError):
                    _DOING[type(event)](event, played)
        done += len(batch)
        on_progress(done)


def _look(event: PageView, played: _Play) -> None:
    site = played.firm.sites[event.site]
    visit = record_visit(
        site=site, visitor_key=event.visitor, url=event.url, referrer=event.referrer, at=event.at
    )
    url_goals_hit(site=site, visit=visit, url=event.url, at=event.at)


def _reach(event: GoalReached, played: _Play) -> None:
    site = played.firm.sites[event.site]
    visit = visit_of(site=site, visitor_key=event.visitor, at=event.at)
    if visit:
        record_goal(
            site=site, visit=visit, name=event.name, value_cents=event.cents, currency="", at=event.at
        )


def _send(event: FormSent, played: _Play) -> None:
    row, _is_new = inbox.accept(
        form=played.firm.forms[event.site],
        submission=Submission(fields=dict(event.fields)),
        received_at=event.at,
        referer_header=event.page,
        user_agent=USER_AGENT,
    )
    played.deals[event.key] = _deal_of(row)


def _ring(event: PhoneRang, played: _Play) -> None:
    played.deals[event.key] = _deal_of(ring(event, played.firm))


def _show(event: NumberShown, played: _Play) -> None:
    show(event, played.firm)


def _ring_shown(event: VisitorRang, played: _Play) -> None:
    row = ring_shown(event, played.firm)
    played.deals[event.key] = _deal_of(row) if row else None


def _call_back(event: CalledBack, played: _Play) -> None:
    deal = _deal(event.lead, played)
    say_done(deal=deal, how=CallBack.How.BY_HAND, by=deal.owner, at=event.at)


def _write(event: TextCame, played: _Play) -> None:
    deal = _deal_of(keep_words(event, played.firm))
    answer_words(event, played.firm, deal)


def _take(event: Taken, played: _Play) -> None:
    _set_status(event, played, Lead.Status.ACCEPTED)


def _refuse(event: Refused, played: _Play) -> None:
    _set_status(event, played, Lead.Status.REJECTED)


def _win(event: Won, played: _Play) -> None:
    deal = _deal(event.lead, played)
    log_won(**_money(event, deal), note=event.note, cost_cents=event.cost_cents, revenue_cents=event.cents)


def _lose(event: Lost, played: _Play) -> None:
    deal = _deal(event.lead, played)
    reason = played.reasons[event.reason % len(played.reasons)]
    log_lost(
        deal=deal, reason=reason, lost_on=local_day(event.at, deal.lead.site.tz), by=deal.owner, at=event.at
    )


def _buy_again(event: BoughtAgain, played: _Play) -> None:
    deal = _deal(event.lead, played)
    log_purchase(
        **_money(event, deal), note=event.note, cost_cents=event.cost_cents, revenue_cents=event.cents
    )


def _give_back(event: GivenBack, played: _Play) -> None:
    deal = _deal(event.lead, played)
    first = Purchase.objects.get(deal=deal, kind=Purchase.Kind.FIRST)
    log_refund(
        **_money(event, deal), purchase=first, amount_cents=event.cents, cost_returned_cents=event.cost_cents
    )


_DOING: Final[dict[type, Callable[[Any, _Play], None]]] = {
    PageView: _look,
    GoalReached: _reach,
    FormSent: _send,
    PhoneRang: _ring,
    NumberShown: _show,
    VisitorRang: _ring_shown,
    CalledBack: _call_back,
    TextCame: _write,
    Taken: _take,
    Refused: _refuse,
    Won: _win,
    Lost: _lose,
    BoughtAgain: _buy_again,
    GivenBack: _give_back,
}


def _deal_of(row: InboxRow) -> int | None:
    lead = inbox.work(row.pk)
    if lead is None:
        row.refresh_from_db()
        raise RuntimeError(f"A lead of the plan could not be made: {row.error}")
    return Deal.objects.filter(lead=lead).values_list("pk", flat=True).first()


def _deal(key: str, played: _Play) -> Deal:
    deal = Deal.objects.select_related("lead__site", "owner").filter(pk=played.deals[key] or 0).first()
    if deal is None or deal.lead.status == Lead.Status.SPAM:
        raise _SetAsideError
    return deal


def _set_status(event: Taken | Refused, played: _Play, status: Lead.Status) -> None:
    deal = _deal(event.lead, played)
    set_lead_status(lead=deal.lead, status=status, by=deal.owner, at=event.at)


def _money(event: Won | BoughtAgain | GivenBack, deal: Deal) -> dict[str, Any]:
    return {
        "deal": deal,
        "currency": event.currency,
        "paid_on": local_day(event.at, deal.lead.site.tz),
        "by": deal.owner,
        "submission_key": f"{type(event).__name__}:{event.at.isoformat()}",
        "at": event.at,
    }


def _batches(events: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(events)
    while batch := list(islice(rest, size)):
        yield batch
