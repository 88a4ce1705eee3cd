"""What the columns of a file mean: guessed from their names and from what stands in them. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leadtrack.leads.importing.aliases import ALIASES
from leadtrack.leads.importing.moments import looks_like_moment
from leadtrack.leads.reading import emails_in, phones_in
from leadtrack.lib.hashing import key_of
from leadtrack.sources.tags import click_networks

KEEP: Final = "keep"
SKIP: Final = "skip"
# Several columns may have these; any other meaning belongs to one column.
SHARED: Final = frozenset({KEEP, SKIP, "message"})
LABELS: Final[dict[str, str | Promise]] = {
    KEEP: _("Keep beside the lead"),
    SKIP: _("Leave out"),
    "name": _("Name"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "message": _("Message"),
    "date": _("Date, with or without a time"),
    "time": _("Time"),
    "utm_source": _("Source (utm_source)"),
    "utm_medium": _("Medium (utm_medium)"),
    "utm_campaign": _("Campaign (utm_campaign)"),
    "utm_content": _("Ad or content (utm_content)"),
    "utm_term": _("Keyword (utm_term)"),
    "utm_id": _("Campaign id (utm_id)"),
    "channel": _("Channel"),
    "page_url": _("Page address (with its tags and click ids)"),
    "referrer": _("Referrer"),
    "external_id": _("Id in your other system"),
}
_SURE: Final = 0.6
_FIRST_OF_TWO: Final = frozenset({"vorname", "prénom", "prenom"})
_SPLIT: Final = re.compile(r"[\s_\-]+")
_WITH_TAGS: Final = re.compile(r"https?://\S+", re.ASCII)


def meanings() -> dict[str, str | Promise]:
    """Every meaning a column can have, with its name for people; click ids last."""
    return {**LABELS, **{network.name.lower(): network.name for network in click_networks()}}


def tag_names() -> frozenset[str]:
    """The meanings that are tags of an address."""
    own = {meaning for meaning in LABELS if meaning.startswith("utm_")}
    return frozenset(own | {network.name.lower() for network in click_networks()})


def guess(header: Sequence[str], sample: Sequence[Sequence[str]]) -> list[str]:
    """A meaning for each column: by its name, else by what stands in it; what tells nothing is kept."""
    found = [_by_name(name) for name in header]
    taken: set[str] = set()
    for place, meaning in enumerate(found):
        if meaning in taken and meaning not in SHARED:
            found[place] = ""
        taken.add(meaning)
    # "Имя" beside "Фамилия" is a first name.
    if "last_name" in taken and "first_name" not in taken:
        found = ["first_name" if one == "name" else one for one in found]
    # "Nom" beside "Prénom" and "Name" beside "Vorname" are last names; beside "First name" it may be both.
    if "last_name" not in taken and _FIRST_OF_TWO & {_folded(name) for name in header}:
        found = ["last_name" if one == "name" else one for one in found]
    for place, meaning in enumerate(found):
        if not meaning:
            cells = [row[place].strip() for row in sample if place < len(row) and row[place].strip()]
            found[place] = next((one for one in _by_values(cells) if one not in found), KEEP)
    return found


def signature_of(header: Sequence[str]) -> str:
    """The same for every file with this header; the answers to its columns are remembered by it."""
    return key_of(_folded(name) for name in header)


def count_known(cells: Sequence[str]) -> int:
    """How many different meanings of ours these cells name."""
    return len({_by_name(cell) for cell in cells} - {"", SKIP})


def looks_like_contact(cell: str) -> bool:
    """Whether a cell holds a phone or an e-mail itself: such a line is no header."""
    return bool(emails_in(cell)) or _is_phone(cell)


def _by_name(name: str) -> str:
    folded = _folded(name)
    if folded.replace(" ", "_") in tag_names():
        return folded.replace(" ", "_")
    return _NAMES.get(folded, "")


def _by_values(cells: Sequence[str]) -> list[str]:
    """What most of these cells look like; [] where nothing is sure."""
    if not cells:
        return []
    looks = {
        "email": lambda cell: bool(emails_in(cell)),
        "page_url": lambda cell: bool(_WITH_TAGS.match(cell)),
        "date": looks_like_moment,
        "phone": _is_phone,
    }
    return [meaning for meaning, test in looks.items() if sum(map(test, cells)) > len(cells) * _SURE]


def _is_phone(cell: str) -> bool:
    digits = sum(sign.isdecimal() for sign in cell)
    return 9 <= digits <= 15 and bool(phones_in(cell)) and not looks_like_moment(cell)


def _folded(name: str) -> str:
    """A name for comparison: no BOM, quotes, marks or doubled blanks, in lower case; ё is е."""
    bare = name.replace("\ufeff", "").strip("\"'*: \t").casefold().replace("ё", "е")
    return _SPLIT.sub(" ", bare).strip()


_NAMES: Final = {_folded(alias): meaning for meaning, aliases in ALIASES.items() for alias in aliases}
