"""What a reader asks of the report: period, grouping, model, clock. Pure but for the words of its errors."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from leadtrack.ledger.models import AttributionModel, Clock
from leadtrack.lib.periods import Period

LEVELS: Final = ("channel", "source", "campaign")
# The page opens down to the keyword; a table has it when it is asked for.
DEEP: Final = (*LEVELS, "term")
DEFAULT_DAYS: Final = 30
LONGEST_DAYS: Final = 3700


class QuestionError(ValueError):
    """The question cannot be answered; names the field, in the reader's language."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and the part of the tree it is about (`scope`: level -> its value)."""

    period: Period
    by: tuple[str, ...] = LEVELS
    model: str = AttributionModel.LAST_NON_DIRECT.value
    clock: str = Clock.COHORT.value
    scope: tuple[tuple[str, str], ...] = ()

    @property
    def query(self) -> str:
        """The same question as a query string, scope included."""
        asked = {
            "from": self.period.first.isoformat(),
            "to": self.period.last.isoformat(),
            "model": self.model,
            "clock": self.clock,
        }
        return urlencode(asked | dict(self.scope))

    def within(self, **scope: str) -> "Question":
        """The same question about one part of the tree."""
        return replace(self, scope=tuple((level, scope[level]) for level in DEEP if level in scope))


def read_question(asked: Mapping[str, str], *, today: date) -> Question:
    """The question in the parameters from, to, by, model, clock, channel, source, campaign, term.

    Nothing asked means the last 30 days, last non-direct, cohort. Raises QuestionError naming the parameter.
    """
    last = _day(asked, "to", default=today)
    first = _day(asked, "from", default=_days_before(last, DEFAULT_DAYS - 1))
    if first > last:
        raise QuestionError("to", _("The last day is before the first."))
    if (last - first).days > LONGEST_DAYS:
        raise QuestionError("from", _("Ask for ten years at most."))
    return Question(
        period=Period(first, last),
        by=_levels(asked.get("by") or ",".join(LEVELS)),
        model=_one_of(asked, "model", AttributionModel.values, AttributionModel.LAST_NON_DIRECT.value),
        clock=_one_of(asked, "clock", Clock.values, Clock.COHORT.value),
        scope=tuple((level, asked[level]) for level in DEEP if level in asked),
    )


def _day(asked: Mapping[str, str], field: str, *, default: date) -> date:
    text = asked.get(field) or ""
    if not text:
        return default
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise QuestionError(field, _("Write the day as YYYY-MM-DD.")) from error


def _days_before(day: date, days: int) -> date:
    """The calendar of our language begins with the year 1."""
    return date.fromordinal(max(day.toordinal() - days, 1))


def _levels(text: str) -> tuple[str, ...]:
    levels = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not levels or not set(levels) <= set(DEEP):
        raise QuestionError("by", _("Group by channel, source, campaign or term, separated by commas."))
    return levels


def _one_of(asked: Mapping[str, str], field: str, known: list[str], default: str) -> str:
    value = asked.get(field) or default
    if value not in known:
        raise QuestionError(field, _("Choose one of: %(known)s.") % {"known": ", ".join(known)})
    return value
