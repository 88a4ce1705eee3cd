from django.urls import path

from leadtrack.leads import api, hooks
from leadtrack.leads.views import failed, sites

urlpatterns = [
    path("api/v1/forms/<str:form_key>", api.form_door, name="form-door"),
    path("api/v1/forms/<str:form_key>/", api.form_door),
    path("sites/", sites.sites, name="sites"),
    path("sites/<int:pk>/", sites.site, name="site"),
    path("sites/<int:pk>/addresses/<int:origin_pk>/remove/", sites.remove_origin, name="site-origin-remove"),
    path("failed/", failed.failed, name="failed"),
    path("failed/<int:pk>/again/", failed.run_again, name="failed-again"),
    path("failed/again/", failed.run_all_again, name="failed-all-again"),
    *hooks.urlpatterns,
]
