from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _

from leadtrack.ui.checks import assets_are_installed


class UiConfig(AppConfig):
    name = "leadtrack.ui"
    label = "leadtrack_ui"
    verbose_name = _("Interface")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(assets_are_installed)
