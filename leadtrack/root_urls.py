"""Addresses of LeadTrack as a project of its own: the rooms, log-in, admin and health."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from leadtrack.ui import health

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("", include("leadtrack.urls")),
]
