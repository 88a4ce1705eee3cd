"""Words of ours in a page's address: for LeadTrack only, so they are taken out before it is kept. Pure."""

import re
from typing import Final

PERSONAL: Final = "lt_c"
CROSSING: Final = "lt_x"
STAFF: Final = "lt_staff"
_WORD: Final = re.compile(r"(?<=[?&#])(lt_c|lt_x|lt_staff)=([^&#]{0,300})[^&#]*&?")
_REST: Final = re.compile(r"[?&](?=#|\Z)")


def take_words(url: str) -> tuple[str, dict[str, str]]:
    """The address without our words, and the words, by name; of one that stands twice the first. Total."""
    if "lt_" not in url:
        return url, {}
    words: dict[str, str] = {}
    for found in _WORD.finditer(url):
        words.setdefault(found[1], found[2])
    return (_REST.sub("", _WORD.sub("", url)) if words else url), words
