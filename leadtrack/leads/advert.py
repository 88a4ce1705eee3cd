"""Where a lead came from when its sender names the advert itself: an ad platform's form, a message."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from leadtrack.leads.models import Lead
from leadtrack.leads.trace import Trace
from leadtrack.sources import register
from leadtrack.sources.marker import parse_marker


def trace_advert(tags: Mapping[str, str], *, kind: str) -> Trace:
    """The source of a link that carried these tags (utm_source, lt_ag, gclid …), as ad spend names it by ids.

    `kind` tells the receipt who named it: a Lead.Kind.
    """
    said = {name: text for name, text in tags.items() if text}
    # Read as a link's tags are, so that cleaning, aliases and click ids hold here too.
    marker = parse_marker("?" + urlencode(said), "")
    source = register.source_for(marker)
    named = marker.campaign or marker.campaign_id or marker.content or marker.ad_id
    rule = "ad-message" if kind == Lead.Kind.MESSAGE else "ad-form"
    evidence = {"source": str(source), "campaign": named, "tags": said}
    verdict = register.verdict_of(marker)
    steps: list[dict[str, Any]] = [
        {"rule": rule, "won": True, "evidence": evidence},
        {"rule": "channel", "won": True, "evidence": {"channel": source.channel, "by": verdict.rule}},
    ]
    return Trace(source, None, steps)
