"""Leads and attempts follow when history is read again with other rules and aliases.

A lead whose source came from its visit or its call follows that; one that was traced by the address of a page
is traced again from what the sender sent; any other source that a rule named is read again by its words. What
nobody knew stays unknown, and a binding by hand keeps its visit.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leadtrack.leads.models import Attempt, Binding, ContactKey, InboxRow, Lead, Receipt
from leadtrack.leads.payload import read_payload
from leadtrack.leads.trace import trace_address
from leadtrack.phones.reclassify import source_today
from leadtrack.sources import register
from leadtrack.sources.dirty import mark_contact, mark_days
from leadtrack.sources.holders import Chunk, Holder, Save
from leadtrack.sources.models import Source
from leadtrack.visits.afterwards import MovedVisit
from leadtrack.visits.reclassify import place_today

Reread = tuple[Source, str]
Step = dict[str, Any]

# Each that moves costs several statements, and one transaction must stay short.
ROWS_AT_ONCE: Final = 50
_FOLLOWED: Final = ("visit__site", "visit__source", "call__source", "call__assignment__source")
PAGE_ADDRESS: Final = "page-address"
CHANNEL: Final = "channel"
RECLASSIFIED: Final = "reclassified"
_BY_RULE: Final = ("ga4:", "lt:", "own:")
_PAID_BY_CLICK: Final = "+click-id"


def lead_holder() -> Holder:
    """Leads, for whoever counts or re-reads what points at sources."""
    return Holder(
        name="leads",
        label=_("Leads"),
        total=Lead.objects.count,
        counts=_counts,
        is_used=lambda pk: Lead.objects.filter(source=pk).exists(),
        step=lead_step,
        follows=True,
    )


def attempt_holder() -> Holder:
    """Repeated enquiries on one lead, which have a source of their own."""
    return Holder(
        name="attempts",
        label=_("Repeated enquiries"),
        total=Attempt.objects.count,
        counts=lambda _since: {},
        is_used=lambda pk: Attempt.objects.filter(source=pk).exists(),
        step=attempt_step,
        follows=True,
    )


def follow_visits(moved: Sequence[MovedVisit]) -> None:
    """Leads and attempts whose source came from a moved visit get its new one, in this transaction."""
    by_visit = {one.visit_id: one for one in moved}
    sources = Source.objects.in_bulk({one.source_id for one in moved})
    for lead in Lead.objects.filter(visit__in=by_visit).select_related("source", "receipt"):
        one = by_visit[lead.visit_id or 0]
        if lead.source_id == one.was_id:
            _move(lead, (sources[one.source_id], one.rule))
    for attempt in Attempt.objects.filter(visit__in=by_visit).select_related("lead"):
        one = by_visit[attempt.visit_id or 0]
        if attempt.source_id == one.was_id:
            _move_attempt(attempt, sources[one.source_id])
    _follow_behind_bindings(by_visit, sources)
    _mark_visitors({one.visitor_id for one in moved})


def lead_step(after: int, save: Save) -> bool:
    """Read the next leads again. Those of a visit or a call are counted here, and follow it when it moves."""
    found = Lead.objects.filter(pk__gt=after).select_related("source", "receipt", *_FOLLOWED)
    return _step(list(found.order_by("pk")[:ROWS_AT_ONCE]), _reread_lead, _move, save)


def attempt_step(after: int, save: Save) -> bool:
    """Read the next repeated enquiries again, likewise."""
    found = Attempt.objects.filter(pk__gt=after).select_related(
        "source", "lead", "inbox_row__site", *_FOLLOWED
    )
    rows = list(found.order_by("pk")[:ROWS_AT_ONCE])
    return _step(rows, _reread_attempt, lambda row, now: _move_attempt(row, now[0]), save)


def _step(
    rows: Sequence[Any],
    reread: Callable[[Any], Reread | None],
    move: Callable[[Any, Reread], None],
    save: Save,
) -> bool:
    if not rows:
        return False
    read = [(row, _followed(row) or reread(row)) for row in rows]
    moves = [(row, now) for row, now in read if now is not None and now[0].pk != row.source_id]
    before = Counter(row.source.channel for row in rows)
    after = Counter(now[0].channel if now else row.source.channel for row, now in read)
    with transaction.atomic():
        for row, now in moves:
            if row.visit_id is None and row.call_id is None:
                move(row, now)
        save(Chunk(rows[-1].pk, before, after, len(moves)))
    return True


def _followed(row: Any) -> Reread | None:
    """The source that its visit or call is about to have, where it has that one's source now."""
    if row.visit is not None and row.source_id == row.visit.source_id:
        place = place_today(row.visit)
        is_moving = place.source_id != row.source_id
        return (Source.objects.get(pk=place.source_id) if is_moving else row.source), place.rule
    if row.call is not None and row.source_id == row.call.source_id:
        source = source_today(row.call)
        return (source, "") if source else None
    return None


def _reread_lead(lead: Lead) -> Reread | None:
    """What its own evidence says today; None where the source is not ours to say again."""
    if lead.visit_id is not None or lead.call_id is not None:
        return None
    steps = _steps(lead)
    if _has_won(steps, PAGE_ADDRESS):
        row = InboxRow.objects.filter(public_id=lead.public_id).select_related("site").first()
        traced = _traced(row) if row else None
        if traced is not None:
            return traced
    by = next((str(step["evidence"].get("by", "")) for step in reversed(steps) if _is_channel(step)), "")
    if not by.startswith(_BY_RULE):
        return None
    return register.reread(lead.source, is_paid_click=by.endswith(_PAID_BY_CLICK))


def _reread_attempt(attempt: Attempt) -> Reread | None:
    if attempt.visit_id is not None or attempt.call_id is not None:
        return None
    return _traced(attempt.inbox_row) or register.reread(attempt.source)


def _traced(row: InboxRow) -> Reread | None:
    """What the address of the page says today; None where it says nothing, or the door has no page."""
    if row.door != InboxRow.Door.FORM:
        return None
    stored = read_payload(row.payload)
    trace = trace_address(site=row.site, enquiry=stored.enquiry, referer=stored.referer)
    by = next((str(step["evidence"]["by"]) for step in trace.steps if _is_channel(step)), "")
    return (trace.source, by) if by else None


def _move(lead: Lead, now: Reread) -> None:
    """Compare-and-set, with a step on the receipt that says so, and the books told."""
    if not Lead.objects.filter(pk=lead.pk, source=lead.source_id).update(source=now[0]):
        return
    Receipt.objects.filter(lead=lead).update(steps=_moved_steps(_steps(lead), lead.source, now))
    mark_days([lead.day])
    mark_contact(lead.contact_id)


def _moved_steps(steps: Iterable[Step], was: Source, now: Reread) -> list[Step]:
    """A receipt with the step that says so."""
    source, rule = now
    evidence = {"was": str(was), "source": str(source), "on": timezone.now().isoformat()}
    kept = [step for step in steps if step.get("rule") != RECLASSIFIED and not _is_channel(step)]
    kept.append({"rule": RECLASSIFIED, "won": True, "evidence": evidence})
    kept.append({"rule": CHANNEL, "won": True, "evidence": {"channel": source.channel, "by": rule}})
    return kept


def _follow_behind_bindings(by_visit: Mapping[int, MovedVisit], sources: Mapping[int, Source]) -> None:
    """A lead that a person has bound to another visit comes back to this one's new source, when undone."""
    bound = Binding.objects.filter(undone_at=None, before__visit__in=list(by_visit))
    for binding in bound:
        one = by_visit[binding.before["visit"]]
        if binding.before["source"] != one.was_id:
            continue
        now = (sources[one.source_id], one.rule)
        steps = _moved_steps(binding.before["steps"], Source.objects.get(pk=one.was_id), now)
        binding.before |= {"source": one.source_id, "steps": steps}
        binding.save(update_fields=["before"])


def _move_attempt(attempt: Attempt, source: Source) -> None:
    if Attempt.objects.filter(pk=attempt.pk, source=attempt.source_id).update(source=source):
        mark_contact(attempt.lead.contact_id)


def _mark_visitors(visitors: Iterable[int]) -> None:
    """Results of known people are credited to their visits, on whatever day the results were."""
    keys = ContactKey.objects.filter(
        kind=ContactKey.Kind.VISITOR, value__in=[str(visitor) for visitor in visitors]
    )
    for contact_id in set(keys.values_list("contact_id", flat=True)):
        mark_contact(contact_id)


def _steps(lead: Lead) -> list[Step]:
    receipt: Receipt | None = getattr(lead, "receipt", None)
    return list(receipt.steps) if receipt else []


def _has_won(steps: Iterable[Step], rule: str) -> bool:
    return any(step.get("rule") == rule and step.get("won") for step in steps)


def _is_channel(step: Step) -> bool:
    return step.get("rule") == CHANNEL


def _counts(since: date) -> dict[int, int]:
    rows: QuerySet[Any, Any] = Lead.objects.counted().filter(day__gte=since).order_by()
    return dict(rows.values_list("source_id").annotate(Count("id")))
