"""Addresses of the REST API: /api/v1/… (the capture doors have their own in their rooms)."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from leadtrack.ui.api_docs import ApiDocsView

urlpatterns = [
    path("", include("leadtrack.deals.api_urls")),
    path("spend/", include("leadtrack.spend.api_urls")),
    path("reports/", include("leadtrack.reports.api_urls")),
    path("schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs", ApiDocsView.as_view(), name="api-docs"),
]
