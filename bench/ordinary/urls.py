from django.urls import path

from bench.ordinary.views import LeadView

urlpatterns = [path("leads", LeadView.as_view())]
