"""Addresses of the REST API: /api/v1/… (the capture doors have their own in their rooms)."""

from typing import Any

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from leadtrack.accounts.access import IsMember
from leadtrack.accounts.api import MembersOnly, NoSuchAddress
from leadtrack.ui.api_docs import ApiDocsView

# Said here, too: a host's settings need not know who works here.
GUARDED: dict[str, Any] = {
    "authentication_classes": MembersOnly.authentication_classes,
    "permission_classes": [IsMember],
}

urlpatterns = [
    path("", include("leadtrack.sources.api_urls")),
    path("", include("leadtrack.visits.api_urls")),
    path("", include("leadtrack.deals.api_urls")),
    path("spend/", include("leadtrack.spend.api_urls")),
    path("reports/", include("leadtrack.reports.api_urls")),
    path("schema", SpectacularAPIView.as_view(**GUARDED), name="api-schema"),
    path("docs", ApiDocsView.as_view(**GUARDED), name="api-docs"),
    path("<path:rest>", NoSuchAddress.as_view(), name="api-nothing"),
]
