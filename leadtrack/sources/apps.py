from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SourcesConfig(AppConfig):
    name = "leadtrack.sources"
    label = "leadtrack_sources"
    verbose_name = _("Sources")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # auditlog has models of its own: it cannot be imported before the apps are loaded.
        from auditlog.registry import auditlog

        auditlog.register(self.get_model("ChannelRule"))
        auditlog.register(self.get_model("SourceAlias"))
