from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    name = "leadtrack.ledger"
    label = "leadtrack_ledger"
    verbose_name = _("Ledger")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models can be imported only once the apps are loaded.
        from leadtrack.leads.afterwards import when_removed
        from leadtrack.ledger.removed import forget_credits

        when_removed(forget_credits)
