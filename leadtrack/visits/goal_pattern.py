"""Addresses that a goal is reached by, written as people write them: `/thanks*`, `/order/*/paid`. Pure.

`*` stands for anything. A trailing slash, the letters' case, `www.` and the scheme make no difference.
Parameters and the part after `#` count only where the pattern names them; other parameters may be there, in
any order (advertising adds its own). There are no regular expressions: some take a lifetime to say no.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from django.utils.translation import gettext as _

LONGEST: Final = 500
_MOST_STARS: Final = 20


class PatternError(ValueError):
    """Nobody could open an address like this; says why, in the reader's language."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern in its parts. Empty `host`, `params` or `fragment` mean any."""

    host: str
    path: str
    params: tuple[tuple[str, str], ...]
    fragment: str

    def matches(self, url: str) -> bool:
        """Whether this page address is meant. Total: what is no address matches nothing."""
        try:
            parts = urlsplit(url.strip())
            host = _host(parts.hostname or "")
        except ValueError:
            return False
        return (
            (not self.host or _fits(self.host, host))
            and _leads_to(self.path, parts.path)
            and (not self.fragment or _leads_to(self.fragment, parts.fragment))
            and _has_all(self.params, parts.query)
        )


def read_pattern(text: str) -> Pattern:
    """The pattern that a person typed: a path, or an address with its host. Raises PatternError."""
    text = text.strip()
    if not text:
        raise PatternError(_("Write the address of the page, for example /thanks*"))
    if len(text) > LONGEST or text.count("*") > _MOST_STARS:
        raise PatternError(_("This is too long: write the beginning of the address and a *."))
    if any(sign.isspace() or not sign.isprintable() for sign in text):
        raise PatternError(_("An address has no spaces in it. Write one address for each goal."))
    rest, _hash, fragment = text.partition("#")
    rest, _question, query = rest.partition("?")
    host, path = _split(rest)
    params = tuple((name.casefold(), value) for name, value in _pairs(query))
    return Pattern(host, _path(path), params, _path(fragment) if fragment else "")


def _split(text: str) -> tuple[str, str]:
    """Host and path: what begins with / or * is a path, `#…` and `?…` alone mean any page."""
    if not text:
        return "", "*"
    is_host = text.startswith("//") or (text.startswith("*.") and "/" in text)
    if text.startswith(("/", "*")) and not is_host:
        return "", text
    address = text.partition("://")[2] if "://" in text else text.removeprefix("//")
    host, slash, path = address.partition("/")
    host = host.partition(":")[0]
    if "." not in host and host.lower() != "localhost":
        raise PatternError(_("Begin with / (a page of this site) or with the whole address, https://…"))
    # A bare host is its first page.
    return _host(host), slash + path


def _host(text: str) -> str:
    host = text.lower().strip(".").removeprefix("www.")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _path(text: str) -> str:
    """As patterns and addresses are compared: decoded, case apart, no trailing slash."""
    return unquote(text).casefold().rstrip("/") or "/"


def _leads_to(pattern: str, path: str) -> bool:
    """`/news/*` holds `/news/` as well, with or without its slash."""
    seen = _path(path)
    return _fits(pattern, seen) or (pattern.endswith("/*") and _fits(pattern, seen + "/"))


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True) if query.strip("*") else []


def _has_all(wanted: tuple[tuple[str, str], ...], query: str) -> bool:
    if not wanted:
        return True
    try:
        there = [(name.casefold(), value.casefold()) for name, value in _pairs(query)]
    except ValueError:
        return False
    return all(
        any(name == known and _fits(pattern.casefold(), value) for known, value in there)
        for name, pattern in wanted
    )


def _fits(pattern: str, text: str) -> bool:
    """Whether the text is the pattern with something, or nothing, in place of each star. Takes one pass."""
    first, *others = pattern.split("*")
    if not others:
        return pattern == text
    last = others.pop()
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    place, end = len(first), len(text) - len(last)
    for piece in others:
        found = text.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True
