"""What the fields of a payload mean: as an admin has said, else by their names and values. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, unquote_plus

from leadtrack.leads.reading import Enquiry, emails_in, phones_in
from leadtrack.leads.words import one_line
from leadtrack.sources.tags import click_networks, fields

IGNORE: Final = "ignore"
# Our fields that an admin can choose; the tags of a link come under their own names.
TARGETS: Final = (
    *("name", "first_name", "last_name", "phone", "email", "message"),
    *("page_url", "referrer", "visitor", "cookies", "submission_id"),
    *("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "utm_id"),
    *("gclid", "yclid", "fbclid", IGNORE),
)
_COLUMNS: Final = ("name", "phone", "email", "message", "page_url", "referrer", "visitor", "submission_id")
_ONE_LINE: Final = frozenset(_COLUMNS) - {"message"}

# Whole names, then words within a name; case, "-", "_" and stars are ignored.
_WHOLE: Final[dict[str, str]] = {
    **dict.fromkeys(("first name", "fname", "firstname", "given name", "your first name"), "first_name"),
    **dict.fromkeys(
        ("last name", "lname", "lastname", "surname", "family name", "фамилия", "ваша фамилия"), "last_name"
    ),
    **dict.fromkeys(("name", "fullname", "имя", "фио", "contact", "контакт", "lt name"), "name"),
    **dict.fromkeys(("page url", "page", "url", "source url", "referer page", "lt page"), "page_url"),
    **dict.fromkeys(
        ("tildaspec referer", "lt page url", "адрес страницы", "страница", "pageurl"), "page_url"
    ),
    **dict.fromkeys(("referrer", "referer", "http referer", "document referrer", "lt referrer"), "referrer"),
    **dict.fromkeys(("lt visitor", "lt visitor id", "lt v", "visitor id"), "visitor"),
    **dict.fromkeys(("cookies", "cookie"), "cookies"),
    **dict.fromkeys(
        ("lt submission id", "submission id", "tranid", "entry id", "response id"), "submission_id"
    ),
}
_WORDS: Final = (
    ("email", re.compile(r"\be ?mails?\b|\bmail\b|почт|имейл|емейл|e-mail")),
    ("phone", re.compile(r"phone|\btel\b|mobile|\bcell\b|whatsapp|телефон|\bтел\b|мобильн|номер для связи")),
    ("first_name", re.compile(r"\b(?:first|given) name\b")),
    ("last_name", re.compile(r"\b(?:last|family) name\b|\bsurname\b|фамили")),
    ("name", re.compile(r"\b(?:full|your|contact|client|customer|lead) name\b|call you\b|\bимя\b|\bфио\b")),
    ("name", re.compile(r"как (?:вас|к вам)|контактное лицо")),
    (
        "message",
        re.compile(r"message|comment|question|\bnotes?\b|textarea|enquiry|сообщ|коммент|вопрос|пожелан"),
    ),
)
# The firm's own people and machines, and what no person wrote: no way to reach the customer.
_NOT_THEIRS: Final = re.compile(
    r"admin|manager|owner|recipient|no ?reply|smtp|assigned|bcc\b|\bcc\b|менеджер"
)
_TECHNICAL_NAME: Final = re.compile(
    r"(?:^| )(?:id|ip|uid|uuid|guid|date|time|timestamp|created|updated|at|token|hash|key|agent|version"
    r"|locale|nonce|status|type|price|amount|total|sum|cost|quantity|zip|postcode|order ?id|currency|secret"
    r"|test)$|^(?:utm|lt|mtm|pk|ct|roistat|wpcf7|form|is|user agent|remote)\b"
)
_TECHNICAL_VALUE: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ].*)?|\d{1,2}[./]\d{1,2}[./]\d{4}.*|\d{1,3}(?:\.\d{1,3}){3}"
    r"|[0-9a-f:]{3,39}:[0-9a-f:]*|(?:https?|ftp)://.*|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}"
    r"|\d{1,6}|\d{16,}|true|false|on|yes|no",
    re.IGNORECASE | re.DOTALL,
)
_FULL_PHONE: Final = re.compile(r"\+\d[\d \t().\u00a0\u2011-]{6,22}\d")
_CAMEL: Final = re.compile(r"(?<=[a-zа-я])(?=[A-ZА-Я])")
_SEPARATORS: Final = re.compile(r"[\s_\-.:*?,!()\[\]/]+")
# Cookies that are worth keeping: our visitor, and what ad systems recognise their click by.
_KEPT_COOKIE: Final = re.compile(r"lt_v|_ga(?:_\w+)?|_ym_uid|_fb[pc]|_gcl_aw|_ttp|_uetmsclkid|TILDAUTM")


@dataclass(frozen=True)
class Reading:
    """An enquiry read from a payload; `leftovers` are fields of machines, kept and read for nothing."""

    enquiry: Enquiry
    leftovers: dict[str, str]


def meaning_of(key: str, value: str, *, label: str = "", hint: str = "") -> str:
    """One of TARGETS, the name of a tag, or "": a guess by name and value. `hint` is the sender's type."""
    if hint in TARGETS:
        return hint
    named = _by_name(label or _last(key))
    if named in _tags() or named in ("cookies", "visitor", "submission_id", "page_url", "referrer"):
        return named
    return _by_value(label or key, value) or named


def meanings(
    fields_sent: Mapping[str, str],
    mapping: Mapping[str, str],
    *,
    labels: Mapping[str, str] | None = None,
    hints: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """What each field means: the admin's word counts, and guesses for the rest never push it aside."""
    said = {key: mapping[key] for key in fields_sent if mapping.get(key)}
    taken = {meaning for key, meaning in said.items() if fields_sent[key].strip()}
    found = dict(said)
    for key, value in fields_sent.items():
        if key in found:
            continue
        guess = meaning_of(key, value, label=(labels or {}).get(key, ""), hint=(hints or {}).get(key, ""))
        is_free = guess not in taken and not (guess == "name" and "first_name" in taken)
        found[key] = guess if is_free else ""
        if value.strip() and found[key]:
            taken.add(found[key])
    return found


def read_fields(fields_sent: Mapping[str, str], meant: Mapping[str, str]) -> Reading:
    """The enquiry of a payload whose fields mean this."""
    fields_sent, meant = _with_cookies(dict(fields_sent), dict(meant))
    columns: dict[str, str] = {}
    rest: list[tuple[str, str]] = []
    leftovers: dict[str, str] = {}
    for key, value in fields_sent.items():
        meaning = meant.get(key, "")
        if not value.strip() or meaning in (IGNORE, "cookies"):
            continue
        if meaning in _COLUMNS and meaning not in columns:
            columns[meaning] = one_line(value) if meaning in _ONE_LINE else value
        elif meaning in _tags():
            rest.append((meaning, value))
        elif meaning not in ("first_name", "last_name"):
            _set_apart(key, value, rest, leftovers)
    columns.setdefault("name", _joined_name(fields_sent, meant))
    return Reading(Enquiry(**columns, rest=tuple(rest)), leftovers)


def without_foreign_cookies(text: str) -> str:
    """A cookie string with nothing but our visitor and the marks of ad systems: no session of anybody."""
    return "; ".join(f"{name}={value}" for name, value in _cookies(text) if _KEPT_COOKIE.fullmatch(name))


def _with_cookies(sent: dict[str, str], meant: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    jar = dict(pair for key in sent if meant.get(key) == "cookies" for pair in _cookies(sent[key]))
    known = {meaning for key, meaning in meant.items() if sent.get(key, "").strip()}
    for name, value in jar.items():
        if name == "lt_v" and "visitor" not in known:
            sent["cookie.lt_v"], meant["cookie.lt_v"] = unquote(value), "visitor"
        elif name == "TILDAUTM":
            for tag, told in _tilda_tags(value):
                if tag not in known:
                    sent[f"cookie.{tag}"], meant[f"cookie.{tag}"] = told, tag
        elif _KEPT_COOKIE.fullmatch(name):
            sent[f"cookie.{name}"], meant[f"cookie.{name}"] = unquote(value), ""
    return sent, meant


def _cookies(text: str) -> Iterable[tuple[str, str]]:
    pairs = (part.partition("=") for part in text.split(";"))
    return [(name.strip(), value.strip()) for name, sign, value in pairs if sign and name.strip()]


def _tilda_tags(value: str) -> Iterable[tuple[str, str]]:
    """utm_source%3Dyandex|||utm_medium%3Dcpc, encoded once more or not."""
    pairs = (part.partition("=") for part in unquote_plus(value).split("|||"))
    return [(name.strip(), told.strip()) for name, sign, told in pairs if sign and name.strip() in _tags()]


def _set_apart(key: str, value: str, rest: list[tuple[str, str]], leftovers: dict[str, str]) -> None:
    is_technical = _TECHNICAL_NAME.search(_plain(_last(key))) or _TECHNICAL_VALUE.fullmatch(value.strip())
    if is_technical or _NOT_THEIRS.search(_plain(key)) or key.startswith(("_", "cookie.")):
        leftovers[key] = value
    else:
        rest.append((key, value))


def _joined_name(sent: Mapping[str, str], meant: Mapping[str, str]) -> str:
    parts = [
        next((sent[key] for key in sent if meant.get(key) == part and sent[key].strip()), "")
        for part in ("first_name", "last_name")
    ]
    return one_line(" ".join(parts))


def _by_name(name: str) -> str:
    plain = _plain(name)
    if _NOT_THEIRS.search(plain):
        return ""
    if plain.replace(" ", "_") in _tags():
        return plain.replace(" ", "_")
    whole = _WHOLE.get(plain)
    if whole:
        return whole
    return next((meaning for meaning, words in _WORDS if words.search(plain)), "")


def _by_value(key: str, value: str) -> str:
    """Only what can be nothing else: a whole e-mail address, a whole number with its country."""
    text = value.strip()
    if _NOT_THEIRS.search(_plain(key)):
        return ""
    if emails_in(text) == [text]:
        return "email"
    return "phone" if _FULL_PHONE.fullmatch(text) and phones_in(text) else ""


def _last(key: str) -> str:
    """The telling part of a dotted name: fields.phone.value is phone."""
    parts = [part for part in key.split(".") if part and not part.isdigit()]
    while len(parts) > 1 and parts[-1] in ("value", "raw_value", "text"):
        parts.pop()
    return parts[-1] if parts else key


def _plain(name: str) -> str:
    return _SEPARATORS.sub(" ", _CAMEL.sub(" ", name)).strip().casefold()


def _tags() -> frozenset[str]:
    """The names of everything that a link can say about its source."""
    return _TAGS


_TAGS: Final = frozenset(tag for tags in fields().values() for tag in tags) | {
    network.name.lower() for network in click_networks()
}
