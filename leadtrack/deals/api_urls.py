from django.urls import path

from leadtrack.deals import api, api_contacts, api_new

urlpatterns = [
    path("leads", api.LeadList.as_view(), name="api-leads"),
    path("leads/batch", api_new.LeadBatch.as_view(), name="api-leads-batch"),
    path("leads/<str:public_id>", api.LeadDetail.as_view(), name="api-lead"),
    path("leads/<str:public_id>/won", api.LogWon.as_view(), name="api-lead-won"),
    path("leads/<str:public_id>/lost", api.LogLost.as_view(), name="api-lead-lost"),
    path("leads/<str:public_id>/purchases", api.LogPurchase.as_view(), name="api-lead-purchases"),
    path("leads/<str:public_id>/refunds", api.LogRefund.as_view(), name="api-lead-refunds"),
    path("leads/<str:public_id>/reopen", api.Reopen.as_view(), name="api-lead-reopen"),
    path("contacts/find", api_contacts.ContactFind.as_view(), name="api-contact-find"),
    path("contacts/<str:public_id>", api_contacts.ContactDetail.as_view(), name="api-contact"),
    path("contacts/<str:public_id>/merge", api_contacts.ContactMerge.as_view(), name="api-contact-merge"),
    path(
        "contacts/<str:public_id>/unmerge", api_contacts.ContactUnmerge.as_view(), name="api-contact-unmerge"
    ),
    path("duplicates", api_contacts.DuplicateList.as_view(), name="api-duplicates"),
    path("purchases", api.PurchaseList.as_view(), name="api-purchases"),
    path("loss-reasons", api.LossReasonList.as_view(), name="api-loss-reasons"),
    path("stages", api.StageList.as_view(), name="api-stages"),
]
