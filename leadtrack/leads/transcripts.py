"""What was said in calls: typed by a person or by the carrier, and found again by its words."""

from typing import Final

from django.db.models import Q

from leadtrack.leads.models import Attempt, Lead
from leadtrack.phones.models import Call

# Texts of this many latest calls are looked through, a megabyte or two, however many leads there are; in
# Python, as SQLite folds the case of ASCII letters only. Older ones are read on the page of their lead.
LOOKED_THROUGH: Final = 1000
_SHORTEST: Final = 3
_MOST_FOUND: Final = 100
LONGEST: Final = 20_000


def write_transcript(call: Call, text: str) -> None:
    """Keep what was said; empty for nothing."""
    call.transcript = text.replace("\0", "").strip()[:LONGEST]
    call.save(update_fields=["transcript"])


def leads_saying(term: str) -> set[int]:
    """The leads (and those that their repeat enquiries are about) in whose latest calls this was said."""
    words = term.strip()
    if len(words) < _SHORTEST:
        return set()
    told = Call.objects.exclude(transcript="").order_by("-started_at").values("pk", "transcript")
    wanted = words.casefold()
    calls = [row["pk"] for row in told[:LOOKED_THROUGH] if wanted in row["transcript"].casefold()]
    return _leads_of(calls[:_MOST_FOUND]) if calls else set()


def _leads_of(calls: list[int]) -> set[int]:
    tried = Attempt.objects.filter(call__in=calls).values_list("lead", flat=True)
    found = Lead.objects.filter(Q(call__in=calls) | Q(pk__in=list(tried))).values_list("pk", "repeat_of")
    return {pk for pair in found for pk in pair if pk is not None}
