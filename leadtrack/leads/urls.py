from django.urls import path

from leadtrack.leads import api, hooks, views

urlpatterns = [
    path("api/v1/forms/<str:form_key>", api.form_door, name="form-door"),
    path("api/v1/forms/<str:form_key>/", api.form_door),
    path("sites/", views.sites, name="sites"),
    path("sites/<int:pk>/", views.site, name="site"),
    path("sites/<int:pk>/addresses/<int:origin_pk>/remove/", views.remove_origin, name="site-origin-remove"),
    path("failed/", views.failed, name="failed"),
    path("failed/<int:pk>/again/", views.run_again, name="failed-again"),
    path("failed/again/", views.run_all_again, name="failed-all-again"),
    *hooks.urlpatterns,
]
