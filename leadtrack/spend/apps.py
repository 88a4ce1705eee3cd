from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SpendConfig(AppConfig):
    name = "leadtrack.spend"
    label = "leadtrack_spend"
    verbose_name = _("Spend")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models can be imported only once the apps are loaded.
        from leadtrack.spend.load import failed_statements
        from leadtrack.ui.troubles import add_trouble

        add_trouble(failed_statements())
