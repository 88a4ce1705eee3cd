from django.urls import path

from leadtrack.spend import api

urlpatterns = [
    path("accounts", api.AdAccountList.as_view(), name="api-spend-accounts"),
    path("statements", api.StatementList.as_view(), name="api-spend-statements"),
    path("statements/<int:pk>", api.StatementDetail.as_view(), name="api-spend-statement"),
    path("statements/<int:pk>/rejected", api.RejectedRowList.as_view(), name="api-spend-rejected"),
    path("rows", api.SpendRowList.as_view(), name="api-spend-rows"),
    path("rates", api.RateList.as_view(), name="api-spend-rates"),
]
