from django.urls import path

from leadtrack.reports import funnel_views, missed_views, views

urlpatterns = [
    path("", views.report, name="report"),
    path("rows/", views.report_rows, name="report-rows"),
    path("csv/", views.report_csv, name="report-csv"),
    path("behind/spend/", views.report_spend, name="report-spend"),
    path("behind/visits/", views.report_visits, name="report-visits"),
    path("behind/<str:figure>/", views.report_credits, name="report-credits"),
    path("funnel/", funnel_views.funnel_page, name="funnel"),
    path("missed/", missed_views.missed, name="report-missed"),
    path("missed/calls/", missed_views.missed_calls, name="report-missed-calls"),
    path("unmatched/", views.unmatched, name="unmatched"),
]
