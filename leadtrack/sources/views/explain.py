"""Pages: where does this link come from, and the table of channels."""

from collections.abc import Collection
from typing import Any, Final

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.sources import explain as reading
from leadtrack.sources import rulebook
from leadtrack.sources.channel import table
from leadtrack.sources.explain import MOST_URL, Explanation, Tried, explain
from leadtrack.sources.listed import list_origins
from leadtrack.sources.models import ChannelRule
from leadtrack.sources.own import hosts_of, site_choices
from leadtrack.sources.saying import FIELD_LABELS, conditions_text, flag_text, table_rule_text

EXAMPLE: Final = (
    "https://shop.example/?utm_source=fb&utm_medium=cpc&utm_campaign={{campaign.name}}&fbclid=IwAR0"
)


@require_GET
@member_required("reports.read")
def home(request: MemberRequest) -> HttpResponseBase:
    """The first of these pages."""
    return redirect("leadtrack:source-explain")


@require_http_methods(["GET", "POST"])
@member_required("reports.read")
def explain_page(request: MemberRequest) -> HttpResponseBase:
    """A link, how it is read, every rule tried, and the one that won.

    It is posted: a pasted address may hold somebody's e-mail, which must not get into our own addresses.
    """
    url, referrer = _text(request.POST.get("url")), _text(request.POST.get("referrer"))
    site = request.POST.get("site", "")
    told: dict[str, Any] = {"url": url, "referrer": referrer, "site": site, "sites": site_choices()}
    if url or referrer:
        found = explain(url=url, referrer=referrer, own_hosts=hosts_of(site), book=rulebook.current())
        told["found"] = shown(found)
    template = "sources/_explained.html" if request.headers.get("HX-Request") else "sources/explain.html"
    return render(request, template, told | {"example": EXAMPLE, "tab": "explain"})


@require_GET
@member_required("reports.read")
def channel_table(request: MemberRequest) -> HttpResponseBase:
    """The published table in its order, in words, with the origin of every list."""
    rows = [
        {
            "id": row["id"],
            "channel": row["channel"],
            "text": table_rule_text(row["when"]),
            "is_google": row["id"].startswith("ga4:"),
        }
        for row in table()["rules"]
    ]
    own = [
        {"channel": row.channel, "name": row.name, "text": conditions_text(row.conditions)}
        for row in rulebook.rules_in_order().filter(is_active=True)
        if rulebook.compiled(row)
    ]
    told = {"rows": rows, "own": own, "lists": list_origins(), "tab": "channels"}
    return render(request, "sources/channels.html", told)


def shown(found: Explanation) -> dict[str, Any]:
    """The explanation in words."""
    texts = _rule_texts(found.tried)
    return {
        "marker": found.marker,
        "verdict": found.verdict,
        "by_click_id": found.by_click_id,
        "words": [
            {"label": _word_label(word.name), "value": word.value, "origin": _origin_text(word)}
            for word in found.words
        ],
        "flags": [flag_text(flag) for flag in found.flags],
        "tried": [{"step": step, "text": texts.get(step.rule, "")} for step in found.tried],
        "won": texts.get(found.tried[-1].rule, "") if found.tried else "",
    }


def _text(sent: str | None) -> str:
    """As much of it as is read."""
    return (sent or "").replace("\0", "").strip()[:MOST_URL]


def _rule_texts(tried: Collection[Tried]) -> dict[str, str]:
    texts = {row["id"]: table_rule_text(row["when"]) for row in table()["rules"]}
    own = [int(one.rule.removeprefix("own:")) for one in tried if one.rule.startswith("own:")]
    for row in ChannelRule.objects.filter(pk__in=own):
        texts[f"own:{row.pk}"] = _("Own rule “%(name)s”: %(text)s") % {
            "name": row.name,
            "text": conditions_text(row.conditions),
        }
    return texts


def _word_label(name: str) -> Any:
    more = {
        "campaign_id": _("Campaign id"),
        "adgroup": _("Ad group"),
        "adgroup_id": _("Ad group id"),
        "ad_id": _("Ad id"),
        "source_platform": _("Platform"),
        "creative_format": _("Format of the ad"),
        "marketing_tactic": _("Tactic"),
    }
    return FIELD_LABELS.get(name) or more[name]


def _origin_text(word: reading.Word) -> str:
    by = {"by": word.by}
    texts = {
        reading.TAG: _("the tag %(by)s") % by,
        reading.CLICK_ID: _("the click id %(by)s") % by,
        reading.REFERRER: _("the referrer %(by)s") % by,
        reading.DIGITS: _("the digits in %(by)s") % by,
        reading.OPENSTAT: _("the label %(by)s") % by,
        reading.ALIAS: _("the alias of “%(by)s”") % by,
        reading.NOTHING: _("nothing said so") if word.value else "",
    }
    return texts[word.origin]
