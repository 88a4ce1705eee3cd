"""The API about sources."""

from dataclasses import asdict
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leadtrack.accounts.api import MembersOnly
from leadtrack.sources import rulebook
from leadtrack.sources.explain import MOST_URL, Explanation, explain
from leadtrack.sources.own import hosts_of


class ExplainView(MembersOnly, APIView):
    """GET /api/v1/sources/explain: where does this link come from?"""

    capabilities: ClassVar = {"GET": "reports.read"}

    @extend_schema(
        operation_id="sources_explain",
        description="Reads a landing address (and the referrer) as a visit would be read: every word of the "
        "marker with its origin, every rule tried in order, and the channel.",
        parameters=[
            OpenApiParameter("url", str, required=True, description="the landing address"),
            OpenApiParameter("referrer", str, description="the page it was opened from"),
            OpenApiParameter("site", str, description="key of the site whose own hosts are no source"),
        ],
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> Response:
        """The explanation; 400 where there is no address or it is longer than 8192 signs."""
        url = request.query_params.get("url", "")
        referrer = request.query_params.get("referrer", "")
        for name, text in (("url", url), ("referrer", referrer)):
            if len(text) > MOST_URL:
                raise ValidationError({name: [_("This is longer than 8192 signs.")]})
        if not url and not referrer:
            raise ValidationError({"url": [_("This field is required.")]})
        hosts = hosts_of(request.query_params.get("site", ""))
        return Response(
            as_json(explain(url=url, referrer=referrer, own_hosts=hosts, book=rulebook.current()))
        )


def as_json(found: Explanation) -> dict[str, Any]:
    """The explanation for programs; words are codes, not sentences."""
    return {
        "marker": {**asdict(found.marker), "click_ids": dict(found.marker.click_ids)},
        "words": [asdict(word) for word in found.words],
        "flags": list(found.flags),
        "rules_tried": [asdict(tried) for tried in found.tried],
        "channel": found.verdict.channel,
        "rule": found.verdict.rule,
        "by_click_id": found.by_click_id,
    }
