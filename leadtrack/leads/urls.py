from django.urls import path

from leadtrack.leads import api, hooks
from leadtrack.leads.views import failed, imports, quarantine, sites

urlpatterns = [
    path("api/v1/forms/<str:form_key>", api.form_door, name="form-door"),
    path("api/v1/forms/<str:form_key>/", api.form_door),
    path("sites/", sites.sites, name="sites"),
    path("sites/<int:pk>/", sites.site, name="site"),
    path("sites/<int:pk>/addresses/<int:origin_pk>/remove/", sites.remove_origin, name="site-origin-remove"),
    path("leads/import/", imports.imports, name="imports"),
    path("leads/import/<int:pk>/", imports.import_page, name="import"),
    path("leads/import/<int:pk>/columns", imports.import_columns, name="import-columns"),
    path("leads/import/<int:pk>/progress", imports.import_progress, name="import-progress"),
    path("leads/import/<int:pk>/start", imports.import_start, name="import-start"),
    path("leads/import/<int:pk>/undo", imports.import_undo, name="import-undo"),
    path("leads/import/<int:pk>/errors.csv", imports.import_errors, name="import-errors"),
    path("quarantine/", quarantine.quarantine, name="quarantine"),
    path("quarantine/<str:public_id>/not-spam", quarantine.not_spam, name="quarantine-not-spam"),
    path("quarantine/<str:public_id>/spam-again", quarantine.spam_again, name="quarantine-spam-again"),
    path("failed/", failed.failed, name="failed"),
    path("failed/<int:pk>/again/", failed.run_again, name="failed-again"),
    path("failed/again/", failed.run_all_again, name="failed-all-again"),
    *hooks.urlpatterns,
]
