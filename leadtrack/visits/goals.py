"""Counting goals: the steps on the way to an enquiry that the pages of a site report."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction

from leadtrack.lib.periods import local_day
from leadtrack.sources.dirty import mark_days
from leadtrack.visits.goal_pattern import Pattern, PatternError, read_pattern
from leadtrack.visits.models import Goal, GoalHit, Site, Visit
from leadtrack.visits.models.goal import NAME_LENGTH, goal_key

LIFE_SECONDS: Final = 30
# Any visitor can make a page call the script with any name: what names themselves has a limit per site.
MOST_UNASKED: Final = 50
# A double click, or a beacon that was sent twice, is one.
APART_SECONDS: Final = 2
MOST_HITS_PER_VISIT: Final = 100
# More than this is no value of a goal, but somebody playing.
MOST_CENTS: Final = 100_000_000_000


@dataclass(frozen=True, slots=True)
class ClickGoal:
    """What a page needs to know to report a click."""

    name: str
    selector: str


@dataclass(slots=True)
class _Known:
    """The goals of one site, as they were at most half a minute ago."""

    until: float
    by_key: dict[str, Goal]
    urls: list[tuple[Pattern, Goal]]
    clicks: list[ClickGoal]
    has_room: bool


# site id -> its goals
_goals: dict[int, _Known] = {}


def record_goal(
    *, site: Site, visit: Visit, name: str, value_cents: int | None, currency: str, at: datetime
) -> bool:
    """A page says that its visit reached the goal of this name at a moment (UTC); whether that counts anew.

    Total: any strings in. False for a goal that is switched off, was reached before (once per visit, or less
    than two seconds ago) or has no name. An unknown name becomes a goal that waits to be set up, up to
    MOST_UNASKED of a site. No value means the goal's own; no currency the goal's, or the firm's.
    """
    name = _clean(name)
    goal = _goal_named(site, name) if name else None
    if goal is None or not goal.is_active:
        return False
    return _hit(goal, site, visit, at, _worth(goal, value_cents, currency))


def url_goals_hit(*, site: Site, visit: Visit, url: str, at: datetime) -> list[str]:
    """The goals that opening this page at a moment (UTC) reached anew, by name.

    Asks the database nothing where the page is no goal.
    """
    reached = [goal for pattern, goal in _known(site).urls if pattern.matches(url)]
    return [goal.name for goal in reached if _hit(goal, site, visit, at, _worth(goal, None, ""))]


def click_goals_of(site: Site) -> list[ClickGoal]:
    """The active goals that a click reaches: which elements the snippet watches, by name."""
    return _known(site).clicks


def goals_of(site: Site) -> list[Goal]:
    """All goals of a site, by name: as they are now."""
    return list(Goal.objects.filter(site=site).order_by("key", "pk"))


def set_up_goal(*, goal: Goal) -> None:
    """Count a goal that a page named, with all it has counted so far."""
    with transaction.atomic():
        if Goal.objects.filter(pk=goal.pk, is_set_up=False).update(is_set_up=True, is_active=True):
            mark_days(days_of_hits(goal))
    forget()


def switch_goal(*, goal: Goal, is_active: bool) -> None:
    """Count a goal from now on, or no longer. What it has counted stays."""
    Goal.objects.filter(pk=goal.pk).update(is_active=is_active)
    forget()


def save_goal(*, goal: Goal) -> None:
    """Keep a goal that a person wrote or changed; pages know of it within half a minute, here at once."""
    with transaction.atomic():
        is_new_here = goal.pk is not None and not goal.is_set_up
        goal.is_set_up = True
        goal.save()
        if is_new_here:
            mark_days(days_of_hits(goal))
    forget()


def days_of_hits(goal: Goal) -> list[date]:
    """The days whose books hold this goal: those on which the visits that reached it began."""
    hits = GoalHit.objects.filter(goal=goal).order_by()
    return list(hits.values_list("visit__day", flat=True).distinct())


def forget() -> None:
    """Look every goal up anew, in this process: somebody has just changed one."""
    _goals.clear()


def _known(site: Site) -> _Known:
    known = _goals.get(site.pk)
    if known is None or known.until < time.monotonic():
        known = _goals[site.pk] = _looked_up(site)
    return known


def _looked_up(site: Site) -> _Known:
    rows = goals_of(site)
    active = [goal for goal in rows if goal.is_active]
    return _Known(
        until=time.monotonic() + LIFE_SECONDS,
        by_key={goal.key: goal for goal in rows},
        urls=_patterns(goal for goal in active if goal.kind == Goal.Kind.URL),
        clicks=[ClickGoal(goal.name, goal.selector) for goal in active if goal.kind == Goal.Kind.CLICK],
        has_room=sum(not goal.is_set_up for goal in rows) < MOST_UNASKED,
    )


def _patterns(goals: Iterable[Goal]) -> list[tuple[Pattern, Goal]]:
    found = []
    for goal in goals:
        try:
            found.append((read_pattern(goal.pattern), goal))
        except PatternError:  # Never saved by our form; a page view must not fail for it.
            continue
    return found


def _goal_named(site: Site, name: str) -> Goal | None:
    known = _known(site)
    key = goal_key(name)
    goal = known.by_key.get(key)
    if goal or not known.has_room:
        return goal
    goal = _meet(site, name, key)
    _goals.pop(site.pk, None)
    return goal


def _meet(site: Site, name: str, key: str) -> Goal | None:
    """The goal that a page names for the first time; None when too many have named themselves."""
    goal = Goal.objects.filter(site=site, key=key).first()
    if goal or Goal.objects.filter(site=site, is_set_up=False).count() >= MOST_UNASKED:
        return goal
    unasked = Goal(site=site, name=name, kind=Goal.Kind.CALL, is_set_up=False)
    try:
        with transaction.atomic():
            unasked.save()
    except IntegrityError:  # Another beacon has just made it.
        return Goal.objects.filter(site=site, key=key).first()
    return unasked


def _hit(goal: Goal, site: Site, visit: Visit, at: datetime, worth: tuple[int | None, str]) -> bool:
    """Keep one hit unless it is known, and ask for the day of its visit to be booked."""
    hits = GoalHit.objects.filter(visit=visit, goal=goal)
    seen = list(hits.values_list("at", flat=True)[:MOST_HITS_PER_VISIT])
    if goal.is_once_per_visit and seen:
        return False
    is_near = any(abs((at - other).total_seconds()) < APART_SECONDS for other in seen)
    if is_near or len(seen) >= MOST_HITS_PER_VISIT:
        return False
    hit = GoalHit(
        goal=goal,
        visit=visit,
        at=at,
        day=local_day(at, site.tz),
        slot=0 if goal.is_once_per_visit else int(at.timestamp()),
        value_cents=worth[0],
        currency=worth[1],
    )
    try:
        with transaction.atomic():
            hit.save(force_insert=True)
            # The books date a goal by its visit, so that whatever moves the visit moves its goals along.
            # Locked: a page whose news comes late may be moving the visit to another day just now.
            standing = Visit.objects.select_for_update(no_key=True).filter(pk=visit.pk)
            mark_days(list(standing.values_list("day", flat=True)))
    except IntegrityError:  # The same news came twice at once.
        return False
    return True


def _worth(goal: Goal, value_cents: int | None, currency: str) -> tuple[int | None, str]:
    """Value and currency of one hit; a value that is none is left out."""
    if value_cents is None or not 0 <= value_cents <= MOST_CENTS:
        value_cents, currency = goal.value_cents, goal.currency
    if value_cents is None:
        return None, ""
    told = currency.strip().upper()
    is_currency = len(told) == 3 and told.isascii() and told.isalpha()
    return value_cents, told if is_currency else goal.currency or settings.LEADTRACK_CURRENCY


def _clean(name: str) -> str:
    """What a database takes and a person can read."""
    printable = "".join(sign if sign.isprintable() else " " for sign in name[:500])
    return " ".join(printable.encode("utf-8", "replace").decode().split())[:NAME_LENGTH].strip()
