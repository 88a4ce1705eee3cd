"""The pools side by side with their numbers: what the page of pools and the answer to a move both show."""

from typing import Any

from django.db.models import Prefetch

from leadtrack.phones.listed import FREE, listed_numbers
from leadtrack.phones.models import Assignment, Pool

_FREE_SHOWN = 100


def pool_board() -> dict[str, Any]:
    """Every pool in use with `held`, its numbers of now; and the numbers that belong to nobody."""
    held = Assignment.objects.filter(ends_at=None).select_related("number").order_by("number__number")
    pools = Pool.objects.filter(retired_at=None).select_related("site", "flow")
    free = listed_numbers(state=FREE).select_related("site").order_by("number")
    return {
        "pools": list(pools.prefetch_related(Prefetch("assignments", held, to_attr="held"))),
        "free": list(free[:_FREE_SHOWN]),
    }
