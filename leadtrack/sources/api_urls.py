from django.urls import path

from leadtrack.sources import api

urlpatterns = [path("sources/explain", api.ExplainView.as_view(), name="api-source-explain")]
