"""How many events a site may send: a bucket of tokens for each, in the memory of this process.

With several web processes a site may send as many times more; the limit is a wall against floods, no quota.
"""

import math
from dataclasses import dataclass
from typing import Final

# Anybody may make up keys: only sites that exist get a bucket, and of those no more than this.
MOST_SITES: Final = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


_buckets: dict[str, _Bucket] = {}


def seconds_to_wait(*, key: str, per_minute: int | None, cost: int, now: float) -> int:
    """Take so many tokens of a site's minute; 0, or the whole seconds after which there will be enough.

    A full bucket holds one minute. `now` is a clock that never goes back, in seconds. None is no limit.
    """
    if per_minute is None:
        return 0
    if len(_buckets) >= MOST_SITES:
        _buckets.clear()
    bucket = _buckets.setdefault(key, _Bucket(per_minute, now))
    earned = (now - bucket.filled_at) * per_minute / 60
    bucket.tokens, bucket.filled_at = min(bucket.tokens + earned, per_minute), now
    if bucket.tokens < cost:
        return math.ceil((cost - bucket.tokens) * 60 / per_minute) or 1
    bucket.tokens -= cost
    return 0


def forget() -> None:
    """Fill every bucket anew."""
    _buckets.clear()
