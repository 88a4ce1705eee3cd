from django.urls import path

from leadtrack.spend import views

urlpatterns = [
    path("", views.spend, name="spend"),
    path("upload/", views.upload, name="spend-upload"),
    path("statements/<int:pk>/", views.statement, name="spend-statement"),
    path("statements/<int:pk>/progress/", views.statement_progress, name="spend-statement-progress"),
    path("statements/<int:pk>/retry/", views.statement_retry, name="spend-statement-retry"),
    path("statements/<int:pk>/rejected.csv", views.rejected_csv, name="spend-rejected-csv"),
    path("accounts/<int:pk>/", views.account, name="spend-account"),
    path("rows/", views.row_list, name="spend-row-list"),
    path("rates/", views.rates, name="rates"),
    path("rates/add/", views.rate_add, name="rate-add"),
    path("rates/<int:pk>/drop/", views.rate_drop, name="rate-drop"),
]
