from django.urls import path

from leadtrack.deals import api

urlpatterns = [
    path("leads", api.LeadList.as_view(), name="api-leads"),
    path("leads/<str:public_id>", api.LeadDetail.as_view(), name="api-lead"),
    path("leads/<str:public_id>/won", api.LogWon.as_view(), name="api-lead-won"),
    path("leads/<str:public_id>/lost", api.LogLost.as_view(), name="api-lead-lost"),
    path("leads/<str:public_id>/purchases", api.LogPurchase.as_view(), name="api-lead-purchases"),
    path("leads/<str:public_id>/refunds", api.LogRefund.as_view(), name="api-lead-refunds"),
    path("leads/<str:public_id>/reopen", api.Reopen.as_view(), name="api-lead-reopen"),
    path("purchases", api.PurchaseList.as_view(), name="api-purchases"),
    path("loss-reasons", api.LossReasonList.as_view(), name="api-loss-reasons"),
    path("stages", api.StageList.as_view(), name="api-stages"),
]
