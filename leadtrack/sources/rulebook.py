"""The rules and aliases of this installation as they stand now, remembered by the process for ten seconds.

Page views ask it thousands of times a second, so a change made in another process holds after ten seconds at
the latest; in the process that made it, at once.
"""

import logging
import time
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from django.db import models, transaction

from leadtrack.sources.aliases import Alias, alias_book
from leadtrack.sources.book import EMPTY, Rulebook
from leadtrack.sources.channel import Rule
from leadtrack.sources.custom import ConditionError, condition_of, rule_of
from leadtrack.sources.models import ChannelRule, SourceAlias

__all__ = ["EMPTY", "Rulebook", "current", "forget", "read", "remember"]

log = logging.getLogger(__name__)

LIFE_SECONDS: Final = 10
RULE_PREFIX: Final = "own:"


_remembered: tuple[float, Rulebook] | None = None


def current() -> Rulebook:
    """The rules and aliases as they were at most ten seconds ago."""
    known = _remembered
    if known and known[0] > time.monotonic():
        return known[1]
    book = read()
    remember(book)
    return book


def read() -> Rulebook:
    """The rules and aliases as the database has them now."""
    return rulebook_of(rules_in_order().filter(is_active=True), aliases_in_order())


def rulebook_of(rules: Iterable[ChannelRule], aliases: Iterable[SourceAlias]) -> Rulebook:
    """These rows, made ready; a row that cannot be asked (edited by hand in the database) is left out."""
    ready: list[Rule] = []
    said: list[str] = []
    for row in rules:
        rule = compiled(row)
        if rule is not None:
            ready.append(rule)
            said.append(repr((row.pk, row.channel, row.conditions)))
    folded = [Alias(row.field, row.spelling, row.name) for row in aliases]
    text = "\n".join([*said, *map(repr, folded)])
    return Rulebook(tuple(ready), alias_book(folded), sha256(text.encode()).hexdigest() if text else "")


def compiled(row: ChannelRule) -> Rule | None:
    """The rule of a row; None for one that cannot be asked."""
    try:
        conditions = [condition_of(told) for told in row.conditions]
        if not conditions:
            return None
        return rule_of(rule_id=f"{RULE_PREFIX}{row.pk}", channel=row.channel, conditions=conditions)
    except (ConditionError, TypeError) as problem:
        log.warning("channel rule %s cannot be asked: %s", row.pk, problem)
        return None


def rules_in_order() -> models.QuerySet[ChannelRule]:
    """The rules that were not removed, in the order they are tried."""
    return ChannelRule.objects.filter(removed_at=None).order_by("position", "pk")


def aliases_in_order() -> models.QuerySet[SourceAlias]:
    """The aliases that were not removed, oldest first."""
    return SourceAlias.objects.filter(removed_at=None).order_by("pk")


def remember(book: Rulebook, *, seconds: float = LIFE_SECONDS) -> None:
    """Have this process use this rulebook for so long."""
    global _remembered  # noqa: PLW0603 (what a process remembers)
    _remembered = (time.monotonic() + seconds, book)


def forget() -> None:
    """Read anew at the next question, in this process: now, and once the change is committed."""
    _forget_now()
    transaction.on_commit(_forget_now)


def _forget_now() -> None:
    global _remembered  # noqa: PLW0603
    _remembered = None
