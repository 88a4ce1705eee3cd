"""Spellings under which two records of one person look alike. Pure."""

import re
import unicodedata
from typing import Final

_LENGTH: Final = 200
_SHORTEST_NUMBER: Final = 8


def name_key_of(name: str) -> str:
    """A name in one spelling: "Dr. Müller, Anna" and "anna muller dr" are the same; "" for no letters."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(sorted(re.findall(r"[^\W\d_]+", letters)))[:_LENGTH]


def mail_fold(email: str) -> str:
    """What stands before the @, without dots and what follows a plus: "ann.may+shop@x.de" is "annmay"."""
    local = email.rpartition("@")[0].casefold()
    return local.partition("+")[0].replace(".", "") or local


def is_full_name(name_key: str) -> bool:
    """Whether a spelling has two words at least: "anna" alone is half the town."""
    return " " in name_key


def is_one_digit_apart(first: str, second: str) -> bool:
    """Whether two E.164 numbers of one length differ in one digit, or in two neighbours that are swapped."""
    if first == second or len(first) != len(second) or len(first) < _SHORTEST_NUMBER:
        return False
    wrong = [place for place, (one, other) in enumerate(zip(first, second, strict=True)) if one != other]
    if len(wrong) == 1:
        return True
    if len(wrong) != 2 or wrong[1] != wrong[0] + 1:
        return False
    here, there = wrong
    return first[here] == second[there] and first[there] == second[here]
