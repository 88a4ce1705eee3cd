from django.urls import path

from leadtrack.visits import api

urlpatterns = [path("api/v1/visits", api.beacon, name="beacon")]
