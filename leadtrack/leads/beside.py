"""What stands beside a lead, in people's words: fields without a column, and what could not be read."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from leadtrack.leads.payload import FILL_MS, ORIGIN, PROBLEMS, RAW, SPAM
from leadtrack.sources.models import Source
from leadtrack.sources.tags import click_networks, tag_names
from leadtrack.ui.wording import count

Label = str | Promise
_LABELS: Final[dict[str, Label]] = {
    "phone_raw": gettext_lazy("Phone as sent"),
    "email_raw": gettext_lazy("E-mail as sent"),
    "name_raw": gettext_lazy("Name as sent"),
    "page_url": gettext_lazy("Page"),
    "referrer": gettext_lazy("Page before it"),
    "typed_by": gettext_lazy("Typed in by"),
    "external_id": gettext_lazy("Id in the other system"),
    "caller": gettext_lazy("Caller as sent"),
    FILL_MS: gettext_lazy("Filled in within"),
    ORIGIN: gettext_lazy("Sent from the website"),
    PROBLEMS: gettext_lazy("What was wrong with it"),
    RAW: gettext_lazy("What came in"),
    "campaign_id": gettext_lazy("Campaign id"),
    "adgroup_id": gettext_lazy("Ad group id"),
    "creative_id": gettext_lazy("Ad id"),
    "ad_id": gettext_lazy("Ad id"),
    "form_id": gettext_lazy("Id of the form"),
    "form_name": gettext_lazy("Name of the form"),
    "lead_id": gettext_lazy("Id of the lead at the sender"),
    "lead_submit_time": gettext_lazy("Sent by the person at"),
    "lead_source": gettext_lazy("Kind of ad"),
    "lead_stage": gettext_lazy("Stage at the ad platform"),
    "asset_group_id": gettext_lazy("Asset group id"),
    "vk_page": gettext_lazy("Page at VK"),
    "way": gettext_lazy("Sent by"),
    "files": gettext_lazy("Files"),
    "opt_word": gettext_lazy("About further messages"),
    "ctwa_clid": gettext_lazy("Click id"),
    "ReferralSourceUrl": gettext_lazy("Address of the ad"),
    "ReferralSourceId": gettext_lazy("Ad id"),
    "ReferralSourceType": gettext_lazy("Kind of ad"),
    "ReferralHeadline": gettext_lazy("Headline of the ad"),
}
_SAID: Final[dict[str, str]] = {
    "stop": gettext_noop("asked to get no more"),
    "start": gettext_noop("wants to get them again"),
    "not_json": gettext_noop("it was no JSON"),
    "not_utf8": gettext_noop("some bytes were no text"),
    "unfinished": gettext_noop("it ended too early"),
    "too_many_fields": gettext_noop("there were too many fields"),
    "cut": gettext_noop("a text was too long and was cut"),
    "file": gettext_noop("a file was left out"),
    "unreadable": gettext_noop("it could not be read"),
}
_ADDRESSES: Final = frozenset({"page_url", "referrer"})
# The reasons why it is set aside tell it better; the carrier's id of a message tells nobody anything.
_HIDDEN: Final = frozenset({SPAM, "MessageSid"})
_OF_SOURCE: Final = (
    *("source", "medium", "campaign", "campaign_id", "adgroup", "adgroup_id", "content", "ad_id", "term"),
)


def beside(kept: Mapping[str, Any], source: Source) -> list[tuple[Label, str]]:
    """Label and text of each; what has become the lead's source is told there and left out here."""
    told = {str(getattr(source, name)).casefold() for name in _OF_SOURCE} - {""}
    return [
        (_label(name), _bare(str(value), told) if name in _ADDRESSES else _text(name, value))
        for name, value in kept.items()
        if name not in _HIDDEN and not _has_become(name, value, told)
    ]


def _has_become(name: str, value: Any, told: set[str]) -> bool:
    is_tag = name.lower() in tag_names() or name in ("campaign_id", "adgroup_id", "creative_id", "ad_id")
    return is_tag and str(value).strip().casefold() in told


def _bare(address: str, told: set[str]) -> str:
    """The address without its tags, where the source was read from them."""
    page, mark, query = address.partition("?")
    parts = [part.partition("=") for part in query.split("&")]
    is_of_tag = [name.lower() in tag_names() for name, _sign, _value in parts]
    said = (value for (_name, _sign, value), is_tag in zip(parts, is_of_tag, strict=True) if is_tag)
    if told.isdisjoint(unquote_plus(value).strip().casefold() for value in said):
        return address
    rest = "&".join("".join(part) for part, is_tag in zip(parts, is_of_tag, strict=True) if not is_tag)
    return f"{page}{mark}{rest}" if rest else page


def _label(name: str) -> Label:
    if name in _LABELS:
        return _LABELS[name]
    if name.lower() in {network.name.lower() for network in click_networks()}:
        return _("Click id %(name)s") % {"name": name}
    if name.lower() in tag_names():
        return _("Tag %(name)s") % {"name": name}
    return name


def _text(name: str, value: Any) -> str:
    if name == FILL_MS:
        return _seconds(value)
    if isinstance(value, list | tuple):
        return ", ".join(_text(name, one) for one in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return _(_SAID[value]) if name in ("opt_word", PROBLEMS) and value in _SAID else str(value)


def _seconds(value: Any) -> str:
    """The snippet counts thousandths; anything else that came under its name is shown as it came."""
    try:
        seconds = float(value) / 1000
    except (TypeError, ValueError):
        return str(value)
    return _("%(seconds)s s") % {"seconds": count(seconds, 1)} if 0 <= seconds < 10**9 else str(value)
