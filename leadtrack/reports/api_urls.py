from django.urls import path

from leadtrack.reports.api import SourceReportView

urlpatterns = [path("sources", SourceReportView.as_view(), name="api-report-sources")]
