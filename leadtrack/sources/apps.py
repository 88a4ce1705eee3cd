from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SourcesConfig(AppConfig):
    name = "leadtrack.sources"
    label = "leadtrack_sources"
    verbose_name = _("Sources")
    default_auto_field = "django.db.models.BigAutoField"
