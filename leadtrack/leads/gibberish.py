"""Names that no parent gave: keys struck at random, alphabets mixed within a word. Pure and total."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

# Longer texts are no names; looking at their start is enough.
_MOST: Final = 200
_WORD: Final = re.compile(r"[^\W\d_]+")
_VOWELS: Final = frozenset("aeiouyаеёиоуыэюяіїєўαεηιουωäöüåæøœ")
# Rows of keyboards, both ways round: what a finger does that wants to be done.
_ROWS: Final = (
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "йцукенгшщзхъ",
    "фывапролджэ",
    "ячсмитьбю",
    "qwertzuiop",
)
_ONE_SOUND: Final = re.compile("sch|[cpst]h|c[kz]")
_STRUCK: Final = 5
_CONSONANTS: Final = 7
_CASE_JUMPS: Final = 3
_SCRIPTS: Final = ("LATIN", "CYRILLIC", "GREEK")


def is_gibberish(name: str) -> bool:
    """Whether a word of the name runs along the keyboard, has no vowel for long, or jumps between cases."""
    return any(_is_struck(word) for word in _words(name))


def mixes_scripts(name: str) -> bool:
    """Whether one word is of two alphabets ("Мaria", only the M is Cyrillic): made to pass for another."""
    return any(len(_scripts_of(word)) > 1 for word in _words(name))


def _words(name: str) -> Iterator[str]:
    return (found[0] for found in _WORD.finditer(unicodedata.normalize("NFC", name[:_MOST])))


def _is_struck(word: str) -> bool:
    low = word.lower()
    if any(
        low[start : start + _STRUCK] in row for row in _along() for start in range(len(low) - _STRUCK + 1)
    ):
        return True
    jumps = sum(before.islower() and after.isupper() for before, after in pairwise(word))
    return jumps >= _CASE_JUMPS or _longest_without_vowel(low) >= _CONSONANTS


def _along() -> Iterator[str]:
    for row in _ROWS:
        yield row
        yield row[::-1]


def _longest_without_vowel(low: str) -> int:
    """Of alphabets that write vowels: in others every word would look like this. "sch" is one sound."""
    longest = run = 0
    for sign in _ONE_SOUND.sub("s", low):
        plain = unicodedata.normalize("NFD", sign)[0]
        is_consonant = bool(_scripts_of(sign)) and not {sign, plain} & _VOWELS
        run = run + 1 if is_consonant else 0
        longest = max(longest, run)
    return longest


def _scripts_of(word: str) -> set[str]:
    names = (unicodedata.name(sign, "") for sign in word)
    return {script for name in names for script in _SCRIPTS if name.startswith(script)}
