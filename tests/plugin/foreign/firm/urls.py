from django.urls import include, path

urlpatterns = [path("marketing/", include("leadtrack.urls"))]
