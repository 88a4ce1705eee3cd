from django.urls import path

from leadtrack.reports.api import FunnelView, SourceReportView

urlpatterns = [
    path("sources", SourceReportView.as_view(), name="api-report-sources"),
    path("funnel", FunnelView.as_view(), name="api-report-funnel"),
]
