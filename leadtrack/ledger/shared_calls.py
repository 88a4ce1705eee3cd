"""Calls that may be of several visitors, where their pool says that the credit is shared among them."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from django.db.models import Q

from leadtrack.leads.models import Lead
from leadtrack.ledger.attribution import Part
from leadtrack.ledger.chunks import chunks
from leadtrack.phones.models import Call, CallCandidate, Pool

Parts = tuple[Part, ...]


def parts_of_calls(call_ids: Iterable[int]) -> dict[int, Parts]:
    """The sources of each of these ambiguous calls, the likeliest first; their shares sum to the whole.

    Candidates of one source are one part. A call whose pool credits "(unknown)" is not in the answer.
    """
    sums: dict[int, Counter[tuple[int, str]]] = defaultdict(Counter)
    for ids in chunks(call_ids):
        rows = CallCandidate.objects.filter(_shared("call__"), call__in=ids).order_by()
        for call, source, channel, share in rows.values_list(
            "call_id", "source_id", "source__channel", "share_ppm"
        ):
            sums[call][source, channel] += share
    return {
        call: tuple(sorted((Part(*key, share) for key, share in found.items()), key=_by_weight))
        for call, found in sums.items()
    }


def parts_of_leads(lead_ids: Iterable[int]) -> dict[int, Parts]:
    """The sources of those of the leads that came by such a call and that nobody has bound to a visit."""
    calls: dict[int, int] = {}
    for ids in chunks(sorted(set(lead_ids))):
        rows = Lead.objects.filter(_shared("call__"), pk__in=ids, visit=None)
        calls |= dict(rows.values_list("pk", "call_id"))
    parts = parts_of_calls(calls.values()) if calls else {}
    return {lead: parts[call] for lead, call in calls.items() if call in parts}


def _shared(path: str) -> Q:
    says_so = {f"{path}assignment__pool__ambiguous": Pool.Ambiguous.SHARES}
    return Q(**{f"{path}match": Call.Match.AMBIGUOUS}, **says_so)


def _by_weight(part: Part) -> tuple[int, int]:
    return -part.share_ppm, part.source_id
