"""Keys made of content: the same parts always give the same key, different parts a different one."""

import hashlib
import json
from collections.abc import Iterable


def key_of(parts: Iterable[str]) -> str:
    """SHA-256 (64 hex digits) of the parts in order; ("ab", "c") and ("a", "bc") differ."""
    return content_key(json.dumps(list(parts), ensure_ascii=False).encode("utf-8", "surrogatepass"))


def content_key(content: bytes) -> str:
    """SHA-256 (64 hex digits) of the bytes."""
    return hashlib.sha256(content).hexdigest()
