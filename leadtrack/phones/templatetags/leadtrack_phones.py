"""What the pages of numbers print with."""

from datetime import timedelta

from django import template
from django.utils.translation import ngettext

from leadtrack.phones.bulk import column_words
from leadtrack.phones.carriers import words
from leadtrack.phones.faults import words_of
from leadtrack.phones.models import Pool, TrackedNumber
from leadtrack.phones.pool_words import pool_words

register = template.Library()


@register.filter
def fault_words(number: TrackedNumber) -> list[str]:
    """What is wrong with a number at the carrier, and how it is mended, one sentence each."""
    return [words_of(code) for code in number.faults]


@register.filter(name="pool_words")
def pool_words_of(pool: Pool) -> str:
    """The pool in one sentence. `held`, its numbers of now, is there where many pools are shown."""
    held = getattr(pool, "held", None)
    return pool_words(pool, pool.assignments.filter(ends_at=None).count() if held is None else len(held))


@register.filter
def span_words(span: timedelta) -> str:
    """ "30 minutes", as a person would say it; seconds where it is less than two minutes."""
    seconds = round(span.total_seconds())
    if seconds < 120:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    return ngettext("%(count)d minute", "%(count)d minutes", -(-seconds // 60)) % {"count": -(-seconds // 60)}


@register.filter
def refusal_words(code: str) -> str:
    """What the carrier's refusal means, and the next step."""
    return str(words.words_of(code))


@register.filter
def bulk_column(name: str) -> str:
    """A column of the table of numbers, in the reader's language."""
    return column_words(name)
