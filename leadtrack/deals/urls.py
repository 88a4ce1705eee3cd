from django.urls import path

from leadtrack.deals.views import add, bind, contact, inbox, lead, outcome, recording, texts

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/news", inbox.news, name="inbox-news"),
    path("leads/add/", add.add_lead, name="lead-new"),
    path("leads/add/known", add.known, name="lead-new-known"),
    path("leads/<str:public_id>/", lead.lead, name="lead"),
    path("leads/<str:public_id>/won", outcome.won, name="lead-won"),
    path("leads/<str:public_id>/lost", outcome.lost, name="lead-lost"),
    path("leads/<str:public_id>/purchase", outcome.purchase, name="lead-purchase"),
    path("leads/<str:public_id>/refund", outcome.refund, name="lead-refund"),
    path("leads/<str:public_id>/reopen", outcome.reopen_lead, name="lead-reopen"),
    path("leads/<str:public_id>/close-again", outcome.close_lead_again, name="lead-close-again"),
    path("leads/<str:public_id>/status", outcome.status, name="lead-status"),
    path("leads/<str:public_id>/bind", bind.bind, name="lead-bind"),
    path("leads/<str:public_id>/unbind", bind.unbind, name="lead-unbind"),
    path("leads/<str:public_id>/visits", bind.visits, name="lead-visits"),
    path("leads/<str:public_id>/assign", outcome.assign, name="lead-assign"),
    path("leads/<str:public_id>/split", outcome.split, name="lead-split"),
    path("leads/<str:public_id>/join", outcome.join, name="lead-join"),
    path("leads/<str:public_id>/texts", texts.lead_texts, name="lead-texts"),
    path("leads/<str:public_id>/recordings", recording.lead_recordings, name="lead-recordings"),
    path("calls/<int:call_pk>/recording/<int:pk>", recording.call_recording, name="call-recording"),
    path("purchases/<str:public_id>/void", outcome.void, name="purchase-void"),
    path("purchases/<str:public_id>/restore", outcome.restore, name="purchase-restore"),
    path("contacts/<str:public_id>/", contact.contact, name="contact"),
]
