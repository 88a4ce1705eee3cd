"""Finding leads by what a sales person remembers of them."""

import re
from typing import Any

from django.db.models import Q

from leadtrack.deals.querysets import DealQuerySet
from leadtrack.deals.waiting import to_call_back
from leadtrack.leads.transcripts import leads_saying

# Shorter would match nearly every number.
_FEWEST_DIGITS = 3
# "8 912 345-67-89" and "+7 912 345-67-89" are one number: the last ten digits say which.
_LAST_DIGITS = 10


def matching(deals: DealQuerySet, text: str) -> DealQuerySet:
    """The deals whose lead or contact has this in a name or e-mail, or these digits in a phone; or in whose
    calls (of late) it was said."""
    term = text.strip()
    if not term:
        return deals
    found = (
        _contains("lead__name", term)
        | _contains("lead__contact__name", term)
        | _contains("lead__email", term)
    )
    digits = re.sub(r"\D", "", term).lstrip("0")[-_LAST_DIGITS:]
    if len(digits) >= _FEWEST_DIGITS and not re.search(r"[^\W\d_]", term):
        found |= Q(lead__phone__contains=digits)
    return deals.filter(found | Q(lead__in=leads_saying(term)))


def _contains(column: str, term: str) -> Q:
    """SQLite folds the case of ASCII letters only, so other alphabets are asked for in each case."""
    condition = Q()
    for spelling in {term, term.lower(), term.upper(), term.title()}:
        condition |= Q(**{f"{column}__icontains": spelling})
    return condition


def in_state(deals: DealQuerySet, state: str) -> DealQuerySet:
    """The deals of one tab of the inbox. Without a tab: everything but spam."""
    if state == "call_back":
        return to_call_back(deals)
    by_state: dict[str, dict[str, Any]] = {
        "new": {"stage__group": "in_work", "lead__status": "new"},
        "in_work": {"stage__group": "in_work", "lead__status": "accepted"},
        "won": {"stage__group": "won"},
        "lost": {"stage__group": "lost"},
        "rejected": {"lead__status": "rejected"},
        "spam": {"lead__status": "spam"},
    }
    return deals.filter(**by_state[state]) if state in by_state else deals.exclude(lead__status="spam")
