"""Channel rules of this installation: conditions as data, made ready to be asked. Pure and total.

Patterns run in RE2, whose time grows with the length of the text alone: no pattern that a person types can
hold up a page view.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import re2

from leadtrack.sources.channel import FIELDS, Rule, Test, Verdict

IS: Final = "is"
ONE_OF: Final = "one_of"
CONTAINS: Final = "contains"
STARTS: Final = "starts"
PATTERN: Final = "pattern"
HOWS: Final = (IS, ONE_OF, CONTAINS, STARTS, PATTERN)

MOST_CONDITIONS: Final = 10
VALUE_LENGTH: Final = 1000
PATTERN_LENGTH: Final = 200
# Bytes that one compiled pattern may take.
_PATTERN_MEMORY: Final = 1 << 20


class ConditionError(ValueError):
    """A condition that cannot be asked; `code` says why: field, how, empty, long, pattern."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Condition:
    """One question about one word of a marker. Texts compare without case."""

    field: str
    how: str
    value: str


def condition_of(told: Any) -> Condition:
    """A condition from stored or sent data. Raises ConditionError."""
    if not isinstance(told, Mapping) or told.get("field") not in FIELDS:
        raise ConditionError("field")
    if told.get("how") not in HOWS:
        raise ConditionError("how")
    value = told.get("value")
    if not isinstance(value, str) or not value.strip():
        raise ConditionError("empty")
    if len(value) > (PATTERN_LENGTH if told["how"] == PATTERN else VALUE_LENGTH):
        raise ConditionError("long")
    return Condition(told["field"], told["how"], value.strip())


def rule_of(*, rule_id: str, channel: str, conditions: Iterable[Condition]) -> Rule:
    """A rule that holds when every condition does. Raises ConditionError for a pattern that is none."""
    return Rule(Verdict(channel, rule_id), tuple(_test(condition) for condition in conditions))


def listed(value: str) -> tuple[str, ...]:
    """The words of "is one of", apart by commas or lines, in lower case."""
    words = (word.strip().lower() for word in value.replace("\n", ",").split(","))
    return tuple(word for word in words if word)


def _test(condition: Condition) -> Test:
    position = FIELDS.index(condition.field)
    if condition.how == PATTERN:
        search = compiled(condition.value).search
        return lambda words: search(words[position]) is not None
    text = condition.value.lower()
    if condition.how == CONTAINS:
        return lambda words: text in words[position]
    if condition.how == STARTS:
        return lambda words: words[position].startswith(text)
    wanted = frozenset(listed(text)) if condition.how == ONE_OF else frozenset({text})
    return lambda words: words[position] in wanted


def compiled(pattern: str) -> Any:
    """The pattern, ready to search in time that grows with the text alone. Raises ConditionError."""
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = _PATTERN_MEMORY
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeError) as problem:
        raise ConditionError("pattern") from problem
