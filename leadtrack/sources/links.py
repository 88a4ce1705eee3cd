"""Tagged links: ready-made forms for each ad system, what they say, and what would go wrong. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote_plus, urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leadtrack.sources.book import Rulebook
from leadtrack.sources.channel import UNASSIGNED
from leadtrack.sources.explain import Explanation, explain
from leadtrack.sources.wording import looks_otherwise

Label = str | Promise

TAGS: Final = ("utm_source", "utm_medium", "utm_campaign", "utm_id", "utm_content", "utm_term")
# What an ad system fills in: it must stand in the link as it is, not percent-encoded.
_MACRO: Final = re.compile(r"\{\{[A-Za-z0-9_.]+\}\}|\{_?[A-Za-z0-9_.:]+\}|__[A-Z][A-Z0-9_]*__")
_VALUE_LENGTH: Final = 255
MOST_LENGTH: Final = 2048


@dataclass(frozen=True, slots=True)
class Template:
    """A ready-made form: tags with their usual values, and further parameters that only we read."""

    code: str
    label: Label
    tags: Mapping[str, str]
    more: Mapping[str, str] = field(default_factory=dict)
    hint: Label = ""


@dataclass(frozen=True, slots=True)
class Warning:
    """Something about a link that would go wrong: a code, and the tag it is about."""

    code: str
    tag: str = ""
    value: str = ""


TEMPLATES: Final[tuple[Template, ...]] = (
    Template(
        "google",
        "Google Ads (ValueTrack)",
        {
            "utm_source": "google",
            "utm_medium": "cpc",
            "utm_campaign": "{campaignid}",
            "utm_id": "{campaignid}",
            "utm_content": "{creative}",
            "utm_term": "{keyword}",
        },
        {
            "lt_ag": "{adgroupid}",
            "lt_mt": "{matchtype}",
            "lt_net": "{network}",
            "lt_dev": "{device}",
            "lt_pl": "{placement}",
            "lt_tgt": "{targetid}",
            "lt_loc": "{loc_physical_ms}",
        },
        _("As a tracking template write {lpurl} for the page."),
    ),
    Template(
        "yandex",
        "Yandex.Direct",
        {
            "utm_source": "yandex",
            "utm_medium": "cpc",
            "utm_campaign": "{campaign_id}",
            "utm_content": "{ad_id}",
            "utm_term": "{keyword}",
        },
        {
            "lt_ag": "{gbid}",
            "lt_src": "{source_type}.{source}",
            "lt_pos": "{position_type}.{position}",
            "lt_dev": "{device_type}",
            "lt_ph": "{phrase_id}",
            "lt_rt": "{retargeting_id}",
            "lt_reg": "{region_id}",
        },
        _("In quick links the ids are filled in only where the main link has them."),
    ),
    Template(
        "meta",
        "Meta (Facebook, Instagram)",
        {
            "utm_source": "facebook",
            "utm_medium": "paid_social",
            "utm_campaign": "{{campaign.name}}",
            "utm_id": "{{campaign.id}}",
            "utm_content": "{{ad.name}}",
            "utm_term": "{{adset.name}}",
        },
        {"lt_ag": "{{adset.id}}", "lt_ad": "{{ad.id}}", "lt_pl": "{{placement}}"},
        _("Names are those of the first publication: a campaign renamed later keeps its old name here."),
    ),
    Template(
        "tiktok",
        "TikTok Ads",
        {
            "utm_source": "tiktok",
            "utm_medium": "paid_social",
            "utm_campaign": "__CAMPAIGN_NAME__",
            "utm_id": "__CAMPAIGN_ID__",
            "utm_content": "__CID_NAME__",
        },
        {"lt_ag": "__AID__", "lt_agn": "__AID_NAME__", "lt_ad": "__CID__", "lt_pl": "__PLACEMENT__"},
    ),
    Template(
        "microsoft",
        "Microsoft Advertising",
        {
            "utm_source": "bing",
            "utm_medium": "cpc",
            "utm_campaign": "{CampaignId}",
            "utm_id": "{CampaignId}",
            "utm_content": "{AdId}",
            "utm_term": "{keyword}",
        },
        {
            "lt_ag": "{AdGroupId}",
            "lt_mt": "{MatchType}",
            "lt_net": "{Network}",
            "lt_dev": "{Device}",
            "lt_tgt": "{TargetId}",
        },
    ),
    Template(
        "vk",
        "VK Ads",
        {
            "utm_source": "vk",
            "utm_medium": "cpc",
            "utm_campaign": "{{campaign_id}}",
            "utm_id": "{{campaign_id}}",
            "utm_content": "{{banner_id}}",
        },
        {"lt_ad": "{{banner_id}}"},
    ),
    Template(
        "newsletter",
        _("Newsletter"),
        {"utm_source": "newsletter", "utm_medium": "email", "utm_campaign": "", "utm_content": ""},
    ),
    Template(
        "offline",
        _("QR code, print, outdoors"),
        {"utm_source": "", "utm_medium": "qr", "utm_campaign": "", "utm_content": ""},
        hint=_("The source is where it hangs or lies: a poster, a leaflet, a packet."),
    ),
    Template("custom", _("Something else"), dict.fromkeys(TAGS, "")),
)


def template_of(code: str) -> Template:
    """The template with this code; "something else" for an unknown one."""
    return next((one for one in TEMPLATES if one.code == code), TEMPLATES[-1])


def build(page: str, values: Mapping[str, str], template: Template) -> str:
    """The page's address with these tags. Its own query and #fragment stay, but for tags of the same names.

    What an ad system fills in stays as it is; everything else is percent-encoded.
    """
    before, hash_sign, fragment = page.strip().partition("#")
    path, _question, query = before.partition("?")
    added = {name: text.strip() for name, text in values.items() if text.strip()} | dict(template.more)
    kept = [part for part in query.split("&") if part and _name(part) not in added]
    pairs = [f"{name}={_encoded(text)}" for name, text in added.items()]
    asked = "&".join([*kept, *pairs])
    return path + (f"?{asked}" if asked else "") + hash_sign + fragment


def sample(url: str) -> str:
    """The link as a visitor's browser might show it: what ad systems fill in filled with something."""
    return _MACRO.sub(_filled, url)


def explained(url: str, book: Rulebook) -> Explanation:
    """How a visit from this link would be read."""
    return explain(url=sample(url), referrer="", book=book)


def warnings(url: str, values: Mapping[str, str], found: Explanation | None) -> list[Warning]:
    """What would go wrong with this link, the worst first."""
    told = [Warning(code) for code in _of_page(url)]
    if not values.get("utm_source"):
        told.append(Warning("no-source", "utm_source"))
    if not values.get("utm_medium"):
        told.append(Warning("no-medium", "utm_medium"))
    elif found is not None and found.verdict.channel == UNASSIGNED:
        told.append(Warning("unassigned", "utm_medium", values["utm_medium"]))
    for name, text in values.items():
        told += [Warning(code, name, text) for code in _of_value(_MACRO.sub("", text))]
    return told


def _of_page(url: str) -> Sequence[str]:
    if len(url) > MOST_LENGTH:
        return ["long"]
    if url.startswith("{lpurl}"):
        return []
    try:
        parts = urlsplit(url)
    except ValueError:
        return ["no-page"]
    return [] if parts.scheme in ("http", "https") and "." in parts.netloc else ["no-page"]


def _of_value(text: str) -> Sequence[str]:
    found = []
    if looks_otherwise(text):
        found.append("lookalike")
    if text != text.lower():
        found.append("capitals")
    if " " in text.strip():
        found.append("space")
    if len(text) > _VALUE_LENGTH:
        found.append("long-value")
    if "{" in text or "}" in text:
        found.append("half-macro")
    return found


def _name(part: str) -> str:
    return unquote_plus(part.partition("=")[0]).lower()


def _encoded(text: str) -> str:
    """Percent-encoded but for the macros in it."""
    parts, at = [], 0
    for macro in _MACRO.finditer(text):
        parts += [quote(text[at : macro.start()], safe="", errors="replace"), macro[0]]
        at = macro.end()
    return "".join([*parts, quote(text[at:], safe="", errors="replace")])


def _filled(macro: re.Match[str]) -> str:
    name = macro[0].lower()
    if name == "{lpurl}":
        return "https://example.com/"
    return "1234567890" if "id" in name or name.strip("{}_") in ("creative", "cid", "aid") else "sample"
