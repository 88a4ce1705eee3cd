"""Cleaning the words of a marker: one spelling for one thing, nothing a database chokes on. Pure."""

import re
import unicodedata
from typing import Final

NAME_LENGTH: Final = 255
ID_LENGTH: Final = 100
CLICK_ID_LENGTH: Final = 1024

# Flags of a marker: what was wrong with it.
MACRO = "macro"  # a template was never filled in
CUT = "cut"  # longer than the column
BROKEN = "broken"  # bytes that are no UTF-8
NUL = "nul"
CONTROL = "control"  # control or invisible characters

_UNFILLED: Final = frozenset({"none", "undefined", "null", "(not set)"})
_MACRO: Final = re.compile(r"\{[^{}]*\}|%%[^%]+%%|__[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*__")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_SPACE: Final = re.compile(r"\s+")
# Control characters, zero-width characters and those that turn the direction of writing.
_INVISIBLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CYRILLIC_LOOKALIKES: Final = str.maketrans("аеорсухкмтвнѕіј", "aeopcyxkmtbhsij")
_KNOWN_MEDIUMS: Final = frozenset({"cpc", "cpm", "cpa", "cpo", "cpx", "ppc", "smm", "cpv", "pr"})


def is_unfilled(value: str) -> bool:
    """Whether a value is the template itself ({keyword}, {{ad.id}}, %%x%%, __ID__) or a word for nothing."""
    return value.strip().lower() in _UNFILLED or _MACRO.search(value) is not None


def is_unfilled_id(value: str) -> bool:
    """The same for a click id, which may by chance hold "__AB__": only the whole of it can be a macro."""
    return value.strip().lower() in _UNFILLED or _MACRO.fullmatch(value.strip()) is not None


def clean(value: str, flags: set[str], length: int = NAME_LENGTH) -> str:
    """A value as stored: NFC, one line, trimmed, visible, no longer than the column; adds to `flags`."""
    if value.isascii() and value.isprintable() and "  " not in value:
        return _cut(value.strip(), flags, length)
    return _cut(unicodedata.normalize("NFC", _visible(_whole(value, flags), flags)), flags, length)


def looks_otherwise(text: str) -> bool:
    """Whether Latin and Cyrillic letters stand in one word, or a known medium is typed in Cyrillic."""
    for word in text.lower().split():
        scripts = {unicodedata.name(sign, "").partition(" ")[0] for sign in word if sign.isalpha()}
        folded = word.translate(_CYRILLIC_LOOKALIKES)
        if {"LATIN", "CYRILLIC"} <= scripts or (scripts == {"CYRILLIC"} and folded in _KNOWN_MEDIUMS):
            return True
    return False


def clean_id(value: str, flags: set[str]) -> str:
    """An id of an ad system: case stays."""
    return clean(value, flags, ID_LENGTH)


def clean_source(value: str, flags: set[str]) -> str:
    """A source: lower case, without "www.". Other names for it are folded by `naming`."""
    return clean(value, flags).lower().removeprefix("www.")[:NAME_LENGTH]


def clean_medium(value: str, flags: set[str]) -> str:
    """A medium: lower case, Cyrillic letters that pass for Latin ones folded (a typed "сpc" is "cpc")."""
    medium = clean(value, flags).lower()[:NAME_LENGTH]
    if medium.isascii():
        return medium
    folded = medium.translate(_CYRILLIC_LOOKALIKES)
    is_mixed = any("a" <= letter <= "z" for letter in medium)
    return folded if folded.isascii() and (is_mixed or folded in _KNOWN_MEDIUMS) else medium


def _whole(value: str, flags: set[str]) -> str:
    """The text without halves of characters, which no database takes."""
    whole = _SURROGATES.sub("\ufffd", value)
    if "\ufffd" in whole:
        flags.add(BROKEN)
    if "\0" in whole:
        flags.add(NUL)
    return whole


def _visible(value: str, flags: set[str]) -> str:
    folded = _SPACE.sub(" ", value.replace("\0", ""))
    visible = _INVISIBLE.sub("", folded)
    if visible != folded:
        flags.add(CONTROL)
    return visible.strip()


def _cut(value: str, flags: set[str], length: int) -> str:
    if len(value) <= length:
        return value
    flags.add(CUT)
    return value[:length].rstrip()
