"""Rules in words, for the pages that show them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leadtrack.sources.channel import table
from leadtrack.sources.custom import CONTAINS, IS, ONE_OF, PATTERN, STARTS, listed

Words = str | Promise

FIELD_LABELS: dict[str, Words] = {
    "source": gettext_lazy("Source"),
    "medium": gettext_lazy("Medium"),
    "campaign": gettext_lazy("Campaign"),
    "content": gettext_lazy("Ad or content"),
    "term": gettext_lazy("Keyword or term"),
}
HOW_LABELS: dict[str, Words] = {
    IS: gettext_lazy("is"),
    ONE_OF: gettext_lazy("is one of"),
    CONTAINS: gettext_lazy("contains"),
    STARTS: gettext_lazy("starts with"),
    PATTERN: gettext_lazy("matches the pattern"),
}
TAG_LABELS: dict[str, Words] = {
    "utm_source": FIELD_LABELS["source"],
    "utm_medium": FIELD_LABELS["medium"],
    "utm_campaign": FIELD_LABELS["campaign"],
    "utm_id": gettext_lazy("Campaign id"),
    "utm_content": FIELD_LABELS["content"],
    "utm_term": FIELD_LABELS["term"],
}
_LISTS: dict[str, Words] = {
    "search": gettext_lazy("Google's list of search engines"),
    "social": gettext_lazy("Google's list of social networks"),
    "video": gettext_lazy("Google's list of video sites"),
    "shopping": gettext_lazy("Google's list of shopping sites"),
    "search_added": gettext_lazy("our further search engines"),
    "social_added": gettext_lazy("our further social networks"),
    "video_added": gettext_lazy("our further video sites"),
    "shopping_added": gettext_lazy("our further shopping sites"),
    "ai_added": gettext_lazy("our list of AI assistants"),
    "messengers_added": gettext_lazy("our list of messengers"),
    "maps_added": gettext_lazy("our list of maps"),
    "webmail_added": gettext_lazy("our list of mail sites"),
}


def condition_text(told: Mapping[str, Any]) -> str:
    """One condition of an own rule: “Source is one of a, b”."""
    how, value = str(told.get("how", "")), str(told.get("value", ""))
    shown = ", ".join(listed(value)) if how == ONE_OF else value
    words = {
        "field": FIELD_LABELS.get(str(told.get("field", "")), "?"),
        "how": HOW_LABELS.get(how, "?"),
        "value": shown,
    }
    return _("%(field)s %(how)s “%(value)s”") % words


def conditions_text(conditions: Iterable[Mapping[str, Any]]) -> str:
    """All conditions of an own rule."""
    return _(" and ").join(condition_text(told) for told in conditions)


def table_rule_text(when: Iterable[Mapping[str, Any]]) -> str:
    """All clauses of a rule of the published table."""
    clauses = [_(" or ").join(_test_text(name, what) for name, what in clause.items()) for clause in when]
    return _("; and ").join(clauses) if clauses else _("everything else")


def _test_text(name: str, what: Any) -> str:
    word, _underscore, kind = name.partition("_")
    field = str(FIELD_LABELS[word]).lower()
    if kind == "like":
        pattern = table()["patterns"][what[1:]] if what.startswith("$") else what
        return _("%(field)s matches %(pattern)s") % {"field": field, "pattern": pattern}
    if kind == "in":
        return _("%(field)s is in %(list)s") % {"field": field, "list": _LISTS.get(what, what)}
    words = ", ".join(str(one) or _("empty") for one in what)
    if len(what) == 1:
        return _("%(field)s is %(words)s") % {"field": field, "words": words}
    return _("%(field)s is one of %(words)s") % {"field": field, "words": words}


def flag_text(flag: str) -> str:
    """What was wrong with a marker."""
    texts = {
        "macro": _("A template was never filled in ({keyword}, {{ad.id}}, __CID__): that value is left out."),
        "cut": _("Something was longer than can be kept, and was cut."),
        "broken": _("Some bytes are no text: the link was encoded wrongly."),
        "nul": _("There were null bytes in it, which were left out."),
        "control": _("There were invisible characters in it, which were left out."),
        "lookalike": _("Cyrillic letters stand where Latin ones belong; other tools do not know this word."),
    }
    return texts.get(flag, flag)


def warning_text(code: str, tag: str, value: str) -> str:
    """What would go wrong with a link that is being made."""
    said = {"tag": tag, "value": value}
    texts = {
        "no-page": _("Write the full address of the page, beginning with https://."),
        "long": _("The link is longer than 2048 signs; some ad systems cut it."),
        "no-source": _("Without utm_source nobody can say where the visits come from."),
        "no-medium": _("Without utm_medium the channel is guessed from the source alone."),
        "unassigned": _("No rule knows the medium “%(value)s”: these visits would be Unassigned.") % said,
        "lookalike": _("%(tag)s has Cyrillic letters that look like Latin ones.") % said,
        "capitals": _("%(tag)s has capitals; some tools count it apart from the same word without.") % said,
        "space": _("%(tag)s has spaces; an underscore or a hyphen survives copying better.") % said,
        "long-value": _("%(tag)s is longer than 255 signs and would be cut.") % said,
        "half-macro": _("%(tag)s has a curly bracket that belongs to no macro; it would be left out.") % said,
    }
    return texts.get(code, code)
