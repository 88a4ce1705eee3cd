"""Reading the tags out of a URL, however mangled it is. Pure and total."""

import base64
import binascii
import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from leadtrack.sources.listed import read_table
from leadtrack.sources.wording import BROKEN, CUT, MACRO, is_unfilled, is_unfilled_id

# Longer than any browser sends; what stands behind is not read.
MAX_URL_LENGTH: Final = 65_536
_HOST: Final = re.compile(r"\s*((?:[A-Za-z][A-Za-z0-9+.\-]*:)?[/\\]{2})?([^/?#\\]*)([^?#]*)")
_BARE_HOST: Final = re.compile(r"[\w\-]+(?:\.[\w\-]+)+\.?(?::\d+)?")


@dataclass(frozen=True, slots=True)
class ClickNetwork:
    """What a click id says by its name alone."""

    name: str
    source: str
    medium: str
    is_paid: bool
    # Sources of the same firm: a referrer among them names the source better than the id does.
    siblings: frozenset[str]


def read_tags(url: str, flags: set[str]) -> dict[str, str]:
    """Every known tag of the URL, by its lower-case name: query first, then #fragment; the first filled wins.

    Never raises. Values are decoded but not yet cleaned; unfilled macros are left out and flagged.
    """
    if len(url) > MAX_URL_LENGTH:
        flags.add(CUT)
        url = url[:MAX_URL_LENGTH]
    found: dict[str, str] = {}
    before, _, fragment = url.partition("#")
    _collect(before, found, flags)
    _collect("?" + fragment, found, flags)
    if not found and "%3d" in url.lower():
        # Somebody encoded the whole query once too often.
        _collect(unquote(url), found, flags)
    return found


def tags_as_sent(url: str) -> list[tuple[str, str]]:
    """Every known tag of the URL as it stands there, undecoded; what is no tag is left out. Total."""
    return [(name, raw) for name, raw in _pattern().findall(url[:MAX_URL_LENGTH]) if raw]


def host_and_path(url: str) -> tuple[str, str]:
    """Host (lower case, no port, no "www.") and path of a URL; ("", …) where there is no host."""
    match = _HOST.match(url[:MAX_URL_LENGTH])
    if match is None:
        return "", ""
    authority = match[2].rpartition("@")[2]
    if not match[1] and not _BARE_HOST.fullmatch(authority):
        return "", match[2] + match[3]
    return _host(authority), match[3]


def openstat(value: str) -> tuple[str, str, str] | None:
    """Service, campaign and ad of an `_openstat` label, base64 or plain; None when it is neither."""
    for text in (_from_base64(value), value):
        parts = text.split(";")
        if len(parts) >= 4 or (text is value and len(parts) > 1):
            return parts[0], parts[1], parts[2] if len(parts) > 2 else ""
    return None


@cache
def fields() -> dict[str, tuple[str, ...]]:
    """Marker field -> the tags that may fill it, best first."""
    return {name: tuple(tags) for name, tags in _table()["fields"].items()}


@cache
def click_networks() -> tuple[ClickNetwork, ...]:
    """Every known click id, in the order in which they name a source."""
    return tuple(
        ClickNetwork(name, row["source"], row["medium"], row["paid"], frozenset(row.get("hosts", ())))
        for name, row in _table()["click_ids"].items()
    )


@cache
def tag_names() -> frozenset[str]:
    """Every name, in lower case, under which a link can say something of its source."""
    named = (tag.lower() for tags in fields().values() for tag in tags)
    return frozenset(named) | _click_id_names() | frozenset(_table()["others"])


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = read_table("tags.yaml")
    return table


@cache
def _pattern() -> re.Pattern[str]:
    """One known tag with its value. A value ends at "&", or where a "?" or ";" begins another known tag."""
    names = [tag for tags in fields().values() for tag in tags]
    names += [*_table()["others"], *(network.name for network in click_networks())]
    known = "|".join(sorted({re.escape(name.lower()) for name in names}, key=len, reverse=True))
    value = rf"(?:[^&#?;]|[?;](?!(?:{known})=))*"
    return re.compile(rf"[?&;/#]({known})=({value})", re.IGNORECASE)


def _collect(text: str, found: dict[str, str], flags: set[str]) -> None:
    for name, raw in _pattern().findall(text):
        if not raw:
            continue
        value = unquote_plus(raw)
        if _is_nothing(name.lower(), raw, value):
            flags.add(MACRO)
        elif value.strip():
            found.setdefault(name.lower(), value)
            _flag_broken(raw, value, flags)


def _is_nothing(name: str, raw: str, value: str) -> bool:
    if name in _click_id_names():
        return is_unfilled_id(value)
    # Before decoding as well: "%%ad_id%%" would be taken for an encoded byte.
    return is_unfilled(value) or is_unfilled(raw)


@cache
def _click_id_names() -> frozenset[str]:
    return frozenset(network.name.lower() for network in click_networks())


def _flag_broken(raw: str, value: str, flags: set[str]) -> None:
    if "\ufffd" in value and "\ufffd" not in raw and "%EF%BF%BD" not in raw.upper():
        flags.add(BROKEN)


def _host(authority: str) -> str:
    if authority.startswith("["):
        return authority.partition("]")[0].lower() + "]"
    return authority.partition(":")[0].strip().lower().rstrip(".").removeprefix("www.")


def _from_base64(value: str) -> str:
    plain = value.replace("-", "+").replace("_", "/").replace(" ", "+")
    try:
        text = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
    return text if text.isprintable() else ""
